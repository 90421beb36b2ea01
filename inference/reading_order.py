"""Where lines of text lie, and in which order they are read. Plain arithmetic: no picture, no library.

Columns are read from top to bottom, the rightmost first; turned by a quarter they are rows, and are ordered as such.
A page that lies upside down is read from its other end. Lines that run across the page's own direction, such as a
heading over columns, are cut off as a block of their own.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Quad = tuple[float, float, float, float, float, float, float, float]
"""Four corners from the upper left one clockwise: x and y of each."""

_TALL = 1.5
_LEAST_IN_BLOCK = 4
_LEAST_BESIDE_GUTTER = 3
_WIDE_GUTTER = 1.5  # times as wide as a line is high
_LONG_LINE = 4.0  # times as long as high
_TOUCHING = 0.3  # of a line's thickness: so far boxes of neighbours reach into each other


def flat(values: Sequence[float]) -> Quad:
    """Return eight numbers as a quadrilateral.

    Args:
        values: x and y of four corners.
    """
    a, b, c, d, e, f, g, h = values
    return a, b, c, d, e, f, g, h


def quad_of(corners: Iterable[tuple[float, float]]) -> Quad:
    """Return four corners as a quadrilateral, from the upper left one clockwise.

    The upper edge is told by the direction of the long sides: by where the corners lie it cannot be told, for both
    upper corners of a long column that leans lie to the same side of both lower ones.

    Args:
        corners: those of an upright or leaning rectangle, in any order.
    """
    points = list(corners)
    middle_x, middle_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    points.sort(key=lambda point: math.atan2(point[1] - middle_y, point[0] - middle_x))
    edges = [(after[0] - before[0], after[1] - before[1]) for before, after in pairwise([*points, points[0]])]
    longest = max(range(4), key=lambda place: math.hypot(*edges[place]))
    across, down = edges[longest]
    if abs(across) >= abs(down):
        first = longest if across > 0 else longest + 2
    else:
        # Clockwise, what goes down is the right side.
        first = longest + 3 if down > 0 else longest + 1
    return flat([value for place in range(4) for value in points[(first + place) % 4]])


def corners_of(quad: Quad) -> list[tuple[float, float]]:
    """Return a quadrilateral's four corners."""
    return list(zip(quad[0::2], quad[1::2], strict=True))


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


def is_square(quad: Quad) -> bool:
    """Tell whether a line is about as high as wide: one character, which runs no way of its own."""
    width, height = sides(quad)
    return height < _TALL * width and width < _TALL * height


def are_columns(quads: Sequence[Quad]) -> bool:
    """Tell whether a page is written in columns: whether they take more of it than rows do.

    Args:
        quads: its lines.
    """
    return sum(area(quad) * (1 if is_vertical(quad) else -1) for quad in quads if not is_square(quad)) > 0


def in_order(quads: Sequence[Quad], *, vertical: bool, upside_down: bool = False) -> list[int]:
    """Return the order in which the lines of a page are read.

    Args:
        quads: the lines.
        vertical: whether the page is written in columns; single lines may run the other way.
        upside_down: whether the page lies on its head.

    Returns:
        Their places in `quads`, first line first.
    """
    angle = _slope(quads)
    boxes = [_box(quad, angle, vertical, upside_down) for quad in quads]
    return _ordered(list(range(len(boxes))), boxes, vertical)


@dataclass(frozen=True, slots=True)
class _Box:
    """A line without the page's tilt, turned so that the page reads in rows; `across` where the line runs otherwise."""

    left: float
    top: float
    right: float
    bottom: float
    across: bool = False

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def reach(self) -> float:
        """Return how far it may reach into a neighbour."""
        return _TOUCHING * min(self.width, self.height)


def _slope(quads: Sequence[Quad]) -> float:
    """Return by which angle a page is tilted: that of its middle line, long ones counting more."""
    angles = sorted((_angle(quad), max(sides(quad))) for quad in quads)
    half = sum(length for _, length in angles) / 2
    for angle, length in angles:
        half -= length
        if half <= 0:
            return angle
    return 0.0


def _angle(quad: Quad) -> float:
    """Return by which angle a line is tilted against the horizontal, or a column against the vertical."""
    if is_vertical(quad):
        return math.atan2(quad[0] - quad[6], quad[7] - quad[1])
    return math.atan2(quad[3] - quad[1], quad[2] - quad[0])


def _box(quad: Quad, angle: float, vertical: bool, upside_down: bool) -> _Box:
    width, height = sides(quad)
    x, y = sum(quad[0::2]) / 4, sum(quad[1::2]) / 4
    x, y = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    across = is_vertical(quad) != vertical and not is_square(quad)
    if vertical:
        x, y, width, height = y, -x, height, width
    if upside_down:
        x, y = -x, -y
    # By middle and sides, not by its corners: a long line that leans otherwise than the page is no thicker for it.
    return _Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2, across)


def _ordered(places: list[int], boxes: Sequence[_Box], vertical: bool) -> list[int]:
    """Order lines: blocks that stand side by side one after the other, and each in rows."""
    if not places:
        return []
    chosen = [boxes[place] for place in places]
    if all(box.across for box in chosen):
        turned = {place: _quarter_turned(boxes[place], back=vertical) for place in places}
        return _ordered(places, [turned.get(place, box) for place, box in enumerate(boxes)], not vertical)
    for split in (_by_gutter, _by_direction):
        if parts := split(places, boxes):
            return [place for part in parts for place in _ordered(part, boxes, vertical)]
    along = [place for place in places if not boxes[place].across]
    if len(along) < len(places):
        # Nowhere to cut: what most of the page is comes first.
        return _ordered(along, boxes, vertical) + _ordered(
            [place for place in places if boxes[place].across], boxes, vertical
        )
    return _rows(places, boxes)


