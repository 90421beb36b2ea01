"""Where small writing may stand that was not found in a small copy: a caption of 32 pixels on a scan of 5,000.

Strokes are what is clearly darker, or lighter, than everything within a few pixels. Writing is a row or a column of
them, close together, running across it and along it, on quiet ground. That is told without a model, in some hundredths
of a second; and the places that pass are few and narrow.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from inference.reading.pixels import Pixels, within
from inference.reading_order import Quad, corners_of, flat, thickness

MOST_REGIONS = 6
"""So many places of a picture are looked at in full size."""
LARGEST_REGION = 960 * 960
"""Pixels of such a place, as it is looked at: as many as the first look takes."""
LONGEST_REGION = 2240

_SIDE = 2400  # longer side in pixels of the copy that strokes are looked for in
_REACH = 11  # pixels: strokes are thinner
_BRIDGED = 15  # pixels between the characters of a line
_LEAST_CONTRAST = 24
_LOWEST, _HIGHEST = 7, 48  # pixels: thinner is a scratch, thicker was found in the small copy
_WIPED = 12  # pixels around a line that was found
_USUAL = 20  # pixels: about as high are the lines of a block, which run into one another
_WIDEST_STROKES = 40  # pixels: strokes of writing in a block come closer than that
_LEAST_LENGTH = 2.5  # times as long as thick
_LEAST_INK, _MOST_INK = 0.1, 0.65
_QUIET, _NEARLY_QUIET = 0.04, 0.15  # share of strokes on the ground beside the line
_CROSSED_ALONG = 1.0  # strokes that one passes on the way along a line, for each square of it
_CROSSED_ACROSS = 1.2  # and on the way across it: a fence has one
_MARGIN = 3  # times the line's thickness


@dataclass(frozen=True, slots=True)
class Region:
    """A place that looks like writing, in pixels of the picture, with room around it.

    Attributes:
        left: of it.
        top: of it.
        right: of it.
        bottom: of it.
        thickness: of the line in it.
        weight: how much speaks for it.
    """

    left: float
    top: float
    right: float
    bottom: float
    thickness: float
    weight: float

    @property
    def size(self) -> tuple[float, float]:
        """Return width and height."""
        return self.right - self.left, self.bottom - self.top

    @property
    def quad(self) -> Quad:
        """Return its corners."""
        return (self.left, self.top, self.right, self.top, self.right, self.bottom, self.left, self.bottom)

    def joined(self, other: "Region") -> "Region":
        """Return the place that holds both."""
        return Region(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
            min(self.thickness, other.thickness),
            self.weight + other.weight,
        )

    def scaled(self, scale: float) -> "Region":
        """Return the same place in a larger or smaller copy."""
        left, top, right, bottom = (scale * side for side in (self.left, self.top, self.right, self.bottom))
        return Region(left, top, right, bottom, scale * self.thickness, self.weight)


def regions_with_strokes(pixels: Pixels, found: Iterable[Quad], scale: float) -> list[Region]:
    """Return the places of a picture that look like small writing, those that look most like it first.

    Args:
        pixels: the picture, or a smaller copy of it.
        found: where lines were found, in its pixels; nothing is looked for there.
        scale: how many times as large the picture in full size is.

    Returns:
        Places in full size, none larger than `LARGEST_REGION` unless it is a single line.
    """
    copy = min(1.0, _SIDE / max(pixels.shape[:2]))
    grey = np.asarray(cv2.cvtColor(within(pixels, _SIDE), cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    lines: list[Region] = []
    known = [np.array(corners_of(quad), dtype=np.float32) * copy for quad in found]
    for kind in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT):
        strokes = _strokes(grey, kind)
        for corners in known:
            _wipe(strokes, corners)
        lines += _lines(strokes)
        lines += [_turned(line) for line in _lines(np.ascontiguousarray(strokes.T))]
    lines.sort(key=lambda line: -line.weight)
    return _joined([line.scaled(scale / copy) for line in _apart(lines)])


def _strokes(grey: Pixels, kind: int) -> Pixels:
    difference = cv2.morphologyEx(grey, kind, cv2.getStructuringElement(cv2.MORPH_RECT, (_REACH, _REACH)))
    # On grain and leaves everything differs a little.
    usual = float(np.percentile(difference[::4, ::4], 90))
    return np.asarray(cv2.threshold(difference, max(_LEAST_CONTRAST, 1.6 * usual), 1, cv2.THRESH_BINARY)[1])


def _wipe(strokes: Pixels, corners: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> None:
    """Take the strokes of a line that was found away, with its descenders and punctuation."""
    quad = [float(value) for value in corners.ravel()]
    margin = min(_WIPED, round(0.6 * thickness(flat(quad))))
    points = corners.round().astype(np.int32)
    cv2.fillConvexPoly(strokes, points, 0)
    cv2.polylines(strokes, [points], isClosed=True, color=0, thickness=max(1, 2 * margin))


def _lines(strokes: Pixels) -> list[Region]:
    """Return the rows of strokes that look like a line of writing, or like a block of such lines."""
    joined = cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_RECT, (_BRIDGED, 7)))
    # Grain leaves thousands of specks: away with what is shorter than any line.
    joined = cv2.morphologyEx(joined, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, (_BRIDGED, 5)))
    outlines, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    lines = []
    for left, top, across, down in map(cv2.boundingRect, outlines):
        is_block = down > _HIGHEST
        thick = _USUAL if is_block else down
        if down < _LOWEST or across < (2 * _HIGHEST if is_block else _LEAST_LENGTH * down):
            continue
        if weight := _weight(strokes, left, top, across, down):
            margin = _MARGIN * thick
            right, bottom = left + across + margin, top + down + margin
            lines.append(Region(left - margin, top - margin, right, bottom, thick, weight))
    return lines


def _weight(strokes: Pixels, left: int, top: int, across: int, down: int) -> float:
    """Return how much speaks for writing in a row of strokes; nothing where it is none."""
    line = strokes[top : top + down, left : left + across]
    ink = int(line.sum())
    if not _LEAST_INK <= ink / line.size <= _MOST_INK:
        return 0.0
    thick = min(down, _USUAL if down > _HIGHEST else down)
    around = strokes[max(0, top - thick) : top + down + thick, max(0, left - thick) : left + across + thick]
    beside = (int(around.sum()) - ink) / max(1, around.size - line.size)
    signed = line.astype(np.int8)
    along = float(np.median(np.abs(np.diff(signed, axis=1)).sum(axis=1))) / 2
    over = float(np.mean(np.abs(np.diff(signed, axis=0)).sum(axis=0))) / 2
    if beside > _NEARLY_QUIET or along < _CROSSED_ALONG * across / min(down, _WIDEST_STROKES):
        return 0.0
    if over < max(_CROSSED_ACROSS, down / _WIDEST_STROKES):
        return 0.0
    return across / thick * (1.0 if beside <= _QUIET else 0.1)


def _turned(line: Region) -> Region:
    return Region(line.top, line.left, line.bottom, line.right, line.thickness, line.weight)


def _apart(lines: list[Region]) -> list[Region]:
    """Leave out what lies within a line that speaks louder: dark strokes enclose light ones."""
    kept: list[Region] = []
    for line in lines:
        middle = ((line.left + line.right) / 2, (line.top + line.bottom) / 2)
        if not any(one.left <= middle[0] <= one.right and one.top <= middle[1] <= one.bottom for one in kept):
            kept.append(line)
    return kept


def _joined(lines: list[Region]) -> list[Region]:
    """Join lines that lie near each other to places of bounded size."""
    regions: list[Region] = []
    for line in lines:
        for place, region in enumerate(regions):
            both = region.joined(line)
            width, height = both.size
            if width * height <= LARGEST_REGION and max(width, height) <= LONGEST_REGION:
                regions[place] = both
                break
        else:
            regions.append(line)
    return sorted(regions, key=lambda region: -region.weight)
