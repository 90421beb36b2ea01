"""The list for reviewers, and the pages about changes of many records: who may, bad input, and what they lead to."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Annotation, BulkChange, Collection, Image
from catalog.records.annotations import write_drafts
from catalog.records.secrecy import Mark, hold
from catalog.review import blind, decisions
from catalog.review.bulk import running
from catalog.review.bulk.changes import Setting
from catalog.review.bulk.sources import OfBulkChange
from catalog.vocabulary import Flag, MarkPlace, Role, State
from tests.catalog.bulk import done, prepared, undo_prepared, work
from tests.catalog.people import browser, cataloguer, reviewer, stranger
from tests.factories import (
    BatchItemFactory,
    CollectionFactory,
    ImageFactory,
    ImageFileFactory,
    MembershipFactory,
    RunFactory,
    UserFactory,
    described,
    drafted,
)

pytestmark = pytest.mark.django_db

LIST, HISTORY, SPANS = "/review/list/", "/review/bulk/", "/review/undo/"


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory()


@pytest.fixture
def user(collection: Collection) -> User:
    return reviewer(collection)


@pytest.fixture
def client(user: User) -> Client:
    return browser(user)


def record(collection: Collection, **drafts: str) -> Image:
    """Return a record of a collection, with drafts that wait."""
    return drafted(ImageFactory(collection=collection), **drafts)


def body(response: Any) -> str:
    """Return a page as text."""
    text: str = response.content.decode()
    return text


def sent(client: Client, kind: str, address: str = LIST, **given: Any) -> Any:
    """Send the list's form."""
    return client.post(address, {"kind": kind, **given})


class TestWhoMay:
    """Up the four steps."""

    @pytest.mark.parametrize("address", [LIST, HISTORY, SPANS, "/review/bulk/1/", "/review/bulk/1/progress/"])
    def test_a_visitor_is_led_to_sign_in_and_a_stranger_is_told_no(self, address: str) -> None:
        answer: Any = browser().get(address)
        assert (answer.status_code, answer.url) == (302, f"/login/?next={address}")
        assert browser(stranger()).get(address).status_code == 403

    def test_a_member_sees_their_own_records_only(self, collection: Collection) -> None:
        client = browser(cataloguer(collection))
        mine, other = record(collection, title="清水河石桥"), drafted(title="宝塔夕照")
        restricted = drafted(ImageFactory(collection=collection, restricted=True), title="帆船远影")

        page = body(client.get(LIST))

        assert "清水河石桥" in page
        assert str(mine) in page
        assert "宝塔夕照" not in page
        assert "帆船远影" not in page
        assert {str(other), str(restricted)}

    def test_a_reviewer_sees_restricted_records_too(self, collection: Collection) -> None:
        drafted(ImageFactory(collection=collection, restricted=True), title="帆船远影")

        assert "帆船远影" in body(browser(reviewer(collection)).get(LIST))

    def test_only_reviewers_take_back_a_span(self, collection: Collection) -> None:
        client = browser(cataloguer(collection))
        assert client.get(SPANS).status_code == 403
        assert client.post(SPANS, {"of": "person"}).status_code == 403
        assert browser(reviewer(collection)).get(SPANS).status_code == 200

    def test_a_change_is_seen_by_whoever_made_it_and_by_reviewers_of_all_its_collections(
        self, client: Client, user: User, collection: Collection
    ) -> None:
        record(collection, title="石桥")
        change = done(prepared(user))
        address = reverse("catalog:bulk-change", args=[change.pk])

        assert client.get(address).status_code == 200
        assert browser(reviewer(collection)).get(address).status_code == 200
        assert browser(cataloguer(collection)).get(address).status_code == 404
        assert browser(reviewer(CollectionFactory())).get(address).status_code == 404

    def test_a_change_over_several_collections_is_not_a_reviewer_s_of_one(self, collection: Collection) -> None:
        record(collection, title="石桥")
        record(CollectionFactory(), title="宝塔")
        change = done(prepared(reviewer(None)))

        assert browser(reviewer(collection)).get(f"/review/bulk/{change.pk}/").status_code == 404

    def test_nobody_begins_or_throws_away_what_somebody_else_prepared(self, user: User, collection: Collection) -> None:
        record(collection, title="石桥")
        change = prepared(user)
        other = browser(reviewer(collection))

        for action in ("start", "discard"):
            assert other.post(f"/review/bulk/{change.pk}/", {"action": action}).status_code == 403
        change.refresh_from_db()
        assert change.state == BulkChange.State.PREVIEW

    def test_a_reviewer_stops_and_takes_back_another_s_change(self, user: User, collection: Collection) -> None:
        image = record(collection, title="石桥")
        change = running.start(change=prepared(user), user=user)
        client = browser(reviewer(collection))
        address = f"/review/bulk/{change.pk}/"

        client.post(address, {"action": "cancel"})
        change.refresh_from_db()
        assert change.state == BulkChange.State.CANCELLED

        second = done(prepared(user))
        answer: Any = client.post(f"/review/bulk/{second.pk}/", {"action": "undo"})
        undo = BulkChange.objects.get(undoes=second)
        assert answer.url == f"/review/bulk/{undo.pk}/"
        client.post(answer.url, {"action": "start"})
        work()
        assert image.annotations.drafts().exists()

    def test_a_cataloguer_reads_the_list_and_changes_nothing_with_it(self, collection: Collection) -> None:
        image = record(collection, title="清水河石桥")
        client = browser(cataloguer(collection))

        page = body(client.get(LIST))
        assert "清水河石桥" in page
        assert "批量采用、退回、填写和替换由审核员做" in page
        assert f'id="pick-{image.pk}"' not in page
        for chosen in ({"image": [image.pk]}, {"all": "1"}):
            answer = sent(client, "accept", **chosen)
            assert answer.status_code == 400
            assert "由审核员做" in body(answer)
        assert not BulkChange.objects.exists()

    def test_a_reviewer_of_one_collection_changes_nothing_of_another_that_they_describe(
        self, collection: Collection
    ) -> None:
        user, other = reviewer(collection), CollectionFactory()
        MembershipFactory(user=user, collection=other)
        record(collection, title="石桥")
        record(other, title="宝塔")

        sent(browser(user), "accept", all="1")

        change = BulkChange.objects.get()
        assert (change.records, list(change.collections.all())) == (1, [collection])
        assert change.left_out["not_allowed"]["number"] == 1

    def test_whoever_is_no_reviewer_any_more_when_the_worker_comes_changes_nothing(
        self, user: User, collection: Collection
    ) -> None:
        image = record(collection, title="石桥")
        change = running.start(change=prepared(user), user=user)
        user.memberships.update(role=Role.CATALOGUER)

        work()

        change.refresh_from_db()
        assert (change.done_fields, change.skipped["not_allowed"]["number"]) == (0, 1)
        assert image.annotations.drafts().exists()


