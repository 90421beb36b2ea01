"""Known drafts among those of a sample: they look like any other, count for nothing, and tell how judges judge."""

import pytest

from catalog.audit_words import AuditState, UnitVerdict, WrongReason
from catalog.models import Annotation, Audit, Collection, ControlUnit, SampledUnit
from catalog.review import decisions
from catalog.review.acceptance import judging
from catalog.review.acceptance.controls import agreement, place_of, position_at
from catalog.review.acceptance.listing import plan_audit
from catalog.review.acceptance.lots import Cut
from catalog.review.acceptance.report import findings_of
from catalog.vocabulary import Objection, State
from tests.catalog.audits import PROMISE, drafted_collection
from tests.catalog.people import cataloguer, reviewer
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection() -> Collection:
    """Forty drafts that wait, and ten more about which somebody has decided: half of them rejected."""
    made = drafted_collection(50)
    user = UserFactory()
    for number, draft in enumerate(Annotation.objects.order_by("pk")[:10]):
        if number % 2:
            decisions.accept(annotation=draft, user=user)
        else:
            decisions.reject(annotation=draft, user=user, reason="", code=Objection.WRONG_PLACE)
    return made


def planned_with(collection: Collection, controls: int) -> Audit:
    return plan_audit(
        collection=collection,
        cut=Cut(fields=("place",)),
        promise=PROMISE,
        pass_share=0.95,
        user=reviewer(collection),
        controls=controls,
    )


def judge_as_known(audit: Audit, *, errors: int = 0) -> tuple[Audit, list[int]]:
    """Judge everything, the units right and the control records as is known but for some; return the places met."""
    user, places = cataloguer(audit.collection), []
    while audit.state == AuditState.UNDER_WAY and (shown := judging.take_next(audit=audit, user=user)):
        places.append(judging.place_of(shown))
        right = not isinstance(shown, ControlUnit) or shown.known == UnitVerdict.RIGHT
        if isinstance(shown, ControlUnit) and errors > 0:
            right, errors = not right, errors - 1
        verdict = UnitVerdict.RIGHT if right else UnitVerdict.WRONG
        reason = "" if right else WrongReason.CONTRADICTED
        _shown, audit = judging.judge(sampled=shown, user=user, verdict=verdict, reason=reason)
    return audit, places


def test_without_asking_there_are_none(collection: Collection) -> None:
    audit = planned_with(collection, 0)
    assert (audit.control_size, audit.controls.count()) == (0, 0)


def test_half_of_them_are_wrong_and_all_were_decided_by_people(collection: Collection) -> None:
    audit = planned_with(collection, 6)
    assert audit.control_size == 6
    known = list(audit.controls.values_list("known", "annotation__state"))
    assert sorted(known) == [(UnitVerdict.RIGHT, State.ACCEPTED)] * 3 + [(UnitVerdict.WRONG, State.REJECTED)] * 3
    assert not audit.units.filter(annotation__in=audit.controls.values("annotation")).exists()


def test_where_few_are_known_there_are_few(collection: Collection) -> None:
    audit = planned_with(collection, 50)
    assert audit.control_size == audit.controls.count() == 10
    assert audit.state == AuditState.UNDER_WAY


def test_where_the_sample_is_the_lot_there_are_none() -> None:
    made = drafted_collection(3)
    decisions.accept(annotation=Annotation.objects.order_by("pk")[0], user=UserFactory())
    audit = planned_with(made, 5)
    assert (audit.state, audit.control_size) == (AuditState.FULL_REVIEW, 0)


def test_edited_and_vaguely_rejected_drafts_are_none() -> None:
    made = drafted_collection(50)
    first, second = Annotation.objects.order_by("pk")[:2]
    decisions.edit_and_accept(annotation=first, user=UserFactory(), value="别处")
    decisions.reject(annotation=second, user=UserFactory(), reason="", code=Objection.TOO_VAGUE)
    assert planned_with(made, 5).control_size == 0


def test_the_seed_decides_which_they_are_and_where(collection: Collection) -> None:
    audit = planned_with(collection, 6)
    places = list(audit.controls.values_list("place", flat=True))
    assert len(set(places)) == 6
    assert all(1 <= place <= audit.sample_size + 6 for place in places)
    shown = [judging.at_place(audit, place) for place in range(1, audit.sample_size + 7)]
    positions = [one.position for one in shown if isinstance(one, SampledUnit)]
    assert positions == list(range(1, audit.sample_size + 1))
    assert sum(isinstance(one, ControlUnit) for one in shown) == 6
    assert judging.at_place(audit, audit.sample_size + 7) is None


def test_places_and_positions_are_each_other_turned_round() -> None:
    controls = [2, 3, 7]
    places = [place_of(position, controls) for position in range(1, 7)]
    assert places == [1, 4, 5, 6, 8, 9]
    assert [position_at(place, controls) for place in places] == [1, 2, 3, 4, 5, 6]


def test_they_come_in_their_places_and_count_for_nothing(collection: Collection) -> None:
    audit = planned_with(collection, 6)
    audit, places = judge_as_known(audit)
    assert places == sorted(places)
    assert audit.state == AuditState.PASSED
    assert audit.faults == 0
    assert findings_of(audit).judged == audit.sample_size
    told = agreement(audit)
    assert (told.judged, told.agreed, told.judges, told.is_of_several) == (
        audit.controls.judged().count(),
        audit.controls.judged().count(),
        1,
        False,
    )


def test_errors_are_seen_of_the_person_and_of_all(collection: Collection) -> None:
    audit = planned_with(collection, 6)
    first = judging.take_next(audit=audit, user=(one := cataloguer(collection)))
    while not isinstance(first, ControlUnit):
        assert first is not None
        judging.judge(sampled=first, user=one, verdict=UnitVerdict.RIGHT)
        first = judging.take_next(audit=audit, user=one)
    judging.judge(sampled=first, user=one, verdict=first.known, reason=WrongReason.OTHER, remark="错")
    audit, _places = judge_as_known(audit, errors=1)
    told, own = agreement(audit), agreement(audit, one)
    assert (own.judged, own.agreed) == (1, 1)
    assert (told.judges, told.is_of_several, told.judged - told.agreed) == (2, True, 1)


def test_whoever_decided_about_one_is_not_asked(collection: Collection) -> None:
    audit = planned_with(collection, 6)
    decider = audit.controls.first().annotation.decided_by  # type: ignore[union-attr]
    assert decider is not None
    MembershipFactory(user=decider, collection=collection)
    met = []
    while (shown := judging.take_next(audit=audit, user=decider)) is not None:
        met.append(type(shown))
        _shown, audit = judging.judge(sampled=shown, user=decider, verdict=UnitVerdict.RIGHT)
        if audit.is_judged:
            break
    assert set(met) == {SampledUnit}
    assert audit.state == AuditState.PASSED


def test_the_last_verdict_is_taken_back_whichever_it_was(collection: Collection) -> None:
    audit = planned_with(collection, 6)
    user = cataloguer(collection)
    shown = None
    while not isinstance(shown, ControlUnit):
        shown = judging.take_next(audit=audit, user=user)
        assert shown is not None
        judging.judge(sampled=shown, user=user, verdict=UnitVerdict.RIGHT)
    back = judging.take_back(audit=audit, user=user)
    assert back == shown
    assert back is not None
    assert (back.verdict, back.held_by) == ("", user)
