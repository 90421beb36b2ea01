"""The list of what one asked, and one conversation read again."""

import re
import uuid
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from inference.models import Exchange
from tests.factories import ExchangeFactory, PictureFactory, UserFactory
from tests.inference.askers import browser_of, visitor_of

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def user() -> User:
    found: User = UserFactory()
    return found


def shown(client: Client, address: str = "/history/", **query: str) -> str:
    response = client.get(address, query)
    assert response.status_code == 200
    return response.content.decode()


def plain(page: str) -> str:
    """Return what people read of a page."""
    return " ".join(re.sub(r"<[^>]*>", "", page).split())


def rows(page: str) -> int:
    return page.count('class="history-row"')


class TestTheList:
    def test_a_row_tells_when_what_was_asked_what_was_answered_and_by_which_model(self, user: User) -> None:
        asked = datetime(2026, 3, 8, 9, 5, tzinfo=SHANGHAI)
        exchange = ExchangeFactory(user=user, question="石桥上有几个人？", answer="**三个人**", asked=asked)
        picture = PictureFactory(exchange=exchange)

        page = shown(browser_of(user))

        words = plain(page)
        assert "2026年3月8日" in words
        assert "09:05" in words
        assert "石桥上有几个人？" in words
        assert "AI 生成 三个人" in words
        assert "已回答" in words
        assert "scripted@1" in words
        assert f'src="/ask/images/{picture.pk}/thumbnail/"' in page
        assert 'loading="lazy"' in page

    def test_days_head_their_rows_as_clocks_here_count_them(self, user: User) -> None:
        ExchangeFactory(user=user, asked=datetime(2026, 3, 7, 15, 59, tzinfo=UTC))
        ExchangeFactory(user=user, asked=datetime(2026, 3, 7, 16, 0, tzinfo=UTC))
        words = plain(shown(browser_of(user)))
        assert words.index("2026年3月8日") < words.index("2026年3月7日")

    def test_markdown_stands_on_one_line_without_its_marks(self, user: User) -> None:
        answer = "## 题名\n\n- **石桥**：`三孔`\n\n| 左 | 右 |\n|---|---|\n| 桥 | 船 |"
        ExchangeFactory(user=user, answer=answer)
        assert "AI 生成 题名 石桥：三孔 左 右 桥 船" in plain(shown(browser_of(user)))

    def test_a_question_that_goes_on_shows_the_picture_that_it_is_about(self, user: User) -> None:
        first, last = datetime(2026, 3, 8, 9, tzinfo=SHANGHAI), datetime(2026, 3, 8, 11, tzinfo=SHANGHAI)
        about = ExchangeFactory(user=user, asked=first)
        ExchangeFactory(user=user, conversation=about.conversation, asked=first + (last - first) / 2)
        after = ExchangeFactory(user=user, conversation=about.conversation, asked=last)
        pictures = PictureFactory(exchange=about), PictureFactory(exchange=after)
        PictureFactory(exchange=ExchangeFactory(conversation=about.conversation, asked=first))

        page = shown(browser_of(user))

        assert [page.count(f"/ask/images/{picture.pk}/") for picture in pictures] == [2, 1]
        assert page.count("接着问") == 1

    def test_what_was_not_answered_says_so(self, user: User) -> None:
        ExchangeFactory(user=user, answer="", state=Exchange.State.FAILED)
        page = shown(browser_of(user))
        assert "未完成" in page
        assert "没有写出回答" in page
        assert 'class="ai-label"' not in page

    def test_without_anything_asked_it_says_what_to_do(self, user: User) -> None:
        for client in (Client(), browser_of(), browser_of(user)):
            page = shown(client)
            assert "还没有提问记录" in page
            assert 'href="/ask/"' in page

    def test_it_comes_in_pages(self, user: User) -> None:
        ExchangeFactory.create_batch(21, user=user)
        client = browser_of(user)
        assert [rows(shown(client, page=number)) for number in ("1", "2", "99", "x")] == [20, 1, 1, 20]
        assert "共 21 条" in plain(shown(client))

    def test_more_rows_cost_no_more_queries(self, user: User) -> None:
        client = browser_of(user)
        counts = []
        for _more in range(3):
            for exchange in ExchangeFactory.create_batch(3, user=user):
                PictureFactory.create_batch(2, exchange=exchange)
                ExchangeFactory(user=user, conversation=exchange.conversation)
            with CaptureQueriesContext(connection) as queries:
                shown(client)
            counts.append(len(queries))
        # Session, user, how many, rows, their pictures, those of earlier questions, whether the asker works here.
        assert counts == [7, 7, 7]

    def test_nothing_of_it_stays_in_a_cache(self, user: User) -> None:
        assert "no-store" in browser_of(user).get("/history/")["Cache-Control"]

    def test_it_says_for_how_long_records_are_kept(self, user: User, settings: Settings) -> None:
        settings.GLMV_HISTORY_DAYS = 30
        assert "记录保存 30 天" in plain(shown(browser_of(user)))


