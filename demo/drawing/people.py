"""People standing in a row in front of the subject."""

from __future__ import annotations

import random

from demo.drawing.canvas import Canvas, Colour, Point, shade

COATS: tuple[Colour, ...] = ((52, 66, 96), (46, 50, 56), (92, 104, 82), (214, 210, 200), (120, 60, 56))
TROUSERS: tuple[Colour, ...] = ((38, 44, 60), (52, 50, 48), (70, 74, 62))
SKIN: Colour = (224, 186, 154)
HAIR: Colour = (30, 28, 28)
SPACING = 84.0  # units between neighbours, so that nobody hides anybody


def _person(canvas: Canvas, foot: Point, height: float, rng: random.Random) -> Point:
    x, y = foot
    u = height / 180
    coat, trousers = rng.choice(COATS), rng.choice(TROUSERS)
    head = (x, y - 161 * u)
    for side in (-1, 1):
        canvas.rect((x + side * 11 * u - 8 * u, y - 72 * u, x + side * 11 * u + 8 * u, y - 4 * u), trousers)
        canvas.ellipse((x + side * 12 * u, y - 4 * u), 11 * u, 5 * u, HAIR)
        arm = [(x + side * 20 * u, y - 132 * u), (x + side * 29 * u, y - 100 * u), (x + side * 27 * u, y - 70 * u)]
        canvas.line(arm, shade(coat, 0.8), 10 * u)
        canvas.ellipse(arm[-1], 6 * u, 6 * u, SKIN)
    canvas.polygon(
        [(x - 24 * u, y - 138 * u), (x + 24 * u, y - 138 * u), (x + 21 * u, y - 62 * u), (x - 21 * u, y - 62 * u)], coat
    )
    canvas.line([(x, y - 136 * u), (x, y - 66 * u)], shade(coat, 0.65), 3 * u)
    canvas.ellipse((x, y - 165 * u), 17 * u, 19 * u, HAIR)
    canvas.ellipse(head, 15 * u, 17 * u, SKIN)
    if rng.random() < 0.3:
        canvas.rect((x - 18 * u, y - 184 * u, x + 18 * u, y - 170 * u), shade(coat, 0.7))
    return head


def draw_people(canvas: Canvas, count: int, ground: tuple[float, float], rng: random.Random) -> list[Point]:
    """Draw ``count`` people whose feet stand between the two heights of ``ground``.

    Returns:
        Where their heads are, in units.
    """
    if not count:
        return []
    span = SPACING * (count - 1)
    slack = canvas.width - 160 - span
    left = 80 + rng.uniform(0.1, 0.9) * slack
    gap = SPACING + rng.uniform(0, min(40.0, slack * 0.1 / max(1, count - 1)))
    height, y = rng.uniform(165, 190), rng.uniform(*ground)
    return [
        _person(canvas, (left + index * gap, y + rng.uniform(-8, 8)), height * rng.uniform(0.94, 1.04), rng)
        for index in range(count)
    ]
