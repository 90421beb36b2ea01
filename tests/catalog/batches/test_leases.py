"""Leases: an image is worked on by one process, and a dead process holds nothing."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from catalog.batches import leases
from catalog.batches.owners import this_process
from catalog.exceptions import ClaimLost
from catalog.models import Batch, BatchItem
from catalog.vocabulary import BatchState, ItemState
from tests.catalog.fakes import SteadyClock
from tests.factories import BatchFactory, BatchItemFactory, ImageFactory

OWNER = this_process()
ELSEWHERE = "another-host/0/0|1|1"
_MACHINE, _PID, _STARTED = OWNER.split("|")
DEAD = f"{_MACHINE}|{_PID}|{int(_STARTED) - 1}"
LEASE_S = leases.LEASE.total_seconds()

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch() -> Batch:
    batch = BatchFactory(state=BatchState.RUNNING)
    BatchItemFactory.create_batch(2, batch=batch)
    return batch


def claim(batch: Batch, owner: str = OWNER) -> BatchItem:
    item = try_to_claim(batch, owner)
    assert item is not None
    return item


def try_to_claim(batch: Batch, owner: str = OWNER) -> BatchItem | None:
    return leases.claim_next(batch=batch, owner=owner, now=timezone.now())


def test_each_image_is_claimed_once(batch: Batch) -> None:
    first, second = claim(batch), claim(batch)

    assert first.image_id != second.image_id
    assert first.claim != second.claim
    assert try_to_claim(batch) is None


@pytest.mark.parametrize("state", [BatchState.PAUSED, BatchState.CANCELLED])
def test_of_a_batch_that_does_not_run_nothing_is_claimed(batch: Batch, state: str) -> None:
    type(batch).objects.filter(pk=batch.pk).update(state=state)

    assert try_to_claim(batch) is None


def test_an_image_that_another_batch_works_on_waits(batch: Batch) -> None:
    taken = claim(batch)
    other = BatchFactory(collection=batch.collection, state=BatchState.RUNNING)
    BatchItemFactory(batch=other, image=taken.image)

    assert try_to_claim(other) is None
    leases.release(taken)
    claim(other)


def test_what_is_released_was_never_taken(batch: Batch) -> None:
    item = claim(batch)

    leases.release(item)

    item.refresh_from_db()
    assert (item.state, item.claim, item.lease_until, item.attempts) == (ItemState.PENDING, None, None, 0)


class TestTakingBack:
    @pytest.fixture
    def clock(self) -> SteadyClock:
        return SteadyClock()

    @pytest.fixture
    def watch(self, clock: SteadyClock) -> leases.Watch:
        return leases.Watch(clock)

    def test_a_lease_that_stands_still_is_taken_away_and_its_holder_notices(
        self, batch: Batch, watch: leases.Watch, clock: SteadyClock
    ) -> None:
        item = claim(batch, ELSEWHERE)

        assert watch.take_back() == 0
        clock.sleep(LEASE_S + 1)
        assert watch.take_back() == 1

        with pytest.raises(ClaimLost):
            leases.locked_claim(item)
        others = [claim(batch) for _other in range(batch.items.pending().count() - 1)]
        again = claim(batch)
        assert (again.pk, again.attempts) == (item.pk, 2)
        assert {other.attempts for other in others} == {1}

    def test_a_lease_that_is_renewed_stays(self, batch: Batch, watch: leases.Watch, clock: SteadyClock) -> None:
        item = claim(batch, ELSEWHERE)
        for beat in range(1, 10):
            watch.take_back()
            clock.sleep(leases.HEARTBEAT_S)
            renewed = timezone.now() + leases.LEASE + timedelta(seconds=beat)
            BatchItem.objects.filter(pk=item.pk).update(lease_until=renewed)

        assert watch.take_back() == 0

    @pytest.mark.parametrize("shift", [timedelta(hours=1), timedelta(hours=-1)], ids=["ahead", "behind"])
    def test_another_machines_clock_neither_frees_a_claim_nor_keeps_it(
        self, batch: Batch, watch: leases.Watch, clock: SteadyClock, shift: timedelta
    ) -> None:
        leases.claim_next(batch=batch, owner=ELSEWHERE, now=timezone.now() + shift)

        assert watch.take_back() == 0
        clock.sleep(LEASE_S - 1)
        assert watch.take_back() == 0
        clock.sleep(2)
        assert watch.take_back() == 1

    def test_a_former_holder_can_neither_release_nor_renew_what_another_has(
        self, batch: Batch, watch: leases.Watch, clock: SteadyClock
    ) -> None:
        item = claim(batch, ELSEWHERE)
        watch.take_back()
        clock.sleep(LEASE_S + 1)
        watch.take_back()
        again = claim(batch)

        leases.release(item)
        leases.give_back_failed(item)

        assert leases.locked_claim(again).claim == again.claim

    def test_the_lease_of_a_dead_process_on_this_machine_is_taken_away_at_once(
        self, batch: Batch, watch: leases.Watch
    ) -> None:
        claim(batch, DEAD)

        assert watch.take_back() == 1

    def test_the_lease_of_a_living_process_stays(self, batch: Batch, watch: leases.Watch) -> None:
        claim(batch)

        assert watch.take_back() == 0

    def test_an_image_that_takes_its_process_down_again_and_again_is_given_up(
        self, batch: Batch, watch: leases.Watch
    ) -> None:
        batch.items.exclude(pk=batch.items.earliest("pk").pk).delete()
        for _attempt in range(leases.MAX_ATTEMPTS):
            item = claim(batch, DEAD)
            watch.take_back()

        item.refresh_from_db()
        assert item.state == ItemState.FAILED
        assert item.error

    def test_images_that_were_at_work_together_are_not_given_up_for_each_other(
        self, batch: Batch, watch: leases.Watch
    ) -> None:
        for _attempt in range(2 * leases.MAX_ATTEMPTS):
            item, other = claim(batch, DEAD), claim(batch, DEAD)
            assert watch.take_back() == 2

        for each in (item, other):
            each.refresh_from_db()
            assert each.state == ItemState.PENDING
            assert each.attempts > leases.SUSPECT_AFTER


def test_the_image_may_be_deleted_while_it_is_worked_on(batch: Batch) -> None:
    item = claim(batch)
    item.image.delete()

    with pytest.raises(ClaimLost):
        leases.locked_claim(item)


@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_renews_the_lease_until_the_work_is_done() -> None:
    item = BatchItemFactory(batch__state=BatchState.RUNNING)
    held = claim(item.batch)
    old = timezone.now() - timedelta(seconds=60)
    BatchItem.objects.filter(pk=item.pk).update(lease_until=old)

    with leases.heartbeat(held, interval_s=0.01):
        _wait_until(BatchItem.objects.filter(pk=item.pk, lease_until__gt=old).exists)

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("heartbeat")]


@pytest.mark.django_db(transaction=True)
def test_processes_that_claim_at_the_same_time_share_the_images() -> None:
    batch = BatchFactory(state=BatchState.RUNNING)
    images = [
        BatchItemFactory(batch=batch, image=ImageFactory(collection=batch.collection)).image_id for _ in range(12)
    ]
    claimed: list[int] = []

    def work() -> None:
        try:
            while (item := try_to_claim(batch)) is not None:
                claimed.append(item.image_id)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(claimed) == sorted(images)


def _wait_until(condition: Callable[[], bool]) -> None:
    """Wait for a condition; the test's own time limit ends a wait in vain."""
    pause = threading.Event()
    for _ in range(3000):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("the lease was not renewed")
