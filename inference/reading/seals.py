"""Finds red seals, and sets what they say as lines that a recogniser of printed text knows.

A round seal says its text along its rim, clockwise, and often a word or a number straight below its star; a square one
in columns, the rightmost first. Red ink is told from black by colour, so that each is read without the other.
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from inference.reading.pixels import Pixels, line_pixels
from inference.reading_order import Quad, flat, quad_of

_LEAST_RED = 45  # of 255: by so much red ink is redder than green and blue
_MOST_TINT = 0.45  # of that: what green and blue may differ
_LEAST_SHARE = 0.0003  # of the picture
_LONG_RULE = 0.3  # of the longer side: rules of ruled paper
_SMALLEST = 22  # pixels
_LARGEST = 0.45  # of the longer side; larger ones are seals only where they can be read
_LONGEST = 4.0  # times as long as wide
_ELONGATED = 1.7  # longer ones are stamps with rows, or boxes drawn in red: seals only where they can be read
_ROUND = (0.70, 0.86)  # share of its rectangle that an ellipse takes: 0.785
_STRAIGHT = 0.87
_RIM = 0.14  # of the way from the edge to the middle
_FRAMED = 0.7
_SOLID = 0.5
_LEAST_INSIDE = 0.03
_LEAST_CROSSED = 0.1  # of a line's height that red ink takes where it crosses the line
_LEAST_SIGN = 0.25  # of a line's height: so far along it red ink is there
_BLACK = 0.55  # of the paper's light
_NEIGHBOURS = 3  # signs of one size in a row are a heading in red
_LIGHT = 130  # paper under a seal without a frame


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal, in pixels of the picture in which it was looked for.

    Attributes:
        quad: the corners of the rectangle around it.
        is_round: whether it is round or oval.
        is_solid: whether its characters are left out of the red.
        is_certain: whether it is a seal even if nothing can be read on it.
    """

    quad: Quad
    is_round: bool
    is_solid: bool
    is_certain: bool


def red_ink(pixels: Pixels) -> Pixels:
    """Return 1 where there is red ink, 0 elsewhere.

    Args:
        pixels: a picture.
    """
    redder = cv2.threshold(_lead(pixels), _LEAST_RED - 1, 1, cv2.THRESH_BINARY)[1]
    if not cv2.countNonZero(redder):
        return np.asarray(redder, dtype=np.uint8)
    blue, green, red = cv2.split(pixels)
    # Brown of old paper and of skin lies between red and yellow.
    pure = cv2.absdiff(green, blue) <= _MOST_TINT * cv2.subtract(red, cv2.min(green, blue)).astype(np.float32)
    return np.asarray(cv2.bitwise_and(redder, pure.astype(np.uint8)), dtype=np.uint8)


def red_marks(small: Pixels) -> Pixels | None:
    """Return 1 where there is red ink that is no rule of ruled paper; None where there is no more than chance leaves.

    Args:
        small: a copy of a picture, of some 960 pixels.
    """
    ink = red_ink(small)
    if float(ink.mean()) < _LEAST_SHARE:
        return None
    length = int(_LONG_RULE * max(ink.shape))
    across, down = (
        cv2.morphologyEx(ink, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, shape))
        for shape in ((length, 1), (1, length))
    )
    rules = cv2.dilate(cv2.max(across, down), np.ones((3, 3), np.uint8))
    return np.asarray(cv2.subtract(ink, rules), dtype=np.uint8)


def find_seals(pixels: Pixels, small: Pixels, marks: Pixels) -> list[Seal]:
    """Return the seals in a picture.

    Args:
        pixels: the picture.
        small: a copy of some 960 pixels, in which they are looked for.
        marks: where there is red ink in it.
    """
    bridge = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    closed = cv2.morphologyEx(marks, cv2.MORPH_CLOSE, bridge)
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hulls = [cv2.convexHull(outline) for outline in outlines if max(cv2.boundingRect(outline)[2:]) >= _SMALLEST]
    boxes = [cv2.boundingRect(hull) for hull in hulls]
    found = [
        _seal(pixels, small, marks, hull)
        for hull, box in zip(hulls, boxes, strict=True)
        if sum(_like(box, other) for other in boxes) < _NEIGHBOURS
    ]
    return [seal for seal in found if seal is not None]


