"""One of each group of near-duplicates is drafted, and what it says is offered to the rest."""

import pytest

from catalog.models import Annotation, Collection, Image, NearGroup, PromptVersion
from catalog.services import batches
from catalog.vocabulary import ItemState
from inference.engine.errors import ImageUndecodable
from tests.catalog.drafts import draft, drafts_of
from tests.catalog.fakes import FakeDescriber
from tests.factories import described, drafted

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


def test_where_the_first_of_a_group_is_damaged_the_next_stands_for_it(
    collection: Collection, version: PromptVersion, images: list[Image]
) -> None:
    result = draft(collection, version, FakeDescriber([ImageUndecodable("x")], default="石桥"))

    assert (result.total, result.done, result.failed, result.settled) == (3, 2, 1, 3)
    assert sum(bool(drafts_of(image)) for image in images) == 3


def test_where_the_first_of_a_group_needs_no_draft_the_next_stands_for_it(
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
    first = batches.open_batch(collection=collection, version=version, selection="all")
    again = batches.open_batch(collection=collection, version=version, selection="all")

    assert first is not None
    assert again == first
    assert first.items.filter(state=ItemState.PENDING).count() == 2


def test_whoever_names_images_means_each_of_them(
    collection: Collection, version: PromptVersion, images: list[Image]
) -> None:
    (batch,) = batches.open_chosen(images=Image.objects.filter(pk__in=[images[0].pk, images[1].pk]), version=version)

    assert batch.items.count() == 2


def test_a_draft_that_waits_is_replaced_where_all_are_drafted_anew(
    collection: Collection, version: PromptVersion, images: list[Image]
) -> None:
    drafted(images[1], description="旧草稿")

    draft(collection, version, FakeDescriber(default="新草稿"), selection="all")

    assert drafts_of(images[1]) == {"description": "新草稿"}
