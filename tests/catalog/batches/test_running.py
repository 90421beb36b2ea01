"""Running a batch: as many images at once as the model writes answers, and what stops all of them."""

import errno
import threading
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from catalog.batches import leases, lifecycle
from catalog.batches.failures import IN_A_ROW
from catalog.batches.running import Progress, run_batch
from catalog.drafting.drafting import Drafting
from catalog.exceptions import DraftingPaused
from catalog.models import Annotation, Batch, BatchItem, Collection, PromptVersion, Run
from catalog.vocabulary import BatchState, ItemState
from inference.engine.errors import CheckpointError, ConnectionCut, ImageUndecodable
from inference.types import Request
from tests.catalog.drafts import draft, first_image
from tests.catalog.fakes import FakeDescriber, failing_for
from tests.factories import ImageFactory, ImageFileFactory, PromptVersionFactory

ROWS = 4


def filled(collection: Collection, images: int) -> None:
    for _ in range(images - collection.images.count()):
        ImageFileFactory(image=ImageFactory(collection=collection))


@pytest.mark.django_db(transaction=True)
class TestSeveralAtOnce:
    @pytest.fixture(autouse=True)
    def _images(self, collection: Collection) -> None:
        filled(collection, 3 * ROWS)

    @pytest.fixture
    def version(self) -> PromptVersion:
        return PromptVersionFactory(prompt__slug="sentence")

    def test_as_many_requests_are_under_way_as_the_model_has_rows(
        self, collection: Collection, version: PromptVersion
    ) -> None:
        together = threading.Barrier(ROWS)

        result = draft(collection, version, FakeDescriber(before=lambda request: together.wait(60), most_rows=ROWS))

        assert (result.done, result.settled, result.failures) == (3 * ROWS, 3 * ROWS, [])
        assert Annotation.objects.drafts().count() == Run.objects.count() == 3 * ROWS
        assert not BatchItem.objects.exclude(state=ItemState.DONE).exists()

    def test_no_thread_holds_a_connection_while_the_model_answers(
        self, collection: Collection, version: PromptVersion
    ) -> None:
        held: list[bool] = []

        draft(
            collection,
            version,
            FakeDescriber(before=lambda request: held.append(connection.connection is not None), most_rows=ROWS),
        )

        assert held == [False] * 3 * ROWS

    def test_ctrl_c_gives_back_everything_at_work_and_nothing_is_written_after_it(
        self, collection: Collection, version: PromptVersion
    ) -> None:
        release = threading.Event()

        def hold_back(request: Request) -> None:
            if len(describer.history) > 1:
                release.wait(60)

        def interrupt(so_far: Progress) -> None:
            raise KeyboardInterrupt

        describer = FakeDescriber(before=hold_back, most_rows=ROWS)
        with pytest.raises(KeyboardInterrupt):
            draft(collection, version, describer, progress=interrupt)
        assert not BatchItem.objects.running().exists()
        release.set()
        for thread in threading.enumerate():
            if thread.name.startswith("batch-"):
                thread.join(60)

        assert Annotation.objects.count() == 1
        assert draft(collection, version).done == 3 * ROWS - 1

    def test_a_limit_counts_what_is_at_work(self, collection: Collection, version: PromptVersion) -> None:
        describer = FakeDescriber(most_rows=ROWS)

        assert draft(collection, version, describer, limit=ROWS + 1).done == ROWS + 1
        assert len(describer.history) == ROWS + 1

    def test_an_image_that_ended_badly_before_is_worked_on_alone(
        self, collection: Collection, version: PromptVersion
    ) -> None:
        batch = opened(collection, version)
        suspect = batch.items.order_by("pk")[ROWS]
        BatchItem.objects.filter(pk=suspect.pk).update(attempts=leases.SUSPECT_AFTER)
        at_work: list[int] = []

        def look(request: Request) -> None:
            if BatchItem.objects.running().filter(pk=suspect.pk, attempts__gt=leases.SUSPECT_AFTER).exists():
                at_work.append(BatchItem.objects.running().count())
            connection.close()

        run_batch(batch=batch, work=Drafting(FakeDescriber(before=look, delay_s=0.01, most_rows=ROWS)))

        # While it is set apart others finish; once it has begun, nobody else is there.
        assert at_work[-1] == 1
        assert Annotation.objects.count() == 3 * ROWS


def opened(collection: Collection, version: PromptVersion) -> Batch:
    batch = lifecycle.open_batch(collection=collection, version=version)
    assert batch is not None
    return batch


@pytest.mark.django_db
class TestWhatStopsAll:
    @pytest.mark.parametrize(
        "error",
        [
            OSError(errno.ENOSPC, "No space left on device"),
            OperationalError("database or disk is full"),
            CheckpointError("remote_key_refused", url="http://127.0.0.1:1"),
        ],
        ids=["disk", "database", "model"],
    )
    def test_what_would_happen_to_every_image_pauses_the_batch_at_once(
        self, collection: Collection, version: PromptVersion, error: Exception
    ) -> None:
        describer = FakeDescriber([error])

        with pytest.raises(DraftingPaused):
            draft(collection, version, describer)

        batch = Batch.objects.get()
        assert (batch.state, len(describer.history)) == (BatchState.PAUSED, 1)
        assert batch.reason.endswith("。")
        assert set(batch.items.values_list("state", "attempts")) == {(ItemState.PENDING, 0)}

    def test_a_folder_that_is_gone_pauses_the_batch_before_all_of_it_has_failed(
        self, collection: Collection, version: PromptVersion, media: Path
    ) -> None:
        filled(collection, IN_A_ROW + 5)
        (media / "masters").rename(media / "elsewhere")

        with pytest.raises(DraftingPaused, match="连续 10 幅"):
            draft(collection, version)

        batch = Batch.objects.get()
        assert batch.items.filter(state=ItemState.FAILED).count() == IN_A_ROW
        assert batch.items.pending().count() == 5

    def test_damaged_pictures_fail_alone_however_many_they_are(
        self, collection: Collection, version: PromptVersion
    ) -> None:
        filled(collection, IN_A_ROW + 5)

        result = draft(collection, version, FakeDescriber([ImageUndecodable("x")] * (IN_A_ROW + 2)))

        assert (result.failed, result.done) == (IN_A_ROW + 2, 3)

    def test_failures_with_drafts_in_between_do_not_add_up(
        self, collection: Collection, version: PromptVersion
    ) -> None:
        filled(collection, 2 * IN_A_ROW)
        gone = [file for number, file in enumerate(collection.files.order_by("pk")) if number % 2]
        for file in gone:
            file.master_path.unlink()

        assert draft(collection, version).failed == len(gone) == IN_A_ROW

    def test_a_site_that_dies_over_an_image_costs_it_an_attempt_and_pauses_the_command(
        self, collection: Collection, version: PromptVersion
    ) -> None:
        deadly = FakeDescriber(before=failing_for(first_image(collection).files.get().master_path, ConnectionCut("x")))
        for _time in range(leases.MAX_ATTEMPTS):
            with pytest.raises(DraftingPaused):
                draft(collection, version, deadly)

        assert BatchItem.objects.filter(state=ItemState.FAILED).count() == 1
        assert BatchItem.objects.filter(state=ItemState.DONE).count() == 2
