"""The pages of audits: who comes in, what is shown to whom, and that nothing typed is lost."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.audit_words import AuditState, UnitVerdict
from catalog.models import Annotation, Audit, Collection
from catalog.review import decisions
from catalog.review.acceptance import deciding, judging
from catalog.review.acceptance.plans import Promise
from catalog.vocabulary import State
from tests.catalog.audits import (
    accepted,
    drafted_collection,
    finished,
    first_unit,
    judge_all,
    passed,
    planned,
    released,
)
from tests.catalog.people import administrator, browser, cataloguer, reviewer, stranger
from tests.factories import (
    CollectionFactory,
    ImageFileFactory,
    MembershipFactory,
    PromptVersionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

SHARES = {"tolerable": "20", "expected": "2", "beta": "10", "alpha": "20", "floor": "5", "pass_share": "95"}


@pytest.fixture
def collection() -> Collection:
    return drafted_collection(40)


@pytest.fixture
def audit(collection: Collection) -> Audit:
    return planned(collection)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def elsewhere() -> Client:
    """Return the browser of somebody who works on another collection."""
    return browser(MembershipFactory(reviewer=True).user)


def page(name: str, audit: Audit) -> str:
    return reverse(f"catalog:{name}", kwargs={"pk": audit.pk})


class TestDoors:
    """Each is walked up from a visitor to those who may."""

    @pytest.mark.parametrize("name", ["audits", "audit-plan", "audit-workplan"])
    def test_the_lists(self, collection: Collection, name: str) -> None:
        address = reverse(f"catalog:{name}")
        assert browser().get(address).status_code == 302
        assert browser(stranger()).get(address).status_code == 403
        first = 403 if name == "audit-plan" else 200
        assert browser(cataloguer(collection)).get(address).status_code == first
        assert browser(reviewer(collection)).get(address).status_code == 200
        assert browser(administrator()).get(address).status_code == 200

    @pytest.mark.parametrize(
        ("name", "cataloguer_gets", "reviewer_gets"),
        [
            ("audit", 200, 200),
            ("audit-progress", 200, 200),
            ("audit-judge", 200, 200),
            ("audit-report", 403, 302),
            ("audit-list", 403, 200),
        ],
    )
    def test_one_audit(self, audit: Audit, name: str, cataloguer_gets: int, reviewer_gets: int) -> None:
        address = page(name, audit)
        assert browser().get(address).status_code == 302
        assert browser(stranger()).get(address).status_code == 403
        assert elsewhere().get(address).status_code == 404
        assert browser(cataloguer(audit.collection)).get(address).status_code == cataloguer_gets
        assert browser(reviewer(audit.collection)).get(address).status_code == reviewer_gets

    @pytest.mark.parametrize("action", ["accept", "release", "withdraw", "stop", "redraft", "split", "left"])
    def test_deciding_is_for_reviewers(self, audit: Audit, action: str) -> None:
        address, given = page("audit-decide", audit), {"action": action}
        before = Audit.objects.values().get(pk=audit.pk)
        assert browser().post(address, given).status_code == 302
        assert browser(stranger()).post(address, given).status_code == 403
        assert elsewhere().post(address, given).status_code == 404
        assert browser(cataloguer(audit.collection)).post(address, given).status_code == 403
        assert browser(reviewer(audit.collection)).get(address).status_code == 405
        assert Audit.objects.values().get(pk=audit.pk) == before

    def test_who_asked_for_the_drafts_does_not_judge(self, collection: Collection) -> None:
        asked = cataloguer(collection)
        audit = planned(drafted_collection(40, collection=collection, asked_by=asked))
        assert browser(asked).get(page("audit-judge", audit)).status_code == 403
        assert "要请没有参与的同事判定" in text_of(browser(asked).get(page("audit", audit)))

    def test_who_judged_does_not_accept(self, collection: Collection) -> None:
        judge = reviewer(collection)
        audit = judge_all(planned(collection), judge)
        client = browser(judge)
        assert "要由另一位审核员批准" in text_of(client.get(page("audit", audit)))
        assert client.post(page("audit-decide", audit), {"action": "accept"}).status_code == 403

    def test_a_list_shows_the_audits_of_ones_own_collections(self, audit: Audit) -> None:
        address = reverse("catalog:audits")
        assert str(audit) in text_of(browser(cataloguer(audit.collection)).get(address))
        assert str(audit) not in text_of(elsewhere().get(address))

    def test_nothing_is_kept_in_a_cache(self, audit: Audit) -> None:
        response = browser(cataloguer(audit.collection)).get(page("audit", audit))
        assert "no-store" in response.headers["Cache-Control"]


class TestPlanning:
    """A lot is shown before it is planned."""

    address = "/review/audits/plan/"

    def given(self, collection: Collection, **more: Any) -> dict[str, Any]:
        return {"collection": collection.slug, "field": ["place"], **SHARES, **more}

    def test_what_waits_is_listed_with_what_a_sample_may_speak_for(self, collection: Collection) -> None:
        version = PromptVersionFactory()
        drafted_collection(2, collection=collection, version=version, field="people")
        shown = text_of(browser(reviewer(collection)).get(self.address))
        assert "分为一批" in shown
        assert "只能逐条审核" in shown

    def test_a_link_of_what_waits_leads_to_its_plan(self, collection: Collection) -> None:
        client = browser(reviewer(collection))
        found = re.search(r'href="([^"]*field=place[^"]*)"', text_of(client.get(self.address)))
        assert found is not None
        response = client.get(found[1].replace("&amp;", "&"))
        assert response.context["size"].drafts == 40

    def test_size_plan_and_curve_are_shown_and_nothing_is_begun(self, collection: Collection) -> None:
        response = browser(reviewer(collection)).get(self.address, self.given(collection))
        shown = text_of(response)
        assert (response.context["plan"].lot, response.context["size"].drafts) == (40, 40)
        assert "<svg" in shown
        assert "<polyline" in shown
        assert "开始抽检" in shown
        assert not Audit.objects.exists()

    def test_full_review_is_said_where_no_sample_is_smaller(self, collection: Collection) -> None:
        given = self.given(collection, tolerable="2", expected="1", beta="0.5")
        shown = text_of(browser(reviewer(collection)).get(self.address, given))
        assert "样本就是整批" in shown
        assert "开始抽检" not in shown

    def test_what_was_shown_is_begun(self, collection: Collection) -> None:
        user = reviewer(collection)
        response = browser(user).post(self.address, self.given(collection, remark="第一批"))
        audit = Audit.objects.get()
        assert response.headers["Location"] == audit.get_absolute_url()
        assert (audit.planned_by, audit.state, audit.lot_size) == (user, AuditState.UNDER_WAY, 40)
        assert (audit.tolerable, audit.pass_share, audit.remark) == (0.2, 0.95, "第一批")

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"expected": "20"}, "要小于容许的错误率"),
            ({"tolerable": "100"}, "小于 100%"),
            ({"tolerable": "abc"}, "数字"),
            ({"beta": "100"}, "风险要小于"),
            ({"field": ["people"]}, "people"),
            ({"field": []}, "必填"),
            ({"evidence": ["inference"]}, "inference"),
            ({"group": "7"}, "没有这个近似组"),
            ({"volume": "x" * 50}, "40"),
        ],
    )
    def test_bad_input_is_told_and_what_was_typed_is_kept(
        self, collection: Collection, wrong: dict[str, Any], said: str
    ) -> None:
        response = browser(reviewer(collection)).post(self.address, self.given(collection, remark="别丢", **wrong))
        assert response.status_code == 400
        assert said in text_of(response)
        assert "别丢" in text_of(response)
        assert not Audit.objects.exists()

    def test_a_collection_of_others_is_no_choice(self, collection: Collection) -> None:
        other = drafted_collection(3)
        response = browser(reviewer(collection)).post(self.address, self.given(other))
        assert response.status_code == 400
        assert not Audit.objects.exists()

    def test_a_group_or_a_parent_of_another_collection_is_refused(self, collection: Collection) -> None:
        other = planned(drafted_collection(40))
        failed = judge_all(other, wrong=other.allowed + 1)
        user = reviewer(collection)
        MembershipFactory(user=user, collection=failed.collection, reviewer=True)
        response = browser(user).post(self.address, self.given(collection, parent=failed.pk))
        assert response.status_code == 400
        assert Audit.objects.count() == 1

    def test_a_part_of_a_split_lot_is_planned_from_its_page(self, audit: Audit) -> None:
        client = browser(reviewer(audit.collection))
        failed = judge_all(audit, wrong=audit.allowed + 1)
        client.post(page("audit-decide", failed), {"action": "split"})
        found = re.search(r'href="([^"]*parent=[^"]*)"', text_of(client.get(page("audit", failed))))
        assert found is not None
        response = client.get(found[1].replace("&amp;", "&"))
        assert response.context["form"].cleaned_data["parent"] == failed


class TestJudging:
    """One unit, one key."""

    def test_the_first_unit_is_shown_with_a_key_for_each_verdict(self, audit: Audit) -> None:
        ImageFileFactory(image=audit.sample.order_by("position")[0].unit.image)
        shown = text_of(browser(cataloguer(audit.collection)).get(page("audit-judge", audit)))
        assert audit.sample.order_by("position")[0].value in shown
        assert re.findall(r'data-key="(\w)"', shown) == ["1", "2", "3", "4", "5", "6", "7", "z"]
        assert "data-viewer" in shown

    def test_a_verdict_leads_to_the_next_unit(self, audit: Audit) -> None:
        user = cataloguer(audit.collection)
        client, first = browser(user), first_unit(audit, user)
        response = client.post(page("audit-judge", audit), {"unit": first.position, "verdict": "wrong:vague"})
        assert response.status_code == 302
        first.refresh_from_db()
        assert (first.verdict, first.reason, first.judge) == ("wrong", "vague", user)
        assert client.get(page("audit-judge", audit)).context["sampled"].position == 2

    def test_the_last_verdict_leads_to_the_audit(self, audit: Audit) -> None:
        user = cataloguer(audit.collection)
        for _number in range(audit.sample_size - 1):
            judging.judge(sampled=first_unit(audit, user), user=user, verdict=UnitVerdict.RIGHT)
        last = first_unit(audit, user)
        response = browser(user).post(page("audit-judge", audit), {"unit": last.position, "verdict": "right"})
        assert response.headers["Location"] == audit.get_absolute_url()

    @pytest.mark.parametrize("verdict", ["", "nonsense", "wrong", "wrong:nonsense", "missing", "wrong:other"])
    def test_what_is_no_verdict_is_told_and_the_remark_is_kept(self, audit: Audit, verdict: str) -> None:
        user = cataloguer(audit.collection)
        sampled = first_unit(audit, user)
        given = {"unit": sampled.position, "verdict": verdict, "remark": "" if verdict == "wrong:other" else "写了一半"}
        response = browser(user).post(page("audit-judge", audit), given)
        assert response.status_code == 400
        assert str(given["remark"]) in text_of(response)
        assert response.context["sampled"].pk == sampled.pk
        assert not audit.sample.judged().exists()

    def test_who_comes_too_late_finds_their_words_again(self, audit: Audit) -> None:
        late, fast = cataloguer(audit.collection), cataloguer(audit.collection)
        sampled = first_unit(audit, late)
        audit.sample.update(held_by=None, held_until=None)
        judging.judge(sampled=first_unit(audit, fast), user=fast, verdict=UnitVerdict.RIGHT)
        given = {"unit": sampled.position, "verdict": "wrong:other", "remark": "我写的理由"}
        response = browser(late).post(page("audit-judge", audit), given)
        assert response.status_code == 409
        assert "我写的理由" in text_of(response)
        sampled.refresh_from_db()
        assert sampled.judge == fast

    @pytest.mark.parametrize("unit", ["", "x", "0", "99999999999999999999", "999"])
    def test_a_unit_that_is_none_is_no_error_of_the_server(self, audit: Audit, unit: str) -> None:
        response = browser(cataloguer(audit.collection)).post(
            page("audit-judge", audit), {"unit": unit, "verdict": "right"}
        )
        assert response.status_code == 409

    def test_a_unit_of_another_audit_is_none(self, audit: Audit) -> None:
        other = planned(drafted_collection(40, collection=audit.collection, field="event"), fields=("event",))
        user = cataloguer(audit.collection)
        sampled = first_unit(other, user)
        response = browser(user).post(page("audit-judge", audit), {"unit": sampled.position, "verdict": "right"})
        assert response.status_code == 409

    def test_a_verdict_is_taken_back_by_a_key(self, audit: Audit) -> None:
        user = cataloguer(audit.collection)
        judged, _audit = judging.judge(sampled=first_unit(audit, user), user=user, verdict=UnitVerdict.RIGHT)
        response = browser(user).post(page("audit-judge", audit), {"verdict": "take_back"})
        assert response.context["sampled"].pk == judged.pk

    def test_with_nothing_to_take_back_it_says_so(self, audit: Audit) -> None:
        response = browser(cataloguer(audit.collection)).post(
            page("audit-judge", audit), {"verdict": "take_back"}, follow=True
        )
        assert "没有可以撤回的判定" in text_of(response)

    def test_where_colleagues_have_what_is_left_it_says_so(self, audit: Audit) -> None:
        for _number in range(audit.sample_size):
            first_unit(audit, cataloguer(audit.collection))
        shown = text_of(browser(cataloguer(audit.collection)).get(page("audit-judge", audit)))
        assert "同事正在判定" in shown

    def test_an_audit_that_is_decided_is_not_judged(self, collection: Collection) -> None:
        audit = passed(collection)
        response = browser(cataloguer(collection)).get(page("audit-judge", audit))
        assert response.headers["Location"] == audit.get_absolute_url()

    def test_a_deleted_record_can_be_judged_as_such(self, audit: Audit) -> None:
        user = cataloguer(audit.collection)
        sampled = first_unit(audit, user)
        sampled.unit.image.delete()
        client = browser(user)
        assert "记录已删除，按错误计" in text_of(client.get(page("audit-judge", audit)))
        client.post(page("audit-judge", audit), {"unit": sampled.position, "verdict": "wrong"})
        sampled.refresh_from_db()
        assert sampled.reason == "gone"

    def test_showing_a_unit_costs_the_same_however_large_the_sample_is(self) -> None:
        def queries(number: int) -> int:
            audit = planned(drafted_collection(number))
            client = browser(cataloguer(audit.collection))
            client.get(page("audit-judge", audit))
            with CaptureQueriesContext(connection) as counted:
                client.get(page("audit-judge", audit))
            return len(counted)

        assert queries(40) == queries(90)


class TestBlindness:
    """Nothing on the page tells the draft before the judge has written."""

    @pytest.fixture
    def dated(self) -> Audit:
        return planned(drafted_collection(40, field="date"), fields=("date",))

    def test_the_draft_comes_after_what_the_judge_wrote(self, dated: Audit) -> None:
        user = cataloguer(dated.collection)
        client, address = browser(user), page("audit-judge", dated)
        sampled = first_unit(dated, user)
        hidden = text_of(client.get(address))
        assert sampled.value not in hidden
        assert 'data-key="1"' not in hidden

        client.post(address, {"unit": sampled.position, "verdict": "blind", "blind": "1958年"})

        shown = text_of(client.get(address))
        assert sampled.value in shown
        assert "1958年" in shown

    def test_other_pages_tell_it_no_sooner(self, dated: Audit) -> None:
        client = browser(reviewer(dated.collection))
        values = set(dated.sample.values_list("value", flat=True))
        for name in ("audit", "audit-list"):
            response = client.get(page(name, dated))
            body = b"".join(response) if response.streaming else response.content
            assert not [value for value in values if f">{value}<" in body.decode() or f",{value}," in body.decode()]
        assert client.get(page("audit-report", dated)).headers["Location"] == dated.get_absolute_url()

    def test_what_was_written_and_came_too_late_is_shown_again(self, dated: Audit) -> None:
        user = cataloguer(dated.collection)
        sampled = first_unit(dated, user)
        judging.write_blind(sampled=sampled, user=user, value="1958年")
        response = browser(user).post(
            page("audit-judge", dated), {"unit": sampled.position, "verdict": "blind", "blind": "一九五九年"}
        )
        assert response.status_code == 409
        assert "一九五九年" in text_of(response)


class TestDeciding:
    """What a reviewer does with a lot, by its page."""

    def test_a_lot_is_accepted_and_then_made_public(self, collection: Collection) -> None:
        audit = passed(collection)
        client = browser(reviewer(collection))
        assert client.post(page("audit-decide", audit), {"action": "accept"}).status_code == 302
        assert client.get(page("audit-progress", audit)).json() == {
            "done": 0, "total": 40, "words": "0 / 40", "live": True
        }  # fmt: skip
        finished(audit)
        assert "公众还看不到" in text_of(client.get(page("audit", audit)))
        client.post(page("audit-decide", audit), {"action": "release"})
        finished(audit)
        assert "公开" in text_of(client.get(page("audit", audit)))
        assert client.get(page("audit-progress", audit)).json()["live"] is False

    def test_a_lot_that_failed_says_which_kinds_of_errors_failed_it(self, audit: Audit) -> None:
        failed = judge_all(audit, wrong=audit.allowed + 1, reason="invented")
        shown = text_of(browser(reviewer(audit.collection)).get(page("audit", failed)))
        assert "不合格" in shown
        assert "没有依据，本该留空" in shown
        assert "怎么处置" in shown
        assert "成批采用</button>" not in shown

    def test_drafting_again_asks_for_a_prompt_and_keeps_the_reason(self, audit: Audit) -> None:
        failed = judge_all(audit, wrong=audit.allowed + 1)
        response = browser(reviewer(audit.collection)).post(
            page("audit-decide", failed), {"action": "redraft", "reason": "写了一半的原因"}
        )
        assert response.status_code == 400
        assert "请选用哪一版提示词" in text_of(response)
        assert "写了一半的原因" in text_of(response)

    def test_drafting_again_is_begun(self, audit: Audit) -> None:
        failed = judge_all(audit, wrong=audit.allowed + 1)
        version = PromptVersionFactory(six_elements=True)
        client = browser(reviewer(audit.collection))
        client.post(page("audit-decide", failed), {"action": "redraft", "version": version.pk})
        assert finished(failed).state == AuditState.REDRAFTED

    @pytest.mark.parametrize("action", ["", "nonsense", "passed"])
    def test_what_is_no_action_is_told(self, audit: Audit, action: str) -> None:
        response = browser(reviewer(audit.collection)).post(page("audit-decide", audit), {"action": action})
        assert response.status_code == 400

    def test_what_cannot_be_done_now_is_told_and_changes_nothing(self, audit: Audit) -> None:
        response = browser(reviewer(audit.collection)).post(page("audit-decide", audit), {"action": "release"})
        assert response.status_code == 409
        audit.refresh_from_db()
        assert audit.state == AuditState.UNDER_WAY

    def test_withdrawing_wants_a_reason(self, audit: Audit) -> None:
        client = browser(reviewer(audit.collection))
        assert client.post(page("audit-decide", audit), {"action": "withdraw"}).status_code == 409
        client.post(page("audit-decide", audit), {"action": "withdraw", "reason": "分错了"})
        assert "分错了" in text_of(client.get(page("audit", audit)))

    def test_an_audit_that_has_failed_already_can_be_ended(self, audit: Audit) -> None:
        user = cataloguer(audit.collection)
        for _number in range(audit.allowed + 1):
            judging.judge(sampled=first_unit(audit, user), user=user, verdict="wrong", reason="vague")
        client = browser(reviewer(audit.collection))
        assert "结束判定" in text_of(client.get(page("audit", audit)))
        client.post(page("audit-decide", audit), {"action": "stop"})
        audit.refresh_from_db()
        assert (audit.state, audit.stopped_early) == (AuditState.FAILED, True)

    def test_judges_are_not_told_how_many_faults_there_are(self, audit: Audit) -> None:
        user = cataloguer(audit.collection)
        judging.judge(sampled=first_unit(audit, user), user=user, verdict="wrong", reason="vague")
        shown = text_of(browser(user).get(page("audit", audit)))
        assert "已判 1 项" in shown
        assert "错的和漏的" not in shown

    @pytest.mark.parametrize("state", AuditState.values)
    def test_every_state_has_a_page(self, audit: Audit, state: str) -> None:
        user = reviewer(audit.collection)
        Audit.objects.filter(pk=audit.pk).update(
            state=state, faults=0, closed_by=user, closed_at=audit.planned_at, released_by=user,
            released_at=audit.planned_at,
        )  # fmt: skip
        for person in (user, cataloguer(audit.collection)):
            response = browser(person).get(page("audit", audit))
            assert response.status_code == 200
            assert str(AuditState(state).label) in text_of(response)

    def test_a_page_costs_the_same_however_large_lot_and_sample_are(self) -> None:
        def queries(number: int) -> int:
            audit = accepted(drafted_collection(number))
            client = browser(reviewer(audit.collection))
            client.get(page("audit", audit))
            with CaptureQueriesContext(connection) as counted:
                client.get(page("audit", audit))
            return len(counted)

        assert queries(40) == queries(90)


class TestReport:
    """著录质量抽检报告."""

    def test_it_says_everything_that_an_inspection_asks(self, audit: Audit) -> None:
        judge = cataloguer(audit.collection)
        failed = judge_all(audit, judge, wrong=audit.allowed + 1)
        shown = text_of(browser(reviewer(audit.collection)).get(page("audit-report", failed)))
        for words in (
            "著录质量抽检报告", failed.seed, "不合格", "抽检合格率", "精确界限", "Clopper–Pearson",
            judge.get_username(), failed.planned_by.get_username(), "判定人（签字）", "单位（盖章）",
            "样本清单", "与画面或原件不符", "地点",
        ):  # fmt: skip
            assert words in shown

    def test_it_costs_the_same_however_large_the_sample_is(self) -> None:
        def queries(number: int) -> int:
            audit = passed(drafted_collection(number))
            client = browser(reviewer(audit.collection))
            client.get(page("audit-report", audit))
            with CaptureQueriesContext(connection) as counted:
                client.get(page("audit-report", audit))
            return len(counted)

        assert queries(40) == queries(90)

    def test_the_list_names_every_unit_and_what_was_drawn(self, audit: Audit) -> None:
        judge_all(audit, wrong=1)
        response = browser(reviewer(audit.collection)).get(page("audit-list", audit))
        lines = b"".join(response).decode("utf-8-sig").splitlines()
        assert len(lines) == 41
        assert lines[0].startswith("序号")
        assert sum("正确" in line for line in lines) == audit.sample_size - 1
        assert "attachment" in response.headers["Content-Disposition"]


class TestWorkplan:
    """The plan for a collection."""

    address = "/review/audits/workplan/"

    def given(self, collection: Collection, **more: Any) -> dict[str, Any]:
        means = {"people": "2", "hours": "24", "judge_s": "20", "review_s": "25"}
        return {"collection": collection.slug, **SHARES, **means, **more}

    def test_it_begins_with_a_form_filled_in(self, collection: Collection) -> None:
        response = browser(cataloguer(collection)).get(self.address)
        assert 'value="20.0"' in text_of(response)
        assert "proposal" not in response.context

    def test_it_says_what_to_do_and_that_the_time_is_enough(self, collection: Collection) -> None:
        shown = text_of(browser(cataloguer(collection)).get(self.address, self.given(collection)))
        assert "时间够用" in shown
        assert "抽检，合格后成批采用" in shown

    def test_it_says_plainly_where_the_time_is_not_enough(self, collection: Collection) -> None:
        drafted_collection(400, collection=collection, field="people", version=PromptVersionFactory())
        given = self.given(collection, people="1", hours="0.5")
        shown = text_of(browser(cataloguer(collection)).get(self.address, given))
        assert "时间不够" in shown
        assert "留作草稿" in shown

    @pytest.mark.parametrize("wrong", [{"people": "0"}, {"hours": "x"}, {"judge_s": "0"}, {"expected": "50"}])
    def test_bad_input_is_told(self, collection: Collection, wrong: dict[str, str]) -> None:
        response = browser(cataloguer(collection)).get(self.address, self.given(collection, **wrong))
        assert response.status_code == 200
        assert "errorlist" in text_of(response)
        assert "proposal" not in response.context

    def test_what_is_in_a_lot_is_not_planned_again(self, collection: Collection) -> None:
        planned(collection)
        response = browser(cataloguer(collection)).get(self.address, self.given(collection))
        assert response.context["proposal"].steps == []
        assert "另有 40 条已在抽检批里" in text_of(response)

    def test_a_collection_of_others_is_not_shown(self, collection: Collection) -> None:
        other = drafted_collection(3, collection=CollectionFactory(title="别人的馆藏"))
        response = browser(cataloguer(collection)).get(self.address, self.given(other))
        assert "别人的馆藏" not in text_of(response)

    def test_it_costs_the_same_however_many_drafts_there_are(self) -> None:
        def queries(number: int) -> int:
            collection = drafted_collection(number)
            client = browser(cataloguer(collection))
            with CaptureQueriesContext(connection) as counted:
                client.get(self.address, self.given(collection))
            return len(counted)

        assert queries(40) == queries(90)


def test_the_workbench_leads_to_the_audits(collection: Collection) -> None:
    assert 'href="/review/audits/"' in text_of(browser(cataloguer(collection)).get("/admin/"))


class TestConfirming:
    """On the record's page of the workbench one look outranks the sample."""

    def test_a_value_of_an_audit_is_confirmed_by_one_button(self, collection: Collection) -> None:
        accepted(collection)
        image = collection.images.order_by("pk")[0]
        client = browser(cataloguer(collection))
        record = text_of(client.get(f"/admin/catalog/image/{image.pk}/change/"))
        assert "AI 生成 · 抽样审核" in record
        assert "尚未公开" in record
        assert "看过，确认无误" in record
        given = {"decision": "confirm", "field": "place", "annotation": image.annotations.get().pk}
        client.post(reverse("admin:catalog_image_review", args=[image.pk]), given)
        image.refresh_from_db()
        assert image.place == "地点0"
        record = text_of(client.get(f"/admin/catalog/image/{image.pk}/change/"))
        assert "AI 生成 · 人工审核" in record
        assert "看过，确认无误" not in record

    def test_confirming_what_a_colleague_confirmed_is_told(self, collection: Collection) -> None:
        released(collection)
        image = collection.images.order_by("pk")[0]
        item = image.annotations.get()
        decisions.confirm(annotation=item, user=UserFactory())
        response = browser(cataloguer(collection)).post(
            reverse("admin:catalog_image_review", args=[image.pk]),
            {"decision": "confirm", "field": "place", "annotation": item.pk},
        )
        assert response.status_code == 409
        assert image.annotations.filter(state=State.ACCEPTED).count() == 1