class TestWhoseItIs:
    def test_users_see_their_own_in_any_browser(self, user: User) -> None:
        ExchangeFactory(user=user)
        ExchangeFactory()
        assert rows(shown(browser_of(user))) == rows(shown(browser_of(user))) == 1

    def test_visitors_see_those_of_their_browser(self) -> None:
        mine, other = browser_of(), browser_of()
        ExchangeFactory(user=None, visitor=visitor_of(mine))
        ExchangeFactory()
        assert [rows(shown(client)) for client in (mine, other, Client())] == [1, 0, 0]

    def test_what_a_browser_asked_is_not_a_users_who_signs_in_there(self, user: User) -> None:
        client = browser_of()
        ExchangeFactory(user=None, visitor=visitor_of(client))
        client.force_login(user)
        assert rows(shown(client)) == 0

    def test_calls_of_programs_are_nobodys(self, user: User) -> None:
        ExchangeFactory(user=None, visitor="")
        assert [rows(shown(client)) for client in (Client(), browser_of(), browser_of(user))] == [0, 0, 0]

    def test_an_exchange_opens_for_its_owner_only(self, user: User) -> None:
        exchange = ExchangeFactory(user=user)
        administrator = UserFactory(administrator=True)
        clients = [Client(), browser_of(), browser_of(UserFactory()), browser_of(administrator), browser_of(user)]
        statuses = [client.get(f"/history/{exchange.pk}/").status_code for client in clients]
        assert statuses == [404, 404, 404, 404, 200]

    @pytest.mark.parametrize("address", ["/history/", "/history/1/", "/history/export/", "/history/erase/"])
    def test_where_asking_needs_an_account_visitors_are_sent_to_sign_in(self, address: str, settings: Settings) -> None:
        settings.GLMV_ASK_LOGIN = True
        response = browser_of().get(address, {"q": "桥"})
        assert response.status_code == 302
        assert response["Location"] == f"/login/?next={address}%3Fq%3D%25E6%25A1%25A5"

    @pytest.mark.parametrize(
        "address", ["/history/1/delete/", "/history/delete/", "/history/export/", "/history/erase/"]
    )
    def test_whoever_posts_without_the_account_comes_back_to_the_list(self, address: str, settings: Settings) -> None:
        settings.GLMV_ASK_LOGIN = True
        client = browser_of()
        ExchangeFactory(user=None, visitor=visitor_of(client))
        assert client.post(address)["Location"] == "/login/?next=/history/"
        assert Exchange.objects.count() == 1


