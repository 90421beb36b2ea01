"""One of each group of near-duplicates is drafted, and what it says is offered to the rest."""

import json

import pytest

from catalog.batches import lifecycle
from catalog.batches.leases import MAX_ATTEMPTS
from catalog.batches.running import run_batch
from catalog.drafting.drafting import Drafting
from catalog.models import Annotation, Collection, Image, NearGroup, PromptVersion
from catalog.reading.reading import read_image
from catalog.records.near_duplicates import split
from catalog.review import decisions
from catalog.vocabulary import Access, BatchState, Evidence, Flag, ItemState
from inference.engine.errors import ConnectionCut, ImageUndecodable
from tests.catalog.drafts import SIX, SIX_ANSWER, draft, drafts_of
from tests.catalog.fakes import FakeDescriber, failing_for
from tests.catalog.readers import FakeReader
from tests.catalog.workers import drafting, shift
from tests.factories import PromptVersionFactory, UserFactory, described, drafted

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(collection: Collection) -> list[Image]:
    """Three images; the first two look alike."""
    first, second, third = collection.images.order_by("pk")
    group = NearGroup.objects.create(collection=collection)
    Image.objects.filter(pk__in=[first.pk, second.pk]).update(near_group=group)
    return [first, second, third]


def test_the_model_is_asked_once_for_a_group_and_all_of_it_gets_a_draft(
    collection: Collection, version: PromptVersion, images: list[Image]
) -> None:
    describer = FakeDescriber(["石桥", "帆船"])

    result = draft(collection, version, describer)

    assert (result.total, result.done, len(describer.history)) == (2, 2, 2)
    assert [drafts_of(image)["description"] for image in images] == ["石桥", "石桥", "帆船"]
    first, second = Annotation.objects.filter(image__in=images[:2])
    assert first.run == second.run


def test_where_the_first_of_a_group_is_damaged_the_next_represents_it(
    collection: Collection, version: PromptVersion, images: list[Image]
) -> None:
    result = draft(collection, version, FakeDescriber([ImageUndecodable("x")], default="石桥"))

    assert (result.total, result.done, result.failed, result.settled) == (3, 2, 1, 3)
    assert sum(bool(drafts_of(image)) for image in images) == 3


def test_where_the_first_of_a_group_needs_no_draft_the_next_represents_it(
    collection: Collection, version: PromptVersion, images: list[Image]
) -> None:
    described(images[0], description="人写的")

    result = draft(collection, version, FakeDescriber(default="石桥"), selection="all")

    assert (result.skipped, result.done) == (1, 2)
    assert [drafts_of(image) for image in images] == [{}, *[{"description": "石桥"}] * 2]
    images[0].refresh_from_db()
    assert images[0].description == "人写的"


def test_a_batch_that_goes_on_takes_no_second_image_of_a_group(
    collection: Collection, version: PromptVersion, images: list[Image]
) -> None:
    first = lifecycle.open_batch(collection=collection, version=version, selection="all")
    again = lifecycle.open_batch(collection=collection, version=version, selection="all")

    assert first is not None
    assert again == first
    assert first.items.filter(state=ItemState.PENDING).count() == 2


def test_whoever_names_images_means_each_of_them(
    collection: Collection, version: PromptVersion, images: list[Image]
) -> None:
    (batch,) = lifecycle.open_chosen(images=Image.objects.filter(pk__in=[images[0].pk, images[1].pk]), version=version)

    assert batch.items.count() == 2


def test_a_draft_that_waits_is_replaced_where_all_are_drafted_anew(
    collection: Collection, version: PromptVersion, images: list[Image]
) -> None:
    drafted(images[1], description="旧草稿")

    draft(collection, version, FakeDescriber(default="新草稿"), selection="all")

    assert drafts_of(images[1]) == {"description": "新草稿"}


