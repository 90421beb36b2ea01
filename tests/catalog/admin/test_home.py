"""The workbench's first page: what waits, what can be done, how far each collection is, and the lists after it."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpRequest
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.admin import tasks
from catalog.models import Collection, Image, Redraft
from catalog.records.annotations import mark_draft
from catalog.review import decisions
from catalog.vocabulary import Access, BatchState, ItemState
from tests.catalog.people import administrator_only, auditor, browser, cataloguer, reviewer, stranger
from tests.factories import (
    BatchFactory,
    BatchItemFactory,
    CollectionFactory,
    ImageFactory,
    MembershipFactory,
    UserFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db

HOME = "/admin/"
LIST = "/admin/catalog/image/"


@pytest.fixture
def collection() -> Collection:
    """Of each kind of record another number: four wait, three of them doubtful; two are open, one is described."""
    made: Collection = CollectionFactory(slug="box", title="县城旧影")
    for number in range(4):
        image = drafted(ImageFactory(collection=made), title="桥", people="赵四")
        if number:
            mark_draft(draft=image.annotations.get(field="people"), evidence="inference", flag="doubtful")
    for _image in range(2):
        described(ImageFactory(collection=made), people="待考")
    described(ImageFactory(collection=made), title="石桥")
    ImageFactory(collection=made, identifier="")
    return made


def page_of(user: User | None) -> str:
    """Return the page without the white space around its tags and between attributes."""
    page = re.sub(r"\s+", " ", browser(user).get(HOME).content.decode())
    return re.sub(r"> | <", lambda found: found[0].strip(), page)


def row_of(page: str, title: str) -> dict[str, tuple[str, str]]:
    """Return a collection's numbers, each with where it leads, by what they count."""
    row = next(row for row in page.split("<tr")[1:] if title in row and "rowheader" in row)
    cells = re.findall(r'data-label="([^"]+)">(.*?)</td>', row, re.DOTALL)
    found = {}
    for label, cell in cells:
        link = re.search(r'href="([^"]+)"', cell)
        found[label] = (re.sub(r"<[^>]+>", "", cell).strip(), link[1].replace("&amp;", "&") if link else "")
    return found


class TestWhatWaits:
    def test_each_number_leads_to_what_it_counts(self, collection: Collection) -> None:
        found = row_of(page_of(cataloguer(collection)), "县城旧影")
        assert found == {
            "待审核": ("4", "/review/?collection=box"),
            "存疑": ("3", "/review/?collection=box&flag=doubtful"),
            "待考": ("2", f"{LIST}?collection=box&status__exact=to_research"),
            "已著录": ("1", f"{LIST}?collection=box&status__exact=described"),
            "共": ("8", f"{LIST}?collection=box"),
            "未编号": ("1", f"/admin/catalog/collection/{collection.pk}/numbers/"),
        }

    def test_the_lists_show_as_many_as_the_numbers_say(self, collection: Collection) -> None:
        client = browser(cataloguer(collection))
        for label, (number, address) in row_of(page_of(cataloguer(collection)), "县城旧影").items():
            if address.startswith(LIST):
                assert client.get(address).content.decode().count('class="action-select"') == int(number), label

    def test_the_way_on_is_the_queue(self, collection: Collection) -> None:
        page = page_of(cataloguer(collection))
        assert '<a class="home-primary" href="/review/">继续审核' in page
        assert "<strong>4</strong>幅待审核" in page
        assert "其中 3 幅有存疑的草稿" in page

    def test_where_nothing_waits_drafting_is_the_way_on(self) -> None:
        page = page_of(cataloguer(described(title="石桥").collection))
        assert "没有待审核的草稿" in page
        assert '<a class="home-primary" href="/admin/catalog/batch/start/">让模型起草' in page

    def test_what_is_for_reviewers_alone_is_counted_for_them_alone(self, collection: Collection) -> None:
        drafted(ImageFactory(collection=collection, access=Access.RESTRICTED), title="桥")
        assert row_of(page_of(cataloguer(collection)), "县城旧影")["待审核"][0] == "4"
        assert row_of(page_of(reviewer(collection)), "县城旧影")["待审核"][0] == "5"

    def test_only_ones_own_collections_are_there(self, collection: Collection) -> None:
        drafted(ImageFactory(collection=CollectionFactory(title="别人的馆藏")), title="桥")
        assert "别人的馆藏" not in page_of(cataloguer(collection))

    def test_administrators_who_review_nothing_are_led_to_the_lists(self, collection: Collection) -> None:
        page = page_of(administrator_only())
        found = row_of(page, "县城旧影")
        assert found["待审核"] == ("4", f"{LIST}?collection=box&status__exact=to_review")
        assert found["存疑"] == ("3", f"{LIST}?collection=box&flag=doubtful")
        assert found["未编号"] == ("1", "")
        assert "继续审核" not in page

    def test_administrators_with_a_role_in_one_collection_review_that_one(self, collection: Collection) -> None:
        drafted(ImageFactory(collection=CollectionFactory(title="别人的馆藏", slug="theirs")), title="桥")
        user = administrator_only()
        MembershipFactory(user=user, collection=collection)
        page = page_of(user)
        assert row_of(page, "县城旧影")["待审核"][1] == "/review/?collection=box"
        assert row_of(page, "别人的馆藏")["待审核"][1].startswith(LIST)
        assert "<strong>4</strong>幅待审核" in page

    def test_without_a_role_the_page_says_how_to_get_one(self) -> None:
        assert "您还没有负责的馆藏" in page_of(stranger())

    def test_visitors_are_asked_to_sign_in(self) -> None:
        assert browser().get(HOME).status_code == 302