class TestTheFilter:
    def test_one_chinese_character_is_enough_in_question_or_answer(self, user: User) -> None:
        ExchangeFactory(user=user, question="桥在哪里？", answer="左边")
        ExchangeFactory(user=user, question="这是什么？", answer="一座石桥")
        ExchangeFactory(user=user, question="这是什么？", answer="一条河")
        page = shown(browser_of(user), q="桥")
        assert rows(page) == 2
        assert "石<mark>桥</mark>" in page

    def test_several_words_must_all_occur(self, user: User) -> None:
        ExchangeFactory(user=user, question="石桥在哪里？", answer="河的左边")
        ExchangeFactory(user=user, question="石桥在哪里？", answer="看不见")
        assert rows(shown(browser_of(user), q="石桥　河")) == 1

    @pytest.mark.parametrize("sign", ["%", "_", "\\"])
    def test_signs_of_databases_are_looked_for_as_they_are(self, user: User, sign: str) -> None:
        ExchangeFactory(user=user, question=f"折扣是 5{sign} 吗？")
        ExchangeFactory(user=user, question="折扣是 50 吗？")
        assert rows(shown(browser_of(user), q=sign)) == 1

    def test_a_word_far_inside_a_long_answer_is_seen_in_the_list(self, user: User) -> None:
        ExchangeFactory(user=user, answer="甲" * 500 + "石桥" + "乙" * 500)
        assert "<mark>石桥</mark>" in shown(browser_of(user), q="石桥")

    def test_a_word_that_the_summary_left_out_is_seen_in_the_list(self, user: User) -> None:
        ExchangeFactory(user=user, question="甲" * 100 + "石桥")
        assert "<mark>石桥</mark>" in shown(browser_of(user), q="石桥")

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"date_from": "2026-03-08", "date_to": "2026-03-08"}, ["first", "last"]),
            ({"date_from": "2026-03-08"}, ["first", "last", "after"]),
            ({"date_to": "2026-03-08"}, ["before", "first", "last"]),
            ({"date_to": "2026-03-07"}, ["before"]),
            ({"date_from": "2026/03/09"}, ["after"]),
            ({"date_from": "2026年3月9日"}, ["after"]),
            ({"date_from": "0001-01-01", "date_to": "9999-12-31"}, ["before", "first", "last", "after"]),
            ({"date_to": "0001-01-01"}, []),
        ],
    )
    def test_days_begin_and_end_at_midnight_here_and_count_whole(
        self, user: User, query: dict[str, str], found: list[str]
    ) -> None:
        moments = {
            "before": datetime(2026, 3, 7, 23, 59, 59, 999999, tzinfo=SHANGHAI),
            "first": datetime(2026, 3, 8, tzinfo=SHANGHAI),
            "last": datetime(2026, 3, 8, 23, 59, 59, 999999, tzinfo=SHANGHAI),
            "after": datetime(2026, 3, 9, tzinfo=SHANGHAI),
        }
        for name, moment in moments.items():
            ExchangeFactory(user=user, question=f"〔{name}〕", asked=moment)
        page = shown(browser_of(user), **query)
        assert [name for name in moments if f"〔{name}〕" in page] == found

    def test_nothing_found_says_what_to_try(self, user: User) -> None:
        ExchangeFactory(user=user)
        page = shown(browser_of(user), q="没有的词")
        assert "没有符合条件的记录" in page
        assert "还没有提问记录" not in page

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ({"date_from": "昨天"}, "请写成 2026-03-08 这样的日期"),
            ({"date_from": "2026-02-30"}, "请写成 2026-03-08 这样的日期"),
            ({"date_from": "2026-03-09", "date_to": "2026-03-08"}, "结束日期早于开始日期"),
            ({"q": "桥" * 1000}, "200"),
            ({"q": "\x00"}, "请先改正上面的筛选条件"),
            ({"date_to": "\x00"}, "请写成 2026-03-08 这样的日期"),
        ],
    )
    def test_what_cannot_be_meant_is_explained(self, user: User, query: dict[str, str], said: str) -> None:
        ExchangeFactory(user=user)
        page = shown(browser_of(user), **query)
        assert said in page
        assert rows(page) == 0

    def test_pages_and_the_table_keep_the_filter(self, user: User) -> None:
        ExchangeFactory.create_batch(21, user=user, question="石桥")
        page = shown(browser_of(user), q="桥", page="2")
        assert 'href="?q=%E6%A1%A5&amp;page=1"' in page
        assert 'href="/history/export/?q=%E6%A1%A5"' in page