class TestList:
    """Narrowed, ticked, and changed as a whole."""

    def test_without_conditions_it_shows_what_waits(self, client: Client, collection: Collection) -> None:
        record(collection, title="清水河石桥")
        described(ImageFactory(collection=collection), title="宝塔夕照")

        assert "宝塔夕照" not in body(client.get(LIST))
        assert "宝塔夕照" in body(client.get(LIST, {"status": ""}))

    def test_drafts_carry_their_label_their_evidence_and_what_they_warn_of(
        self, client: Client, collection: Collection
    ) -> None:
        image = ImageFactory(collection=collection)
        write_drafts(
            image=image,
            values={"place": "清水镇"},
            run=RunFactory(image=image),
            flags={"place": Flag.DOUBTFUL},
            evidence={"place": "inference"},
        )

        page = body(client.get(LIST))

        for words in ("AI 生成", "推测", "存疑：没有依据", "清水镇"):
            assert words in page

    def test_drafts_that_the_filter_hides_are_counted_and_not_shown(
        self, client: Client, collection: Collection
    ) -> None:
        record(collection, title="清水河石桥", place="云溪村口")

        page = body(client.get(LIST, {"field": "title"}))

        assert "清水河石桥" in page
        assert "云溪村口" not in page
        assert "另有 1 条草稿不合筛选条件" in page

    def test_what_is_ticked_is_prepared_and_the_preview_shows_it(self, client: Client, collection: Collection) -> None:
        first, second = record(collection, title="清水河石桥"), record(collection, title="宝塔夕照")

        answer = sent(client, "accept", image=[first.pk])

        change = BulkChange.objects.get()
        assert (answer.status_code, answer.url) == (302, f"/review/bulk/{change.pk}/")
        page = body(client.get(answer.url))
        assert "清水河石桥" in page
        assert "宝塔夕照" not in page
        assert "勾选的 1 条" in page
        assert Annotation.objects.drafts().count() == 2
        client.post(answer.url, {"action": "start"})
        work()
        second.refresh_from_db()
        first.refresh_from_db()
        assert (first.title, second.title) == ("清水河石桥", "")

    def test_all_that_the_filter_shows_is_taken_on_every_page_and_nothing_else(
        self, client: Client, collection: Collection
    ) -> None:
        for number in range(60):
            record(collection, title=f"石桥 {number}", place="清水镇")
        record(CollectionFactory(), title="宝塔")

        sent(client, "accept", f"{LIST}?field=title", all="1")

        change = BulkChange.objects.get()
        assert (change.records, change.fields) == (60, 60)
        assert "待审著录项：题名" in change.selection

    def test_what_is_ticked_and_not_shown_by_the_filter_is_left_out(
        self, client: Client, collection: Collection
    ) -> None:
        shown, hidden = record(collection, title="石桥"), record(collection, place="清水镇")

        sent(client, "accept", f"{LIST}?field=title", image=[shown.pk, hidden.pk])

        change = BulkChange.objects.get()
        assert (change.records, change.left_out["not_allowed"]["number"]) == (1, 1)

    def test_what_may_be_classified_is_left_out_and_said(self, client: Client, collection: Collection) -> None:
        image, stopped = record(collection, title="石桥"), record(collection, title="机密★")
        hold(image=stopped, marks=[Mark(MarkPlace.VALUE, "机密★")])

        answer = sent(client, "accept", all="1")

        assert "疑似涉密，已停用" in body(client.get(answer.url))
        change = BulkChange.objects.get()
        late = record(collection, title="宝塔")
        assert change.records == 1
        hold(image=image, marks=[Mark(MarkPlace.VALUE, "秘密★")])
        client.post(answer.url, {"action": "start"})
        work()
        change.refresh_from_db()
        assert (change.done_fields, change.skipped["secrecy"]["number"]) == (0, 1)
        assert Annotation.objects.drafts().filter(image__in=[image, stopped, late]).count() == 3

    def test_records_of_others_that_are_sent_all_the_same_are_told_and_left_out(
        self, client: Client, collection: Collection
    ) -> None:
        mine, other = record(collection, title="石桥"), drafted(title="宝塔")

        answer = sent(client, "accept", image=[mine.pk, other.pk])

        page = body(client.get(answer.url))
        assert "您无权批量处理这条记录" in page
        assert BulkChange.objects.get().records == 1

    def test_a_rejection_a_value_and_a_replacement(self, client: Client, collection: Collection) -> None:
        record(collection, title="青水河石桥")
        described(ImageFactory(collection=collection), place="青水镇")
        everything = f"{LIST}?status="

        sent(client, "reject", everything, all="1", reason="过于笼统")
        sent(client, "set", everything, all="1", set_field="tone", set_value=" 黑白\r\n ", set_mode="keep")
        sent(
            client,
            "replace",
            everything,
            all="1",
            find="青水",
            replacement="清水",
            replace_in=["values", "drafts"],
            replace_fields=["title", "place"],
        )

        kinds = BulkChange.objects.order_by("pk")
        assert [(change.kind, change.fields) for change in kinds] == [("reject", 1), ("set", 2), ("replace", 2)]
        assert kinds[1].parameters == {"field": "tone", "value": "黑白", "overwrite": False}
        for change, words in zip(kinds, ("过于笼统", "黑白", "清水河石桥"), strict=True):
            assert words in body(client.get(f"/review/bulk/{change.pk}/"))

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"kind": "accept", "image": []}, "还没有选中记录"),
            ({"kind": "accept", "image": ["石桥", "-1", "0", "9" * 30]}, "还没有选中记录"),
            ({"kind": ""}, "请选择要做什么"),
            ({"kind": "no such"}, "请选择要做什么"),
            ({"kind": "reject", "all": "1", "reason": "  "}, "请写退回原因"),
            ({"kind": "set", "all": "1", "set_field": "no such", "set_value": "黑白", "set_mode": "keep"}, "no such"),
            ({"kind": "set", "all": "1", "set_field": "tone", "set_value": " ", "set_mode": "keep"}, "请写要填的内容"),
            ({"kind": "set", "all": "1", "set_field": "tone", "set_value": "长" * 20_001, "set_mode": "keep"}, "20000"),
            ({"kind": "replace", "all": "1", "find": "", "replace_in": "drafts"}, "请写要查找的文字"),
            ({"kind": "replace", "all": "1", "find": "桥", "replace_fields": "title"}, "请选择在哪里找"),
            ({"kind": "replace", "all": "1", "find": "桥", "replace_in": "drafts"}, "请至少选一个著录项"),
            (
                {
                    "kind": "replace",
                    "all": "1",
                    "find": "桥",
                    "replacement": "桥",
                    "replace_in": "drafts",
                    "replace_fields": "title",
                },
                "与要查找的文字相同",
            ),
        ],
    )
    def test_bad_input_is_told_and_nothing_typed_is_lost(
        self, client: Client, collection: Collection, given: dict[str, Any], sentence: str
    ) -> None:
        image = record(collection, title="石桥")
        answer: Any = client.post(LIST, {"image": [image.pk], "reason": "人物不对", **given})

        assert answer.status_code == 400
        page = body(answer)
        assert sentence in page
        assert not BulkChange.objects.exists()
        if given.get("set_value", "").strip() and len(given["set_value"]) < 100:
            assert given["set_value"] in page
        # What stands in the form of another kind stays too.
        assert given.get("reason", "人物不对") in page
        if "image" not in given:
            assert f'id="pick-{image.pk}"' in page
            assert " checked" in page

    def test_a_filter_that_makes_no_sense_chooses_nothing(self, client: Client, collection: Collection) -> None:
        record(collection, title="石桥")
        address = f"{LIST}?batch=石桥&near_group=0"

        page = body(client.get(address))
        answer = sent(client, "accept", address, all="1")

        assert "请写编号" in page
        assert "筛选条件有误" in page
        assert answer.status_code == 400
        assert not BulkChange.objects.exists()

    @pytest.mark.parametrize("query", ["page=x", "page=99999", "q=%00", "status=%00", "unknown=1&page=2"])
    def test_nonsense_in_the_address_is_no_error_of_ours(
        self, client: Client, collection: Collection, query: str
    ) -> None:
        record(collection, title="石桥")

        assert client.get(f"{LIST}?{query}").status_code == 200

    def test_questions_do_not_grow_with_records(
        self, client: Client, collection: Collection, django_assert_max_num_queries: Any
    ) -> None:
        for more in (2, 30):
            for _ in range(more):
                ImageFileFactory(image=record(collection, title="石桥", place="清水镇"))
            with django_assert_max_num_queries(22):
                client.get(f"{LIST}?field=title&status=to_review")


