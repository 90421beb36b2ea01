"""Judging: by people who had no part in it, one at a time, blind where a draft is hard not to see."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.audit_words import AuditState, Meanwhile, UnitVerdict, WrongReason
from catalog.exceptions import AuditNotReady, NotTheJudge, UnitTaken, VerdictRefused
from catalog.models import Audit, SampledUnit
from catalog.review import decisions, policies
from catalog.review.acceptance import judging
from catalog.vocabulary import Access, Field
from tests.catalog.audits import draft_of, drafted_collection, first_unit, judge_all, planned
from tests.catalog.people import cataloguer, reviewer
from tests.factories import ImageFactory, PromptVersionFactory, RunFactory, UserFactory

pytestmark = pytest.mark.django_db

RIGHT = UnitVerdict.RIGHT.value
WRONG = UnitVerdict.WRONG.value


@pytest.fixture
def audit() -> Audit:
    return planned(drafted_collection(40))


@pytest.fixture
def judge(audit: Audit) -> User:
    return cataloguer(audit.collection)


class TestIndependence:
    """Nobody judges their own."""

    def test_who_asked_for_the_drafts_does_not(self) -> None:
        collection = drafted_collection(0)
        asked = cataloguer(collection)
        audit = planned(drafted_collection(40, collection=collection, asked_by=asked))
        with pytest.raises(NotTheJudge):
            judging.take_next(audit=audit, user=asked)

    def test_who_worded_the_prompt_does_not(self) -> None:
        collection = drafted_collection(0)
        worded = cataloguer(collection)
        version = PromptVersionFactory(six_elements=True, created_by=worded)
        audit = planned(drafted_collection(40, collection=collection, version=version))
        with pytest.raises(NotTheJudge):
            judging.take_next(audit=audit, user=worded)

    def test_not_even_with_a_unit_that_was_kept_for_them(self, audit: Audit, judge: User) -> None:
        sampled = first_unit(audit, judge)
        Audit.objects.filter(pk=audit.pk).update(prompted_by=[judge.pk])
        with pytest.raises(NotTheJudge):
            judging.judge(sampled=sampled, user=judge, verdict=RIGHT)

    def test_who_planned_it_may(self) -> None:
        collection = drafted_collection(40)
        planner = reviewer(collection)
        assert judging.take_next(audit=planned(collection, planner), user=planner) is not None

    def test_who_decided_about_a_draft_meanwhile_judges_the_others(self, audit: Audit, judge: User) -> None:
        mine = audit.sample.order_by("position")[0].unit.annotation
        assert mine is not None
        decisions.accept(annotation=mine, user=judge)

        assert first_unit(audit, judge).position == 2
        assert first_unit(audit, cataloguer(audit.collection)).position == 1

    def test_a_restricted_record_is_judged_by_those_who_may_see_it(self) -> None:
        collection = drafted_collection(40, access=Access.RESTRICTED)
        audit = planned(collection)
        assert judging.take_next(audit=audit, user=cataloguer(collection)) is None
        assert judging.take_next(audit=audit, user=reviewer(collection)) is not None


class TestTwoJudges:
    """At the same sample."""

    def test_each_has_another_unit(self, audit: Audit, judge: User) -> None:
        other = cataloguer(audit.collection)
        assert first_unit(audit, judge).pk != first_unit(audit, other).pk

    def test_the_same_judge_has_the_same_unit_until_they_have_judged_it(self, audit: Audit, judge: User) -> None:
        assert first_unit(audit, judge).pk == first_unit(audit, judge).pk

    def test_what_was_kept_for_somebody_who_went_away_is_free_again(self, audit: Audit, judge: User) -> None:
        left = first_unit(audit, judge)
        SampledUnit.objects.filter(pk=left.pk).update(held_until=timezone.now() - timedelta(seconds=1))
        assert first_unit(audit, cataloguer(audit.collection)).pk == left.pk

    def test_who_comes_back_late_is_told_and_judges_nothing(self, audit: Audit, judge: User) -> None:
        left = first_unit(audit, judge)
        SampledUnit.objects.filter(pk=left.pk).update(held_until=timezone.now() - timedelta(seconds=1))
        other = cataloguer(audit.collection)
        judging.judge(sampled=first_unit(audit, other), user=other, verdict=RIGHT)

        with pytest.raises(UnitTaken):
            judging.judge(sampled=left, user=judge, verdict=WRONG, reason=WrongReason.PARTLY)
        left.refresh_from_db()
        assert (left.judge, left.verdict) == (other, RIGHT)

    def test_no_unit_is_judged_twice(self, audit: Audit, judge: User) -> None:
        sampled = first_unit(audit, judge)
        judging.judge(sampled=sampled, user=judge, verdict=RIGHT)
        with pytest.raises(UnitTaken):
            judging.judge(sampled=sampled, user=judge, verdict=WRONG, reason=WrongReason.PARTLY)

    def test_a_unit_that_was_never_shown_is_not_judged(self, audit: Audit, judge: User) -> None:
        with pytest.raises(UnitTaken):
            judging.judge(sampled=audit.sample.all()[0], user=judge, verdict=RIGHT)


class TestBlindness:
    """A date is written before the draft is read."""

    @pytest.fixture
    def dated(self) -> Audit:
        return planned(drafted_collection(40, field=Field.DATE), fields=("date",))

    def test_no_verdict_before_something_was_written(self, dated: Audit) -> None:
        user = cataloguer(dated.collection)
        sampled = first_unit(dated, user)
        assert judging.is_blind(sampled, user)
        with pytest.raises(VerdictRefused):
            judging.judge(sampled=sampled, user=user, verdict=RIGHT)

    @pytest.mark.parametrize("text", ["1958年", ""])
    def test_what_was_written_is_kept_apart_and_then_the_draft_is_judged(self, dated: Audit, text: str) -> None:
        user = cataloguer(dated.collection)
        sampled = first_unit(dated, user)
        judging.write_blind(sampled=sampled, user=user, value=f" {text} ")

        shown = judging.at_place(dated, judging.place_of(sampled))
        assert shown is not None
        assert not judging.is_blind(shown, user)
        assert (shown.blind_value, shown.blind_by) == (text, user)
        judged, _audit = judging.judge(sampled=shown, user=user, verdict=RIGHT)
        assert judged.blind_value == text

    def test_what_was_written_first_stays(self, dated: Audit) -> None:
        user = cataloguer(dated.collection)
        sampled = first_unit(dated, user)
        judging.write_blind(sampled=sampled, user=user, value="1958年")
        with pytest.raises(UnitTaken):
            judging.write_blind(sampled=sampled, user=user, value="1959年")
        assert dated.sample.get(pk=sampled.pk).blind_value == "1958年"

    def test_whoever_takes_a_unit_over_writes_first_as_well(self, dated: Audit) -> None:
        first, second = cataloguer(dated.collection), cataloguer(dated.collection)
        sampled = first_unit(dated, first)
        judging.write_blind(sampled=sampled, user=first, value="1958年")
        SampledUnit.objects.filter(pk=sampled.pk).update(held_by=second)

        taken = dated.sample.select_related("unit", "audit__collection").get(pk=sampled.pk)
        assert judging.is_blind(taken, second)
        with pytest.raises(VerdictRefused):
            judging.judge(sampled=taken, user=second, verdict=RIGHT)
        judging.write_blind(sampled=taken, user=second, value="1959年")
        judged, _audit = judging.judge(sampled=taken, user=second, verdict=RIGHT)
        assert (judged.blind_value, judged.blind_by) == ("1959年", second)

    def test_a_place_is_shown_at_once(self, audit: Audit, judge: User) -> None:
        assert not judging.is_blind(first_unit(audit, judge), judge)


class TestVerdicts:
    """What may be said of a unit."""

    @pytest.fixture
    def mixed(self) -> Audit:
        """Return an audit in whose sample the first unit is empty."""
        version = PromptVersionFactory(six_elements=True)
        collection = drafted_collection(20, version=version, volumes=["1"])
        for _number in range(20):
            RunFactory(image=ImageFactory(collection=collection, volume="1"), prompt_version=version)
        return planned(collection, prompt_version=version.pk)

    def _empty(self, audit: Audit, user: User) -> SampledUnit:
        """Return the first empty unit, having judged those before it."""
        while (sampled := first_unit(audit, user)).unit.drafted:
            judging.judge(sampled=sampled, user=user, verdict=RIGHT)
        return sampled

    @pytest.mark.parametrize("verdict", ["missing", "rightly_empty", "", "nonsense"])
    def test_a_draft_is_right_or_wrong(self, audit: Audit, judge: User, verdict: str) -> None:
        with pytest.raises(VerdictRefused):
            judging.judge(sampled=first_unit(audit, judge), user=judge, verdict=verdict)

    @pytest.mark.parametrize("verdict", ["right", "wrong"])
    def test_an_empty_field_is_so_rightly_or_a_value_is_missing(self, mixed: Audit, verdict: str) -> None:
        user = cataloguer(mixed.collection)
        with pytest.raises(VerdictRefused):
            judging.judge(sampled=self._empty(mixed, user), user=user, verdict=verdict, reason="partly")

    @pytest.mark.parametrize("verdict", ["missing", "rightly_empty"])
    def test_either_is_taken_down(self, mixed: Audit, verdict: str) -> None:
        user = cataloguer(mixed.collection)
        judged, _audit = judging.judge(sampled=self._empty(mixed, user), user=user, verdict=verdict)
        assert judged.verdict == verdict

    @pytest.mark.parametrize(("reason", "remark"), [("", ""), ("nonsense", ""), ("gone", ""), ("other", "")])
    def test_what_is_wrong_is_so_for_a_reason(self, audit: Audit, judge: User, reason: str, remark: str) -> None:
        with pytest.raises(VerdictRefused):
            judging.judge(sampled=first_unit(audit, judge), user=judge, verdict=WRONG, reason=reason, remark=remark)

    def test_another_reason_is_put_in_words(self, audit: Audit, judge: User) -> None:
        judged, _audit = judging.judge(
            sampled=first_unit(audit, judge), user=judge, verdict=WRONG, reason="other", remark=" 写成了邻村 "
        )
        assert (judged.reason, judged.remark) == ("other", "写成了邻村")

    def test_of_what_is_right_no_reason_is_kept(self, audit: Audit, judge: User) -> None:
        judged, _audit = judging.judge(sampled=first_unit(audit, judge), user=judge, verdict=RIGHT, reason="partly")
        assert (judged.reason, judged.judge) == ("", judge)


class TestMeanwhile:
    """A draft that has changed is judged as it was, and it is said what became of it."""

    def _judged(self, audit: Audit, judge: User) -> SampledUnit:
        judged, _audit = judging.judge(sampled=first_unit(audit, judge), user=judge, verdict=RIGHT)
        assert isinstance(judged, SampledUnit)
        return judged

    def test_unchanged(self, audit: Audit, judge: User) -> None:
        assert self._judged(audit, judge).meanwhile == Meanwhile.UNCHANGED

    @pytest.mark.parametrize("how", ["accept", "edit", "reject"])
    def test_decided_by_somebody(self, audit: Audit, judge: User, how: str) -> None:
        sampled = first_unit(audit, judge)
        draft = sampled.unit.annotation
        assert draft is not None
        if how == "accept":
            decisions.accept(annotation=draft, user=UserFactory())
        elif how == "edit":
            decisions.edit_and_accept(annotation=draft, user=UserFactory(), value="别处")
        else:
            decisions.reject(annotation=draft, user=UserFactory())

        judged = self._judged(audit, judge)
        assert judged.meanwhile == Meanwhile.DECIDED
        assert judged.value.startswith("地点")

    def test_a_value_written_in_its_place(self, audit: Audit, judge: User) -> None:
        unit = first_unit(audit, judge).unit
        decisions.set_value(image=unit.image, field=unit.field, value="别处", user=UserFactory())
        assert self._judged(audit, judge).meanwhile == Meanwhile.DECIDED

    def test_drafted_again(self, audit: Audit, judge: User) -> None:
        unit = first_unit(audit, judge).unit
        assert unit.annotation is not None
        decisions.reject(annotation=unit.annotation, user=UserFactory())
        draft_of(unit.image, version=PromptVersionFactory(), field=unit.field, value="新稿")
        judged = self._judged(audit, judge)
        assert judged.meanwhile in (Meanwhile.DECIDED, Meanwhile.REPLACED)
        assert judged.value != "新稿"

    def test_a_record_that_is_gone_counts_as_wrong_and_nothing_else(self, audit: Audit, judge: User) -> None:
        sampled = first_unit(audit, judge)
        sampled.unit.image.delete()
        with pytest.raises(VerdictRefused):
            judging.judge(sampled=sampled, user=judge, verdict=RIGHT)
        judged, _audit = judging.judge(sampled=first_unit(audit, judge), user=judge, verdict=WRONG)
        assert isinstance(judged, SampledUnit)
        assert (judged.pk, judged.reason, judged.meanwhile) == (sampled.pk, WrongReason.GONE, Meanwhile.GONE)


class TestTakingBack:
    """The last verdict, as long as the lot is open."""

    def test_the_unit_is_before_the_judge_again(self, audit: Audit, judge: User) -> None:
        judged, _audit = judging.judge(sampled=first_unit(audit, judge), user=judge, verdict=RIGHT)
        again = judging.take_back(audit=audit, user=judge)
        assert again is not None
        assert (again.pk, again.verdict, again.judge) == (judged.pk, "", None)
        assert first_unit(audit, judge).pk == judged.pk

    def test_ones_own_and_nobody_elses(self, audit: Audit, judge: User) -> None:
        judging.judge(sampled=first_unit(audit, judge), user=judge, verdict=RIGHT)
        assert judging.take_back(audit=audit, user=cataloguer(audit.collection)) is None

    def test_not_after_the_verdict_on_the_lot(self, audit: Audit, judge: User) -> None:
        judge_all(audit, judge)
        with pytest.raises(AuditNotReady):
            judging.take_back(audit=audit, user=judge)


def test_with_the_last_verdict_the_lot_is_decided(audit: Audit, judge: User) -> None:
    decided = judge_all(audit, judge)
    assert (decided.state, decided.faults) == (AuditState.PASSED, 0)
    with pytest.raises(AuditNotReady):
        judging.take_next(audit=decided, user=judge)


def test_asking_for_the_next_unit_costs_the_same_however_many_are_judged(audit: Audit, judge: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            first_unit(audit, judge)
        return len(counted)

    few = queries()
    for _number in range(5):
        judging.judge(sampled=first_unit(audit, judge), user=judge, verdict=RIGHT)
    assert queries() == few
    assert policies.units_to_judge(judge, audit).count() == audit.sample_size - 5


@pytest.mark.django_db(transaction=True)
def test_four_judges_at_once_judge_each_unit_once_and_the_lot_is_decided_once() -> None:
    collection = drafted_collection(60)
    audit = planned(collection)
    judges = [cataloguer(collection) for _number in range(4)]
    done: dict[int, int] = {}
    lock = threading.Lock()

    def work(user: User) -> None:
        try:
            while True:
                try:
                    sampled = judging.take_next(audit=Audit.objects.get(pk=audit.pk), user=user)
                    if sampled is None:
                        return
                    judging.judge(sampled=sampled, user=user, verdict=RIGHT)
                except AuditNotReady:
                    return
                with lock:
                    done[sampled.pk] = done.get(sampled.pk, 0) + 1
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[user]) for user in judges]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    audit.refresh_from_db()
    assert (audit.state, audit.faults) == (AuditState.PASSED, 0)
    assert set(done.values()) == {1}
    assert len(done) == audit.sample_size == audit.sample.judged().count()
    assert collection.actions.filter(verb="audit_judged").count() == 1