def test_a_lot_that_no_sample_speaks_for_is_closed_by_its_page() -> None:
    collection = drafted_collection(6)
    audit = planned(collection, promise=Promise(0.05, 0.01))
    client = browser(reviewer(collection))
    assert "须全部审核" in text_of(client.get(page("audit", audit)))
    client.post(page("audit-decide", audit), {"action": "reviewed_singly"})
    audit.refresh_from_db()
    assert audit.state == AuditState.REVIEWED_SINGLY
    with pytest.raises(Exception, match="不能这样做"):
        deciding.accept(audit=audit, user=reviewer(collection))


class TestRecalling:
    """Taking an accepted lot back, from its page."""

    def test_a_reviewer_takes_it_back_with_a_reason(self, collection: Collection) -> None:
        audit, client = accepted(collection), browser(reviewer(collection))
        assert "收回这一批" in text_of(client.get(page("audit", audit)))

        response = client.post(
            page("audit-decide", audit), {"action": "recall", "reason": "整批写错了县名"}, follow=True
        )

        assert "已开始收回" in text_of(response)
        audit = finished(audit)
        shown = text_of(client.get(page("audit", audit)))
        assert audit.state == AuditState.RECALLED
        assert "收回原因：整批写错了县名" in shown
        assert "已收回，仍是草稿" in shown
        assert "收回原因：整批写错了县名" in text_of(client.get(page("audit-report", audit)))

    def test_without_a_reason_nothing_happens(self, collection: Collection) -> None:
        audit = released(collection)
        response = browser(reviewer(collection)).post(page("audit-decide", audit), {"action": "recall", "reason": " "})
        audit.refresh_from_db()
        assert (response.status_code, audit.state) == (409, AuditState.RELEASED)
        assert "收回一批要写明原因" in text_of(response)

    def test_a_cataloguer_may_not(self, collection: Collection) -> None:
        audit, client = accepted(collection), browser(cataloguer(collection))
        assert "收回这一批" not in text_of(client.get(page("audit", audit)))
        response = client.post(page("audit-decide", audit), {"action": "recall", "reason": "错"})
        audit.refresh_from_db()
        assert (response.status_code, audit.state) == (403, AuditState.ACCEPTED)


