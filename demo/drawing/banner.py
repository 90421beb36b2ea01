"""A cloth banner with a year on it, hung between two poles."""

from __future__ import annotations

import random
from dataclasses import dataclass

from demo.drawing.canvas import Box, Canvas, Colour, Point, shade

CLOTHS: tuple[tuple[Colour, Colour], ...] = (
    ((170, 36, 34), (250, 244, 226)),
    ((150, 30, 30), (244, 214, 120)),
    ((238, 232, 214), (40, 34, 32)),
)
DIGIT_HEIGHT = 118.0
DIGIT_STEP = 88.0
# The strokes of 年 in a box of 100 × 100, so that no Chinese font is needed.
YEAR_STROKES: tuple[tuple[Point, Point], ...] = (
    ((32, 2), (14, 34)),
    ((26, 20), (88, 20)),
    ((27, 45), (82, 45)),
    ((27, 45), (27, 70)),
    ((4, 70), (96, 70)),
    ((56, 20), (56, 100)),
)


@dataclass(frozen=True, slots=True)
class Banner:
    """Where a banner was drawn, in units: its box and the middle of each of its four digits."""

    box: Box
    digits: tuple[Point, ...]


WIDTH, HEIGHT = 5 * DIGIT_STEP + 50, DIGIT_HEIGHT + 44


def draw_banner(canvas: Canvas, year: int, rng: random.Random) -> Banner:
    """Hang a banner with ``year`` and 年 in the upper part of the picture and return where it is."""
    return hang_banner(canvas, year, (rng.uniform(40, canvas.width - WIDTH - 40), rng.uniform(36, 74)), rng)


def hang_banner(canvas: Canvas, year: int, corner: Point, rng: random.Random) -> Banner:
    """Hang a banner with ``year``, a number of four digits, with its upper left corner at ``corner``."""
    cloth, ink = rng.choice(CLOTHS)
    (x, y), width, height = corner, WIDTH, HEIGHT
    for pole in (x - 6, x + width + 6):
        canvas.line([(pole, y - 20), (pole, y + height + rng.uniform(150, 330))], shade(cloth, 0.45), 9)
    canvas.rect((x, y, x + width, y + height), cloth)
    canvas.line([(x, y), (x + width, y)], shade(cloth, 0.6), 4)
    canvas.line([(x, y + height), (x + width, y + height)], shade(cloth, 0.6), 4)
    middle = y + height / 2
    digits = tuple((x + 25 + DIGIT_STEP * (index + 0.5), middle) for index in range(4))
    for point, digit in zip(digits, str(year), strict=True):
        canvas.text(point, digit, DIGIT_HEIGHT, ink)
    left, top, unit = x + 25 + DIGIT_STEP * 4 + 4, middle - DIGIT_HEIGHT * 0.46, DIGIT_HEIGHT * 0.0092
    for (x1, y1), (x2, y2) in YEAR_STROKES:
        canvas.line([(left + x1 * unit * 0.74, top + y1 * unit), (left + x2 * unit * 0.74, top + y2 * unit)], ink, 9)
    return Banner((x, y, x + width, y + height), digits)
