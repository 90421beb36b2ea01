"""Deliveries are claimed, settled by the answer, tried again with growing pauses, given up, sent again and purged."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import close_old_connections, connection
from django.utils import timezone
from pytest_django import Settings

from catalog.batches.owners import this_process
from catalog.exceptions import DeliveryRefused
from catalog.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from catalog.records import outbox
from catalog.vocabulary import DeliveryState, EventKind
from catalog.webhooks import deliveries, endpoints
from catalog.webhooks.deliveries import Claim
from catalog.webhooks.sending import Outcome
from tests.catalog.endpoints import endpoint, is_signed

pytestmark = pytest.mark.django_db

OWNER = "elsewhere|1|1"
TAKEN = Outcome(200, "收到")
DOWN = Outcome(None, "连接不上")
REFUSED = Outcome(400, "不认识")


def event(*receivers: WebhookEndpoint) -> WebhookEvent:
    return outbox.write(kind=EventKind.BATCH_ENDED, endpoints=[one.pk for one in receivers], data={"batch": 1})


def claimed(owner: str = OWNER) -> Claim:
    claim = deliveries.claim_next(owner=owner)
    assert claim is not None
    return claim


def let_time_pass(**by: float) -> None:
    """Have everything that was to happen later happen that much earlier."""
    passed = timedelta(**by)
    for row in WebhookDelivery.objects.all():
        lease = row.lease_until and row.lease_until - passed
        WebhookDelivery.objects.filter(pk=row.pk).update(due_at=row.due_at - passed, lease_until=lease)
    for one in WebhookEndpoint.objects.exclude(resting_until=None):
        assert one.resting_until is not None
        WebhookEndpoint.objects.filter(pk=one.pk).update(resting_until=one.resting_until - passed)


def attempt(outcome: Outcome) -> WebhookDelivery:
    deliveries.settle(claimed(), outcome)
    return WebhookDelivery.objects.get()


class TestClaiming:
    def test_a_claim_has_all_that_is_sent(self) -> None:
        receiver, secret = endpoint(url="https://oa.example/glmv?from=1")
        sent = event(receiver)

        claim = claimed()

        assert (claim.address, claim.body) == ("https://oa.example/glmv?from=1", sent.body.encode())
        assert claim.headers["webhook-id"] == str(sent.pk)
        assert abs(int(claim.headers["webhook-timestamp"]) - timezone.now().timestamp()) < 60
        assert is_signed(secret, claim.headers, claim.body)

    def test_what_is_in_hand_nobody_else_takes(self) -> None:
        event(endpoint()[0])
        claimed()
        assert deliveries.claim_next(owner="another|1|1") is None

    def test_what_a_dead_process_had_is_taken_at_once_and_counts_as_an_attempt(self) -> None:
        event(endpoint()[0])
        machine, _pid, _start = this_process().split("|")
        first = claimed(f"{machine}|4194304|1")

        second = claimed(this_process())

        assert second.delivery == first.delivery
        assert second.headers["webhook-id"] == first.headers["webhook-id"]
        assert WebhookDelivery.objects.get().attempts == 2

    def test_what_a_process_elsewhere_had_is_taken_when_its_lease_has_run_out(self) -> None:
        event(endpoint()[0])
        claimed("far-away|1|1")
        assert deliveries.claim_next(owner=OWNER) is None
        let_time_pass(seconds=61)
        claimed()

    def test_a_process_takes_up_what_it_has_lost_hold_of(self) -> None:
        event(endpoint()[0])
        assert claimed().delivery == claimed().delivery

    def test_a_claim_that_was_lost_writes_nothing(self) -> None:
        event(endpoint()[0])
        first = claimed("far-away|1|1")
        let_time_pass(seconds=61)
        second = claimed()

        deliveries.settle(first, DOWN)
        deliveries.release(first)
        assert WebhookDelivery.objects.get().state == DeliveryState.SENDING
        deliveries.settle(second, TAKEN)
        assert WebhookDelivery.objects.get().state == DeliveryState.DELIVERED

    def test_what_is_given_back_has_not_been_tried(self) -> None:
        event(endpoint()[0])
        deliveries.release(claimed())
        row = WebhookDelivery.objects.get()
        assert (row.state, row.attempts, row.claim) == (DeliveryState.WAITING, 0, None)

    def test_what_waits_for_an_endpoint_that_is_switched_off_stays(self) -> None:
        receiver, _secret = endpoint()
        event(receiver)
        WebhookEndpoint.objects.update(active=False)
        assert deliveries.claim_next(owner=OWNER) is None
        WebhookEndpoint.objects.update(active=True)
        claimed()


class TestSettling:
    def test_what_was_taken_is_delivered(self) -> None:
        event(endpoint()[0])
        row = attempt(TAKEN)
        assert (row.state, row.status, row.answer, row.attempts) == (DeliveryState.DELIVERED, 200, "收到", 1)
        assert row.finished_at is not None
        assert [told["status"] for told in row.history] == [200]
        assert deliveries.claim_next(owner=OWNER) is None

    def test_what_failed_is_tried_again_with_growing_pauses_and_given_up_in_the_end(self) -> None:
        event(endpoint()[0])
        pauses = []
        for _ in range(7):
            row = attempt(REFUSED)
            assert row.state == DeliveryState.WAITING
            assert deliveries.claim_next(owner=OWNER) is None
            pauses.append((row.due_at - timezone.now()).total_seconds())
            let_time_pass(seconds=pauses[-1] + 1)
        row = attempt(REFUSED)

        for pause, planned in zip(pauses, deliveries.PAUSES, strict=True):
            assert 0.9 < pause / planned.total_seconds() < 1.11
        assert sum(pauses) > 24 * 3600
        assert (row.state, row.attempts, len(row.history)) == (DeliveryState.GIVEN_UP, 8, 8)
        let_time_pass(days=3)
        assert deliveries.claim_next(owner=OWNER) is None

    def test_a_longer_pause_that_the_endpoint_asks_for_is_kept(self) -> None:
        event(endpoint()[0])
        row = attempt(Outcome(503, "", 7200))
        assert row.due_at > timezone.now() + timedelta(seconds=7100)

    def test_an_endpoint_that_is_gone_is_switched_off(self) -> None:
        event(endpoint()[0])
        row = attempt(Outcome(410, ""))
        assert row.state == DeliveryState.GIVEN_UP
        assert not WebhookEndpoint.objects.get().active

    def test_an_endpoint_that_ails_is_left_alone_with_all_that_waits_for_it_and_the_others_are_not(self) -> None:
        ailing, _secret = endpoint(EventKind.BATCH_ENDED)
        well, _secret = endpoint(EventKind.BATCH_ENDED)
        for _ in range(3):
            event(ailing)
        deliveries.settle(claimed(), DOWN)
        event(well)

        deliveries.settle(claimed(), TAKEN)

        assert deliveries.claim_next(owner=OWNER) is None
        assert well.deliveries.filter(state=DeliveryState.DELIVERED).count() == 1
        let_time_pass(seconds=7)
        deliveries.settle(claimed(), TAKEN)
        ailing.refresh_from_db()
        assert (ailing.failures, ailing.resting_until) == (0, None)
        claimed()

    def test_an_endpoint_that_does_not_take_one_message_gets_the_others(self) -> None:
        receiver, _secret = endpoint()
        event(receiver)
        event(receiver)
        deliveries.settle(claimed(), REFUSED)
        claimed()

    def test_it_is_left_alone_for_ten_minutes_at_most(self) -> None:
        receiver, _secret = endpoint(failures=40)
        event(receiver)
        attempt(DOWN)
        receiver.refresh_from_db()
        assert receiver.resting_until is not None
        assert receiver.resting_until <= timezone.now() + timedelta(minutes=10)


class TestSendingAgain:
    @pytest.mark.parametrize("outcome", [TAKEN, Outcome(410, "")])
    def test_it_is_sent_at_once_under_the_same_id(self, outcome: Outcome) -> None:
        receiver, _secret = endpoint()
        sent = event(receiver)
        attempt(outcome)
        WebhookEndpoint.objects.update(active=True)

        deliveries.send_again(WebhookDelivery.objects.get())

        assert claimed().headers["webhook-id"] == str(sent.pk)
        assert WebhookDelivery.objects.get().attempts == 1

    def test_an_endpoint_that_rests_is_tried_all_the_same(self) -> None:
        event(endpoint()[0])
        deliveries.send_again(attempt(DOWN))
        row = attempt(DOWN)
        assert (row.attempts, len(row.history)) == (1, 2)

    def test_what_is_being_sent_or_is_for_an_endpoint_that_is_off_is_refused(self) -> None:
        event(endpoint()[0])
        claim = claimed()
        with pytest.raises(DeliveryRefused, match="正在发送"):
            deliveries.send_again(WebhookDelivery.objects.get())
        deliveries.settle(claim, TAKEN)
        WebhookEndpoint.objects.update(active=False)
        with pytest.raises(DeliveryRefused, match="已停用"):
            deliveries.send_again(WebhookDelivery.objects.get())

    def test_of_many_attempts_the_last_are_kept(self) -> None:
        event(endpoint()[0])
        for _ in range(25):
            deliveries.send_again(attempt(REFUSED))
        assert len(WebhookDelivery.objects.get().history) == 20


class TestSecrets:
    def test_for_a_day_after_it_was_replaced_both_sign(self) -> None:
        receiver, before = endpoint()
        after = endpoints.replace(receiver, seen=receiver.digest)
        assert after is not None
        event(receiver)

        claim = claimed()
        assert is_signed(before, claim.headers, claim.body)
        assert is_signed(after, claim.headers, claim.body)

        deliveries.release(claim)
        WebhookEndpoint.objects.update(previous_until=timezone.now() - timedelta(seconds=1))
        claim = claimed()
        assert not is_signed(before, claim.headers, claim.body)
        assert is_signed(after, claim.headers, claim.body)

    def test_a_page_that_is_sent_twice_replaces_once(self) -> None:
        receiver, _secret = endpoint()
        seen = receiver.digest
        assert endpoints.replace(receiver, seen=seen) is not None
        assert endpoints.replace(receiver, seen=seen) is None

    def test_with_another_secret_key_nothing_is_signed_until_the_secret_is_replaced(self, settings: Settings) -> None:
        receiver, _secret = endpoint()
        event(receiver)
        settings.SECRET_KEY = "another one, as after moving to a new machine"
        claim = claimed()
        assert claim.headers == {}

        deliveries.release(claim)
        secret = endpoints.replace(receiver, seen=receiver.digest)
        assert secret is not None
        claim = claimed()
        assert claim.headers["webhook-signature"].count("v1,") == 1
        assert is_signed(secret, claim.headers, claim.body)

    def test_no_secret_stands_in_the_database(self) -> None:
        receiver, secret = endpoint()
        kept = str(WebhookEndpoint.objects.filter(pk=receiver.pk).values().get())
        assert secret.removeprefix("whsec_") not in kept


class TestPurging:
    def test_what_was_settled_long_ago_goes_and_what_waits_stays(self) -> None:
        receiver, _secret = endpoint()
        old, recent, waiting = event(receiver), event(receiver), event(receiver)
        old.deliveries.update(state=DeliveryState.DELIVERED)
        recent.deliveries.update(state=DeliveryState.DELIVERED)
        long_ago = timezone.now() - timedelta(days=31)
        WebhookEvent.objects.filter(pk__in=[old.pk, waiting.pk]).update(created_at=long_ago)

        assert deliveries.purge() == 1
        assert deliveries.purge() == 0
        assert set(WebhookEvent.objects.values_list("pk", flat=True)) == {recent.pk, waiting.pk}


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_take_each_delivery_once() -> None:
    receiver, _secret = endpoint()
    for _ in range(30):
        event(receiver)
    taken: list[int] = []
    faults: list[BaseException] = []

    def work(owner: str) -> None:
        try:
            while (claim := deliveries.claim_next(owner=owner)) or WebhookDelivery.objects.filter(
                state=DeliveryState.WAITING
            ).exists():
                if claim is not None:
                    taken.append(claim.delivery)
                    deliveries.settle(claim, TAKEN)
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            faults.append(error)
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=work, args=[f"machine-{uuid.uuid4()}|1|1"]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert len(taken) == len(set(taken)) == 30
    assert not WebhookDelivery.objects.exclude(state=DeliveryState.DELIVERED, attempts=1).exists()