class TestOneChange:
    """Its preview, its progress, its result."""

    def test_a_preview_is_thrown_away(self, client: Client, user: User, collection: Collection) -> None:
        record(collection, title="石桥")
        change = prepared(user)

        answer: Any = client.post(f"/review/bulk/{change.pk}/", {"action": "discard"})

        assert (answer.status_code, answer.url) == (302, LIST)
        assert not BulkChange.objects.exists()

    def test_it_begins_once_and_the_second_press_says_so(
        self, client: Client, user: User, collection: Collection
    ) -> None:
        record(collection, title="石桥")
        address = f"/review/bulk/{prepared(user).pk}/"
        client.post(address, {"action": "start"})

        page = body(client.post(address, {"action": "start"}, follow=True))

        assert "不会重复执行" in page

    def test_an_action_that_nobody_knows_is_told(self, client: Client, user: User, collection: Collection) -> None:
        record(collection, title="石桥")
        address = f"/review/bulk/{prepared(user).pk}/"

        assert "没有这个操作" in body(client.post(address, {"action": "no such"}, follow=True))

    def test_its_progress_is_told_to_the_script(self, client: Client, user: User, collection: Collection) -> None:
        image = record(collection, title="石桥", place="清水镇")
        change = prepared(user)
        decisions.reject(annotation=image.annotations.get(field="place"), user=UserFactory())
        running.start(change=change, user=user)
        address = f"/review/bulk/{change.pk}/progress/"

        before = client.get(address).json()
        work()
        after = client.get(address).json()

        assert (before["live"], before["total"], before["settled"], before["may_cancel"]) == (True, 2, 0, True)
        assert (after["live"], after["settled"], after["may_cancel"], after["may_undo"]) == (False, 2, False, True)
        assert after["words"]["done"] == "已改 1 条记录、1 项"
        assert after["words"]["skipped"] == "跳过 1 项"

    def test_its_result_says_what_was_skipped_and_links_what_was_changed(
        self, client: Client, user: User, collection: Collection
    ) -> None:
        image = record(collection, title="石桥", place="清水镇")
        change = prepared(user)
        decisions.reject(annotation=image.annotations.get(field="place"), user=UserFactory())
        done(change)

        page = body(client.get(f"/review/bulk/{change.pk}/"))

        assert "预览之后已有人处理过" in page
        assert reverse("admin:catalog_image_change", args=[image.pk]) in page
        assert "撤销这次改动" in page

    def test_its_preview_tells_the_label_of_origin(self, client: Client, user: User, collection: Collection) -> None:
        record(collection, place="青水镇")

        page = body(client.get(f"/review/bulk/{prepared(user, Setting('place', '清水镇', overwrite=False)).pk}/"))

        assert "AI 生成 · 人工审核" in page

    def test_what_is_under_way_is_not_taken_back(self, client: Client, user: User, collection: Collection) -> None:
        record(collection, title="石桥")
        change = running.start(change=prepared(user), user=user)

        assert client.post(f"/review/bulk/{change.pk}/", {"action": "undo"}).status_code == 403

    def test_texts_of_records_are_escaped(self, client: Client, user: User, collection: Collection) -> None:
        record(collection, title="<script>alert(1)</script>")

        for page in (body(client.get(LIST)), body(client.get(f"/review/bulk/{prepared(user).pk}/"))):
            assert "<script>alert" not in page
            assert "&lt;script&gt;alert" in page

    def test_history_lists_what_has_begun(self, client: Client, user: User, collection: Collection) -> None:
        assert "还没有批量改动" in body(client.get(HISTORY))
        record(collection, title="石桥")
        change = done(prepared(user))
        preview = prepared(user)

        page = body(client.get(HISTORY))

        assert f"/review/bulk/{change.pk}/" in page
        assert f"/review/bulk/{preview.pk}/" not in page

    def test_questions_do_not_grow_with_changes(
        self, client: Client, user: User, collection: Collection, django_assert_max_num_queries: Any
    ) -> None:
        for more in (1, 5):
            for _ in range(more):
                record(collection, title="石桥")
                done(prepared(user))
            with django_assert_max_num_queries(10):
                client.get(HISTORY)


