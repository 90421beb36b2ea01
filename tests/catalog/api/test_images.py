"""Records written through the interface: numbers and values, where they are as the writer saw them."""

import pytest
from pytest_django import DjangoAssertNumQueries

from catalog.models import Action, Collection, Image
from catalog.review import decisions
from catalog.vocabulary import Source, State, Verb
from tests.catalog.api.calls import Program
from tests.catalog.people import administrator_only, cataloguer, reviewer
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory, described, drafted

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory(slug="box")


def address(image: Image) -> str:
    return f"images/{image.pk}/"


def test_numbers_and_values_are_written_in_one_step_with_entries_in_the_log(collection: Collection) -> None:
    image, user = ImageFactory(collection=collection), cataloguer(collection)
    program = Program(user)
    tag = program.get(address(image))["ETag"]

    response = program.patch(address(image), {"volume": "3", "title": "石桥", "place": ""}, If_Match=tag)

    assert response.status_code == 200, response.content
    assert (response.json()["volume"], response.json()["title"]) == ("3", "石桥")
    assert response["ETag"] == program.get(address(image))["ETag"] != tag
    written = image.annotations.get(field="title")
    assert (written.source, written.state, written.decided_by) == (Source.PERSON, State.ACCEPTED, user)
    assert image.annotations.get(field="place").value == ""
    assert set(Action.objects.values_list("verb", "user")) == {
        (Verb.IMAGE_CHANGED, user.pk),
        (Verb.VALUE_SET, user.pk),
    }


def test_a_stale_writer_is_told_what_has_changed_and_nothing_is_written(collection: Collection) -> None:
    image = described(ImageFactory(collection=collection), title="石桥", place="云溪镇")
    program = Program(cataloguer(collection))
    tag = program.get(address(image))["ETag"]
    decisions.set_value(image=image, field="title", value="木桥", user=reviewer(collection))

    response = program.patch(address(image), {"title": "铁桥", "volume": "3"}, If_Match=tag)

    told = response.json()
    assert (response.status_code, told["code"], told["changed"]) == (412, "outdated", {"title": "木桥"})
    assert response["ETag"] == program.get(address(image))["ETag"]
    image.refresh_from_db()
    assert (image.title, image.volume) == ("木桥", "")


def test_who_does_not_say_what_they_saw_is_asked_to(collection: Collection) -> None:
    image = ImageFactory(collection=collection)
    program = Program(cataloguer(collection))

    missing = program.patch(address(image), {"title": "石桥"})
    nonsense = program.patch(address(image), {"title": "石桥"}, If_Match="W/x")
    whatever = program.patch(address(image), {"title": "石桥"}, If_Match="*")

    assert (missing.status_code, nonsense.status_code, whatever.status_code) == (428, 400, 200)
    assert set(nonsense.json()["errors"]) == {"If-Match"}


def test_a_draft_makes_no_other_version(collection: Collection) -> None:
    image = ImageFactory(collection=collection)
    program = Program(cataloguer(collection))
    tag = program.get(address(image))["ETag"]
    drafted(image, description="桥头有三个人")

    assert program.patch(address(image), {"title": "石桥"}, If_Match=tag).status_code == 200


def test_a_version_is_told_to_members_only_for_it_could_be_tried_out() -> None:
    image = described(ImageFactory(public=True), notes="电话13812345678")

    told, own = Program().get(address(image)), Program(cataloguer(image.collection)).get(address(image))

    assert ("ETag" in told, told.json()["etag"]) == (False, None)
    assert own.json()["etag"] == own["ETag"]
    assert "ETag" not in Program().get(f"collections/{image.collection.slug}/")


def test_who_may_look_and_the_grade_are_for_reviewers(collection: Collection) -> None:
    image = ImageFactory(collection=collection, internal=True)

    denied = Program(cataloguer(collection)).patch(
        address(image), {"access": "restricted", "volume": "1"}, If_Match="*"
    )
    done = Program(reviewer(collection)).patch(address(image), {"access": "restricted"}, If_Match="*")

    assert (denied.status_code, done.status_code) == (403, 200)
    image.refresh_from_db()
    assert (image.access, image.volume) == ("restricted", "")


