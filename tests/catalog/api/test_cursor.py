"""Lists by a cursor: each row once, whatever comes in meanwhile."""

from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from pytest_django import DjangoAssertNumQueries

from catalog.models import Collection, Image
from tests.catalog.api.calls import Program
from tests.catalog.people import cataloguer
from tests.factories import CollectionFactory, ImageFactory, described

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory(slug="box", public=True)


def walked(program: Program, path: str = "images/", **query: Any) -> list[dict[str, Any]]:
    """Return all rows of a list, page by page."""
    page = program.get(path, cursor="*", page_size=2, **query).json()
    rows = list(page["results"])
    while page["next"]:
        asked = {name: values[0] for name, values in parse_qs(urlparse(page["next"]).query).items()}
        page = program.get(path, **asked).json()
        rows += page["results"]
    return rows


def test_each_row_comes_once_in_the_lists_own_order(collection: Collection) -> None:
    for number in (3, 1, 5, 2, 4):
        ImageFactory(collection=collection, identifier=f"P-{number}")

    assert [row["identifier"] for row in walked(Program())] == ["P-1", "P-2", "P-3", "P-4", "P-5"]


@pytest.mark.parametrize("ordering", ["date_start", "-date_start", "identifier,-id", "-updated_at", "id", "-id"])
def test_every_order_is_walked_to_its_end(collection: Collection, ordering: str) -> None:
    for date in ("1958年", "", "1949年", "", "1958年"):
        described(ImageFactory(collection=collection), date=date, title="桥")

    rows = walked(Program(), ordering=ordering)

    assert len(rows) == len({row["id"] for row in rows}) == 5
    if ordering.endswith("date_start"):
        # What has no date comes last, whichever way.
        assert [row["date_start"] for row in rows[3:]] == [None, None]


def test_what_comes_in_and_goes_meanwhile_moves_nothing(collection: Collection) -> None:
    images = [ImageFactory(collection=collection, identifier=f"P-{number}") for number in range(2, 7)]
    program = Program()
    first = program.get("images/", cursor="*", page_size=2).json()
    ImageFactory(collection=collection, identifier="P-1")
    Image.objects.filter(pk=images[0].pk).delete()

    asked = {name: values[0] for name, values in parse_qs(urlparse(first["next"]).query).items()}
    second = program.get("images/", **asked).json()

    assert [row["identifier"] for row in second["results"]] == ["P-4", "P-5"]


def test_filters_go_on_with_it_and_another_question_is_refused(collection: Collection) -> None:
    for _image in range(3):
        ImageFactory(collection=collection)
    ImageFactory(public=True)
    program = Program()
    page = program.get("images/", cursor="*", page_size=2, collection="box").json()
    cursor = parse_qs(urlparse(page["next"]).query)["cursor"][0]

    assert len(walked(program, collection="box")) == 3
    other = program.get("images/", cursor=cursor, page_size=2)
    assert (other.status_code, set(other.json()["errors"])) == (400, {"cursor"})


@pytest.mark.parametrize("cursor", ["", "x", "*x", "eyJhIjoxfQ:1:2", "9" * 5000, "\x00"])
def test_what_is_no_cursor_is_refused_in_words(cursor: str) -> None:
    response = Program().get("images/", cursor=cursor)

    assert (response.status_code, set(response.json()["errors"])) == (400, {"cursor"})


def test_a_page_and_a_cursor_are_not_asked_for_at_once() -> None:
    assert Program().get("images/", cursor="*", page=1).status_code == 400


def test_nothing_is_counted(collection: Collection, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _more in range(2):
        for _image in range(3):
            ImageFactory(collection=collection)
        # The rows, their files, their annotations.
        with django_assert_num_queries(3):
            told = Program().get("images/", cursor="*", page_size=2).json()
        assert set(told) == {"next", "results"}


LISTS = (
    "collections", "files", "annotations", "decisions", "near-groups", "photo-groups", "prompts", "batches", "audits",
)  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_every_list_has_it(path: str, collection: Collection) -> None:
    assert Program(cataloguer(collection)).get(f"{path}/", cursor="*").status_code == 200
