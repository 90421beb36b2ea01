"""Drafting again: what a machine wrote may be replaced, what a person wrote may not."""

import pytest

from catalog.models import Collection, PromptVersion
from catalog.services import review
from catalog.vocabulary import State
from tests.catalog.drafts import SIX, SIX_ANSWER, draft, drafts_of, first_image
from tests.catalog.fakes import FakeDescriber
from tests.factories import (
    PromptVersionFactory,
    UserFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db


def test_a_rejected_draft_is_drafted_again(collection: Collection, version: PromptVersion) -> None:
    draft(collection, version, FakeDescriber(default="帆船"))
    image = first_image(collection)
    review.reject(annotation=image.annotations.get(), user=UserFactory(), reason="不是帆船")

    result = draft(collection, version, FakeDescriber(default="石桥"), selection="rejected")

    assert result.total == 1
    assert drafts_of(image) == {"description": "石桥"}
    assert image.annotations.filter(state=State.REJECTED).count() == 1


def test_all_replaces_drafts_and_leaves_accepted_values_alone(collection: Collection, version: PromptVersion) -> None:
    first, second, third = collection.images.order_by("pk")
    drafted(first, description="旧草稿")
    drafted(second, description="审核过的")
    review.accept(annotation=second.annotations.get(), user=UserFactory())

    draft(collection, version, FakeDescriber(default="新草稿"), selection="all")

    assert [drafts_of(image) for image in (first, second, third)] == [{"description": "新草稿"}] * 3
    assert first.annotations.get(value="旧草稿").state == State.SUPERSEDED
    second.refresh_from_db()
    assert second.description == "审核过的"


@pytest.mark.parametrize("selection", ["missing", "all"])
def test_a_persons_accepted_values_survive_a_redraft_of_the_whole_collection(
    collection: Collection, selection: str
) -> None:
    version = PromptVersionFactory(six_elements=True)
    image = first_image(collection)
    described(image, event="人写的", date="1958年", place="人写的")
    before = list(image.annotations.order_by("pk").values())

    draft(collection, version, FakeDescriber(default=SIX_ANSWER), selection=selection)
    for annotation in image.annotations.drafts():
        review.accept(annotation=annotation, user=UserFactory())

    image.refresh_from_db()
    assert (image.event, image.date_text, image.place) == ("人写的", "1958年", "人写的")
    assert image.people == "三人"
    assert list(image.annotations.filter(pk__in=[row["id"] for row in before]).order_by("pk").values()) == before


def test_an_image_a_person_described_completely_is_not_even_asked_about(collection: Collection) -> None:
    version = PromptVersionFactory(six_elements=True)
    for image in collection.images.all():
        described(image, **dict.fromkeys(SIX, "人写的"))
    describer = FakeDescriber(default=SIX_ANSWER)

    result = draft(collection, version, describer, selection="all")

    assert (result.skipped, describer.history) == (3, [])
