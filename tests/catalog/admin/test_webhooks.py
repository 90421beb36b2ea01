"""Webhooks in the admin: who keeps them, where the secret can be read, what the page of deliveries says and does."""

import json
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from catalog.models import WebhookDelivery, WebhookEndpoint
from catalog.records import outbox
from catalog.vocabulary import DeliveryState, EventKind
from catalog.webhooks import deliveries, endpoints
from catalog.webhooks.sending import Outcome
from tests.catalog.endpoints import HOST, endpoint, is_signed
from tests.catalog.people import administrator, browser, cataloguer, reviewer, stranger
from tests.factories import CollectionFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST = reverse("admin:catalog_webhookendpoint_changelist")
ADD = reverse("admin:catalog_webhookendpoint_add")
DELIVERIES = reverse("admin:catalog_webhookdelivery_changelist")


@pytest.fixture
def admin(settings: Settings) -> Client:
    settings.GLMV_WEBHOOK_HOSTS = [HOST]
    return browser(administrator())


def page_of(row: WebhookEndpoint | WebhookDelivery, action: str = "change") -> str:
    return reverse(f"admin:catalog_{type(row).__name__.lower()}_{action}", args=[row.pk])


def form(**changes: Any) -> dict[str, Any]:
    return {"name": "档案系统", "url": f"https://{HOST}/glmv", "events": ["batch.ended"], "active": "on", **changes}


def secrets_in(response: Any) -> set[str]:
    return set(re.findall(r"whsec_[\w+/=]{44}", response.content.decode()))


def errors_of(response: Any) -> dict[str, Any]:
    assert response.status_code == 200
    errors: dict[str, Any] = response.context["adminform"].form.errors
    return errors


def delivery(*, state: str = DeliveryState.WAITING, outcome: Outcome | None = None) -> WebhookDelivery:
    """Return a delivery, after an attempt where its outcome is given."""
    sent = outbox.write(kind=EventKind.BATCH_ENDED, endpoints=[endpoint()[0].pk], data={"batch": 7, "名": "<b>"})
    row = sent.deliveries.get()
    if outcome is not None:
        claim = deliveries.claim_next(owner="x|1|1")
        assert claim is not None
        deliveries.settle(claim, outcome)
    if state != DeliveryState.WAITING:
        WebhookDelivery.objects.filter(pk=row.pk).update(state=state, finished_at=timezone.now())
    row.refresh_from_db()
    return row


class TestAccess:
    def test_they_are_for_administrators(self) -> None:
        row = delivery()
        people = [None, UserFactory(), stranger(), cataloguer(None), reviewer(None), administrator()]
        for address in (LIST, ADD, DELIVERIES, page_of(row), page_of(row.endpoint), page_of(row.endpoint, "replace")):
            statuses = [browser(person).get(address).status_code for person in people]
            assert statuses == [302, 302, 403, 403, 403, 200], address

    def test_nobody_else_makes_one_or_sends_anything(self, admin: Client) -> None:
        row = delivery()
        client = browser(reviewer(None))
        addresses = [
            ADD, page_of(row.endpoint, "replace"), page_of(row.endpoint, "test"), page_of(row, "again"),
        ]  # fmt: skip
        assert [client.post(address, form()).status_code for address in addresses] == [403] * 4
        assert WebhookEndpoint.objects.count() == WebhookDelivery.objects.count() == 1

    def test_the_first_page_of_the_workbench_names_them_to_administrators_only(self, admin: Client) -> None:
        assert LIST in admin.get(reverse("admin:index")).content.decode()
        assert LIST not in browser(reviewer(None)).get(reverse("admin:index")).content.decode()


