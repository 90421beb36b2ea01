"""Minutes saved: told from the log's own pace, with limits, and not at all where there is too little to go by."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.utils import timezone

from catalog.models import Image
from catalog.review.quality.pace import ENOUGH, Pace, Stretch, measured, saved, student, welch
from catalog.vocabulary import Verb
from tests.catalog.log_entries import logged_at
from tests.factories import ImageFactory, UserFactory

START = timezone.make_aware(datetime(2026, 3, 2, 9, 0))  # noqa: DTZ001 - made aware


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


def logged(user: User, image: Image, minutes: float, verb: Verb, **details: Any) -> None:
    """Put an entry into the log, so many minutes after nine."""
    logged_at(START + timedelta(minutes=minutes), user, image, verb, **details)


@pytest.mark.django_db
class TestMeasuring:
    def test_each_record_takes_what_passed_since_the_one_before(self) -> None:
        user, (first, second, third) = UserFactory(), ImageFactory.create_batch(3)
        logged(user, first, 0, Verb.VALUE_SET, field="title")
        logged(user, second, 3, Verb.VALUE_SET, field="title")
        logged(user, second, 4, Verb.VALUE_SET, field="place")
        logged(user, third, 4.5, Verb.DRAFT_ACCEPTED, field="title")
        found = measured()
        assert found.by_hand == (Stretch(2, 4.0),)
        assert found.in_review == (Stretch(1, 0.5),)

    def test_a_pause_counts_for_nothing(self) -> None:
        user, (first, second, third) = UserFactory(), ImageFactory.create_batch(3)
        logged(user, first, 0, Verb.DRAFT_ACCEPTED)
        logged(user, second, 11, Verb.DRAFT_ACCEPTED)
        logged(user, third, 12, Verb.DRAFT_REJECTED)
        assert measured().in_review == (Stretch(1, 1.0),)

    def test_two_people_at_once_are_not_mixed_up(self) -> None:
        one, other = UserFactory.create_batch(2)
        for minute, user in enumerate([one, other, one, other]):
            logged(user, ImageFactory(), minute, Verb.DRAFT_EDITED)
        assert measured().in_review == (Stretch(1, 2.0), Stretch(1, 2.0))

    def test_a_value_written_over_a_draft_and_a_record_of_both_kinds_are_left_out(self) -> None:
        user, (first, second, third) = UserFactory(), ImageFactory.create_batch(3)
        logged(user, first, 0, Verb.VALUE_SET)
        logged(user, second, 1, Verb.VALUE_SET, superseded_draft=7)
        logged(user, third, 2, Verb.VALUE_SET)
        logged(user, third, 3, Verb.DRAFT_ACCEPTED)
        assert measured() == Pace((), ())

    def test_what_the_system_did_and_what_is_of_no_record_is_no_work(self) -> None:
        user = UserFactory()
        logged(user, ImageFactory(), 0, Verb.IMAGE_IMPORTED)
        logged(user, ImageFactory(), 1, Verb.COLLECTION_CHANGED)
        assert measured() == Pace((), ())


class TestSaving:
    def paces(self, hand: list[float], review: list[float]) -> Pace:
        return Pace(tuple(Stretch(1, minutes) for minutes in hand), tuple(Stretch(1, minutes) for minutes in review))

    def test_the_difference_times_the_values_within_limits(self) -> None:
        found = saved(100, self.paces([2.0, 4.0] * ENOUGH, [0.5, 1.5] * ENOUGH))
        assert found is not None
        assert (found.by_hand, found.in_review) == (3.0, 1.0)
        assert found.minutes == pytest.approx(200)
        assert found.low < found.minutes < found.high
        assert found.high - found.minutes == pytest.approx(found.minutes - found.low)

    def test_where_review_is_slower_it_says_so(self) -> None:
        found = saved(10, self.paces([1.0] * ENOUGH, [2.0] * ENOUGH))
        assert found is not None
        assert found.minutes == pytest.approx(-10)

    @pytest.mark.parametrize(("hand", "review"), [(ENOUGH - 1, ENOUGH), (ENOUGH, ENOUGH - 1), (0, 0)])
    def test_of_too_little_nothing_is_said(self, hand: int, review: int) -> None:
        assert saved(100, self.paces([1.0] * hand, [1.0] * review)) is None

    # Abramowitz and Stegun, table 26.10.
    @pytest.mark.parametrize(
        ("freedom", "expected"), [(10, 2.228), (20, 2.086), (30, 2.042), (60, 2.000), (120, 1.980)]
    )
    def test_quantiles_are_those_of_the_tables(self, freedom: int, expected: float) -> None:
        assert student(0.975, freedom) == pytest.approx(expected, abs=0.0006)

    def test_two_samples_are_compared_as_welch_did(self) -> None:
        one, other = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9] * 4, [27.1, 22.0, 20.8, 23.4, 23.4, 23.5] * 4
        difference, half = welch(one, other)
        assert difference == pytest.approx(-2.3667, abs=1e-4)
        # Variances 13.673 and 3.898 of 24 each; 35.13 degrees of freedom; 2.0298 (table) × 0.8556.
        assert half == pytest.approx(1.7368, abs=1e-3)
