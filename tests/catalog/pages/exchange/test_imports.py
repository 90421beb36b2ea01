"""The pages for tables that come back: who may, bad input, what they say, and what their buttons do."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from catalog.models import Collection, Image, TableImport
from tests.catalog.people import administrator_only, browser, cataloguer, reviewer, stranger
from tests.catalog.tables import after_work, applied, checked, edited, exported, written
from tests.factories import CollectionFactory, ImageFactory, described

pytestmark = pytest.mark.django_db
LIST = "/exchange/imports/"


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory(slug="fonds")


@pytest.fixture
def user(collection: Collection) -> User:
    return cataloguer(collection)


@pytest.fixture
def client(user: User) -> Client:
    return browser(user)


@pytest.fixture
def content(user: User, collection: Collection, tmp_path: Path) -> bytes:
    """A table with a title and a protected cell changed."""
    described(ImageFactory(collection=collection, identifier="P-1", volume="0012"), title="旧题名")
    exported(user, tmp_path / "out.csv")
    changes = {"题名": "新题名", "册号": "12", "开放标识": "控制"}
    return edited(tmp_path / "out.csv", lambda rows: rows[0].update(changes))


def body(response: Any) -> str:
    text: str = response.content.decode()
    return text


def page(table: TableImport) -> str:
    return f"{LIST}{table.pk}/"


class TestWhoMay:
    """Up the four steps."""

    @pytest.mark.parametrize("address", [LIST, f"{LIST}1/", f"{LIST}1/progress/", f"{LIST}1/refusals.csv"])
    def test_a_visitor_is_led_to_sign_in_and_a_stranger_is_told_no(self, address: str) -> None:
        answer: Any = browser().get(address)
        assert (answer.status_code, answer.url) == (302, f"/login/?next={address}")
        assert browser(stranger()).get(address).status_code == 403

    def test_an_import_is_its_owner_s_and_its_reviewers(
        self, user: User, collection: Collection, content: bytes
    ) -> None:
        table = checked(user, content)
        assert browser(cataloguer(collection)).get(page(table)).status_code == 404
        assert browser(reviewer(CollectionFactory())).get(page(table)).status_code == 404
        others = browser(reviewer(collection))
        assert others.get(page(table)).status_code == 200
        assert others.post(page(table), {"action": "start"}).status_code == 403
        assert others.post(page(table), {"action": "discard"}).status_code == 403

    def test_who_keeps_accounts_alone_brings_no_table(self, collection: Collection) -> None:
        client = browser(administrator_only())
        assert client.get(LIST).status_code == 200
        assert client.post(LIST, {"file": SimpleUploadedFile("a.csv", b"x")}).status_code == 403

    def test_a_reviewer_takes_a_cataloguer_s_table_back(
        self, user: User, collection: Collection, content: bytes
    ) -> None:
        table, other = applied(user, content), reviewer(collection)
        browser(other).post(page(table), {"action": "undo"})
        table = after_work(table)
        assert (table.state, table.undoer) == (TableImport.State.UNDONE, other)
        assert Image.objects.get().title == "旧题名"


class TestBringing:
    """Sending a table."""

    def test_it_is_checked_looked_at_applied_and_taken_back(
        self, client: Client, content: bytes, collection: Collection
    ) -> None:
        upload = SimpleUploadedFile("改好的.csv", content)
        answer: Any = client.post(LIST, {"file": upload, "collection": "fonds"})
        table = TableImport.objects.get()
        assert (answer.status_code, answer.url) == (302, page(table))
        assert table.collection == collection
        assert "等待检查" in body(client.get(page(table)))

        after_work(table)
        shown = body(client.get(page(table)))
        for words in ("新题名", "旧题名", "零丢了", "不能用表格改", "开始导入", "UTF-8"):
            assert words in shown, words
        assert Image.objects.get().title == "旧题名"

        client.post(page(table), {"action": "start"})
        told = client.get(f"{page(table)}progress/").json()
        assert (told["live"], told["may_cancel"]) == (True, True)
        after_work(table)
        assert Image.objects.get().title == "新题名"
        assert "整体撤销" in body(client.get(page(table)))

        client.post(page(table), {"action": "undo"})
        after_work(table)
        assert Image.objects.get().title == "旧题名"
        assert "已撤销" in body(client.get(page(table)))

    def test_what_was_not_taken_is_fetched_as_a_table(self, client: Client, user: User, content: bytes) -> None:
        answer: Any = client.get(f"{page(checked(user, content))}refusals.csv")
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        assert answer["Cache-Control"] == "private, no-store"
        assert [line.split(",")[2] for line in text.splitlines()] == ["列", "册号", "开放标识"]

    def test_before_the_check_there_is_none(self, client: Client, user: User) -> None:
        table = TableImport.objects.create(user=user, file_name="a.csv")
        answer: Any = client.get(f"{page(table)}refusals.csv", follow=True)
        assert "没有未采纳的内容" in body(answer)

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({}, "请选择改好的表格"),
            ({"file": SimpleUploadedFile("a.csv", b"")}, "文件是空的"),
            ({"file": SimpleUploadedFile("a.csv", b"x"), "collection": "nowhere"}, "nowhere"),
        ],
    )
    def test_what_is_no_table_is_refused_and_said(self, client: Client, given: dict[str, Any], words: str) -> None:
        answer = client.post(LIST, given)
        assert answer.status_code == 400
        assert words in body(answer) or "选择" in body(answer)
        assert not TableImport.objects.exists()

    def test_a_table_that_is_too_large_is_refused(self, client: Client, settings: Settings) -> None:
        settings.GLMV_MAX_UPLOAD_MB = 0
        answer = client.post(LIST, {"file": SimpleUploadedFile("a.csv", b"x")})
        assert answer.status_code == 400
        assert "文件超过 0 MB" in body(answer)
        assert not TableImport.objects.exists()

    def test_what_cannot_be_read_is_said_on_its_page(self, client: Client, user: User) -> None:
        table = checked(user, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 nothing")
        shown = body(client.get(page(table)))
        assert "工作簿读不了" in shown
        assert "重新上传" in shown

    @pytest.mark.parametrize("action", ["start", "cancel", "undo", "nonsense", ""])
    def test_a_button_that_makes_no_sense_any_more_changes_nothing(
        self, client: Client, user: User, action: str
    ) -> None:
        table = checked(user, written([{"照片号": "P-9", "题名": "新题名"}]))
        answer: Any = client.post(page(table), {"action": action}, follow=True)
        assert answer.status_code == 200
        table.refresh_from_db()
        assert table.state == TableImport.State.CHECKED

    def test_thrown_away_it_is_gone(self, client: Client, user: User, content: bytes) -> None:
        table = checked(user, content)
        answer: Any = client.post(page(table), {"action": "discard"})
        assert answer.url == LIST
        assert not TableImport.objects.exists()


def test_records_one_may_not_see_any_more_have_no_name(user: User, client: Client, content: bytes) -> None:
    table = checked(user, content)
    Image.objects.update(access="restricted", disclosure="unexamined")
    shown = body(client.get(page(table)))
    assert "您无权查看" in shown
    assert "旧题名" not in shown


def test_the_queries_of_the_pages_do_not_grow(
    user: User, client: Client, collection: Collection, tmp_path: Path
) -> None:
    def queries(records: int) -> tuple[int, int]:
        for _number in range(records):
            described(ImageFactory(collection=collection), title="旧题名")
        exported(user, tmp_path / "out.csv")
        content = edited(tmp_path / "out.csv", lambda rows: [row.update({"题名": "新题名"}) for row in rows])
        table = checked(user, content)
        found = []
        for address in (LIST, page(table)):
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            found.append(len(captured))
        return found[0], found[1]

    queries(1)
    assert queries(1) == queries(6)