class TestSpans:
    """What a person, a batch, an import or a bulk change did."""

    @pytest.fixture
    def client(self, collection: Collection) -> Client:
        return browser(reviewer(collection))

    def span(self) -> dict[str, str]:
        now = timezone.localtime()
        return {"since": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}", "until": f"{now:%Y-%m-%dT%H:%M}"}

    def test_a_person_s_decisions_up_to_this_minute(self, client: Client, user: User, collection: Collection) -> None:
        image = record(collection, title="清水河石桥")
        decisions.accept(annotation=image.annotations.get(), user=user)

        answer: Any = client.post(SPANS, {"of": "person", "person": user.username, **self.span()})

        page = body(client.get(answer.url))
        assert f"{user.username} 的决定" in page
        assert "清水河石桥" in page
        assert "撤销“采用草稿”" in page
        client.post(answer.url, {"action": "start"})
        work()
        image.refresh_from_db()
        assert image.title == ""

    def test_a_batch_an_import_and_a_bulk_change(self, client: Client, user: User, collection: Collection) -> None:
        item = BatchItemFactory(batch__collection=collection)
        write_drafts(image=item.image, values={"title": "石桥"}, run=RunFactory(image=item.image, batch_item=item))

        batch: Any = client.post(SPANS, {"of": "batch", "batch": item.batch.pk})
        imports: Any = client.post(SPANS, {"of": "imports", "collection": collection.slug, **self.span()})
        change = done(prepared(user))
        bulk: Any = client.post(SPANS, {"of": "bulk", "bulk": change.pk})

        for answer, words in (
            (batch, f"批次 {item.batch.pk} 起草的草稿"),
            (imports, "导入带来的内容"),
            (bulk, f"批量改动 {change.pk}"),
        ):
            assert words in body(client.get(answer.url))
        assert BulkChange.objects.get(undoes=change).parameters == OfBulkChange(change.pk).parameters()

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"of": "no such"}, "no such"),
            ({"of": "person", "since": "2026-01-01T00:00", "until": "2026-01-02T00:00"}, "请选择是谁"),
            ({"of": "person", "person": "nobody"}, "请写时间段的起止"),
            ({"of": "person", "since": "2026-01-02T00:00", "until": "2026-01-01T00:00"}, "请对调或改正"),
            ({"of": "person", "since": "昨天", "until": "9999-99-99"}, "请写日期和时刻"),
            ({"of": "batch"}, "请写批次的编号"),
            ({"of": "batch", "batch": "石桥"}, "请写编号"),
            ({"of": "batch", "batch": "99999"}, "没有编号为 99999 的批次"),
            ({"of": "batch", "batch": "1", "since": "2026-01-01T00:00"}, "起止要都写，或都不写"),
            ({"of": "imports"}, "请写时间段的起止"),
            ({"of": "bulk"}, "请写批量改动的编号"),
            ({"of": "bulk", "bulk": "99999"}, "没有编号为 99999 的批量改动"),
        ],
    )
    def test_bad_input_is_told_and_what_was_written_stays(
        self, client: Client, given: dict[str, str], sentence: str
    ) -> None:
        answer: Any = client.post(SPANS, given)

        assert answer.status_code == 400
        page = body(answer)
        assert sentence in page
        if "since" in given:
            assert given["since"] in page
        assert not BulkChange.objects.exists()

    def test_a_batch_of_another_collection_and_a_change_under_way_are_refused(
        self, client: Client, user: User, collection: Collection
    ) -> None:
        other = BatchItemFactory()
        record(collection, title="石桥")
        change = running.start(change=prepared(user), user=user)

        assert "或您无权撤销" in body(client.post(SPANS, {"of": "batch", "batch": other.batch.pk}))
        assert "还没有结束" in body(client.post(SPANS, {"of": "bulk", "bulk": change.pk}))

    def test_a_link_chooses_beforehand(self, client: Client, user: User) -> None:
        page = body(client.get(SPANS, {"of": "person", "person": user.username}))

        assert f'<option value="{user.username}" selected>' in page

    def test_what_it_leaves_alone_is_told(self, client: Client, user: User, collection: Collection) -> None:
        image = record(collection, title="石桥")
        decisions.accept(annotation=image.annotations.get(), user=user)
        decisions.set_value(image=image, field="title", value="清水河石桥", user=UserFactory())

        answer: Any = client.post(SPANS, {"of": "person", "person": user.username, **self.span()})

        page = body(client.get(answer.url))
        assert "没有可以改动的内容" in page
        assert "之后又有人改过" in page
        assert image.annotations.get(state=State.ACCEPTED).value == "清水河石桥"


def test_in_a_collection_where_one_writes_first_no_words_of_drafts_are_listed() -> None:
    image = drafted(ImageFactory(collection__blind_first=True), place="草稿的地点")
    page = browser(cataloguer(image.collection)).get("/review/list/").content.decode()
    assert "草稿的地点" not in page
    assert "先著录后看稿" in page


def test_whoever_has_seen_a_draft_in_a_preview_does_not_write_blind_any_more() -> None:
    image = drafted(ImageFactory(collection__blind_first=True), place="草稿的地点")
    user = reviewer(image.collection)
    change = prepared(user)
    drafts = list(image.annotations.drafts())
    assert blind.may_be_hidden(image=image.pk, drafts=drafts, user=user)

    assert "草稿的地点" in body(browser(user).get(f"/review/bulk/{change.pk}/"))

    assert not blind.may_be_hidden(image=image.pk, drafts=drafts, user=user)


def test_what_took_a_change_back_is_not_taken_back_itself() -> None:
    collection = CollectionFactory()
    user = reviewer(collection)
    record(collection, title="石桥")
    undone = done(undo_prepared(user, done(prepared(user))))
    assert undone.done_fields
    assert not browser(user).get(f"/review/bulk/{undone.pk}/progress/").json()["may_undo"]