class TestWhatOthersNeed:
    def test_a_new_draft_that_one_asked_for(self, collection: Collection) -> None:
        user = cataloguer(collection)
        draft = collection.images.filter(status="to_review")[0].annotations.get(field="title")
        rejected = decisions.reject(annotation=draft, user=user, reason="太笼统")
        Redraft.objects.create(image=draft.image, rejected=rejected, field="title", user=user)
        assert "重新起草的" not in page_of(user)
        drafted(draft.image, title="石桥")
        assert "您退回后重新起草的 1 幅等您审核。" in page_of(user)
        assert "重新起草的" not in page_of(cataloguer(collection))

    def test_a_batch_of_ones_own_in_which_something_failed(self, collection: Collection) -> None:
        user = cataloguer(collection)
        batch = BatchFactory(collection=collection, state="done", created_by=user, finished_at=timezone.now())
        BatchItemFactory(batch=batch, state=ItemState.FAILED, error="文件已损坏。")
        assert f"{batch}有 1 幅没有结果" in page_of(user)
        assert "没有结果" not in page_of(cataloguer(collection))

    def test_what_registers_itself_is_shown(self, collection: Collection) -> None:
        def errand(request: HttpRequest) -> list[tasks.Pending]:
            return [tasks.Pending(f"{request.user}请看一批复审", "/somewhere/")]

        user = cataloguer(collection)
        tasks.pending.append(errand)
        try:
            assert f'<a href="/somewhere/">{user}请看一批复审</a>' in page_of(user)
        finally:
            tasks.pending.remove(errand)


class TestTasks:
    @staticmethod
    def labels(user: User) -> set[str]:
        block = page_of(user).partition('class="home-tasks"')[2].partition("</nav>")[0]
        return set(re.findall(r"<strong>([^<]+)</strong>", block))

    def test_they_are_what_the_roles_allow(self, collection: Collection) -> None:
        work = {"上传", "起草", "审核", "批量审核", "照片组", "抽检", "查重", "编号", "数据交换", "导入表格", "质量", "日志"}
        assert self.labels(cataloguer(collection)) == work
        assert self.labels(reviewer(collection)) == work | {"开放审核", "撤销"}
        assert self.labels(administrator_only()) == {"查重", "数据交换", "质量", "日志", "账户", "事件推送"}
        assert self.labels(auditor(collection)) == {"质量", "日志"}
        assert self.labels(stranger()) == set()

    @pytest.mark.parametrize("person", [cataloguer, reviewer, auditor])
    def test_each_leads_to_a_page_that_lets_one_in(
        self, collection: Collection, person: Callable[[Collection], User]
    ) -> None:
        client = browser(person(collection))
        block = client.get(HOME).content.decode().partition('class="home-tasks"')[2].partition("</nav>")[0]
        addresses = re.findall(r'href="([^"]+)"', block)
        assert addresses
        for address in addresses:
            assert client.get(address, follow=True).status_code == 200, address

    @pytest.fixture
    def inspecting(self) -> Iterator[None]:
        task = tasks.Task("抽检", "catalog:home", lambda request: request.user.username == "sun", "抽样")
        tasks.tasks.append(task)
        yield
        tasks.tasks.remove(task)

    @pytest.mark.usefixtures("inspecting")
    def test_a_page_that_registers_itself_is_offered_to_whoever_may(self) -> None:
        assert self.labels(UserFactory(is_staff=True, username="sun")) == {"抽检"}
        assert self.labels(stranger()) == set()


