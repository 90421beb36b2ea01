"""The plan for a collection: audits where they are worth it, then reviews, and what is left is said to be left."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.review.acceptance.lots import Cell
from catalog.review.acceptance.planning import (
    Means,
    Prospect,
    Way,
    measured_pace,
    propose,
    prospects_of,
)
from catalog.review.acceptance.plans import Promise, plan
from catalog.vocabulary import Verb
from tests.catalog.audits import drafted_collection, judge_all, planned
from tests.catalog.log_entries import logged_at
from tests.factories import CollectionFactory, ImageFactory, UserFactory

PROMISE = Promise(tolerable=0.05, expected=0.01)
PLENTY = Means(people=10, hours=1000)


def prospect(drafts: int, error: float | None = 0.0, **cell: Any) -> Prospect:
    """Return drafts that are alike."""
    alike: dict[str, Any] = {"prompt_version": 1, "field": "place", "evidence": "inscription", "doubtful": False} | cell
    return Prospect(Cell(drafts=drafts, **alike), error, 100 if error is not None else 0)


def ways(proposal: Any) -> list[tuple[str, int]]:
    return [(step.way.value, step.drafts) for step in proposal.steps]


class TestProposing:
    """From figures alone."""

    def test_drafts_that_are_good_and_many_are_audited(self) -> None:
        found = propose([prospect(5000, 0.005)], PROMISE, PLENTY)
        (step,) = found.steps
        assert (step.way, step.drafts, step.plan) == (Way.AUDIT, 5000, plan(5000, PROMISE))
        assert step.seconds == plan(5000, PROMISE).drawn * PLENTY.judge_s
        assert step.passing is not None
        assert step.passing > 0.9
        assert found.suffices

    @pytest.mark.parametrize(
        "other",
        [
            prospect(5000, 0.24),
            prospect(5000, 0.0, evidence="inference"),
            prospect(5000, 0.0, doubtful=True),
            prospect(5000, 0.0, field="people"),
            prospect(15, 0.0),
        ],
    )
    def test_what_would_not_pass_or_no_sample_speaks_for_is_reviewed(self, other: Prospect) -> None:
        found = propose([other], PROMISE, PLENTY)
        assert ways(found) == [("review", other.cell.drafts)]
        assert found.error_left == 0.0

    def test_where_nothing_is_known_what_is_expected_stands_in(self) -> None:
        (step,) = propose([prospect(5000, None)], PROMISE, PLENTY).steps
        assert step.way is Way.AUDIT
        assert step.wrong_left == pytest.approx(50 * (1 - plan(5000, PROMISE).drawn / 5000))

    def test_what_there_is_no_time_for_is_left_and_said_plainly(self) -> None:
        hour = Means(people=1, hours=1, judge_s=10, review_s=36)
        found = propose([prospect(1000, 0.5)], PROMISE, hour)
        assert ways(found) == [("review", 100), ("leave", 900)]
        assert not found.suffices
        assert found.needed_s == 36_000
        assert found.spent_s <= hour.seconds

    def test_what_rests_on_most_is_reviewed_first(self) -> None:
        hour = Means(people=1, hours=1, review_s=36)
        guessed, written = prospect(100, 0.3, evidence="inference"), prospect(100, 0.3)
        found = propose([guessed, written], PROMISE, hour)
        assert [(step.prospect, step.way) for step in found.steps] == [(written, Way.REVIEW), (guessed, Way.LEAVE)]

    def test_an_audit_for_which_there_is_no_time_is_none(self) -> None:
        minute = Means(people=1, hours=1 / 60)
        found = propose([prospect(5000, 0.0)], PROMISE, minute)
        assert ways(found) == [("review", 2), ("leave", 4998)]

    def test_of_two_audits_the_one_that_settles_more_for_a_minute_comes_first(self) -> None:
        small, large = prospect(400, 0.0), prospect(9000, 0.0, field="event")
        found = propose([small, large], PROMISE, PLENTY)
        assert [step.prospect for step in found.steps] == [large, small]

    def test_with_nothing_waiting_there_is_nothing_to_do(self) -> None:
        found = propose([], PROMISE, PLENTY)
        assert (found.steps, found.suffices, found.error_left) == ([], True, None)


@pytest.mark.django_db
class TestProspects:
    """From what judges said."""

    def test_drafts_that_were_judged_tell_of_those_like_them(self) -> None:
        collection = drafted_collection(60)
        audit = planned(collection, promise=Promise(0.3, 0.05, beta=0.2, alpha=0.2, floor=0.5))
        judge_all(audit, wrong=6)
        drafted_collection(5, collection=collection, field="event")
        drafted_collection(5, collection=collection, field="event", evidence="picture")

        found = {(one.cell.field, one.cell.evidence): one for one in prospects_of(collection)}

        # Another field that rests on the same, and one that rests on something of which nobody has judged any.
        assert (found["event", "inscription"].error, found["event", "inscription"].judged) == (0.2, 30)
        assert found["event", "picture"].error is None

    def test_a_few_verdicts_tell_nothing_yet(self) -> None:
        collection = drafted_collection(20)
        judge_all(planned(collection))
        drafted_collection(5, collection=collection, field="event")
        assert [one.error for one in prospects_of(collection)] == [None]


@pytest.mark.django_db
class TestPace:
    """How long people take."""

    def test_where_nobody_has_worked_nothing_is_known(self) -> None:
        assert measured_pace(drafted_collection(1)) == (None, None)

    def test_it_is_the_median_between_one_verdict_and_the_next(self) -> None:
        audit = judge_all(planned(drafted_collection(80), promise=Promise(0.2, 0.02, floor=0.5)))
        began = timezone.now()
        for sampled in audit.sample.all():
            # A break in the middle is no pace.
            late = timedelta(hours=1) if sampled.position > 20 else timedelta(0)
            audit.sample.filter(pk=sampled.pk).update(judged_at=began + sampled.position * timedelta(seconds=12) + late)
        judge_s, _review_s = measured_pace(audit.collection)
        assert judge_s == pytest.approx(12)

    def test_reviews_are_measured_by_the_log(self) -> None:
        collection, user, began = CollectionFactory(), UserFactory(), timezone.now()
        for number in range(25):
            image = ImageFactory(collection=collection)
            # All four by one key, a moment after each other and twenty seconds after the record before.
            for millisecond in range(4):
                moment = began + timedelta(seconds=20 * number, milliseconds=millisecond)
                logged_at(moment, user, image, Verb.DRAFT_ACCEPTED)
        _judge_s, review_s = measured_pace(collection)
        assert review_s == pytest.approx(5, rel=0.01)

    def test_what_was_decided_about_many_records_at_once_is_no_pace(self) -> None:
        collection, user, began = CollectionFactory(), UserFactory(), timezone.now()
        for number in range(60):
            logged_at(
                began + timedelta(seconds=number),
                user,
                ImageFactory(collection=collection),
                Verb.DRAFT_ACCEPTED,
                bulk=1,
            )
        assert measured_pace(collection) == (None, None)