class TestEndpoints:
    def test_the_secret_is_on_the_page_that_follows_and_nowhere_else(self, admin: Client) -> None:
        response = admin.post(ADD, form())

        [secret] = secrets_in(response)
        made = WebhookEndpoint.objects.get()
        delivery = endpoints.send_test(made)
        claim = deliveries.claim_next(owner="x|1|1")
        assert claim is not None
        assert claim.delivery == delivery.pk
        assert is_signed(secret, claim.headers, claim.body)
        assert response.headers["Cache-Control"].find("no-store") >= 0
        for address in (LIST, page_of(made), page_of(delivery), DELIVERIES):
            assert secrets_in(admin.get(address)) == set()
        kept = [*LogEntry.objects.values_list("change_message", "object_repr"), *Session.objects.values()]
        assert secret.removeprefix("whsec_") not in str(kept)

    @pytest.mark.parametrize(
        ("changes", "field", "told"),
        [
            ({"url": "https://elsewhere.example/"}, "url", "GLMV_WEBHOOK_HOSTS"),
            ({"url": "ftp://oa.example/"}, "url", "http://"),
            ({"url": "http://[::1"}, "url", "网址"),
            ({"url": "https://user:word@oa.example/"}, "url", "密码"),
            ({"url": ""}, "url", "必填"),
            ({"url": "https://oa.example/" + "a" * 600}, "url", "500"),
            ({"events": []}, "events", "至少"),
            ({"events": ["webhook.test"]}, "events", ""),
            ({"name": ""}, "name", ""),
            ({"collection": "99999"}, "collection", ""),
        ],
    )
    def test_what_cannot_be_meant_is_refused_in_words(
        self, admin: Client, changes: dict[str, Any], field: str, told: str
    ) -> None:
        errors = errors_of(admin.post(ADD, form(**changes)))
        assert list(errors) == [field]
        assert told in str(errors[field])
        assert not WebhookEndpoint.objects.exists()

    def test_without_any_allowed_host_the_form_says_what_to_do(self, admin: Client, settings: Settings) -> None:
        settings.GLMV_WEBHOOK_HOSTS = []
        assert "GLMV_WEBHOOK_HOSTS" in str(errors_of(admin.post(ADD, form()))["url"])

    def test_a_change_keeps_the_secret_and_ends_the_rest(self, admin: Client) -> None:
        made, _secret = endpoint(failures=3, resting_until=timezone.now())
        collection = CollectionFactory()
        admin.post(page_of(made), form(url=f"https://{HOST}/new", collection=collection.pk))
        before = made.digest
        made.refresh_from_db()
        assert (made.url, made.collection, made.digest) == (f"https://{HOST}/new", collection, before)
        assert (made.failures, made.resting_until) == (0, None)

    def test_a_secret_is_replaced_once_however_often_the_page_is_sent(self, admin: Client) -> None:
        made, before = endpoint()
        seen = {"seen": made.digest}
        assert "24 小时" in admin.get(page_of(made, "replace")).content.decode()

        [after] = secrets_in(admin.post(page_of(made, "replace"), seen))
        again = admin.post(page_of(made, "replace"), seen, follow=True)

        assert after != before
        assert secrets_in(again) == set()
        assert "刚刚已换发" in again.content.decode()
        assert secrets_in(admin.post(page_of(made, "replace"), {})) == set()

    def test_a_test_is_sent_by_its_button_and_leads_to_what_becomes_of_it(self, admin: Client) -> None:
        made, _secret = endpoint()
        response = admin.post(page_of(made, "test"))
        sent = WebhookDelivery.objects.get()
        assert response.headers["Location"] == page_of(sent)
        assert sent.event.kind == EventKind.TEST
        assert admin.get(page_of(made, "test")).status_code == 405

    def test_one_that_is_off_is_not_tested(self, admin: Client) -> None:
        made, _secret = endpoint(active=False)
        assert "已停用" in admin.post(page_of(made, "test"), follow=True).content.decode()
        assert not WebhookDelivery.objects.exists()

    def test_they_are_switched_off_and_on_together(self, admin: Client) -> None:
        chosen = [endpoint()[0].pk, endpoint()[0].pk]
        for action, active in (("switch_off", False), ("switch_on", True)):
            admin.post(LIST, {"action": action, "_selected_action": chosen})
            assert set(WebhookEndpoint.objects.values_list("active", flat=True)) == {active}

    def test_one_is_deleted_with_its_deliveries(self, admin: Client) -> None:
        row = delivery()
        admin.post(page_of(row.endpoint, "delete"), {"post": "yes"})
        assert not WebhookEndpoint.objects.exists()
        assert not WebhookDelivery.objects.exists()

    def test_the_list_says_how_they_are(self, admin: Client) -> None:
        delivery(outcome=Outcome(200, ""))
        assert "正常" in admin.get(LIST).content.decode()
        delivery(state=DeliveryState.GIVEN_UP)
        endpoint(failures=4)
        shown = admin.get(LIST).content.decode()
        assert "1 条没有送达" in shown
        assert "连续 4 次没有送达" in shown

    def test_the_lists_ask_no_more_for_more_rows(
        self, admin: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for address in (LIST, DELIVERIES):
            delivery(outcome=Outcome(200, ""))
            with CaptureQueriesContext(connection) as asked:
                admin.get(address)
            for _ in range(4):
                delivery()
            with django_assert_num_queries(len(asked)):
                admin.get(address)


class TestDeliveries:
    def test_the_page_says_what_was_sent_and_what_was_answered(self, admin: Client) -> None:
        row = delivery(outcome=Outcome(500, "出错了 <script>"))

        shown = admin.get(page_of(row)).content.decode()

        for expected in ("没有送达，稍后再试", str(row.event_id), "500", "出错了 &lt;script&gt;", "&lt;b&gt;"):
            assert expected in shown
        assert json.loads(row.event.body)["data"]["batch"] == 7
        listed = admin.get(DELIVERIES).content.decode()
        assert "HTTP 500" in listed

    def test_why_there_was_no_answer_stands_in_the_list(self, admin: Client) -> None:
        delivery(outcome=Outcome(None, "连接不上"))
        assert "连接不上" in admin.get(DELIVERIES).content.decode()

    def test_one_is_sent_again_by_its_button(self, admin: Client) -> None:
        row = delivery(state=DeliveryState.GIVEN_UP)
        assert "已交给后台进程" in admin.post(page_of(row, "again"), follow=True).content.decode()
        row.refresh_from_db()
        assert (row.state, row.attempts) == (DeliveryState.WAITING, 0)
        assert admin.get(page_of(row, "again")).status_code == 405

    def test_one_for_an_endpoint_that_is_off_is_not(self, admin: Client) -> None:
        row = delivery(state=DeliveryState.GIVEN_UP)
        WebhookEndpoint.objects.update(active=False)
        assert "已停用" in admin.post(page_of(row, "again"), follow=True).content.decode()
        row.refresh_from_db()
        assert row.state == DeliveryState.GIVEN_UP

    def test_several_are_sent_again_together(self, admin: Client) -> None:
        rows = [delivery(state=DeliveryState.GIVEN_UP) for _ in range(3)]
        WebhookEndpoint.objects.filter(pk=rows[0].endpoint_id).update(active=False)
        chosen = {"action": "send_selected_again", "_selected_action": [row.pk for row in rows]}
        shown = admin.post(DELIVERIES, chosen, follow=True).content.decode()
        assert "2 条消息已交给后台进程" in shown
        assert "已停用" in shown

    def test_nobody_adds_changes_or_deletes_one(self, admin: Client) -> None:
        row = delivery()
        assert admin.get(reverse("admin:catalog_webhookdelivery_add")).status_code == 403
        assert admin.post(page_of(row), {"state": "delivered"}).status_code == 403
        assert admin.post(page_of(row, "delete"), {"post": "yes"}).status_code == 403

    def test_what_is_not_there_is_no_error(self, admin: Client) -> None:
        for address in ("/admin/catalog/webhookdelivery/99/again/", "/admin/catalog/webhookendpoint/x/test/"):
            assert admin.post(address).status_code == 404
        assert admin.get("/admin/catalog/webhookendpoint/99/replace/").status_code == 404

    def test_the_first_page_tells_administrators_of_what_was_given_up(self, admin: Client) -> None:
        index = reverse("admin:index")
        assert "条推送没有送达" not in admin.get(index).content.decode()
        delivery(state=DeliveryState.GIVEN_UP)
        assert "1 条推送没有送达" in admin.get(index).content.decode()
        assert "条推送没有送达" not in browser(reviewer(None)).get(index).content.decode()
