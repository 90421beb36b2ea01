"""How fast somebody reviews, from the action log: what they have done today, and how long the rest will take."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from django.utils import timezone

from catalog.models import Action
from catalog.vocabulary import Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

BREAK = timedelta(minutes=5)
"""Longer without a decision is a break, and no time of work."""
LEAST = 5
"""Records after which a pace is told: of fewer it would be chance."""
_DECISIONS = [
    Verb.DRAFT_ACCEPTED, Verb.DRAFT_EDITED, Verb.DRAFT_REJECTED, Verb.VALUE_SET, Verb.VALUE_RESTORED,
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pace:
    """What somebody has done since the day began.

    Attributes:
        records: how many records they have decided something about.
        worked: how long they were at it, without breaks.
    """

    records: int
    worked: timedelta

    @property
    def per_hour(self) -> float | None:
        """Return the records an hour; None where there are too few to tell."""
        if self.records < LEAST or not self.worked:
            return None
        return self.records / (self.worked / timedelta(hours=1))

    def time_for(self, records: int) -> timedelta | None:
        """Return how long a number of records takes at this pace; None where there is none yet."""
        per_hour = self.per_hour
        return None if per_hour is None else timedelta(hours=records / per_hour)


def todays_pace(user: "User", now: datetime | None = None) -> Pace:
    """Return how fast somebody reviews today.

    Args:
        user: the reviewer.
        now: the moment; None for this one.
    """
    now = now or timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    decided = Action.objects.filter(user=user, created_at__gte=midnight, created_at__lte=now, verb__in=_DECISIONS)
    # What was decided about many records at once says nothing of how long one takes.
    singly = decided.exclude(details__has_key="bulk")
    rows = list(singly.order_by("pk").values_list("pk", "image_id", "created_at"))
    moments = sorted({moment for _key, _image, moment in rows})
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    worked = sum((gap for gap in gaps if gap <= BREAK), timedelta())
    undone = _undone(user, midnight, now) if rows else set()
    return Pace(records=len({image for key, image, _moment in rows if key not in undone}), worked=worked)


def _undone(user: "User", since: datetime, now: datetime) -> set[int]:
    """Return the keys of the decisions that somebody has taken back: the work was done, the record is not."""
    taken_back = Action.objects.filter(user=user, created_at__gte=since, created_at__lte=now, verb=Verb.DECISION_UNDONE)
    return {key for told in taken_back.values_list("details__undone", flat=True) for key in told or ()}
