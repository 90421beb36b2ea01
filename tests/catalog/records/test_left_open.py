"""A field with 待考 is no description: the record stands as such, and the field counts as missing."""

import pytest

from catalog.models import Image
from catalog.records import annotations
from catalog.review import decisions
from catalog.vocabulary import ImageStatus, Source, State
from tests.catalog.drafts import draft, drafts_of
from tests.catalog.fakes import FakeDescriber
from tests.factories import (
    ImageFactory,
    ImageFileFactory,
    PromptVersionFactory,
    RunFactory,
    UserFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db


def status_of(image: Image) -> str:
    image.refresh_from_db()
    return image.status


@pytest.mark.parametrize("value", ["待考", "待查", "（待考）"])
def test_a_record_with_an_open_field_is_not_described(value: str) -> None:
    assert status_of(described(title="石桥", people=value)) == ImageStatus.TO_RESEARCH


@pytest.mark.parametrize("value", ["不详", "佚名", "三人，姓名待考", ""])
def test_a_record_whose_fields_say_something_is_described(value: str) -> None:
    assert status_of(described(title="石桥", people=value)) == ImageStatus.DESCRIBED


def test_it_is_described_once_the_last_open_field_is_filled() -> None:
    image = described(people="待考", date="待考")

    assert status_of(described(image, people="张三")) == ImageStatus.TO_RESEARCH
    assert status_of(described(image, date="1959年")) == ImageStatus.DESCRIBED


def test_what_waits_for_review_comes_first_and_a_rejection_leads_back() -> None:
    image = drafted(described(people="待考"), place="杭州")
    assert status_of(image) == ImageStatus.TO_REVIEW

    decisions.reject(annotation=image.annotations.drafts().get(), user=UserFactory())

    assert status_of(image) == ImageStatus.TO_RESEARCH


def test_an_accepted_draft_that_says_so_leaves_the_record_open_and_keeps_its_origin() -> None:
    image = drafted(people="待考")

    decisions.accept(annotation=image.annotations.get(), user=UserFactory())

    assert status_of(image) == ImageStatus.TO_RESEARCH
    assert image.annotations.get().ai_origin


def test_values_that_come_with_a_table_count_alike() -> None:
    image = ImageFactory()

    annotations.write_accepted(image=image, values={"place": "待查"}, source=Source.IMPORT, user=None)

    assert status_of(image) == ImageStatus.TO_RESEARCH


def test_an_open_field_lacks_a_value_and_other_fields_do_not() -> None:
    image, known = described(people="待考", place="杭州"), described(people="不详", place="杭州")

    assert list(Image.objects.lacking(["people"])) == [image]
    assert list(Image.objects.lacking(["place"])) == []
    assert annotations.fields_to_draft(image=image, fields=["people", "place"]) == {"people"}
    assert annotations.fields_to_draft(image=known, fields=["people", "place"]) == set()


def test_an_open_field_that_waits_for_review_lacks_nothing() -> None:
    assert list(Image.objects.lacking(["people"])) == list(Image.objects.none())
    image = drafted(described(people="待考"), people="张三")

    assert list(Image.objects.lacking(["people"])) == []
    assert drafts_of(image) == {"people": "张三"}


def test_a_draft_beside_it_replaces_it_when_a_person_accepts_that() -> None:
    image = drafted(described(people="待考"), people="张三")
    assert image.people == "待考"

    decisions.accept(annotation=image.annotations.drafts().get(), user=UserFactory())

    assert status_of(image) == ImageStatus.DESCRIBED
    assert image.people == "张三"
    assert [item.value for item in image.annotations.filter(state=State.ACCEPTED)] == ["张三"]


def test_that_it_is_open_is_not_proposed_once_more() -> None:
    image = described(people="待考")

    written = annotations.write_drafts(
        image=image, values={"people": "待查", "place": "待考"}, run=RunFactory(image=image)
    )
    annotations.write_import_drafts(image=image, values={"people": "待考"}, user=None)

    assert [item.field for item in written] == ["place"]
    assert drafts_of(image) == {"place": "待考"}


def test_drafting_what_is_missing_takes_it_in_and_ends_where_the_model_does_not_know_either() -> None:
    scan = ImageFileFactory()
    image = described(scan.image, description="待考")

    result = draft(image.collection, PromptVersionFactory(), FakeDescriber(["待考"]))

    assert (result.done, drafts_of(image), status_of(image)) == (1, {}, ImageStatus.TO_RESEARCH)
    assert draft(image.collection, PromptVersionFactory(), FakeDescriber(["石桥"])).done == 1
    assert drafts_of(image) == {"description": "石桥"}


def test_the_search_does_not_find_what_is_open_as_if_it_were_said() -> None:
    described(title="石桥", people="待考")
    partly = described(title="石桥", people="三人，姓名待考")
    numbered = described(ImageFactory(identifier="待考-1"), title="石桥")

    assert set(Image.objects.search("待考")) == {partly, numbered}
    assert Image.objects.search("石桥").count() == 3