class TestOneConversation:
    def test_it_is_shown_whole_and_in_order_wherever_it_is_opened(self, user: User) -> None:
        conversation = uuid.uuid4()
        first = ExchangeFactory(user=user, conversation=conversation, question="〔一〕")
        second = ExchangeFactory(user=user, conversation=conversation, question="〔二〕")
        ExchangeFactory(user=user, question="〔别的〕")
        client = browser_of(user)
        for opened, place in ((first, 1), (second, 2)):
            words = plain(shown(client, f"/history/{opened.pk}/"))
            assert f"共 2 轮，您打开的是第 {place} 轮" in words
            assert words.index("问 〔一〕") < words.index("问 〔二〕")
            assert "〔别的〕" not in words

    def test_others_have_no_place_in_it_whatever_conversation_they_name(self, user: User) -> None:
        mine = ExchangeFactory(user=user)
        ExchangeFactory(conversation=mine.conversation, question="〔别人的〕")
        assert "〔别人的〕" not in shown(browser_of(user), f"/history/{mine.pk}/")

    def test_it_leads_on_to_the_question_page(self, user: User) -> None:
        exchange = ExchangeFactory(user=user)
        assert f'href="/ask/?conversation={exchange.conversation}"' in shown(
            browser_of(user), f"/history/{exchange.pk}/"
        )

    def test_the_answer_is_set_as_text_and_nothing_in_it_runs(self, user: User) -> None:
        exchange = ExchangeFactory(user=user, answer="**三个人**<script>alert(1)</script>\n\n[x](javascript:alert(1))")
        page = shown(browser_of(user), f"/history/{exchange.pk}/")
        assert "<strong>三个人</strong>" in page
        assert "<script>alert" not in page
        assert 'href="javascript' not in page

    def test_the_label_stands_beside_answer_and_reasoning_and_goes_with_copies(self, user: User) -> None:
        exchange = ExchangeFactory(user=user, reasoning="先数人。")
        page = shown(browser_of(user), f"/history/{exchange.pk}/")
        assert page.count('<span class="ai-label">AI 生成</span>') == 2
        assert page.count('data-label="（AI 生成）"') == 3
        assert "先数人。" in page

    def test_it_tells_what_the_answer_took(self, user: User) -> None:
        exchange = ExchangeFactory(user=user, input_tokens=1234, output_tokens=56, queue_s=1.26, total_s=7.8)
        words = plain(shown(browser_of(user), f"/history/{exchange.pk}/")).replace(" ", "")
        for fact in ("模型版本scripted@1", "输入词元1234", "输出词元56", "排队1.3秒", "合计7.8秒"):
            assert fact in words

    def test_a_failure_says_why(self, user: User) -> None:
        exchange = ExchangeFactory(
            user=user, answer="", state=Exchange.State.FAILED, error="排队的人太多，请稍后再试。"
        )
        assert "排队的人太多，请稍后再试。" in shown(browser_of(user), f"/history/{exchange.pk}/")

    def test_boxes_are_drawn_over_the_picture(self, user: User) -> None:
        exchange = ExchangeFactory(user=user, boxes=[{"x1": 105, "y1": 200, "x2": 300, "y2": 1000}])
        picture = PictureFactory(exchange=exchange)
        page = shown(browser_of(user), f"/history/{exchange.pk}/")
        assert f'src="/ask/images/{picture.pk}/preview/"' in page
        assert re.search(r'class="frame"\s+x="10.5%"\s+y="20%"\s+width="19.5%"\s+height="80%"', page)

    def test_boxes_of_a_later_question_are_drawn_over_the_picture_asked_about_before(self, user: User) -> None:
        first = ExchangeFactory(user=user)
        picture = PictureFactory(exchange=first)
        boxes = [{"x1": 1, "y1": 2, "x2": 3, "y2": 4}]
        later = ExchangeFactory(user=user, conversation=first.conversation, boxes=boxes)
        page = shown(browser_of(user), f"/history/{later.pk}/")
        assert page.count(f'src="/ask/images/{picture.pk}/preview/"') == 2
        assert "前面问过的图片" in page

    def test_more_turns_cost_no_more_queries(self, user: User) -> None:
        client = browser_of(user)
        conversation = uuid.uuid4()
        counts = []
        for _more in range(3):
            exchanges = ExchangeFactory.create_batch(2, user=user, conversation=conversation)
            PictureFactory(exchange=exchanges[0])
            with CaptureQueriesContext(connection) as queries:
                shown(client, f"/history/{exchanges[0].pk}/")
            counts.append(len(queries))
        # Session, user, the exchange, its conversation, the pictures, and whether the asker works here.
        assert counts == [6, 6, 6]

    @pytest.mark.parametrize("number", ["0", "9" * 18, "9" * 40])
    def test_what_is_not_there_is_a_page_that_says_so(self, user: User, number: str) -> None:
        response = browser_of(user).get(f"/history/{number}/")

        assert response.status_code == 404
        assert "没有这条记录" in response.content.decode()
        assert 'href="/history/"' in response.content.decode()
