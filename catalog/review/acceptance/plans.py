"""Sampling plans: the smallest sample of a lot that keeps what a person promised.

A plan says: draw `drawn` units, accept the lot where at most `allowed` of them are wrong. Two risks are kept, both with
the exact hypergeometric distribution (single sampling by attributes of an isolated lot; E. G. Schilling and
D. V. Neubauer, *Acceptance Sampling in Quality Control*, 3rd ed., chapter 5): a lot with the tolerable share of wrong
units or more is accepted with a probability of β at most, one with the expected share or less is rejected with α at
most.
"""

from dataclasses import dataclass
from math import ceil, floor

from catalog.review.acceptance.hypergeometric import at_most

_ROUNDING = 1e-9
"""Shares are decimal fractions, which a float holds nearly: 0.05 × 80,000 is 4,000 and not a little more. Of a lot of
twenty with one wrong unit, nineteen miss it with a probability of 0.05, not of a little more.
"""
_POINTS = 60


@dataclass(frozen=True, slots=True)
class Promise:
    """What a plan has to keep.

    Attributes:
        tolerable: share of wrong units from which a lot should be refused, above 0 and below 1.
        expected: share of wrong units up to which a lot should be accepted, from 0 and below `tolerable`.
        beta: most probable acceptance of a lot with the tolerable share.
        alpha: most probable rejection of a lot with the expected share.
        floor: smallest share of a lot that is drawn whatever the distribution says: what inspections draw.
    """

    tolerable: float
    expected: float
    beta: float = 0.05
    alpha: float = 0.1
    floor: float = 0.05

    def __post_init__(self) -> None:
        if not 0 <= self.expected < self.tolerable < 1:
            raise ValueError("0 <= expected < tolerable < 1")
        if not (0 < self.beta < 1 and 0 < self.alpha < 1 and 0 <= self.floor <= 1):
            raise ValueError("risks lie between 0 and 1, the floor from 0 to 1")


@dataclass(frozen=True, slots=True)
class Plan:
    """How a lot is judged.

    Attributes:
        lot: units in it.
        drawn: units to be judged, n.
        allowed: wrong ones among them up to which the lot is accepted, c.
    """

    lot: int
    drawn: int
    allowed: int

    @property
    def is_full(self) -> bool:
        """Tell whether every unit is judged: then nothing is left to chance."""
        return self.drawn >= self.lot

    def acceptance(self, wrong: int) -> float:
        """Return how probable it is that the lot is accepted.

        Args:
            wrong: units of the lot that are wrong.
        """
        return at_most(self.lot, wrong, self.drawn, self.allowed)

    def operating_curve(self, points: int = _POINTS) -> list[tuple[float, float]]:
        """Return how probable acceptance is, over the share of wrong units.

        Args:
            points: most points of the curve; small lots have fewer.

        Returns:
            Share and probability, from no wrong unit to the first share that is hardly ever accepted.
        """
        last = next((wrong for wrong in _steps(self.lot) if self.acceptance(wrong) < 0.001), self.lot)
        step = max(1, ceil(last / points))
        wrong = sorted({*range(0, last + 1, step), last})
        return [(number / self.lot, self.acceptance(number)) for number in wrong]


def plan(lot: int, promise: Promise) -> Plan:
    """Compute the plan for a lot.

    Args:
        lot: units in it, 1 or more.
        promise: what it has to keep.

    Returns:
        The plan with the smallest sample that keeps both risks, or with the floor where that is larger; one that judges
        every unit where no smaller sample keeps them.

    Raises:
        ValueError: there is nothing in the lot.
    """
    if lot < 1:
        raise ValueError("a lot holds one unit or more")
    bad, good = worst_refused(lot, promise.tolerable), best_accepted(lot, promise.expected)
    least = min(lot, ceil(promise.floor * lot - _ROUNDING))
    if good >= bad:
        # So few units that one of them is the difference between the shares.
        return Plan(lot, lot, bad - 1)
    drawn, allowed = _smallest(lot, bad, good, promise)
    if drawn < least:
        drawn, allowed = least, _most_allowed(lot, bad, least, promise.beta, allowed)
    return Plan(lot, drawn, bad - 1 if drawn >= lot else allowed)


def worst_refused(lot: int, tolerable: float) -> int:
    """Return the smallest number of wrong units that makes the tolerable share: one at least."""
    return max(1, ceil(tolerable * lot - _ROUNDING))


def best_accepted(lot: int, expected: float) -> int:
    """Return the largest number of wrong units within the expected share."""
    return floor(expected * lot + _ROUNDING)


def _smallest(lot: int, bad: int, good: int, promise: Promise) -> tuple[int, int]:
    """Return sample and allowed number; the whole lot where nothing less keeps both risks.

    For each allowed number there is a smallest sample that keeps β, and it grows with that number; a larger sample only
    rejects more good lots. So the first allowed number that keeps α has the smallest sample of all.
    """
    drawn = 1
    for allowed in range(bad):
        drawn = _smallest_sample(lot, bad, allowed, promise.beta, drawn)
        if drawn >= lot:
            break
        if 1 - at_most(lot, good, drawn, allowed) <= promise.alpha + _ROUNDING:
            return drawn, allowed
        drawn += 1
    return lot, bad - 1


def _smallest_sample(lot: int, bad: int, allowed: int, beta: float, least: int) -> int:
    """Return the smallest sample, `least` or more, that accepts a bad lot with β at most."""
    low, step = least, 1
    high = least
    while high < lot and at_most(lot, bad, high, allowed) > beta + _ROUNDING:
        low, high, step = high + 1, min(lot, high + step), 2 * step
    while low < high:
        middle = (low + high) // 2
        if at_most(lot, bad, middle, allowed) > beta + _ROUNDING:
            low = middle + 1
        else:
            high = middle
    return high


def _most_allowed(lot: int, bad: int, drawn: int, beta: float, allowed: int) -> int:
    """Return the largest allowed number with which a sample keeps β, given one with which it does."""
    while allowed + 1 < bad and at_most(lot, bad, drawn, allowed + 1) <= beta + _ROUNDING:
        allowed += 1
    return allowed


def _steps(lot: int) -> list[int]:
    return sorted({round(lot * number / 200) for number in range(201)})
