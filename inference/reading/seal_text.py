"""Sets the text of a seal as rows of upright characters: unwraps the rim of a round one, cuts a square one into cells.

Where a square can be cut in several ways all are set, and the recogniser's own confidence chooses among them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from inference.reading.pixels import Pixels, in_three_colours, quarter_turned, resized

_RADIUS = 180  # pixels to which a round seal is brought
_FRAME_WITHIN = 0.3  # of the radius from the edge
_FRAME_INK = 0.5  # share of a circle, or of a side, that a frame fills
_FRAME_DEPTH = 0.14  # of a side from the edge
_LEAST_TEXT = 0.18  # of the radius: text along the rim is higher
_TEXT_WITHIN = 0.62  # of the radius from the edge
_VALLEY_BELOW = 0.3  # of the ink in the text's middle
_CLEAR = 0.02  # share of ink between characters, and where a seal's text begins
_SIDE = 240  # pixels to which the shorter side of a square seal is brought
_MOST_COLUMNS = 4
_MOST_CELLS = 10
_CELL = (0.42, 1.9)  # width to height
_NARROW_CUT = 0.12  # share of ink that a cut between characters passes through
_GLYPH = 64


@dataclass(frozen=True, slots=True)
class RoundText:
    """A round seal's text, in three colours.

    Attributes:
        rim: its rim as a row, clockwise from where its text begins.
        rim_from_inside: the same from the middle outwards, anticlockwise: numbers below the star are upright in it.
        middle: what is inside of it, upright.
    """

    rim: Pixels
    rim_from_inside: Pixels
    middle: Pixels


@dataclass(frozen=True, slots=True)
class Cells:
    """One way to cut a square seal into characters.

    Attributes:
        columns: its characters in one row, column by column from the right.
        across: in one row, row by row from the left, where the columns are of one length; otherwise None.
        count: how many there are.
    """

    columns: Pixels
    across: Pixels | None
    count: int


def round_text(seal: Pixels) -> RoundText:
    """Unwrap a round seal.

    Args:
        seal: set straight, black on white, in grey; an oval fills its rectangle.
    """
    disc = np.asarray(cv2.resize(seal, (2 * _RADIUS, 2 * _RADIUS), interpolation=cv2.INTER_CUBIC))
    middle = (_RADIUS - 0.5, _RADIUS - 0.5)
    around = round(2 * np.pi * 0.8 * _RADIUS)
    flags = cv2.INTER_CUBIC | cv2.WARP_POLAR_LINEAR
    # One row for each depth below the edge, one column for each angle.
    wrapped = np.asarray(cv2.warpPolar(disc, (_RADIUS, around), middle, _RADIUS, flags), dtype=np.uint8).T[::-1]
    top, bottom = _depths(wrapped)
    start, open_part = _beginning(wrapped[top:bottom])
    rim = in_three_colours(np.ascontiguousarray(np.roll(wrapped[top:bottom], -start, axis=1)))
    # Where the text begins is below: the open part of the rim looks down.
    turn = cv2.getRotationMatrix2D(middle, 360.0 * start / around - 90.0, 1.0)
    upright = cv2.warpAffine(disc, turn, disc.shape[::-1], borderValue=255)
    # What stands in the middle may reach into it.
    mask = cv2.circle(np.zeros_like(upright), (_RADIUS, _RADIUS), _RADIUS - bottom, 1, thickness=-1)
    half = 180.0 * open_part / around
    cv2.ellipse(mask, (_RADIUS, _RADIUS), (_RADIUS - top,) * 2, 90.0, -half, half, 1, thickness=-1)
    inner = np.where(mask == 1, upright, np.uint8(255))
    return RoundText(rim, quarter_turned(rim, 2), in_three_colours(inner))


def square_texts(seal: Pixels, *, is_solid: bool) -> list[Cells]:
    """Cut a square seal into its characters, in every way in which no cut runs through one.

    Args:
        seal: set straight, black on white, in grey.
        is_solid: whether it has no frame of its own.
    """
    height, width = seal.shape
    scale = _SIDE / min(height, width)
    scaled = resized(seal, scale)
    inside = _trimmed(_without_frame(scaled, is_solid=is_solid))
    found = []
    for count in range(1, _MOST_COLUMNS + 1):
        columns = _pieces(inside, count, axis=1)
        cut = [_column_cells(column) for column in columns]
        if columns and all(cut):
            found += [_cells(cells) for cells in _choices(cut)]
    return found


def _depths(wrapped: Pixels) -> tuple[int, int]:
    """Return below which depth the frame of a round seal ends, and at which the text along it does."""
    ink = (wrapped < 128).mean(axis=1)
    frame = [depth for depth in range(round(_FRAME_WITHIN * _RADIUS)) if ink[depth] >= _FRAME_INK]
    top = (frame[-1] + 1 if frame else 0) + 2
    least, most = top + round(_LEAST_TEXT * _RADIUS), round(_TEXT_WITHIN * _RADIUS)
    text = float(np.max(ink[top:least])) if least > top else 0.0
    for depth in range(least, most):
        # A valley below the text, or a second circle.
        if ink[depth] <= _VALLEY_BELOW * text or ink[depth] >= _FRAME_INK:
            return top, depth
    return top, least + int(np.argmin(ink[least:most]))


def _beginning(rim: Pixels) -> tuple[int, int]:
    """Return where a rim's text begins, in the middle of its longest empty part, and how long that part is."""
    # A word in the middle reaches into the inner part of the rim.
    clear = (rim[: max(1, rim.shape[0] * 3 // 5)] < 128).mean(axis=0) <= _CLEAR
    best, end, run = 0, 0, 0
    for place in range(2 * len(clear)):
        run = run + 1 if clear[place % len(clear)] else 0
        if best < run <= len(clear):
            best, end = run, place
    if not best:
        return len(clear) // 4, 0
    return (end - best // 2) % len(clear), best


def _without_frame(seal: Pixels, *, is_solid: bool) -> Pixels:
    """Return a square seal's inner part: what is filled from side to side near an edge is the frame."""
    ink = seal < 128
    height, width = ink.shape
    if is_solid:
        edge = round(0.04 * min(height, width))
        return seal[edge : height - edge, edge : width - edge]
    top, bottom = (_frame_depth(ink[::step].mean(axis=1)) for step in (1, -1))
    left, right = (_frame_depth(ink[:, ::step].mean(axis=0)) for step in (1, -1))
    return seal[top : height - bottom, left : width - right]


def _frame_depth(share: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> int:
    """Return how far from an edge a frame reaches, given the share of ink in each row of pixels from it on."""
    within = round(_FRAME_DEPTH * len(share))
    filled = np.flatnonzero(share[:within] >= _FRAME_INK)
    if not len(filled):
        return 0
    # Its blurred inner edge goes with it.
    depth = int(filled[-1]) + 1
    while depth < within and share[depth] > share[depth + 1]:
        depth += 1
    return depth


def _trimmed(grey: Pixels) -> Pixels:
    """Cut empty edges off."""
    ink = grey < 128
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return grey
    return grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _pieces(grey: Pixels, count: int, axis: int) -> list[Pixels]:
    """Cut a picture into so many parts, side by side or one below the other, where there is least ink near each cut.

    Nothing where a cut would run through a character.
    """
    length = grey.shape[axis]
    share = (grey < 128).mean(axis=1 - axis)
    cuts = [0]
    for number in range(1, count):
        near, reach = length * number / count, max(1.0, 0.25 * length / count)
        first, last = max(cuts[-1] + 1, round(near - reach)), min(length - 1, round(near + reach))
        if last <= first:
            return []
        window = share[first:last]
        lowest = np.flatnonzero(window <= window.min() + 0.005)
        if window.min() > _NARROW_CUT:
            return []
        cuts.append(first + int(lowest[np.argmin(np.abs(lowest + first - near))]))
    edges = [*cuts, length]
    parts = [grey[a:b] if axis == 0 else grey[:, a:b] for a, b in pairwise(edges)]
    return parts if all(min(part.shape) >= 4 and (part < 128).any() for part in parts) else []


def _column_cells(column: Pixels) -> list[list[Pixels]]:
    """Return the ways to cut a column into characters about as wide as high, at most two."""
    width = _trimmed(column).shape[1]
    ways = []
    for count in range(1, _MOST_CELLS + 1):
        shape = width / (column.shape[0] / count)
        if _CELL[0] <= shape <= _CELL[1] and (cells := _pieces(column, count, axis=0)):
            ways.append((abs(np.log(shape)), cells))
    ways.sort(key=lambda way: way[0])
    return [cells for _, cells in ways[:2]]


def _choices(columns: list[list[list[Pixels]]]) -> Iterator[list[list[Pixels]]]:
    """Yield the columns all cut in the first way, and each of them in its second."""
    yield [ways[0] for ways in columns]
    for place, ways in enumerate(columns):
        if len(ways) > 1:
            yield [other[0] if number != place else ways[1] for number, other in enumerate(columns)]


def _cells(columns: list[list[Pixels]]) -> Cells:
    from_right = [cell for column in reversed(columns) for cell in column]
    even = len({len(column) for column in columns}) == 1 and len(columns) > 1 and len(columns[0]) > 1
    across = [column[row] for row in range(len(columns[0])) for column in columns] if even else None
    return Cells(_row(from_right), _row(across) if across else None, len(from_right))


def _row(cells: list[Pixels]) -> Pixels:
    """Return characters side by side, as high as each other."""
    margin = round(_GLYPH * 0.12)
    signs = []
    for cell in cells:
        trimmed = _trimmed(cell)
        scale = _GLYPH / max(trimmed.shape)
        size = (max(1, round(trimmed.shape[1] * scale)), max(1, round(trimmed.shape[0] * scale)))
        sign = np.full((_GLYPH + 2 * margin, _GLYPH + 2 * margin), 255, np.uint8)
        left, top = (sign.shape[1] - size[0]) // 2, (sign.shape[0] - size[1]) // 2
        sign[top : top + size[1], left : left + size[0]] = cv2.resize(trimmed, size, interpolation=cv2.INTER_AREA)
        signs.append(sign)
    edge = np.full((signs[0].shape[0], round(_GLYPH * 0.3)), 255, np.uint8)
    return in_three_colours(np.concatenate([edge, *signs, edge], axis=1))
