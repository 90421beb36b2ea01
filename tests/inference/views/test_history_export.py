"""The table of what one asked: as Excel and WPS read it, labelled, and only one's own."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inference.history import exporting
from inference.models import Exchange
from tests.factories import ExchangeFactory, PictureFactory, UserFactory
from tests.inference.askers import browser_of, visitor_of

pytestmark = pytest.mark.django_db

HEADING = [
    "时间", "问题摘要", "问题", "回答", "模型版本", "输入词元", "输出词元", "排队秒数", "总秒数", "状态",
    "图片文件名", "AI 标识",
]  # fmt: skip


@pytest.fixture
def user() -> User:
    found: User = UserFactory()
    return found


def content(response: Any) -> str:
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return b"".join(response.streaming_content).decode()


def table(response: Any) -> list[dict[str, str]]:
    text = content(response).removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def questions(response: Any) -> set[str]:
    return {row["问题"] for row in table(response)}


def test_the_file_has_a_byte_order_mark_a_heading_and_todays_name(user: User) -> None:
    ExchangeFactory(user=user)
    response = browser_of(user).get("/history/export/")
    text = content(response)
    assert text.startswith("\ufeff" + ",".join(HEADING) + "\r\n")
    assert "attachment" in response["Content-Disposition"]
    assert timezone.localdate().strftime("%Y%m%d") in response["Content-Disposition"]


def test_a_row_holds_everything_and_the_label(user: User) -> None:
    exchange = ExchangeFactory(
        user=user, question="石桥上有几个人？\n请数一数", answer="三个人，“在桥头”", queue_s=1.5, total_s=7.25,
        asked=datetime(2026, 3, 7, 16, 0, 5, tzinfo=UTC),
    )  # fmt: skip
    PictureFactory(exchange=exchange, name="石桥.jpg", position=0)
    PictureFactory(exchange=exchange, name="背面.tif", position=1)
    (row,) = table(browser_of(user).get("/history/export/"))
    assert row == {
        "时间": "2026-03-08 00:00:05",
        "问题摘要": "石桥上有几个人？\n请数一数",
        "问题": "石桥上有几个人？\n请数一数",
        "回答": "三个人，“在桥头”",
        "模型版本": "scripted@1",
        "输入词元": "120",
        "输出词元": "8",
        "排队秒数": "1.50",
        "总秒数": "7.25",
        "状态": "已回答",
        "图片文件名": "石桥.jpg；背面.tif",
        "AI 标识": "AI 生成",
    }


def test_each_row_is_labelled_however_its_answer_ended(user: User) -> None:
    for state in Exchange.State:
        ExchangeFactory(user=user, state=state)
    labels = [row["AI 标识"] for row in table(browser_of(user).get("/history/export/"))]
    assert labels == ["AI 生成"] * 4


@pytest.mark.parametrize("text", ["=1+1", "+86", "-5", "@SUM(A1)", "\t=1", "  =cmd|' /C calc'!A0", "\uff1d1+1"])
def test_nothing_in_it_runs_as_a_formula(user: User, text: str) -> None:
    exchange = ExchangeFactory(user=user, question=text, answer=text)
    PictureFactory(exchange=exchange, name=text)
    (row,) = table(browser_of(user).get("/history/export/"))
    assert {row[name] for name in ("问题", "回答", "问题摘要", "图片文件名")} == {"'" + text}


def test_a_filter_leaves_what_the_list_shows(user: User) -> None:
    ExchangeFactory(user=user, question="石桥", asked=datetime(2026, 3, 8, 4, 0, tzinfo=UTC))
    ExchangeFactory(user=user, question="木桥", asked=datetime(2026, 3, 9, 4, 0, tzinfo=UTC))
    ExchangeFactory(user=user, question="河", asked=datetime(2026, 3, 8, 4, 0, tzinfo=UTC), answer="水")
    client = browser_of(user)
    assert questions(client.get("/history/export/", {"q": "桥"})) == {"石桥", "木桥"}
    both = {"q": "桥", "date_from": "2026-03-08", "date_to": "2026-03-08"}
    assert questions(client.get("/history/export/", both)) == {"石桥"}


def test_a_choice_leaves_what_was_ticked(user: User) -> None:
    one, two, _three = (ExchangeFactory(user=user, question=text) for text in ("一", "二", "三"))
    response = browser_of(user).post("/history/export/", {"chosen": [one.pk, two.pk]})
    assert questions(response) == {"一", "二"}


def test_others_rows_stay_out_whoever_ticks_them(user: User) -> None:
    mine = ExchangeFactory(user=user, question="我的")
    browser = browser_of()
    others = [
        ExchangeFactory(question="别人的"),
        ExchangeFactory(user=None, visitor=visitor_of(browser), question="访客的"),
        ExchangeFactory(user=None, visitor="", question="程序的"),
    ]
    chosen = {"chosen": [mine.pk, *(other.pk for other in others)]}
    assert questions(browser_of(user).post("/history/export/", chosen)) == {"我的"}
    assert questions(browser.post("/history/export/", chosen)) == {"访客的"}
    assert questions(browser_of(user).get("/history/export/")) == {"我的"}
    assert Client().post("/history/export/", chosen).status_code == 302


@pytest.mark.parametrize("chosen", [[], ["x"], ["-1"], ["٣"], ["9" * 30], ["1.5", "\x00", ""]])
def test_without_a_choice_it_says_what_to_do_and_keeps_the_filter(user: User, chosen: list[str]) -> None:
    ExchangeFactory(user=user, question="石桥")
    data = {"chosen": chosen, "narrowed": "q=桥&page=1&next=//evil.example"}
    response = browser_of(user).post("/history/export/", data, follow=True)
    assert response.redirect_chain == [("/history/?q=%E6%A1%A5&page=1", 302)]
    assert "请先勾选要导出的记录" in response.content.decode()


def test_where_nothing_is_found_it_says_so_instead_of_an_empty_table(user: User) -> None:
    response = browser_of(user).get("/history/export/", {"date_from": "昨天"}, follow=True)
    assert "没有可以导出的记录" in response.content.decode()


def test_more_rows_cost_no_more_queries_until_the_next_chunk(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser_of(user)
    counts = []
    for _more in range(2):
        for exchange in ExchangeFactory.create_batch(3, user=user):
            PictureFactory(exchange=exchange)
        with CaptureQueriesContext(connection) as queries:
            assert table(client.get("/history/export/"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    monkeypatch.setattr(exporting, "CHUNK", 2)
    assert len(table(client.get("/history/export/"))) == 6
