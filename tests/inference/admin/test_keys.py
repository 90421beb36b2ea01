"""Keys in the admin: who manages them, and where the key itself can be read."""

import logging
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from inference.models import ApiKey, Scope
from inference.models.api_keys import PREFIX
from tests.catalog.people import administrator, browser, cataloguer, reviewer, stranger
from tests.factories import UserFactory
from tests.inference.keys import issued

pytestmark = pytest.mark.django_db

LIST = reverse("admin:inference_apikey_changelist")
ADD = reverse("admin:inference_apikey_add")


@pytest.fixture
def admin() -> Client:
    return browser(administrator())


def page_of(key: ApiKey, action: str = "change") -> str:
    return reverse(f"admin:inference_apikey_{action}", args=[key.pk])


def form(**changes: Any) -> dict[str, Any]:
    return {"name": "小程序", "scopes": [Scope.ASK.value], "active": "on", **changes}


def run(client: Client, action: str, *keys: ApiKey) -> Any:
    chosen = {"action": action, "_selected_action": [key.pk for key in keys]}
    return client.post(LIST, chosen, follow=True)


def keys_in(response: Any) -> set[str]:
    """Return the complete keys that an answer shows."""
    return set(re.findall(rf"{PREFIX}[\w-]{{43}}", response.content.decode()))


def errors_of(response: Any) -> dict[str, Any]:
    assert response.status_code == 200
    errors: dict[str, Any] = response.context["adminform"].form.errors
    return errors


class TestAccess:
    def test_keys_are_for_administrators(self) -> None:
        key, _token = issued(Scope.ASK)
        people = [None, UserFactory(), stranger(), cataloguer(None), reviewer(None), administrator()]
        for address in (LIST, ADD, page_of(key), page_of(key, "replace"), page_of(key, "delete")):
            statuses = [browser(person).get(address).status_code for person in people]
            assert statuses == [302, 302, 403, 403, 403, 200], address

    def test_nobody_else_makes_switches_or_replaces_one(self) -> None:
        key, token = issued(Scope.ASK)
        client = browser(reviewer(None))
        assert client.post(ADD, form()).status_code == 403
        assert client.post(page_of(key, "replace"), {"beginning": key.beginning}).status_code == 403
        assert client.post(LIST, {"action": "switch_off", "_selected_action": [key.pk]}).status_code == 403
        assert ApiKey.objects.find(token) == key
        assert ApiKey.objects.count() == 1

    def test_the_first_page_of_the_workbench_names_them_to_administrators_only(self, admin: Client) -> None:
        assert LIST in admin.get(reverse("admin:index")).content.decode()
        assert LIST not in browser(reviewer(None)).get(reverse("admin:index")).content.decode()


class TestTheList:
    def test_it_says_what_there_is_to_know(self, admin: Client) -> None:
        owner = UserFactory(username="zhang")
        key, token = issued(Scope.ASK, Scope.READ, name="阅览室", owner=owner, rate_per_minute=30)

        shown = admin.get(LIST).content.decode()

        for expected in ("阅览室", key.beginning, "zhang", "提问、读取目录", "30 次", "从未使用"):
            assert expected in shown
        assert token not in shown
        assert key.digest not in shown

    def test_it_asks_no_more_for_more_keys(
        self, admin: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        issued(Scope.ASK, owner=UserFactory())
        with CaptureQueriesContext(connection) as asked:
            admin.get(LIST)
        for _ in range(5):
            issued(Scope.READ, owner=UserFactory())
        with django_assert_num_queries(len(asked)):
            admin.get(LIST)

    def test_a_key_is_found_by_name_owner_and_beginning(self, admin: Client) -> None:
        key, _token = issued(Scope.ASK, name="阅览室", owner=UserFactory(username="zhang"))
        issued(Scope.ASK, name="别的")
        for words in ("阅览", "zhang", key.beginning):
            shown = admin.get(LIST, {"q": words}).content.decode()
            assert "阅览室" in shown, words
            assert "别的" not in shown, words

    def test_words_that_make_no_sense_are_no_error(self, admin: Client) -> None:
        for query in ({"q": "\x00"}, {"q": "桥" * 5000}, {"p": "abc"}, {"o": "99.-x"}, {"active__exact": "x"}):
            assert admin.get(LIST, query, follow=True).status_code == 200


class TestMakingOne:
    def test_the_key_is_on_the_page_that_follows_and_works(self, admin: Client) -> None:
        response = admin.post(ADD, form(scopes=["ask", "batch"], rate_per_minute=60, keeps_history="on"))

        [token] = keys_in(response)
        key = ApiKey.objects.find(token)
        assert key is not None
        assert (key.name, key.scopes, key.rate_per_minute) == ("小程序", ["ask", "batch"], 60)
        assert key.keeps_history
        assert "只显示这一次" in response.content.decode()
        assert "no-store" in response["Cache-Control"]

    def test_it_is_on_no_other_page_and_kept_nowhere(self, admin: Client, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG):
            response = admin.post(ADD, form())
        [token] = keys_in(response)
        key = ApiKey.objects.get()

        for address in (LIST, page_of(key), page_of(key, "history"), reverse("admin:index"), ADD):
            assert token not in admin.get(address).content.decode(), address
        assert token not in caplog.text
        assert token not in str([session.get_decoded() for session in Session.objects.all()])
        assert token not in str(admin.cookies)
        assert token not in str(list(LogEntry.objects.values()))
        assert token not in str(list(ApiKey.objects.values()))

    def test_sending_the_form_again_makes_no_second_key(self, admin: Client) -> None:
        [token] = keys_in(admin.post(ADD, form()))

        response = admin.post(ADD, form())

        assert "name" in errors_of(response)
        assert not keys_in(response)
        assert ApiKey.objects.find(token) == ApiKey.objects.get()

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"name": ""}, "name"),
            ({"scopes": []}, "scopes"),
            ({"scopes": ["ask", "everything"]}, "scopes"),
            ({"rate_per_minute": "0"}, "rate_per_minute"),
            ({"rate_per_minute": "-1"}, "rate_per_minute"),
            ({"rate_per_minute": "9" * 30}, "rate_per_minute"),
            ({"rate_per_minute": "viele"}, "rate_per_minute"),
            ({"owner": "999999"}, "owner"),
            ({"scopes": ["write"]}, "owner"),
            ({"scopes": ["batch"]}, "scopes"),
            ({"scopes": ["batch", "read"]}, "scopes"),
        ],
    )
    def test_what_cannot_be_meant_is_told_at_its_field(
        self, admin: Client, changes: dict[str, Any], field: str
    ) -> None:
        assert list(errors_of(admin.post(ADD, form(**changes)))) == [field]
        assert not ApiKey.objects.exists()

    def test_one_that_writes_is_somebodys(self, admin: Client) -> None:
        owner = cataloguer(None)

        [token] = keys_in(admin.post(ADD, form(scopes=["read", "write"], owner=owner.pk)))

        found = ApiKey.objects.find(token)
        assert found is not None
        assert found.owner == owner

    def test_the_form_tells_what_scopes_are_for(self, admin: Client) -> None:
        shown = admin.get(ADD).content.decode()

        for scope in Scope:
            assert f'value="{scope}"' in shown
            assert str(scope.label) in shown


