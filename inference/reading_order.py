"""Where lines of text lie, and in which order they are read. Plain arithmetic: no picture, no library.

Columns are read from top to bottom, the rightmost first; turned by a quarter they are rows, and are ordered as such.
A page that lies upside down is read from its other end.
"""

import math
from collections.abc import Iterable, Sequence

Quad = tuple[float, float, float, float, float, float, float, float]
"""Four corners from the upper left one clockwise: x and y of each."""

_TALL = 1.5
_LEAST_IN_COLUMN = 4
_LONG_LINE = 4.0  # times as long as high


def flat(values: Sequence[float]) -> Quad:
    """Return eight numbers as a quadrilateral.

    Args:
        values: x and y of four corners.
    """
    a, b, c, d, e, f, g, h = values
    return a, b, c, d, e, f, g, h


def quad_of(corners: Iterable[tuple[float, float]]) -> Quad:
    """Return four corners as a quadrilateral.

    Args:
        corners: from the upper left one clockwise.
    """
    return flat([value for corner in corners for value in corner])


def sides(quad: Quad) -> tuple[float, float]:
    """Return the length of a line's upper edge, and of its left one, the longer of two opposite ones each."""
    x1, y1, x2, y2, x3, y3, x4, y4 = quad
    return (
        max(math.dist((x1, y1), (x2, y2)), math.dist((x4, y4), (x3, y3))),
        max(math.dist((x1, y1), (x4, y4)), math.dist((x2, y2), (x3, y3))),
    )


def area(quad: Quad) -> float:
    """Return about how much of the picture a line takes."""
    width, height = sides(quad)
    return width * height


def thickness(quad: Quad) -> float:
    """Return how high a line is, or how wide a column."""
    return min(sides(quad))


def is_vertical(quad: Quad) -> bool:
    """Tell whether a line is a column: clearly higher than wide."""
    width, height = sides(quad)
    return height >= _TALL * width


def in_order(quads: Sequence[Quad], *, vertical: bool, upside_down: bool = False) -> list[int]:
    """Return the order in which lines that all run the same way are read.

    Args:
        quads: the lines.
        vertical: whether they are columns.
        upside_down: whether the page lies on its head.

    Returns:
        Their places in `quads`, first line first.
    """
    if not quads:
        return []
    turned = [_as_row(quad, vertical, upside_down) for quad in quads]
    angle = _slope(turned)
    boxes = [_bounds(quad, angle) for quad in turned]
    return _blocks(list(range(len(boxes))), boxes)


_Bounds = tuple[float, float, float, float]


def _as_row(quad: Quad, vertical: bool, upside_down: bool) -> Quad:
    """Return a line as it would lie if the page were turned so that it reads from left to right."""
    corners = list(zip(quad[0::2], quad[1::2], strict=True))
    if vertical:
        corners = [(y, -x) for x, y in corners]
        # The upper right corner has become the upper left one.
        corners = [*corners[1:], corners[0]]
    if upside_down:
        corners = [(-x, -y) for x, y in corners]
        corners = [*corners[2:], *corners[:2]]
    return quad_of(corners)


def _slope(quads: Sequence[Quad]) -> float:
    """Return by which angle the lines are tilted: that of the middle one, long lines counting more."""
    angles = sorted(
        (math.atan2(quad[3] - quad[1], quad[2] - quad[0]), math.dist(quad[0:2], quad[2:4])) for quad in quads
    )
    half = sum(length for _, length in angles) / 2
    for angle, length in angles:
        half -= length
        if half <= 0:
            return angle
    return 0.0


def _bounds(quad: Quad, angle: float) -> _Bounds:
    """Return left, top, right and bottom of a line after the page's tilt is taken away."""
    cosine, sine = math.cos(-angle), math.sin(-angle)
    points = [(x * cosine - y * sine, x * sine + y * cosine) for x, y in zip(quad[0::2], quad[1::2], strict=True)]
    across, down = zip(*points, strict=True)
    return min(across), min(down), max(across), max(down)


def _blocks(places: list[int], boxes: Sequence[_Bounds]) -> list[int]:
    """Read blocks of text that stand side by side one after the other, and each in rows."""
    gap = _gutter(places, boxes)
    if gap is None:
        return _rows(places, boxes)
    left = [place for place in places if boxes[place][2] <= gap]
    return _blocks(left, boxes) + _blocks([place for place in places if place not in set(left)], boxes)


def _gutter(places: list[int], boxes: Sequence[_Bounds]) -> float | None:
    """Return where the leftmost block of running text ends, or None where there is one block only.

    Cells of a table stand side by side too, but are short, and belong to their rows.
    """
    edges = sorted({boxes[place][2] for place in places})
    for edge in edges[:-1]:
        left = [boxes[place] for place in places if boxes[place][2] <= edge]
        right = [boxes[place] for place in places if boxes[place][2] > edge]
        if min(box[0] for box in right) >= edge and all(map(_is_running_text, (left, right))) and _beside(left, right):
            return edge
    return None


def _is_running_text(boxes: Sequence[_Bounds]) -> bool:
    lengths = sorted((box[2] - box[0]) / max(1e-6, box[3] - box[1]) for box in boxes)
    return len(boxes) >= _LEAST_IN_COLUMN and lengths[len(lengths) // 2] >= _LONG_LINE


def _beside(left: Sequence[_Bounds], right: Sequence[_Bounds]) -> bool:
    """Tell whether two blocks stand side by side for most of the lower one's height."""
    (top, bottom), (top2, bottom2) = (
        (min(box[1] for box in block), max(box[3] for box in block)) for block in (left, right)
    )
    return min(bottom, bottom2) - max(top, top2) >= 0.6 * min(bottom - top, bottom2 - top2)


def _rows(places: list[int], boxes: Sequence[_Bounds]) -> list[int]:
    """Order lines from top to bottom, and what stands in one row from left to right."""
    rows: list[list[int]] = []
    for place in sorted(places, key=lambda place: _middle(boxes[place])):
        if rows and _middle(boxes[place]) - _middle(boxes[rows[-1][0]]) < 0.5 * min(
            _height(boxes[place]), _height(boxes[rows[-1][0]])
        ):
            rows[-1].append(place)
        else:
            rows.append([place])
    return [place for row in rows for place in sorted(row, key=lambda place: boxes[place][0])]


def _middle(box: _Bounds) -> float:
    return (box[1] + box[3]) / 2


def _height(box: _Bounds) -> float:
    return box[3] - box[1]