class TestBatchesUnderWay:
    def test_they_show_how_far_they_are(self, collection: Collection) -> None:
        batch = BatchFactory(collection=collection, state="running")
        for state in (ItemState.DONE, ItemState.SKIPPED, ItemState.PENDING):
            BatchItemFactory(batch=batch, state=state)
        page = page_of(cataloguer(collection))
        assert f"/admin/catalog/batch/{batch.pk}/change/" in page
        assert '<progress max="3"' in page
        assert "2 / 3" in page

    def test_what_runs_comes_before_what_is_paused(self, collection: Collection) -> None:
        running = BatchFactory(collection=collection, state="running")
        paused = BatchFactory(collection=collection, state="paused")
        over = BatchFactory(collection=collection, state="done")
        block = page_of(cataloguer(collection)).partition('class="home-batches"')[2]
        assert block.index(f">{running}<") < block.index(f">{paused}<")
        assert f">{over}<" not in block

    def test_those_of_others_are_not_there(self, collection: Collection) -> None:
        BatchFactory(collection=CollectionFactory(), state="running")
        assert "正在进行的批次" not in page_of(cataloguer(collection))


class TestTheLists:
    def test_they_stand_under_their_headings(self, collection: Collection) -> None:
        page = page_of(reviewer(collection)).partition('class="home-lists"')[2]
        order = ("编目", ">图像<", "模型与提示词", ">提示词<", "记录与日志", ">操作记录<")
        places = [page.index(words) for words in order]
        assert places == sorted(places)

    def test_each_list_of_the_admin_is_there_once(self) -> None:
        user = administrator_only()
        page = page_of(user).partition('class="home-lists"')[2]
        addresses = re.findall(r'<a href="(/admin/[^"]+/)">', page)
        assert len(addresses) == len(set(addresses))
        assert {"/admin/catalog/image/", "/admin/auth/user/", "/admin/inference/apikey/"} <= set(addresses)

    def test_whoever_has_no_work_finds_them_open(self, collection: Collection) -> None:
        assert '<details class="home-lists" open>' in page_of(auditor(collection))
        assert '<details class="home-lists">' in page_of(cataloguer(collection))


class TestWhatItCosts:
    def test_the_same_however_much_there_is(self, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
        user = cataloguer(None)
        client = browser(user)
        for _more in range(3):
            image = drafted(ImageFactory(), title="桥")
            batch = BatchFactory(collection=image.collection, state=BatchState.RUNNING)
            BatchItemFactory(batch=batch)
            failed = BatchFactory(
                collection=image.collection, state="done", created_by=user, finished_at=timezone.now()
            )
            BatchItemFactory(batch=failed, state=ItemState.FAILED, error="文件已损坏。")
            # Session, user, their roles, their collections, where they work, how many images there are, the batches
            # and how far they are, drafts that came back, batches that failed; Django's own permissions twice; what
            # they may open.
            with django_assert_max_num_queries(13):
                client.get(HOME)

    def test_one_query_more_than_for_a_single_collection_is_none(self) -> None:
        client = browser(administrator_only())

        def cost() -> int:
            with CaptureQueriesContext(connection) as queries:
                client.get(HOME)
            return len(queries)

        ImageFactory()
        before = cost()
        Image.objects.bulk_create(Image(collection=CollectionFactory()) for _image in range(10))
        assert cost() == before


class TestTheHeaderOfThePublicPages:
    def test_it_leads_members_to_the_review(self, collection: Collection) -> None:
        link = '<a href="/review/">审核</a>'
        assert link in browser(cataloguer(collection)).get("/").content.decode()
        for user in (None, stranger(), auditor(collection), administrator_only()):
            assert link not in browser(user).get("/").content.decode()
