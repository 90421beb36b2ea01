"""Between which shares the truth lies, given what a sample found.

Exact limits only: those of the hypergeometric distribution for what was drawn from a finite lot, and those of Clopper
and Pearson (*Biometrika* 26, 1934, pp. 404-413), which know no lot, beside them for comparison with other people's
figures.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, log1p, sqrt

from catalog.review.acceptance.hypergeometric import at_least, at_most

CONFIDENCE = 0.95
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Interval:
    """A share and the limits between which it lies with the confidence that was asked for.

    Attributes:
        share: as found in the sample.
        low: lower limit.
        high: upper limit.
    """

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of a lot that was drawn from by itself.

    Attributes:
        units: in the part.
        drawn: of them.
        hits: of those drawn, what is counted.
    """

    units: int
    drawn: int
    hits: int


def finite(lot: int, drawn: int, hits: int, confidence: float = CONFIDENCE) -> Interval:
    """Return the limits for a sample without replacement from a lot.

    A number of hits in the lot is within the limits where finding as few, and finding as many, each has a probability
    of more than half of what the confidence leaves (the tail method; W. G. Cochran, *Sampling Techniques*, 3rd ed.,
    section 3.6).

    Args:
        lot: units in it.
        drawn: of them, 1 or more.
        hits: of those drawn, what is counted.
        confidence: of both limits together.

    Raises:
        ValueError: there is no such sample.
    """
    _check(drawn, hits)
    tail = (1 - confidence) / 2
    possible = range(hits, lot - drawn + hits + 1)
    low = _first(possible, lambda number: at_least(lot, number, drawn, hits) > tail)
    beyond = _first(possible, lambda number: at_most(lot, number, drawn, hits) <= tail)
    return Interval(hits / drawn, low / lot, (beyond - 1) / lot)


def clopper_pearson(drawn: int, hits: int, confidence: float = CONFIDENCE) -> Interval:
    """Return the limits of Clopper and Pearson, for a sample that is a small part of what it was drawn from.

    Args:
        drawn: units, 1 or more.
        hits: of them, what is counted.
        confidence: of both limits together.

    Raises:
        ValueError: there is no such sample.
    """
    _check(drawn, hits)
    return _clopper_pearson(float(drawn), float(hits), hits / drawn, confidence)


def stratified(strata: Sequence[Stratum], confidence: float = CONFIDENCE) -> Interval:
    """Return the limits for a share of a lot that was drawn from in parts.

    The share is the parts' shares, weighted by their units. The limits are those of Korn and Graubard (*Survey
    Methodology* 24, 1998, pp. 193-201): of Clopper and Pearson, for as many units as a plain draw would need for the
    same variance, with the finite population corrections of the parts and without the one for few degrees of freedom:
    parts are few here, and what is drawn from each is not.

    Args:
        strata: parts of the lot; of each at least one unit was drawn.
        confidence: of both limits together.

    Raises:
        ValueError: there are no parts, or from one nothing was drawn.
    """
    if not strata:
        raise ValueError("no parts")
    for part in strata:
        _check(part.drawn, part.hits)
    if len(strata) == 1:
        return finite(strata[0].units, strata[0].drawn, strata[0].hits, confidence)
    lot = sum(part.units for part in strata)
    share = sum(part.units * part.hits / part.drawn for part in strata) / lot
    drawn = _effective(strata, lot, share)
    found = _clopper_pearson(drawn, drawn * share, share, confidence)
    # What was seen is certain, whatever the approximation says.
    least = sum(part.hits for part in strata) / lot
    most = 1 - sum(part.drawn - part.hits for part in strata) / lot
    return Interval(share, min(share, max(found.low, least)), max(share, min(found.high, most)))


def _effective(strata: Sequence[Stratum], lot: int, share: float) -> float:
    """Return of how many units a plain draw has the variance of these parts together."""
    drawn = float(sum(part.drawn for part in strata))
    variance = 0.0
    for part in strata:
        if part.drawn < 2:
            return drawn  # its variance is not known
        here = part.hits / part.drawn
        left = 1 - part.drawn / part.units
        variance += (part.units / lot) ** 2 * left * here * (1 - here) / (part.drawn - 1)
    return share * (1 - share) / variance if variance else drawn


def _clopper_pearson(drawn: float, hits: float, share: float, confidence: float) -> Interval:
    """Return the limits for numbers that need not be whole: quantiles of beta distributions."""
    tail = (1 - confidence) / 2
    low = 0.0 if hits <= 0 else _root(lambda p: _beta(p, hits, drawn - hits + 1) - tail)
    high = 1.0 if hits >= drawn else _root(lambda p: _beta(p, hits + 1, drawn - hits) - (1 - tail))
    return Interval(share, low, high)


def _beta(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22)."""
    if x <= 0 or x >= 1:
        return min(1.0, max(0.0, x))
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(1 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    return front * _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of I_x(a, b) by Lentz's method."""
    tiny = 1e-300
    result, c, d = 1.0, 1.0, 0.0
    for step in range(int(200 + 10 * sqrt(a + b))):
        half = step // 2
        if step == 0:
            term = 1.0
        elif step % 2:
            term = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            term = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        d = 1 / (1 + term * d or tiny)
        c = 1 + term / c or tiny
        result *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return result - 1


def _root(rising: Callable[[float], float]) -> float:
    """Return where a rising function on 0…1 is zero, by halving."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _first(numbers: range, holds: Callable[[int], bool]) -> int:
    """Return the first number from which on something holds; the one after the last where it never does."""
    low, high = 0, len(numbers)
    while low < high:
        middle = (low + high) // 2
        if holds(numbers[middle]):
            high = middle
        else:
            low = middle + 1
    return numbers.start + low


def _check(drawn: int, hits: int) -> None:
    if not (drawn > 0 and 0 <= hits <= drawn):
        raise ValueError(f"{hits} of {drawn}")
