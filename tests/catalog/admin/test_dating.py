"""Date texts in the workbench: what is not understood is said, offered to be reworded, and found by a filter."""

import html
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from catalog.models import Image
from catalog.vocabulary import Field, State
from tests.catalog.people import browser, cataloguer
from tests.factories import CollectionFactory, ImageFactory, described, drafted

pytestmark = pytest.mark.django_db

UNREAD = "1956年国庆前夕"


@pytest.fixture
def image() -> Image:
    return ImageFactory()


@pytest.fixture
def member(image: Image) -> User:
    return cataloguer(image.collection)


def shown(member: User, image: Image) -> str:
    page = browser(member).get(reverse("admin:catalog_image_change", args=[image.pk]))
    return " ".join(html.unescape(page.content.decode()).split())


def send(member: User, image: Image, **data: Any) -> str:
    """Post a decision about the date and return the page that follows, on one line."""
    address = reverse("admin:catalog_image_review", args=[image.pk])
    page = browser(member).post(address, {"field": "date", **data}, follow=True)
    return " ".join(html.unescape(page.content.decode()).split())


def test_a_text_that_is_not_understood_is_kept_and_said(image: Image, member: User) -> None:
    page = send(member, image, decision="write", value=UNREAD)

    image.refresh_from_db()
    assert (image.date_text, image.date_start, image.date_end, image.date_unread) == (UNREAD, None, None, True)
    assert f"时间“{UNREAD}”没有识别出日期，内容已原样保存" in page
    assert "能识别的是“1956年”" in page


def test_what_was_understood_is_offered_and_keeps_the_words(image: Image, member: User) -> None:
    page = send(member, image, decision="write", value=UNREAD)
    assert f'name="value" value="{UNREAD}［1956年］"' in page

    page = send(member, image, decision="write", value=f"{UNREAD}［1956年］", seen_value=UNREAD)

    image.refresh_from_db()
    assert (image.date_text, image.date_unread) == (f"{UNREAD}［1956年］", False)
    assert (str(image.date_start), str(image.date_end)) == ("1956-01-01", "1956-12-31")
    assert "没有识别" not in page
    assert "识别为：1956年" in page


def test_where_nothing_can_be_offered_examples_are_shown(image: Image, member: User) -> None:
    page = send(member, image, decision="write", value="解放前")

    assert "请改写，例如：1956年10月1日" in page
    assert "改为“" not in page


@pytest.mark.parametrize("value", ["1956年", "不详", ""])
def test_of_a_date_that_is_understood_and_of_none_nothing_is_said(image: Image, member: User, value: str) -> None:
    page = send(member, image, decision="write", value=value)

    assert "已保存“时间”" in page
    assert "识别" not in page


def test_a_draft_is_told_of_before_it_is_accepted_and_after(image: Image, member: User) -> None:
    draft = drafted(image, date=UNREAD).annotations.get()
    assert "能识别的是“1956年”" in shown(member, image)

    page = send(member, image, decision="accept", annotation=draft.pk, value=UNREAD)

    assert "没有识别出日期" in page


def test_a_draft_can_be_accepted_as_it_is_offered(image: Image, member: User) -> None:
    draft = drafted(image, date=UNREAD).annotations.get()

    send(member, image, decision="edit", annotation=draft.pk, value=f"{UNREAD}［1956年］")

    draft.refresh_from_db()
    image.refresh_from_db()
    assert (draft.state, draft.original_value) == (State.ACCEPTED, UNREAD)
    assert image.date_unread is False


def test_a_draft_that_is_rejected_is_not_complained_about(image: Image, member: User) -> None:
    draft = drafted(image, date=UNREAD).annotations.get()

    assert "没有识别出日期" not in send(member, image, decision="reject", annotation=draft.pk)


def test_only_dates_are_read_as_dates(image: Image, member: User) -> None:
    described(image, title=UNREAD, event="石桥落成")

    assert "识别" not in shown(member, image)


def test_the_list_is_filtered_by_what_became_of_the_date(member: User, image: Image) -> None:
    described(image, date=UNREAD)
    for number, values in enumerate(({"date": "1949年以前"}, {"date": "不详"}, {"title": "石桥"})):
        described(ImageFactory(collection=image.collection, identifier=f"N-{number}"), **values)
    described(ImageFactory(collection=CollectionFactory(), identifier="X-1"), date=UNREAD)

    def found(dating: str) -> set[str]:
        page = browser(member).get("/admin/catalog/image/", {"dating": dating}).content.decode()
        return {one for one in (image.identifier, "N-0", "N-1", "N-2", "X-1") if f">{one}<" in page}

    assert found("unread") == {image.identifier}
    assert found("read") == {"N-0"}
    assert found("none") == {"N-1", "N-2"}


def test_a_value_that_is_changed_is_read_anew(image: Image, member: User) -> None:
    described(image, date=UNREAD)

    send(member, image, decision="write", value="不详", seen_value=UNREAD)

    image.refresh_from_db()
    assert (image.accepted_value(Field.DATE), image.date_unread) == ("不详", False)