def test_an_administrator_without_a_role_sees_and_does_not_write(collection: Collection) -> None:
    image = ImageFactory(collection=collection)

    assert Program(administrator_only()).patch(address(image), {"title": "石桥"}, If_Match="*").status_code == 403


def test_a_number_in_use_is_refused_in_words(collection: Collection) -> None:
    ImageFactory(collection=collection, identifier="P-1")
    image = ImageFactory(collection=collection, identifier="P-2")

    response = Program(cataloguer(collection)).patch(address(image), {"identifier": "P-1", "title": "桥"}, If_Match="*")

    assert (response.status_code, response.json()["detail"]) == (400, "同一馆藏里已有这个照片号。")
    image.refresh_from_db()
    assert (image.identifier, image.title) == ("P-2", "")


@pytest.mark.parametrize("body", [{"colour": "red"}, {"title": 5}, {"disclosure": "open"}, {"title": "\x00"}, [], "x"])
def test_what_it_does_not_know_is_refused(collection: Collection, body: object) -> None:
    image = ImageFactory(collection=collection)

    assert Program(reviewer(collection)).patch(address(image), body, If_Match="*").status_code == 400


class TestBulk:
    def test_each_is_done_or_refused_by_itself(self, collection: Collection) -> None:
        first, second, foreign = (
            ImageFactory(collection=collection),
            ImageFactory(collection=collection),
            ImageFactory(),
        )
        program = Program(cataloguer(collection))
        stale = program.get(address(second))["ETag"]
        described(second, title="木桥")
        items = [
            {"id": first.pk, "if_match": "*", "volume": "1"},
            {"id": second.pk, "if_match": stale, "volume": "1"},
            {"id": foreign.pk, "if_match": "*", "volume": "1"},
        ]

        told = program.post("images/bulk/", {"items": items}).json()

        assert told["done"] == 1
        assert [result["status"] for result in told["results"]] == [200, 412, 400]
        assert told["results"][0]["result"]["etag"] == program.get(address(first))["ETag"]
        assert told["results"][1]["problem"]["changed"] == {"title": "木桥"}
        assert list(Image.objects.filter(volume="1")) == [first]

    @pytest.mark.parametrize("items", [[], None, [{}], [{"id": 1}], [{"id": 1, "if_match": "x"}]])
    def test_what_is_not_as_described_is_refused_as_a_whole(self, collection: Collection, items: object) -> None:
        assert Program(cataloguer(collection)).post("images/bulk/", {"items": items}).status_code == 400


class TestFiles:
    def test_a_program_learns_whether_a_file_is_there(self, collection: Collection) -> None:
        file = ImageFileFactory(image__collection=collection)
        program = Program(cataloguer(collection))

        found = program.get("files/", sha256=file.sha256).json()["results"]

        assert [(row["id"], row["image"], row["original_name"]) for row in found] == [
            (file.pk, file.image_id, file.original_name)
        ]
        assert program.get("files/", sha256="0" * 64).json()["count"] == 0
        assert program.get("files/", sha256="xyz").status_code == 400

    def test_the_public_learns_no_names_and_nothing_of_what_is_closed(self) -> None:
        file = ImageFileFactory(image=ImageFactory(public=True))
        ImageFileFactory(image=ImageFactory(public=False))

        [row] = Program().get("files/").json()["results"]

        assert (row["id"], row["original_name"], row["fixity"], row["master"]) == (file.pk, None, None, None)

    def test_more_rows_cost_no_more_queries(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        for _more in range(2):
            for image in ImageFactory.create_batch(2, public=True):
                ImageFileFactory(image=image)
            with django_assert_num_queries(2):
                Program().get("files/")