class TestChangingOne:
    def test_the_key_stays_the_same(self, admin: Client) -> None:
        key, token = issued(Scope.ASK)

        response = admin.post(page_of(key), form(name="新名称", scopes=["read"]), follow=True)

        assert response.status_code == 200
        assert not keys_in(response)
        found = ApiKey.objects.find(token)
        assert found is not None
        assert (found.name, found.scopes) == ("新名称", ["read"])

    def test_keys_are_switched_off_and_on(self, admin: Client) -> None:
        (one, first), (two, second) = issued(Scope.ASK), issued(Scope.ASK, active=False)

        assert "已停用 1 个密钥" in run(admin, "switch_off", one, two).content.decode()
        assert [ApiKey.objects.find(token) for token in (first, second)] == [None, None]

        assert "已启用 2 个密钥" in run(admin, "switch_on", one, two).content.decode()
        assert [ApiKey.objects.find(token) for token in (first, second)] == [one, two]

    def test_switching_is_in_the_keys_history(self, admin: Client) -> None:
        key, _token = issued(Scope.ASK)

        run(admin, "switch_off", key)

        assert "停用" in LogEntry.objects.get(object_id=str(key.pk)).get_change_message()


class TestReplacingOne:
    def test_the_question_changes_nothing(self, admin: Client) -> None:
        key, token = issued(Scope.ASK)

        shown = admin.get(page_of(key, "replace")).content.decode()

        assert key.beginning in shown
        assert "立即失效" in shown
        assert ApiKey.objects.find(token) == key

    def test_the_new_key_is_shown_and_the_old_one_is_worth_nothing(self, admin: Client) -> None:
        key, token = issued(Scope.ASK, rate_per_minute=5)

        [successor] = keys_in(admin.post(page_of(key, "replace"), {"beginning": key.beginning}))

        assert ApiKey.objects.find(token) is None
        assert ApiKey.objects.find(successor) == key
        assert successor not in admin.get(page_of(key)).content.decode()
        assert "换发新密钥" in LogEntry.objects.get(object_id=str(key.pk)).get_change_message()

    def test_sending_it_again_replaces_nothing(self, admin: Client) -> None:
        key, _token = issued(Scope.ASK)
        [successor] = keys_in(admin.post(page_of(key, "replace"), {"beginning": key.beginning}))

        for sent in ({"beginning": key.beginning}, {}):
            response = admin.post(page_of(key, "replace"), sent, follow=True)
            assert "刚刚已换发过" in response.content.decode()
            assert not keys_in(response)
        assert ApiKey.objects.find(successor) == key

    def test_the_list_leads_there_for_one_key_at_a_time(self, admin: Client) -> None:
        (one, _), (two, _) = issued(Scope.ASK), issued(Scope.ASK)

        assert run(admin, "replace_selected", one).redirect_chain[0][0] == page_of(one, "replace")
        assert "只选一个" in run(admin, "replace_selected", one, two).content.decode()

    @pytest.mark.parametrize("number", ["999999", "abc", "1_00"])
    def test_a_key_that_is_not_there_is_not_found(self, admin: Client, number: str) -> None:
        address = reverse("admin:inference_apikey_replace", args=[number])

        assert admin.get(address).status_code == 404
        assert admin.post(address).status_code == 404
