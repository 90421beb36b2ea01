"""Minutes saved: how long a value takes by hand and how long a decision about a draft takes, from the action log.

Nobody is timed. While somebody works, each entry of theirs ends what they did since the one before it; a gap of more
than ten minutes is a pause and counts for nothing. Values written where no draft waited are work by hand; decisions
about drafts are review. That the values are alike, and that somebody who writes by hand would not have looked at the
record anyway, is assumed and said on the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from statistics import NormalDist, fmean, variance

from django.core.cache import cache

from catalog.models import Action
from catalog.vocabulary import Verb

PAUSE = timedelta(minutes=10)
ENOUGH = 30
"""Fewer stretches of work than this, of either kind, say nothing."""
CONFIDENCE = 0.95
_REVIEWED = (Verb.DRAFT_ACCEPTED.value, Verb.DRAFT_EDITED.value, Verb.DRAFT_REJECTED.value)
_LOOKED_BACK = 20_000
_CHUNK = 2_000
_KEPT_S = 3600
_KEY = "catalog.review.quality.pace"


@dataclass(frozen=True, slots=True)
class Stretch:
    """What somebody did about one record, one after the other.

    Attributes:
        values: how many values they wrote or decided.
        minutes: since they were done with the record before.
    """

    values: int
    minutes: float


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a value takes.

    Attributes:
        by_hand: stretches of work by hand.
        in_review: stretches of review.
    """

    by_hand: tuple[Stretch, ...]
    in_review: tuple[Stretch, ...]

    @property
    def is_enough(self) -> bool:
        """Tell whether there is enough to say anything."""
        return min(len(self.by_hand), len(self.in_review)) >= ENOUGH


@dataclass(frozen=True, slots=True)
class Saved:
    """Minutes saved, with the limits between which they lie.

    Attributes:
        by_hand: minutes for a value by hand, on average.
        in_review: minutes for a decision, on average.
        minutes: saved by so many values.
        low: lower limit; below 0 where review may cost time.
        high: upper limit.
    """

    by_hand: float
    in_review: float
    minutes: float
    low: float
    high: float


def pace() -> Pace:
    """Return the pace of the last 20,000 decisions in the log, not older than an hour."""
    kept: Pace | None = cache.get(_KEY)
    if kept is None:
        kept = measured()
        cache.set(_KEY, kept, _KEPT_S)
    return kept


def measured() -> Pace:
    """Measure the pace anew."""
    by_hand: list[Stretch] = []
    in_review: list[Stretch] = []
    for entries in _by_person().values():
        _add_stretches(entries, by_hand, in_review)
    return Pace(tuple(by_hand), tuple(in_review))


def saved(values: int, found: Pace) -> Saved | None:
    """Return the minutes that drafts have saved.

    The mean minutes of a value are taken over stretches, by hand and in review; the limits are Welch's for the
    difference of two means (B. L. Welch, *Biometrika* 34, 1947, pp. 28-35), times the values.

    Args:
        values: how many drafts came into the record.
        found: the pace.

    Returns:
        The minutes; None where there is too little to go by.
    """
    if not found.is_enough:
        return None
    hand = [stretch.minutes / stretch.values for stretch in found.by_hand]
    review = [stretch.minutes / stretch.values for stretch in found.in_review]
    difference, half = welch(hand, review)
    return Saved(
        by_hand=fmean(hand),
        in_review=fmean(review),
        minutes=values * difference,
        low=values * (difference - half),
        high=values * (difference + half),
    )


def welch(one: Sequence[float], other: Sequence[float], confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return how far two means are apart, and how far off that may be.

    Args:
        one: a sample, of two or more.
        other: another.
        confidence: that the difference lies within the limits.

    Returns:
        The difference of the means, and half the width of its interval.
    """
    parts = [variance(sample) / len(sample) for sample in (one, other)]
    spread = sum(parts)
    if not spread:
        return fmean(one) - fmean(other), 0.0
    weights = [part**2 / (len(sample) - 1) for part, sample in zip(parts, (one, other), strict=True)]
    return fmean(one) - fmean(other), student((1 + confidence) / 2, spread**2 / sum(weights)) * sqrt(spread)


def student(probability: float, freedom: float) -> float:
    """Return a quantile of Student's distribution.

    The first four terms of the expansion in powers of one over the degrees of freedom (M. Abramowitz and I. A. Stegun,
    *Handbook of Mathematical Functions*, 26.7.5): right to three places from ten degrees on.

    Args:
        probability: below the quantile, between 0 and 1.
        freedom: degrees of freedom.
    """
    z = NormalDist().inv_cdf(probability)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, 1))


@dataclass(frozen=True, slots=True)
class _Entry:
    image: int
    at: datetime
    by_hand: bool


def _by_person() -> dict[int, list[_Entry]]:
    """Return the last decisions of each person, the oldest first; looked up by keys, some at a time."""
    found: dict[int, list[_Entry]] = {}
    before, left = None, _LOOKED_BACK
    entries = Action.objects.filter(user__isnull=False, image__isnull=False).order_by("-pk")
    entries = entries.filter(verb__in=[*_REVIEWED, Verb.VALUE_SET])
    while left:
        some = entries.filter(pk__lt=before) if before else entries
        rows = list(some.values_list("pk", "user", "image", "created_at", "verb", "details")[: min(_CHUNK, left)])
        if not rows:
            break
        for _key, user, image, at, verb, details in rows:
            # A value written where a draft waited is a way of reviewing it, but not one that is like the others.
            if verb in _REVIEWED or "superseded_draft" not in details:
                found.setdefault(user, []).append(_Entry(image, at, verb not in _REVIEWED))
        before, left = rows[-1][0], left - len(rows)
    for entries_of_one in found.values():
        entries_of_one.reverse()
    return found


def _add_stretches(entries: list[_Entry], by_hand: list[Stretch], in_review: list[Stretch]) -> None:
    """Sort one person's work into the two kinds; a record of which they did both is neither."""
    end: datetime | None = None
    stretch: list[_Entry] = []
    for entry in [*entries, None]:
        if entry is not None and stretch and entry.image == stretch[-1].image and entry.at - stretch[-1].at <= PAUSE:
            stretch.append(entry)
            continue
        if stretch:
            took = stretch[-1].at - end if end is not None else None
            kinds = {one.by_hand for one in stretch}
            if took is not None and took <= PAUSE and len(kinds) == 1:
                chosen = by_hand if kinds == {True} else in_review
                chosen.append(Stretch(len(stretch), took.total_seconds() / 60))
            end = stretch[-1].at
        stretch = [entry] if entry is not None else []