def without_red(pixels: Pixels, quads: list[Quad]) -> Pixels:
    """Return a picture in which the red ink in some places is as light as the paper beside it.

    Args:
        pixels: the picture.
        quads: the places.
    """
    lifted = pixels.copy()
    for quad in quads:
        across, down = quad[0::2], quad[1::2]
        left, top = max(0, int(min(across)) - 3), max(0, int(min(down)) - 3)
        part = lifted[top : int(max(down)) + 4, left : int(max(across)) + 4]
        if part.size:
            part[:] = red_channel(part)[:, :, None]
    return lifted


def red_channel(pixels: Pixels) -> Pixels:
    """Return a picture as it looks through a red glass, in grey: red ink is gone, black ink stays."""
    red = pixels[:, :, 2]
    marks = red_ink(pixels) == 1
    if not marks.any():
        return np.ascontiguousarray(red)
    ink, paper = float(np.percentile(red[marks], 20)), float(np.percentile(red, 90))
    lifted = np.clip(red.astype(np.float32) * (paper / max(ink, 1.0)), 0, paper)
    return np.asarray(lifted, dtype=np.uint8)


def red_as_black(pixels: Pixels, seal: Seal) -> Pixels:
    """Return a seal set straight, in grey: its characters black, all else white.

    Args:
        pixels: the picture.
        seal: the seal.
    """
    lead = _lead(line_pixels(pixels, seal.quad)).astype(np.float32)
    full = max(_LEAST_RED, int(np.percentile(lead, 97 if not seal.is_solid else 80)))
    strength = np.clip(lead * (255.0 / full), 0, 255).astype(np.uint8)
    return np.asarray(strength if seal.is_solid else 255 - strength, dtype=np.uint8)


def is_under_red(pixels: Pixels, marks: Pixels, quad: Quad) -> bool:
    """Tell whether red ink lies over a line of black writing.

    Args:
        pixels: the picture.
        marks: where there is red ink in a small copy of it.
        quad: where the line stands.
    """
    across, down = marks.shape[1] / pixels.shape[1], marks.shape[0] / pixels.shape[0]
    cut = line_pixels(marks, flat([value * (down if place % 2 else across) for place, value in enumerate(quad)]))
    if cut.shape[0] > cut.shape[1]:
        cut = cut.T
    # What touches a line's edges only stands between lines.
    edge = cut.shape[0] // 5
    crossed = (cut[edge : cut.shape[0] - edge] > 0).mean(axis=0) >= _LEAST_CROSSED
    if int(crossed.sum()) < max(2, _LEAST_SIGN * cut.shape[0]):
        return False
    black = red_channel(line_pixels(pixels, quad))
    return float((black < _BLACK * np.percentile(black, 90)).mean()) >= _LEAST_INSIDE


def _like(box: "cv2.typing.Rect", other: "cv2.typing.Rect") -> bool:
    """Tell whether two signs are of one size and stand in one row or column, near each other; each is like itself."""
    alike = all(0.6 <= (one / two) <= 1.6 for one, two in zip(box[2:], other[2:], strict=True))
    apart = [abs(box[axis] - other[axis]) for axis in (0, 1)]
    return alike and min(apart) < 0.4 * min(box[2:]) and max(apart) < 6 * max(box[2:])


