"""What becomes of a lot: passed where no more is at fault than is allowed; and what may be done with it then."""

import pytest

from catalog.audit_words import AuditState, UnitVerdict, WrongReason
from catalog.exceptions import AuditNotReady, NotTheJudge, VerdictRefused
from catalog.models import Audit
from catalog.review import policies
from catalog.review.acceptance import deciding, judging
from catalog.review.acceptance.plans import Promise
from catalog.vocabulary import Verb
from tests.catalog.audits import accepted, drafted_collection, first_unit, judge_all, passed, planned
from tests.catalog.people import cataloguer, reviewer
from tests.factories import PromptVersionFactory

pytestmark = pytest.mark.django_db

WIDE = Promise(tolerable=0.3, expected=0.05, beta=0.2, alpha=0.2, floor=0.3)


@pytest.fixture
def audit() -> Audit:
    return planned(drafted_collection(60), promise=WIDE)


@pytest.mark.parametrize("more", [0, 1])
def test_a_lot_passes_with_as_many_faults_as_are_allowed_and_no_more(audit: Audit, more: int) -> None:
    assert audit.allowed > 0
    decided = judge_all(audit, wrong=audit.allowed + more)
    assert decided.state == (AuditState.FAILED if more else AuditState.PASSED)
    assert (decided.faults, decided.stopped_early) == (audit.allowed + more, False)
    told = audit.collection.actions.get(verb=Verb.AUDIT_JUDGED).details
    assert (told["audit"], told["verdict"], told["faults"]) == (audit.pk, decided.state, decided.faults)


class TestStopping:
    """A lot that has failed need not be judged to its end."""

    def test_it_is_refused_while_the_lot_may_pass(self, audit: Audit) -> None:
        with pytest.raises(VerdictRefused):
            deciding.stop(audit=audit, user=reviewer(audit.collection))

    def test_it_fails_with_what_was_judged(self, audit: Audit) -> None:
        user = cataloguer(audit.collection)
        for _number in range(audit.allowed + 1):
            sampled = first_unit(audit, user)
            judging.judge(sampled=sampled, user=user, verdict=UnitVerdict.WRONG, reason=WrongReason.PARTLY)
        stopped = deciding.stop(audit=audit, user=reviewer(audit.collection))
        assert (stopped.state, stopped.stopped_early) == (AuditState.FAILED, True)
        assert stopped.sample.judged().count() == audit.allowed + 1 < audit.sample_size
        with pytest.raises(AuditNotReady):
            judging.take_next(audit=stopped, user=user)


class TestAccepting:
    """Only what passed, once, and not by those who judged it."""

    def test_who_judged_a_lot_does_not_accept_it(self) -> None:
        collection = drafted_collection(40)
        judge = reviewer(collection)
        audit = judge_all(planned(collection), judge)
        assert not policies.can_accept(judge, audit)
        with pytest.raises(NotTheJudge):
            deciding.accept(audit=audit, user=judge)

    def test_who_wrote_blind_has_judged(self) -> None:
        collection = drafted_collection(40, field="date")
        audit = planned(collection, fields=("date",))
        wrote = reviewer(collection)
        judging.write_blind(sampled=first_unit(audit, wrote), user=wrote, value="1958年")
        assert policies.has_judged(wrote, audit)

    def test_who_accepted_a_lot_is_not_independent_of_it(self) -> None:
        collection = drafted_collection(40)
        user = reviewer(collection)
        assert not policies.can_judge(user, accepted(collection, user))

    def test_a_lot_that_failed_is_not_accepted(self, audit: Audit) -> None:
        failed = judge_all(audit, wrong=audit.allowed + 1)
        with pytest.raises(AuditNotReady):
            deciding.accept(audit=failed, user=reviewer(audit.collection))

    def test_nor_is_one_that_is_not_judged(self, audit: Audit) -> None:
        with pytest.raises(AuditNotReady):
            deciding.accept(audit=audit, user=reviewer(audit.collection))

    def test_nor_is_one_accepted_twice(self) -> None:
        collection = drafted_collection(40)
        audit = passed(collection)
        deciding.accept(audit=audit, user=reviewer(collection))
        with pytest.raises(AuditNotReady):
            deciding.accept(audit=audit, user=reviewer(collection))

    def test_what_is_not_accepted_is_not_released(self) -> None:
        collection = drafted_collection(40)
        with pytest.raises(AuditNotReady):
            deciding.release(audit=passed(collection), user=reviewer(collection))


@pytest.mark.parametrize("state", [AuditState.SPLIT, AuditState.LEFT, AuditState.REVIEWED_SINGLY])
def test_a_lot_that_failed_is_closed_in_one_of_three_ways(audit: Audit, state: AuditState) -> None:
    failed = judge_all(audit, wrong=audit.allowed + 1)
    user = reviewer(audit.collection)
    closed = deciding.close(audit=failed, user=user, state=state)
    assert (closed.state, closed.closed_by) == (state, user)
    assert audit.collection.actions.get(verb=Verb.AUDIT_CLOSED).details["state"] == state


def test_a_lot_that_passed_is_not_closed_as_failed() -> None:
    collection = drafted_collection(40)
    with pytest.raises(AuditNotReady):
        deciding.close(audit=passed(collection), user=reviewer(collection), state=AuditState.LEFT)


@pytest.mark.parametrize("state", ["accepted", "released", "nonsense", "withdrawn"])
def test_closing_does_nothing_else(audit: Audit, state: str) -> None:
    failed = judge_all(audit, wrong=audit.allowed + 1)
    with pytest.raises(AuditNotReady):
        deciding.close(audit=failed, user=reviewer(audit.collection), state=state)


class TestWithdrawing:
    """Before the verdict, for a reason."""

    def test_the_reason_stays_to_be_read(self, audit: Audit) -> None:
        user = reviewer(audit.collection)
        off = deciding.withdraw(audit=audit, user=user, reason="分错了批")
        assert (off.state, off.closed_by) == (AuditState.WITHDRAWN, user)
        assert "分错了批" in off.remark

    def test_without_a_reason_it_goes_on(self, audit: Audit) -> None:
        with pytest.raises(VerdictRefused):
            deciding.withdraw(audit=audit, user=reviewer(audit.collection), reason="  ")
        audit.refresh_from_db()
        assert audit.state == AuditState.UNDER_WAY

    def test_not_after_the_verdict(self, audit: Audit) -> None:
        failed = judge_all(audit, wrong=audit.allowed + 1)
        with pytest.raises(AuditNotReady):
            deciding.withdraw(audit=failed, user=reviewer(audit.collection), reason="不好看")


def test_only_what_failed_is_drafted_again() -> None:
    collection = drafted_collection(40)
    with pytest.raises(AuditNotReady):
        deciding.redraft(audit=passed(collection), user=reviewer(collection), version=PromptVersionFactory(), reason="")
