"""Reading as a batch: begun, paused and tried again like drafting, without the large model."""

from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from catalog.batches import leases, lifecycle
from catalog.batches.controls import BatchAction, possible
from catalog.batches.jobs import IDLE_S
from catalog.drafting.site import SiteState
from catalog.models import Batch, BatchItem, Collection, Image, Reading
from catalog.reading.jobs import reading_job
from catalog.reading.reading import read_collection
from catalog.records.near_duplicates import put_together
from catalog.review.decisions import accept
from catalog.vocabulary import BatchState, Field, ItemState, Selection, Source, State
from catalog.work_querysets import BatchItemQuerySet
from inference.engine.images import IMPORT_MAX_PIXELS
from inference.reader import Page, ReaderMissing, ReadingFailed
from tests.catalog import workers
from tests.catalog.batches.test_leases import DEAD
from tests.catalog.fakes import FakeDescriber
from tests.catalog.readers import FakeReader, broken
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory, PromptVersionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection() -> Collection:
    collection = CollectionFactory()
    for _number in range(3):
        ImageFileFactory(image=ImageFactory(collection=collection))
    return collection


@pytest.fixture(autouse=True)
def installed_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader that is installed is the one that the tests hand in."""
    monkeypatch.setattr("catalog.batches.selection.READER_NAME", FakeReader.name)
    monkeypatch.setattr("catalog.batches.selection.reader_version", lambda: "1")


def opened(collection: Collection, selection: str = Selection.MISSING) -> Batch:
    batch = lifecycle.open_batch(collection=collection, version=None, selection=selection, background=True)
    assert batch is not None
    return batch


def shift(reader: FakeReader | None = None) -> float:
    given = reader or FakeReader()
    return workers.shift(reading_job(lambda: given, most_at_once=1))


def items(batch: Batch, state: ItemState) -> BatchItemQuerySet:
    return BatchItem.objects.filter(batch=batch, state=state)


def transcriptions(image: Image) -> list[str]:
    return list(image.annotations.drafts().filter(field=Field.TRANSCRIPTION).values_list("value", flat=True))


def test_a_batch_reads_every_image_and_proposes_what_stands_there(collection: Collection) -> None:
    batch, reader = opened(collection), FakeReader("云溪石桥")

    assert shift(reader) == IDLE_S

    batch.refresh_from_db()
    assert batch.state == BatchState.DONE
    assert items(batch, ItemState.DONE).count() == 3
    assert [transcriptions(image) for image in collection.images.all()] == [["云溪石桥"]] * 3
    assert reader.closed


def test_it_takes_what_was_not_read_and_with_all_reads_everything_again(collection: Collection) -> None:
    read_collection(collection=collection, reader=FakeReader("旧"), limit=2)

    assert opened(collection).items.count() == 1
    shift(FakeReader("新的一行"))
    assert Reading.objects.filter(text="旧").count() == 2

    assert opened(collection, Selection.ALL).items.count() == 3
    shift(FakeReader("再读一遍"))
    assert Reading.objects.filter(text="再读一遍").count() == 3
    assert lifecycle.open_batch(collection=collection, version=None) is None


def test_drafting_and_reading_do_not_wait_for_each_other(collection: Collection) -> None:
    reading = opened(collection)
    drafting = lifecycle.open_batch(collection=collection, version=PromptVersionFactory(), background=True)
    describer = FakeDescriber()
    assert drafting is not None

    shift()
    reading.refresh_from_db()
    assert reading.state == BatchState.DONE
    assert drafting.items.pending().count() == 3

    workers.shift(workers.drafting(describer))
    assert not drafting.items.unsettled().exists()


def test_without_a_model_writing_is_read_all_the_same(collection: Collection) -> None:
    opened(collection)
    absent = workers.drafting(None, SiteState("absent"))

    assert workers.shift(absent) == IDLE_S
    assert not Batch.objects.exclude(reason="").exists()
    assert shift() == IDLE_S
    assert Reading.objects.count() == 3


def test_each_image_of_a_group_is_read(collection: Collection) -> None:
    put_together(images=list(collection.images.values_list("pk", flat=True)), user=None)

    assert opened(collection).items.count() == 3


def test_a_damaged_scan_fails_alone_and_can_be_tried_again(collection: Collection) -> None:
    batch = opened(collection)
    name = Path(collection.images.all()[1].files.get().master_path).name
    texts: dict[str, str | BaseException] = {name: broken()}

    shift(FakeReader(texts=texts))

    failed = items(batch, ItemState.FAILED).get()
    batch.refresh_from_db()
    assert batch.state == BatchState.DONE
    assert failed.error
    assert BatchAction.RETRY in possible(batch)

    lifecycle.retry_failed(batch=batch)
    shift()
    assert items(batch, ItemState.DONE).count() == 3


def test_a_master_that_is_gone_is_told(collection: Collection) -> None:
    batch = opened(collection)
    collection.images.all()[0].files.get().master_path.unlink()

    shift()

    assert "不在原来的位置" in items(batch, ItemState.FAILED).get().error


def test_a_reader_that_breaks_down_over_everything_pauses_the_batch() -> None:
    collection = CollectionFactory()
    for _number in range(15):
        ImageFileFactory(image=ImageFactory(collection=collection))
    batch = opened(collection)

    shift(FakeReader(texts={"": ReadingFailed("onnx")}))

    batch.refresh_from_db()
    assert batch.state == BatchState.PAUSED
    assert "连续 10 幅" in batch.reason
    assert items(batch, ItemState.PENDING).count() > 0


def test_a_missing_reader_pauses_the_batch_at_once_with_what_to_do(collection: Collection) -> None:
    batch = opened(collection)

    shift(FakeReader(texts={"": ReaderMissing("rapidocr")}))

    batch.refresh_from_db()
    assert batch.state == BatchState.PAUSED
    assert "rapidocr" in batch.reason
    assert items(batch, ItemState.PENDING).count() == 3


def test_an_accepted_transcription_stays_whatever_is_read(collection: Collection) -> None:
    read_collection(collection=collection, reader=FakeReader("第一次"))
    image = collection.images.all()[0]
    accept(annotation=image.annotations.drafts().get(), user=UserFactory())

    opened(collection, Selection.ALL)
    shift(FakeReader("第二次"))

    kept = image.annotations.get(state=State.ACCEPTED)
    assert (kept.value, kept.source) == ("第一次", Source.MODEL)
    assert transcriptions(image) == []


def test_what_a_dead_worker_held_is_read_once(collection: Collection) -> None:
    batch = opened(collection)
    item = batch.items.first()
    assert item is not None
    held = leases.claim_next(batch=batch, owner=DEAD, now=batch.created_at)
    assert held is not None

    shift()

    assert items(batch, ItemState.DONE).count() == 3
    assert Reading.objects.count() == 3
    for image in collection.images.all():
        assert len(transcriptions(image)) == 1


def test_what_was_taken_away_meanwhile_is_not_written(collection: Collection) -> None:
    batch = opened(collection)

    class Slow(FakeReader):
        def read(
            self, source: Path, *, page: int = 0, max_pixels: int = IMPORT_MAX_PIXELS, negative: bool = False
        ) -> Page:
            BatchItem.objects.running().update(
                claim=None, lease_until=None, owner="", state=ItemState.FAILED, error="x"
            )
            return super().read(source, page=page, max_pixels=max_pixels, negative=negative)

    shift(Slow())

    assert items(batch, ItemState.FAILED).count() == 3
    assert not Reading.objects.exists()


def test_a_collection_has_one_unfinished_reading_of_a_kind(collection: Collection) -> None:
    batch = opened(collection)

    assert opened(collection) == batch
    with pytest.raises(IntegrityError), transaction.atomic():
        Batch.objects.create(collection=collection, prompt_version=None, selection=Selection.MISSING)


@pytest.mark.parametrize("selection", [Selection.REJECTED, Selection.OUTDATED])
def test_there_is_no_reading_of_what_was_drafted_otherwise(collection: Collection, selection: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Batch.objects.create(collection=collection, prompt_version=None, selection=selection)


def test_images_are_chosen_for_reading(collection: Collection) -> None:
    chosen = collection.images.order_by("pk")[:2].values("pk")
    (batch,) = lifecycle.open_chosen(
        images=Image.objects.filter(pk__in=list(chosen.values_list("pk", flat=True))), version=None
    )

    shift()

    assert items(batch, ItemState.DONE).count() == 2
    assert batch.task == "识读文字"