def _seal(pixels: Pixels, small: Pixels, ink: Pixels, hull: "cv2.typing.MatLike") -> Seal | None:
    """Return what an outline in the small copy is a seal of, or None."""
    rectangle = cv2.minAreaRect(hull)
    shorter, longer = sorted(rectangle[1])
    if shorter < _SMALLEST or longer > _LONGEST * shorter:
        return None
    share = cv2.contourArea(hull) / (shorter * longer)
    is_round = _ROUND[0] <= share <= _ROUND[1] and longer <= _ELONGATED * shorter
    if not is_round and share < _STRAIGHT:
        return None
    if _framed(ink, hull) < _FRAMED or _share_within(ink, hull, 0.8) < _LEAST_INSIDE:
        return None
    across, down = pixels.shape[1] / small.shape[1], pixels.shape[0] / small.shape[0]
    quad = quad_of([(x * across, y * down) for x, y in _corners(hull, is_round=is_round)])
    is_solid = _is_solid(pixels, quad)
    if is_solid and not _on_paper(small, hull):
        return None
    is_certain = not is_solid and longer <= min(_LARGEST * max(small.shape[:2]), _ELONGATED * shorter)
    return Seal(quad, is_round, is_solid, is_certain)


def _corners(hull: "cv2.typing.MatLike", *, is_round: bool) -> list[tuple[float, float]]:
    """Return the corners of the rectangle around an outline: an upright one around a circle, which has no direction."""
    rectangle = cv2.minAreaRect(hull)
    if is_round and max(rectangle[1]) <= 1.1 * min(rectangle[1]):
        left, top, across, down = cv2.boundingRect(hull)
        return [(left, top), (left + across, top), (left + across, top + down), (left, top + down)]
    return [(float(x), float(y)) for x, y in cv2.boxPoints(rectangle)]


def _is_solid(pixels: Pixels, quad: Quad) -> bool:
    """Tell whether most of a seal is red; in full size, for in a small copy thin strokes run into each other."""
    lead = _lead(line_pixels(pixels, quad))
    height, width = lead.shape
    inner = lead[height // 8 : height - height // 8, width // 8 : width - width // 8]
    return float((inner > 0.5 * np.percentile(lead, 97)).mean()) >= _SOLID


def _lead(pixels: Pixels) -> Pixels:
    """Return by how much each pixel is redder than green and blue."""
    blue, green, red = cv2.split(pixels)
    return np.asarray(cv2.subtract(red, cv2.max(green, blue)))


def _share_within(ink: Pixels, hull: "cv2.typing.MatLike", scale: float) -> float:
    """Return the share of red in a seal, or in its inner part."""
    middle = hull.reshape(-1, 2).mean(axis=0)
    inner = ((hull.reshape(-1, 2) - middle) * scale + middle).round().astype(np.int32)
    mask = np.zeros_like(ink)
    cv2.fillConvexPoly(mask, inner, 1)
    return float(ink[mask == 1].mean()) if mask.any() else 0.0


def _framed(ink: Pixels, hull: "cv2.typing.MatLike") -> float:
    """Return along which share of its edge a seal has a frame."""
    points = hull.reshape(-1, 2).astype(np.float32)
    middle = points.mean(axis=0)
    corners = np.concatenate([points, points[:1]])
    steps = np.linspace(0, 1, 24, endpoint=False)[:, None]
    edge = np.concatenate([start + (end - start) * steps for start, end in pairwise(corners)])
    lengths = np.linalg.norm(np.diff(corners, axis=0), axis=1)
    weights = np.repeat(lengths / 24, 24)
    inward = np.linspace(0, _RIM, 10)[:, None, None]
    places = (edge + (middle - edge) * inward).round().astype(int)
    x, y = np.clip(places[..., 0], 0, ink.shape[1] - 1), np.clip(places[..., 1], 0, ink.shape[0] - 1)
    return float(np.average(ink[y, x].max(axis=0), weights=weights))


def _on_paper(pixels: Pixels, hull: "cv2.typing.MatLike") -> bool:
    """Tell whether a red patch lies on something light and colourless: red clothes and lanterns do not."""
    mask = np.zeros(pixels.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, hull.reshape(-1, 2).astype(np.int32), 1)
    around = (cv2.dilate(mask, np.ones((15, 15), np.uint8)) - cv2.dilate(mask, np.ones((5, 5), np.uint8))) == 1
    if not around.any():
        return True
    return float(np.median(pixels[around].min(axis=1))) >= _LIGHT
