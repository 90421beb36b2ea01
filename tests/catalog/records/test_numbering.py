"""Numbers are proposed, looked at, given, and never changed."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries

from catalog.exceptions import NumberPatternRefused, NumbersChanged
from catalog.models import Action, Collection, Image
from catalog.records.entries import change_image
from catalog.records.numbering import digest_of, fill_numbers, propose_numbers
from catalog.vocabulary import RetentionPeriod, Verb
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory, UserFactory, described

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory(
        slug="box",
        fonds_number="J012",
        retention_period=RetentionPeriod.PERMANENT,
        number_pattern="{全宗号}-{保管期限}-{册号}-{张号:4}",
    )


def unnumbered(collection: Collection, volume: str = "1", **values: str) -> Image:
    return ImageFactory(collection=collection, identifier="", volume=volume, **values)


def numbers(collection: Collection) -> list[str]:
    return [proposal.identifier or proposal.problem for proposal in propose_numbers(collection)]


def fill(collection: Collection) -> int:
    return fill_numbers(collection=collection, user=UserFactory(), seen=digest_of(propose_numbers(collection)))


def test_sheets_count_within_their_volume(collection: Collection) -> None:
    for volume in ("1", "1", "2"):
        unnumbered(collection, volume)

    assert numbers(collection) == ["J012-Y-1-0001", "J012-Y-1-0002", "J012-Y-2-0001"]
    assert not Image.objects.exclude(identifier="").exists()


def test_what_is_given_is_written_and_logged_and_never_given_again(collection: Collection) -> None:
    first = unnumbered(collection)
    assert fill(collection) == 1
    second = unnumbered(collection)
    assert fill(collection) == 1

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.identifier, first.sheet) == ("J012-Y-1-0001", "1")
    assert second.identifier == "J012-Y-1-0002"
    assert Action.objects.filter(verb=Verb.IMAGE_CHANGED).count() == 2
    assert fill(collection) == 0


def test_numbers_that_are_there_stay_and_counting_goes_on_after_the_highest(collection: Collection) -> None:
    ImageFactory(collection=collection, identifier="J012-Y-1-0041", volume="1")
    ImageFactory(collection=collection, identifier="旧-7", volume="1")
    unnumbered(collection)

    assert numbers(collection) == ["J012-Y-1-0042"]
    fill(collection)
    assert collection.images.filter(identifier="旧-7").exists()


def test_the_number_of_a_photograph_that_was_deleted_is_not_given_to_another(collection: Collection) -> None:
    for _ in range(2):
        unnumbered(collection)
    fill(collection)
    Image.objects.get(identifier="J012-Y-1-0002").delete()
    unnumbered(collection)
    unnumbered(collection, sheet="2")

    assert numbers(collection) == ["J012-Y-1-0003", "“J012-Y-1-0002”已经用过，或太长。"]


def test_a_number_that_was_taken_back_returns_to_its_photograph_alone(collection: Collection) -> None:
    first = unnumbered(collection)
    fill(collection)
    change_image(image=first, user=None, changes={"identifier": ""})
    unnumbered(collection)

    assert numbers(collection) == ["J012-Y-1-0001", "J012-Y-1-0002"]
    change_image(image=first, user=None, changes={"identifier": "旧-1", "sheet": ""})
    assert numbers(collection) == ["J012-Y-1-0002"]


def test_a_number_that_was_there_before_its_photograph_was_renamed_is_remembered(collection: Collection) -> None:
    image = ImageFactory(collection=collection, identifier="J012-Y-1-0007", volume="1")
    change_image(image=image, user=None, changes={"identifier": "旧-7"})
    unnumbered(collection)

    assert numbers(collection) == ["J012-Y-1-0008"]


def test_numbers_of_other_collections_do_not_count(collection: Collection) -> None:
    other = CollectionFactory(number_pattern="{全宗号}-{序号}", fonds_number="J012")
    image = ImageFactory(collection=other, identifier="J012-9")
    change_image(image=image, user=None, changes={"identifier": ""})
    collection.number_pattern = "{全宗号}-{序号}"
    unnumbered(collection)

    assert numbers(collection) == ["J012-1"]


def test_a_sheet_that_is_known_is_kept_and_one_in_use_is_a_problem(collection: Collection) -> None:
    unnumbered(collection, sheet="9")
    unnumbered(collection, sheet="9")
    unnumbered(collection)

    assert numbers(collection) == ["J012-Y-1-0009", "“J012-Y-1-0009”已经用过，或太长。", "J012-Y-1-0010"]


def test_what_a_number_needs_and_is_not_there_is_named(collection: Collection) -> None:
    unnumbered(collection, volume="")
    collection.fonds_number = ""

    assert numbers(collection) == ["缺少全宗号、册号。"]


def test_years_and_running_numbers(collection: Collection) -> None:
    collection.number_pattern = "{年度}-{序号:3}"
    described(unnumbered(collection), date="1959年10月")
    unnumbered(collection)

    assert numbers(collection) == ["1959-001", "缺少年度。"]


def test_what_would_be_another_number_than_was_looked_at_is_not_written(collection: Collection) -> None:
    unnumbered(collection)
    seen = digest_of(propose_numbers(collection))
    ImageFactory(collection=collection, identifier="J012-Y-1-0001", volume="1")

    with pytest.raises(NumbersChanged):
        fill_numbers(collection=collection, user=None, seen=seen)
    assert collection.images.filter(identifier="").count() == 1


def test_without_a_pattern_and_with_a_bad_one_it_says_so(collection: Collection) -> None:
    with pytest.raises(NumberPatternRefused):
        propose_numbers(CollectionFactory())
    collection.number_pattern = "{张号"
    with pytest.raises(ValidationError, match="花括号"):
        collection.full_clean()


class TestTheCommand:
    def run(self, *arguments: str) -> str:
        out = io.StringIO()
        call_command("number_images", *arguments, stdout=out)
        return out.getvalue()

    def test_it_shows_first_and_writes_when_told(self, collection: Collection) -> None:
        unnumbered(collection)

        assert "J012-Y-1-0001" in self.run("box")
        assert not Image.objects.exclude(identifier="").exists()
        assert "已给 1 幅" in self.run("box", "--apply")
        assert Image.objects.get().identifier == "J012-Y-1-0001"

    @pytest.mark.parametrize("slug", ["nowhere", "bare"])
    def test_what_it_cannot_do_it_says_in_a_sentence(self, slug: str) -> None:
        CollectionFactory(slug="bare")
        with pytest.raises(CommandError, match="。"):
            self.run(slug)


def test_numbers_follow_volumes_folders_and_file_names_and_not_arrival(collection: Collection) -> None:
    arrived = [("十", "1.jpg"), ("二", "盒10/1.jpg"), ("二", "盒2/10.jpg"), ("二", "盒2/９.jpg"), ("二", "盒2/1.jpg")]
    for volume, name in arrived:
        ImageFileFactory(image=unnumbered(collection, volume), original_name=name)

    proposals = propose_numbers(collection)

    assert [(proposal.volume, proposal.name) for proposal in proposals] == [
        ("二", "盒2/1.jpg"), ("二", "盒2/９.jpg"), ("二", "盒2/10.jpg"), ("二", "盒10/1.jpg"), ("十", "1.jpg"),
    ]  # fmt: skip
    assert [proposal.sheet for proposal in proposals] == ["1", "2", "3", "4", "1"]


def test_what_has_no_file_or_the_name_of_another_comes_in_the_order_of_arrival(collection: Collection) -> None:
    images = [unnumbered(collection) for _image in range(3)]
    for image in images[:2]:
        ImageFileFactory(image=image, original_name="1.jpg")

    assert [proposal.image_id for proposal in propose_numbers(collection)] == [image.pk for image in images]


def test_more_photographs_cost_no_more_queries(
    collection: Collection, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (2, 12):
        for _image in range(count):
            ImageFileFactory(image=unnumbered(collection))
        # The numbers that are taken, those that were given, the sheets, the photographs, their files.
        with django_assert_max_num_queries(5):
            propose_numbers(collection)
