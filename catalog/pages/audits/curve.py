"""The operating curve of a plan as figures for a drawing: the page's template makes an SVG of it, without a script."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.review.acceptance.plans import Plan, Promise

WIDTH, HEIGHT = 640, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 16, 44
_ROWS = 10


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on an axis, or on the curve.

    Attributes:
        place: in units of the drawing.
        share: which share it stands for, from 0 to 1.
    """

    place: float
    share: float


@dataclass(frozen=True, slots=True)
class Curve:
    """An operating curve.

    Attributes:
        line: the points of the curve, as an SVG has them.
        across: marks below it: shares of wrong units.
        up: marks beside it: probabilities of acceptance.
        expected: where the expected share is.
        tolerable: where the tolerable share is.
        rows: share, and probability of acceptance, for the table beside it.
    """

    line: str
    across: list[Mark]
    up: list[Mark]
    expected: Mark
    tolerable: Mark
    rows: list[tuple[float, float]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    top: int = _TOP
    bottom: int = HEIGHT - _BOTTOM


def curve_of(plan: Plan, promise: Promise) -> Curve:
    """Lay out a plan's operating curve.

    Args:
        plan: the plan.
        promise: what it keeps; its two shares are marked.
    """
    points = plan.operating_curve()
    last = max(points[-1][0], min(1.0, 1.2 * promise.tolerable))
    if last > points[-1][0]:
        points = [*points, (last, plan.acceptance(round(last * plan.lot)))]

    def across(share: float) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * share / last, 1)

    def up(probability: float) -> float:
        return round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * probability, 1)

    return Curve(
        line=" ".join(f"{across(share)},{up(probability)}" for share, probability in points),
        across=[Mark(across(share), share) for share in (last * number / 5 for number in range(6))],
        up=[Mark(up(share), share) for share in (0.0, 0.25, 0.5, 0.75, 1.0)],
        expected=Mark(across(promise.expected), promise.expected),
        tolerable=Mark(across(promise.tolerable), promise.tolerable),
        rows=_rows(plan, points, promise),
    )


def _rows(plan: Plan, points: Sequence[tuple[float, float]], promise: Promise) -> list[tuple[float, float]]:
    """Return some points of the curve for the table; the two shares that the plan was made for are among them."""
    step = max(1, len(points) // _ROWS)
    chosen = {*(share for share, _probability in points[::step]), promise.expected, promise.tolerable}
    return [(share, plan.acceptance(min(plan.lot, round(share * plan.lot)))) for share in sorted(chosen)]
