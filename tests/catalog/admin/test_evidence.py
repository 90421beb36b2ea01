"""What drafts rest on is shown where they are reviewed, and what is doubtful is found by filters."""

import pytest

from catalog.models import Image
from catalog.records.annotations import mark_draft
from tests.catalog.people import browser, cataloguer
from tests.factories import AnnotationFactory, CollectionFactory, ImageFactory, described, drafted

pytestmark = pytest.mark.django_db

LIST = "/admin/catalog/image/"


@pytest.fixture
def doubtful() -> Image:
    """An image with a doubtful draft, in a collection with another that has none."""
    collection = CollectionFactory()
    image = ImageFactory(collection=collection, identifier="NR-DOUBT")
    drafted(image, people="赵四")
    mark_draft(draft=image.annotations.get(), evidence="inscription", flag="doubtful")
    other = ImageFactory(collection=collection, identifier="NR-SURE")
    drafted(other, people="三人")
    mark_draft(draft=other.annotations.get(), evidence="picture", flag="")
    return image


def test_the_review_says_what_a_draft_rests_on_and_that_it_is_doubtful(doubtful: Image) -> None:
    page = browser(cataloguer(doubtful.collection)).get(f"{LIST}{doubtful.pk}/change/").content.decode()

    assert "依据：题字" in page
    assert "存疑：没有依据" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"flag": "doubtful"}, {"NR-DOUBT"}),
        ({"flag": "overlong"}, set()),
        ({"evidence": "inscription"}, {"NR-DOUBT"}),
        ({"evidence": "picture"}, {"NR-SURE"}),
        ({"flag": "doubtful", "evidence": "picture"}, set()),
        ({}, {"NR-DOUBT", "NR-SURE"}),
    ],
)
def test_images_are_found_by_flag_and_evidence_of_their_drafts(
    doubtful: Image, query: dict[str, str], found: set[str]
) -> None:
    page = browser(cataloguer(doubtful.collection)).get(LIST, query).content.decode()

    assert {name for name in ("NR-DOUBT", "NR-SURE") if name in page} == found


def test_the_history_shows_and_filters_both(doubtful: Image) -> None:
    client = browser(cataloguer(doubtful.collection))

    page = client.get("/admin/catalog/annotation/", {"flag__exact": "doubtful"}).content.decode()

    assert "赵四" in page
    assert "三人" not in page


def test_an_accepted_value_keeps_what_it_rests_on_and_no_flag_is_shown_to_the_public() -> None:
    image = described(place="杭州")
    AnnotationFactory(image=image, field="date", value="1959年", evidence="record", flag="doubtful", accepted=True)

    rows = {row["field"]: row for row in browser().get("/api/v1/annotations/").json()["results"]}

    assert (rows["date"]["evidence"], rows["date"]["flag"]) == ("record", None)
    assert rows["place"]["evidence"] == ""


def test_the_interface_finds_doubtful_values_for_members_only(doubtful: Image) -> None:
    doubtful.collection.is_public = True
    doubtful.collection.save()
    AnnotationFactory(image=doubtful, field="date", value="1959年", flag="doubtful", accepted=True)

    def found(client: object) -> int:
        response = client.get("/api/v1/annotations/", {"flag": "doubtful"})  # type: ignore[attr-defined]
        return len(response.json()["results"])

    assert (found(browser()), found(browser(cataloguer(doubtful.collection)))) == (0, 2)
