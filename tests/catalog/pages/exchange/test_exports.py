"""The pages of exports: who may choose, watch, stop and fetch what, and what bad input gets told."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.exchange.exports import claims, places
from catalog.exchange.exports.jobs import Exporting
from catalog.models import Collection, Export, Image
from tests.catalog.exported import sheets, texts
from tests.catalog.people import administrator, browser, cataloguer, reviewer, sent, stranger
from tests.factories import CollectionFactory, ImageFactory, described, drafted

pytestmark = pytest.mark.django_db
NEW, OVERVIEW = "/exchange/exports/new/", "/exchange/"


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    yield
    for key in places.keys_with_folders():
        places.remove_folder(key)


@pytest.fixture
def collection() -> Collection:
    collection = CollectionFactory(slug="laozhaopian", title="老照片")
    for number in range(3):
        described(ImageFactory(collection=collection, identifier=f"P-{number}"), title=f"石桥{number}")
    ImageFactory(identifier="ELSEWHERE")
    return collection


def export_of(user: User, fmt: str = "csv", **sent_: Any) -> Any:
    data = sent_ or {"all": "1"}
    return browser(user).post(NEW, {"format": fmt, **data}, follow=True)


class TestChoosing:
    def test_it_says_how_many_the_filter_chooses_of_the_users_own(self, collection: Collection) -> None:
        page = browser(cataloguer(collection)).get(NEW, {"q": "石桥1"}).content.decode()

        assert "<strong>1</strong> 条记录" in page
        assert "检索词：石桥1" in page

    def test_a_few_records_come_at_once_in_each_kind_of_file(self, collection: Collection) -> None:
        user = cataloguer(collection)

        workbook = export_of(user, "xlsx")
        rows = texts(sheets(sent(workbook))["目录"])
        lines = sent(export_of(user, "jsonl")).decode().splitlines()

        assert workbook["Content-Disposition"].startswith("attachment")
        assert "no-store" in workbook["Cache-Control"]
        assert [row[0] for row in rows[1:]] == ["P-0", "P-1", "P-2"]
        assert len(lines) == 3

    def test_what_was_ticked_in_the_list_and_no_more(self, collection: Collection) -> None:
        keys = list(collection.images.order_by("identifier").values_list("pk", flat=True))
        elsewhere = Image.objects.get(identifier="ELSEWHERE").pk

        text = sent(export_of(cataloguer(collection), image=[keys[1], elsewhere])).decode()

        assert "P-1" in text
        assert "P-0" not in text
        assert "ELSEWHERE" not in text
        assert Export.objects.get().selection.endswith("勾选的 2 条")

    def test_what_the_filter_shows_and_no_more(self, collection: Collection) -> None:
        drafted(ImageFactory(collection=collection, identifier="D-1"), description="草稿")
        client = browser(cataloguer(collection))

        answer = client.post(f"{NEW}?status=to_review", {"all": "1", "format": "csv"}, follow=True)

        text = sent(answer).decode()
        assert "D-1" in text
        assert "P-0" not in text
        assert Export.objects.get().selection == "状态：待审核"

    def test_many_are_left_to_the_worker_with_progress_and_a_link(
        self, collection: Collection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("catalog.exchange.exports.planning.AT_ONCE", 2)
        user = cataloguer(collection)

        page = export_of(user).content.decode()
        export = Export.objects.get()
        assert "data-live" in page
        assert "在后台制作" in page
        told = browser(user).get(f"/exchange/exports/{export.pk}/progress/").json()
        assert (told["state"], told["live"], told["address"]) == ("等待", True, "")

        job = Exporting()
        while job.claim():
            job.step()
        told = browser(user).get(f"/exchange/exports/{export.pk}/progress/").json()
        assert (told["state"], told["live"], told["settled"]) == ("已完成", False, 3)
        assert "之前可以下载" in told["words"]["lasts"]
        assert "P-2" in sent(browser(user).get(told["address"])).decode()

    @pytest.mark.parametrize(
        ("query", "data", "words"),
        [
            ("", {"format": "csv"}, "还没有选中记录"),
            ("", {"all": "1", "format": "pdf"}, "没有这种文件格式"),
            ("", {"all": "1"}, "请选择文件格式"),
            ("?date_from=abc", {"all": "1", "format": "csv"}, "筛选条件有误"),
            ("?q=不存在的词", {"all": "1", "format": "csv"}, "没有什么可以导出"),
            ("", {"image": ["x", "99999999999999999999"], "format": "csv"}, "还没有选中记录"),
        ],
    )
    def test_what_cannot_be_exported_is_told(
        self, collection: Collection, query: str, data: dict[str, Any], words: str
    ) -> None:
        answer = browser(cataloguer(collection)).post(NEW + query, data)

        assert answer.status_code == 400
        assert words in answer.content.decode()
        assert not Export.objects.exists()

    def test_only_members_are_let_in(self, collection: Collection) -> None:
        for address in (NEW, OVERVIEW):
            assert browser().get(address).status_code == 302
            assert browser(stranger()).get(address).status_code == 403
            assert browser(cataloguer(collection)).get(address).status_code == 200

    def test_the_list_offers_it_with_its_own_filter(self, collection: Collection) -> None:
        drafted(ImageFactory(collection=collection), description="草稿")

        page = browser(cataloguer(collection)).get("/review/list/").content.decode()

        assert f'formaction="{NEW}?status=to_review"' in page


class TestAnExport:
    def made(self, collection: Collection) -> tuple[User, Export]:
        user = cataloguer(collection)
        export_of(user)
        return user, Export.objects.get()

    def test_its_page_has_the_file_and_until_when(self, collection: Collection) -> None:
        user, export = self.made(collection)

        page = browser(user).get(f"/exchange/exports/{export.pk}/").content.decode()

        assert export.file_name in page
        assert export.sha256 in page
        assert "之前可以下载" in page

    def test_it_is_nobody_elses(self, collection: Collection) -> None:
        _user, export = self.made(collection)
        for part in ("", "progress/", "file/"):
            address = f"/exchange/exports/{export.pk}/{part}"
            assert browser().get(address).status_code == 302
            assert browser(stranger()).get(address).status_code == 403
            assert browser(reviewer(collection)).get(address).status_code == 404
            assert browser(administrator()).get(address).status_code == 200

    def test_whoever_has_left_the_collection_does_not_get_the_file(self, collection: Collection) -> None:
        user, export = self.made(collection)
        user.memberships.all().delete()
        other = cataloguer(CollectionFactory())
        Export.objects.update(user=other)

        assert browser(other).get(f"/exchange/exports/{export.pk}/file/").status_code == 403
        page = browser(other).get(f"/exchange/exports/{export.pk}/").content.decode()
        assert "/file/" not in page

    def test_a_link_that_is_over_says_so(self, collection: Collection) -> None:
        user, export = self.made(collection)
        Export.objects.update(expires_at=timezone.now() - timedelta(minutes=1))

        answer = browser(user).get(f"/exchange/exports/{export.pk}/file/", follow=True)

        assert "下载的期限已过" in answer.content.decode()
        assert "文件已过期" in answer.content.decode()

    def test_a_file_that_is_gone_is_told(self, collection: Collection) -> None:
        user, export = self.made(collection)
        places.remove_folder(export.pk)

        answer = browser(user).get(f"/exchange/exports/{export.pk}/file/", follow=True)

        assert "没有可以下载的文件" in answer.content.decode()

    def test_one_that_is_not_there_is_not_found(self, collection: Collection) -> None:
        client = browser(cataloguer(collection))

        assert client.get(f"/exchange/exports/{uuid.uuid4()}/").status_code == 404
        assert client.get("/exchange/exports/nonsense/").status_code == 404

    def test_it_is_stopped_by_its_button_once(self, collection: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("catalog.exchange.exports.planning.AT_ONCE", 2)
        user = cataloguer(collection)
        export_of(user)
        export = Export.objects.get()
        client = browser(user)

        first = client.post(f"/exchange/exports/{export.pk}/", {"action": "cancel"}, follow=True)
        second = client.post(f"/exchange/exports/{export.pk}/", {"action": "cancel"}, follow=True)
        third = client.post(f"/exchange/exports/{export.pk}/", {"action": "nonsense"}, follow=True)

        assert "已取消，没有留下文件" in first.content.decode()
        assert "无须取消" in second.content.decode()
        assert "没有这个操作" in third.content.decode()
        assert claims.claim_next(owner="x") is None


class TestTheOverview:
    def test_it_lists_ones_own_exports_and_administrators_see_all(self, collection: Collection) -> None:
        user = cataloguer(collection)
        export_of(user)

        own = browser(user).get(OVERVIEW).content.decode()
        others = browser(reviewer(collection)).get(OVERVIEW).content.decode()
        head = browser(administrator()).get(OVERVIEW).content.decode()

        assert "下载" in own
        assert "全部记录" in own
        assert "还没有导出过" in others
        assert user.username in head

    def test_the_number_of_queries_does_not_grow(self, collection: Collection) -> None:
        head, counts = browser(administrator()), []
        for _ in range(2):
            export_of(cataloguer(collection))
            export_of(cataloguer(collection))
            with CaptureQueriesContext(connection) as queries:
                head.get(OVERVIEW)
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_for_a_member_neither(self, collection: Collection) -> None:
        user, counts = cataloguer(collection), []
        client = browser(user)
        for _ in range(2):
            export_of(user)
            export_of(user)
            with CaptureQueriesContext(connection) as queries:
                client.get(OVERVIEW)
            counts.append(len(queries))
        assert counts[0] == counts[1]
