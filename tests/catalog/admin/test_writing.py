"""What was read on the scans, on the page of an image and in the staff's search."""

import re

import pytest
from pytest_django import DjangoAssertNumQueries

from catalog.models import Image, Reading
from catalog.reading.reading import read_image
from catalog.texts import unbroken
from catalog.vocabulary import FileRole
from inference.reader import Line, Loss, Page, Unread
from tests.catalog.people import browser, cataloguer
from tests.catalog.readers import FakeReader
from tests.factories import ImageFactory, ImageFileFactory

pytestmark = pytest.mark.django_db

QUAD = (100.0, 100.0, 900.0, 100.0, 900.0, 200.0, 100.0, 200.0)
LIST = "/admin/catalog/image/"


def read(text: str = "云溪石桥<落成>\n一九五九年", image: Image | None = None) -> Image:
    image = image or ImageFileFactory().image
    read_image(image=Image.objects.with_files().get(pk=image.pk), reader=FakeReader(text, confidence=0.75))
    return image


def page_of(image: Image) -> str:
    return browser(cataloguer(image.collection)).get(f"{LIST}{image.pk}/change/").content.decode()


def test_the_page_shows_the_lines_with_their_places_and_the_reader() -> None:
    shown = page_of(read())
    assert "图上的文字，2 行" in shown
    assert '<span class="writing-text">云溪石桥&lt;落成&gt;</span>' in shown
    assert 'data-left="10.0" data-top="10.0" data-width="80.0" data-height="4.0"' in shown
    assert "把握 75%" in shown
    assert "fake reader 1" in shown


def test_places_are_numbers_for_the_script_in_every_language() -> None:
    client = browser(cataloguer((image := read()).collection))
    client.cookies["django_language"] = "en"
    assert 'data-left="10.0"' in client.get(f"{LIST}{image.pk}/change/").content.decode()


def test_a_scan_without_writing_says_so_and_one_that_was_not_read_says_nothing() -> None:
    assert "没有读出文字" in page_of(read(""))
    unread = page_of(ImageFileFactory().image)
    assert "没有读出文字" not in unread
    assert "图上的文字" not in unread


def doubtful(*, empty: bool = False) -> Image:
    lines = (
        Line("堂仁同", QUAD, 0.99),
        Line("摄于一九五八年", QUAD, 0.6, under_red=True),
        Line("王家卫印", QUAD, 0.97, vertical=True, is_seal=True),
    )
    losses = (Loss.ILLEGIBLE, Loss.ILLEGIBLE, Loss.SEAL, Loss.NOT_LOOKED_AT)
    page = Page(() if empty else lines, 1000, 700, unread=tuple(Unread(loss, QUAD) for loss in losses))
    image = ImageFileFactory().image
    fresh = Image.objects.with_files().get(pk=image.pk)
    read_image(image=fresh, reader=FakeReader(pages={"": page}))
    return fresh


@pytest.mark.parametrize("empty", [False, True])
def test_the_page_tells_what_was_lost_and_where(empty: bool) -> None:
    shown = page_of(doubtful(empty=empty))
    assert "有遗漏或存疑之处" in shown
    assert "有 2 处像是文字，读不准，没有写出。请对照原图补录。" in shown
    assert "有 1 枚印章没有读出。请对照原图补录。" in shown
    assert "还有 1 处可能有小字，没有逐处放大看。请对照原图。" in shown
    assert '<span class="writing-text">印章，没有读出</span>' in shown
    assert ("没有读出文字" in shown) is empty


def test_the_page_tells_what_is_doubtful_and_what_a_seal_says() -> None:
    shown = page_of(doubtful())
    assert "有 1 行压在红色印迹下，很可能有错字。请逐字核对。" in shown
    assert "压在红色印迹下，请核对" in shown
    assert '<span class="quiet">印章</span>' in shown
    assert "有 1 行可以有两种读法。请看清方向或次序再采用。" in shown
    assert "或读作“堂仁同”" in shown


def test_where_nothing_was_lost_nothing_is_told() -> None:
    shown = page_of(read())
    assert "有遗漏或存疑之处" not in shown
    assert "writing-warnings" not in shown


def test_a_document_that_was_not_read_to_its_end_says_so() -> None:
    image = read()
    image.files.update(pages=501)
    assert "只读了前 500 页。" in page_of(image)


def test_lines_that_were_kept_before_these_marks_are_shown() -> None:
    image = ImageFileFactory().image
    line = {"page": 0, "text": "旧", "quad": list(QUAD), "confidence": 0.9, "vertical": False}
    Reading.objects.create(file=image.files.get(), reader="r", version="1", lines=[line], text="旧", searched="旧")
    assert '<span class="writing-text">旧</span>' in page_of(image)


def test_lines_of_later_pages_are_listed_but_not_laid_over_the_first() -> None:
    image = ImageFileFactory(pages=2).image
    shown = page_of(read("第一页", image))
    assert shown.count("writing-text") == 2
    assert len(re.findall(r"<li\s+data-left", shown)) == 1


def test_members_find_an_image_by_what_was_read_on_it() -> None:
    image = read("云溪石\n桥落成")
    user = cataloguer(image.collection)
    for query, found in (("石桥", True), ("石桥 落成", True), ("水库", False)):
        shown = browser(user).get(LIST, {"q": query}).content.decode()
        assert (image.identifier in shown) is found


def test_nobody_finds_what_was_read_on_images_of_others() -> None:
    image = read()
    other = cataloguer(ImageFactory().collection)
    assert image.identifier not in browser(other).get(LIST, {"q": "落成"}).content.decode()


def test_the_public_does_not_find_it_before_it_is_accepted() -> None:
    image = ImageFactory(public=True)
    ImageFileFactory(image=image)
    read(image=image)
    assert "没有找到" in browser().get("/search/", {"q": "落成"}).content.decode()


def test_more_scans_cost_no_more_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    image = read()
    client = browser(cataloguer(image.collection))
    address = f"{LIST}{image.pk}/change/"
    client.get(address)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as before:
        client.get(address)
    for number in range(2, 5):
        file = ImageFileFactory(image=image, role=FileRole.PAGE, sequence=number)
        Reading.objects.create(file=file, reader="r", version="1", text="页", searched=unbroken("页"))
    with django_assert_num_queries(len(before)):
        client.get(address)