class TestControls:
    """Control records: asked for in the plan, told by nothing while judging, figures to whom they belong."""

    @pytest.fixture
    def known(self, collection: Collection) -> Collection:
        for draft in Annotation.objects.order_by("pk")[:4]:
            decisions.accept(annotation=draft, user=UserFactory())
        return collection

    def given(self, collection: Collection, controls: str) -> dict[str, Any]:
        return {"collection": collection.slug, "field": "place", "controls": controls, **SHARES}

    def test_the_plan_asks_for_them(self, known: Collection) -> None:
        client = browser(reviewer(known))
        client.post(reverse("catalog:audit-plan"), self.given(known, "3"))
        audit = Audit.objects.get()
        assert (audit.control_size, audit.controls.count()) == (3, 3)

    @pytest.mark.parametrize("controls", ["-1", "51", "x"])
    def test_nonsense_is_said(self, known: Collection, controls: str) -> None:
        response = browser(reviewer(known)).post(reverse("catalog:audit-plan"), self.given(known, controls))
        assert response.status_code == 400
        assert not Audit.objects.exists()

    def test_figures_go_to_the_person_and_to_no_other(self, known: Collection) -> None:
        judge, decider = cataloguer(known), reviewer(known)
        browser(decider).post(reverse("catalog:audit-plan"), self.given(known, "3"))
        audit, client = Audit.objects.get(), browser(judge)
        total = audit.sample_size + audit.control_size
        for number in range(total):
            shown = client.get(page("audit-judge", audit))
            if shown.status_code == 302:
                break
            assert f"已判 {number}／{total}" in " ".join(text_of(shown).split())
            client.post(page("audit-judge", audit), {"unit": shown.context["place"], "verdict": "right"})
        audit.refresh_from_db()
        assert audit.state == AuditState.PASSED
        judged = audit.controls.exclude(verdict="").count()
        own, others = (" ".join(text_of(browser(user).get(page("audit", audit))).split()) for user in (judge, decider))
        assert (f"您判过 {judged} 项" in own) == bool(judged)
        assert "您判过" not in others
        assert "大家判过" not in own + others
        assert "混入已知对错的对照项 3 项，不计入以上数字" in text_of(browser(decider).get(page("audit-report", audit)))
