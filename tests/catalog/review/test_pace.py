"""How fast somebody reviews is told from what they did today, without their breaks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalog.models import Action
from catalog.review.pace import todays_pace
from catalog.vocabulary import Verb
from tests.factories import ImageFactory, UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)  # noon in China


@pytest.fixture
def at_work(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what lets somebody decide about records at given minutes of the day."""

    def work(user: Any, *minutes: float) -> None:
        for minute in minutes:
            monkeypatch.setattr("django.utils.timezone.now", lambda at=minute: NOON + timedelta(minutes=at))
            Action.objects.create(user=user, image=ImageFactory(), verb=Verb.DRAFT_ACCEPTED, details={"field": "title"})

    return work


def test_records_an_hour_are_counted_without_breaks(at_work: Any) -> None:
    user = UserFactory()
    at_work(user, 0, 1, 2, 3, 30, 31, 32)

    pace = todays_pace(user, NOON + timedelta(minutes=40))

    assert (pace.records, pace.worked) == (7, timedelta(minutes=5))
    assert pace.per_hour == pytest.approx(84)
    assert pace.time_for(42) == timedelta(minutes=30)


def test_of_few_records_no_pace_is_told(at_work: Any) -> None:
    user = UserFactory()
    at_work(user, 0, 1, 2)
    pace = todays_pace(user, NOON + timedelta(minutes=10))
    assert (pace.records, pace.per_hour, pace.time_for(100)) == (3, None, None)


def test_yesterday_and_colleagues_do_not_count(at_work: Any) -> None:
    user = UserFactory()
    at_work(user, -24 * 60, -24 * 60 + 1)
    at_work(UserFactory(), 0, 1)
    assert todays_pace(user, NOON + timedelta(minutes=10)).records == 0


def test_a_record_that_took_several_decisions_is_one(at_work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    user, image = UserFactory(), ImageFactory()
    for second in range(6):
        monkeypatch.setattr("django.utils.timezone.now", lambda at=second: NOON + timedelta(seconds=at))
        Action.objects.create(user=user, image=image, verb=Verb.DRAFT_ACCEPTED, details={"field": "title"})
    assert todays_pace(user, NOON + timedelta(minutes=1)).records == 1


def test_what_was_decided_about_many_at_once_is_no_pace(at_work: Any) -> None:
    user = UserFactory()
    at_work(user, 0, 1)
    for _record in range(20):
        details = {"field": "title", "bulk": 7}
        Action.objects.create(user=user, image=ImageFactory(), verb=Verb.DRAFT_ACCEPTED, details=details)
    assert todays_pace(user, NOON + timedelta(minutes=10)).records == 2


def test_what_one_has_undone_does_not_count_until_it_is_done_again(
    at_work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = UserFactory()
    at_work(user, 0, 1, 2, 3, 4, 5)
    first, last = Action.objects.order_by("pk").first(), Action.objects.order_by("pk").last()
    assert first is not None
    assert last is not None
    with monkeypatch.context() as then:
        then.setattr("django.utils.timezone.now", lambda: NOON + timedelta(minutes=6))
        undone = {"undone": [first.pk, last.pk]}
        Action.objects.create(user=user, image=last.image, verb=Verb.DECISION_UNDONE, details=undone)
        again = {"user": user, "image": last.image, "verb": Verb.DRAFT_ACCEPTED}
        Action.objects.create(**again, details={"field": "title"})

    pace = todays_pace(user, NOON + timedelta(minutes=40))

    assert (pace.records, pace.worked) == (5, timedelta(minutes=6))