class TestWhatIsOffered:
    """Only what was asked for, only with evidence of its own, and only to those who may know it."""

    def test_no_other_drafts_of_the_first_one(
        self, collection: Collection, version: PromptVersion, images: list[Image]
    ) -> None:
        drafted(images[0], transcription="甲的背面：王小明摄", event="甲的旧草稿")
        drafted(images[1], transcription="乙的背面：李大力摄", event="乙的草稿")

        draft(collection, version, FakeDescriber(default="石桥"), selection="all")

        second = {"description": "石桥", "transcription": "乙的背面：李大力摄", "event": "乙的草稿"}
        assert drafts_of(images[1]) == second

    def test_what_is_written_on_one_is_asked_of_each(self, collection: Collection, images: list[Image]) -> None:
        version = PromptVersionFactory(form="transcription", prompt__slug="transcription")

        draft(collection, version, FakeDescriber(["甲", "丙", "乙"]))

        assert [drafts_of(image)["transcription"] for image in images] == ["甲", "乙", "丙"]

    def test_its_evidence_is_weighed_for_each(self, collection: Collection, images: list[Image]) -> None:
        version = PromptVersionFactory(form="six_elements", prompt__slug="six_elements")
        for image, text in zip(images[:2], ("一九五九年摄", "一九六二年摄"), strict=True):
            fresh = Image.objects.with_files().get(pk=image.pk)
            read_image(image=fresh, reader=FakeReader(text))
        answer = json.dumps({"事由": "合影", "时间": "1959年", "依据": {"时间": "题字"}}, ensure_ascii=False)

        draft(collection, version, FakeDescriber(default=answer))

        dates = [image.annotations.drafts().get(field="date") for image in images[:2]]
        assert [(date.evidence, date.flag) for date in dates] == [
            (Evidence.INSCRIPTION, Flag.NONE),
            (Evidence.INSCRIPTION, Flag.DOUBTFUL),
        ]

    def test_an_image_that_lacks_more_than_the_first_one_is_offered_all_that_was_said(
        self, collection: Collection, images: list[Image]
    ) -> None:
        version = PromptVersionFactory(form="six_elements", prompt__slug="six_elements")
        described(images[0], event="人写的事由", place="人写的地点")

        result = draft(collection, version, FakeDescriber(default=SIX_ANSWER))

        assert result.done == 2
        assert set(drafts_of(images[0])) == set(SIX) - {"event", "place"}
        assert set(drafts_of(images[1])) == set(SIX)

    def test_accepted_machine_values_get_a_new_draft_where_that_is_asked_for(
        self, collection: Collection, version: PromptVersion, images: list[Image]
    ) -> None:
        for image in images[:2]:
            decisions.accept(annotation=drafted(image, description="旧").annotations.get(), user=UserFactory())
        batch = lifecycle.open_batch(collection=collection, version=version, selection="all", replace_accepted=True)
        assert batch is not None

        run_batch(batch=batch, work=Drafting(FakeDescriber(default="新")))

        assert [drafts_of(image) for image in images] == [{"description": "新"}] * 3

    def test_nothing_to_those_who_may_not_know_it(
        self, collection: Collection, version: PromptVersion, images: list[Image]
    ) -> None:
        images[0].files.update(width=9000)
        Image.objects.filter(pk=images[0].pk).update(access=Access.RESTRICTED, disclosure="unexamined")

        draft(collection, version, FakeDescriber(["机密", "公开", "公开"]))

        assert [drafts_of(image)["description"] for image in images[:2]] == ["机密", "公开"]


class TestNobodyIsForgotten:
    """Whoever was passed over gets a turn where nothing was offered after all."""

    def test_when_its_representative_is_deleted(
        self, collection: Collection, version: PromptVersion, images: list[Image]
    ) -> None:
        batch = lifecycle.open_batch(collection=collection, version=version)
        assert batch is not None
        images[0].delete()

        result = run_batch(batch=batch, work=Drafting(FakeDescriber(default="石桥")))

        assert (result.done, drafts_of(images[1])) == (2, {"description": "石桥"})

    def test_when_it_was_taken_out_of_the_group(
        self, collection: Collection, version: PromptVersion, images: list[Image]
    ) -> None:
        batch = lifecycle.open_batch(collection=collection, version=version, background=True)
        assert batch is not None
        group = images[0].near_group or NearGroup.objects.get()
        split(group=group, images=[images[1].pk], user=None)

        shift(drafting(FakeDescriber(default="石桥")))

        batch.refresh_from_db()
        assert (batch.state, drafts_of(images[1])) == (BatchState.DONE, {"description": "石桥"})

    def test_when_its_representative_takes_the_model_down(
        self, collection: Collection, version: PromptVersion, images: list[Image]
    ) -> None:
        first = images[0].files.get().master_path
        deadly = FakeDescriber(default="石桥", before=failing_for(first, ConnectionCut("x")))
        batch = lifecycle.open_batch(collection=collection, version=version, background=True)
        assert batch is not None

        job = drafting(deadly)
        for _shift in range(MAX_ATTEMPTS + 2):
            shift(job)

        batch.refresh_from_db()
        assert batch.state == BatchState.DONE
        assert drafts_of(images[1]) == {"description": "石桥"}

    def test_what_came_in_later_is_left_where_there_is_a_limit(
        self, collection: Collection, version: PromptVersion, images: list[Image]
    ) -> None:
        batch = lifecycle.open_batch(collection=collection, version=version, limit=1)
        assert batch is not None
        images[0].delete()

        assert run_batch(batch=batch, work=Drafting(FakeDescriber())).total == 0