def _quarter_turned(box: _Box, *, back: bool) -> _Box:
    """Return where a line lies when the page is turned so that lines of its kind are rows."""
    if back:
        return _Box(-box.bottom, box.left, -box.top, box.right)
    return _Box(box.top, -box.right, box.bottom, -box.left)


def _by_direction(places: list[int], boxes: Sequence[_Box]) -> list[list[int]]:
    """Cut a page in two where one part holds lines of one direction only; return nothing where there is no such cut."""
    if not any(boxes[place].across for place in places):
        return []
    best: list[list[int]] = []
    widest = -math.inf
    axes: tuple[Callable[[_Box], tuple[float, float]], ...] = (
        lambda box: (box.left + box.reach, box.right - box.reach),
        lambda box: (box.top + box.reach, box.bottom - box.reach),
    )
    for span in axes:
        line = sorted(places, key=lambda place: span(boxes[place])[0])
        end = -math.inf
        for number, (place, following) in enumerate(pairwise(line), 1):
            end = max(end, span(boxes[place])[1])
            gap = span(boxes[following])[0] - end
            parts = [line[:number], line[number:]]
            if gap >= 0 and gap > widest and any(len({boxes[one].across for one in part}) == 1 for part in parts):
                best, widest = parts, gap
    return best


def _by_gutter(places: list[int], boxes: Sequence[_Box]) -> list[list[int]]:
    """Cut a page into what stands above, in, and below blocks of running text side by side; nothing where there is one.

    A heading over two columns belongs to neither, and parts what is above it from what is below. Cells of a table stand
    side by side too, but are short, and belong to their rows.
    """
    best: list[list[int]] = []
    fewest = len(places) / 2
    for edge in sorted({boxes[place].right for place in places})[:-1]:
        left = [place for place in places if boxes[place].right <= edge]
        beyond = [place for place in places if boxes[place].right > edge]
        right = [place for place in beyond if boxes[place].left >= edge - boxes[place].reach]
        over = [place for place in beyond if boxes[place].left < edge - boxes[place].reach]
        if len(over) < fewest and (parts := _bands(left, right, over, boxes)):
            best, fewest = parts, len(over)
    return best


def _bands(left: list[int], right: list[int], over: list[int], boxes: Sequence[_Box]) -> list[list[int]]:
    """Return the blocks left and right of a gutter, band by band between the lines that lie over it.

    Nothing where a line stands beside one of those, or where no band holds running text on both sides.
    """
    if any(_overlap(boxes[place], boxes[cut]) for cut in over for place in (*left, *right)):
        return []
    parts: list[list[int]] = []
    found = False
    top = -math.inf
    for cut in [*sorted(over, key=lambda place: boxes[place].middle), None]:
        bottom = math.inf if cut is None else boxes[cut].middle
        band = [[place for place in side if top <= boxes[place].middle < bottom] for side in (left, right)]
        if _side_by_side(*([boxes[place] for place in part] for part in band)):
            found = True
            parts += band
        else:
            parts.append([*band[0], *band[1]])
        parts.append([] if cut is None else [cut])
        top = bottom
    return [part for part in parts if part] if found else []


def _overlap(box: _Box, cut: _Box) -> bool:
    """Tell whether a line stands beside another one rather than above or below it."""
    return min(box.bottom, cut.bottom) - max(box.top, cut.top) > 0.5 * min(box.height, cut.height)


def _side_by_side(left: Sequence[_Box], right: Sequence[_Box]) -> bool:
    """Tell whether two blocks of running text stand side by side; three lines make one beside a wide gutter only."""
    if min(len(left), len(right)) < _LEAST_BESIDE_GUTTER or not _beside(left, right):
        return False
    boxes = [*left, *right]
    typical = sorted(box.height for box in boxes)[len(boxes) // 2]
    gutter = min(box.left for box in right) - max(box.right for box in left)
    least = _LEAST_BESIDE_GUTTER if gutter >= _WIDE_GUTTER * typical else _LEAST_IN_BLOCK
    return all(len(block) >= least and _is_running_text(block) for block in (left, right))


def _is_running_text(boxes: Sequence[_Box]) -> bool:
    lengths = sorted(box.width / max(1e-6, box.height) for box in boxes)
    return lengths[len(lengths) // 2] >= _LONG_LINE


def _beside(left: Sequence[_Box], right: Sequence[_Box]) -> bool:
    """Tell whether two blocks stand side by side for most of the lower one's height."""
    (top, bottom), (top2, bottom2) = (
        (min(box.top for box in block), max(box.bottom for box in block)) for block in (left, right)
    )
    return min(bottom, bottom2) - max(top, top2) >= 0.6 * min(bottom - top, bottom2 - top2)


def _rows(places: list[int], boxes: Sequence[_Box]) -> list[int]:
    """Order lines from top to bottom, and what stands in one row from left to right."""
    rows: list[list[int]] = []
    for place in sorted(places, key=lambda place: boxes[place].middle):
        if rows and boxes[place].middle - boxes[rows[-1][0]].middle < 0.5 * min(
            boxes[place].height, boxes[rows[-1][0]].height
        ):
            rows[-1].append(place)
        else:
            rows.append([place])
    return [place for row in rows for place in sorted(row, key=lambda place: boxes[place].left)]
