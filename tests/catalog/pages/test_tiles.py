"""The door to large scans in parts: who gets what, and what is said where there is nothing."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from catalog.importing.pyramids import make_pyramid, pyramid_path
from catalog.models import ImageFile
from inference.models import ApiKey, Scope
from tests.catalog.people import browser, cataloguer, reviewer
from tests.factories import CollectionFactory, DocumentFactory, ImageFileFactory, UserFactory, picture

pytestmark = pytest.mark.django_db

LARGE = (2500, 1700)


def large(*, made: bool = True, **values: object) -> ImageFile:
    file: ImageFile = ImageFileFactory(content=picture(size=LARGE), width=LARGE[0], height=LARGE[1], **values)
    if made:
        make_pyramid(file)
    return file


def about(file: ImageFile) -> str:
    return f"/media/{file.pk}/tiles/"


def tile(file: ImageFile, level: int = 0, column: int = 0, row: int = 0) -> str:
    return f"/media/{file.pk}/tiles/{level}/{column}/{row}/"


@pytest.mark.parametrize("address", [about, tile])
@pytest.mark.parametrize(
    ("public", "access", "statuses"),
    [
        (True, "opened", [200, 200, 200, 200, 200]),
        (True, "internal", [404, 404, 404, 200, 200]),
        (True, "restricted", [404, 404, 404, 404, 200]),
        (False, "opened", [404, 404, 404, 200, 200]),
    ],
)
def test_a_scan_in_parts_exists_only_for_who_may_see_the_scan(
    public: bool, access: str, statuses: list[int], address: Callable[[ImageFile], str]
) -> None:
    file = large(image__collection__is_public=public, **{f"image__{access}": True})
    collection = file.image.collection
    people = [None, UserFactory(), reviewer(CollectionFactory()), cataloguer(collection), reviewer(collection)]
    assert [browser(person).get(address(file)).status_code for person in people] == statuses


@pytest.mark.parametrize("address", [about, tile])
def test_what_is_not_there_and_what_one_may_not_see_are_told_alike_and_in_words(
    address: Callable[[ImageFile], str],
) -> None:
    closed = large(image__internal=True)
    nothing = large(image__collection__is_public=True)
    ImageFile.objects.filter(pk=nothing.pk).delete()

    answers = [browser().get(address(file)) for file in (closed, nothing)]

    assert {answer.status_code for answer in answers} == {404}
    assert {answer.content.decode() for answer in answers} == {
        "没有这幅图像，或没有图像的这一部分。请回到图像的页面重新打开。"
    }


def test_a_program_gets_the_tiles_that_its_keys_owner_sees() -> None:
    file = large(image__internal=True)
    _key, secret = ApiKey.objects.issue("website", [Scope.READ], owner=reviewer(file.image.collection))

    for address in (about(file), tile(file)):
        assert Client().get(address, headers={"Authorization": f"Bearer {secret}"}).status_code == 200
        assert Client().get(address, headers={"Authorization": "Bearer glmv-unknown"}).status_code == 404


def test_it_is_said_in_which_sizes_a_scan_can_be_had() -> None:
    file = large(image__collection__is_public=True)

    assert browser().get(about(file)).json() == {
        "width": 2500,
        "height": 1700,
        "picture": f"/media/{file.pk}/screen/",
        "tile_size": 512,
        "levels": [
            {"width": 2500, "height": 1700},
            {"width": 1250, "height": 850},
            {"width": 625, "height": 425},
            {"width": 313, "height": 213},
        ],
    }


def test_a_small_scan_and_one_whose_pyramid_is_still_to_be_made_have_the_picture_for_the_screen() -> None:
    small, waiting = (
        ImageFileFactory(image__collection__is_public=True),
        large(made=False, image__collection__is_public=True),
    )

    for file in (small, waiting):
        told = browser().get(about(file)).json()
        assert (told["levels"], told["tile_size"], told["picture"]) == ([], None, f"/media/{file.pk}/screen/")
        assert (told["width"], told["height"]) == (file.width, file.height)
        assert browser().get(tile(file)).status_code == 404


def test_a_scan_without_a_picture_for_the_screen_says_so() -> None:
    file = ImageFileFactory(image__collection__is_public=True, screen="")
    assert browser().get(about(file)).json()["picture"] is None


def test_a_pyramid_that_is_damaged_is_as_if_it_were_not_there() -> None:
    file = large(image__collection__is_public=True)
    path = pyramid_path(file)
    path.write_bytes(path.read_bytes()[:3000])

    assert browser().get(about(file)).json()["levels"] == []
    assert browser().get(tile(file)).status_code == 404


def test_a_tile_is_a_picture_of_its_part() -> None:
    file = large(image__collection__is_public=True)

    answer = browser().get(tile(file, 1, 2, 1))

    assert answer["Content-Type"] == "image/jpeg"
    with Image.open(io.BytesIO(answer.content)) as shown:
        assert shown.size == (512, 512)
        across, down = shown.convert("RGB").getpixel((5, 5)), (120, 110, 90)  # the scan is of one colour
        assert all(abs(first - second) < 6 for first, second in zip(across, down, strict=True))  # type: ignore[arg-type]


@pytest.mark.parametrize(("level", "column", "row"), [(0, 5, 0), (0, 0, 4), (4, 0, 0), (99, 0, 0), (0, 9999, 9999)])
def test_a_part_beyond_the_picture_is_not_found_in_words(level: int, column: int, row: int) -> None:
    answer = browser().get(tile(large(image__collection__is_public=True), level, column, row))
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/plain")
    assert "没有图像的这一部分" in answer.content.decode()


@pytest.mark.parametrize("end", ["0/0/", "0/0/0/0/", "-1/0/0/", "a/0/0/", "100/0/0/", "0/10000/0/", "0/0/０/"])
def test_an_address_of_no_tile_is_not_found(end: str) -> None:
    file = large(image__collection__is_public=True)
    assert browser().get(f"{about(file)}{end}").status_code == 404


def test_a_document_has_no_parts() -> None:
    file = DocumentFactory(image__collection__is_public=True)
    assert [browser().get(address).status_code for address in (about(file), tile(file))] == [404, 404]


def test_what_the_browser_has_is_not_sent_again_unless_the_pyramid_was_made_again() -> None:
    file = large(image__collection__is_public=True)
    first = browser().get(tile(file))
    again = browser().get(tile(file), headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")

    Path(pyramid_path(file)).unlink()
    make_pyramid(file)

    assert browser().get(tile(file), headers={"if-none-match": first["ETag"]}).status_code == 200


def test_the_description_is_sent_again_once_there_is_a_pyramid() -> None:
    file = large(made=False, image__collection__is_public=True)
    first = browser().get(about(file))
    assert browser().get(about(file), headers={"if-none-match": first["ETag"]}).status_code == 304

    make_pyramid(file)

    assert browser().get(about(file), headers={"if-none-match": first["ETag"]}).json()["levels"]


def test_no_shared_cache_keeps_a_tile_and_closed_ones_are_asked_for_each_time() -> None:
    public, closed = large(image__collection__is_public=True), large()
    assert browser().get(tile(public))["Cache-Control"] == "private, max-age=3600"
    for address in (tile(closed), about(closed)):
        said = browser(cataloguer(closed.image.collection)).get(address)["Cache-Control"]
        assert "private" in said
        assert "no-cache" in said
    assert "no-cache" in browser().get(about(public))["Cache-Control"]


def test_tiles_are_read_never_written() -> None:
    file = large(image__collection__is_public=True)
    assert [browser().post(address(file)).status_code for address in (about, tile)] == [405, 405]


def test_a_visitor_costs_one_query_however_many_tiles_there_are(
    django_assert_num_queries: Callable[[int], CaptureQueriesContext],
) -> None:
    file = large(image__collection__is_public=True)
    visitor = browser()
    for address in (about(file), tile(file, 3), tile(file, 0, 4, 3)):
        with django_assert_num_queries(1):
            assert visitor.get(address).status_code == 200
