"""The eight main subjects. Each function draws one around a point on the ground and returns its box in units."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from demo.drawing.canvas import Box, Canvas, Colour, mix, shade
from demo.scene import Subject

STONE: Colour = (172, 165, 152)
BRICK: Colour = (158, 92, 72)
PLASTER: Colour = (196, 186, 166)
TILE: Colour = (78, 84, 88)
TIMBER: Colour = (110, 74, 48)
LEAF: Colour = (66, 110, 58)
DARK: Colour = (44, 46, 50)
WATER: Colour = (98, 134, 152)
SMOKE: Colour = (205, 203, 200)


def _vary(rng: random.Random, colour: Colour) -> Colour:
    return shade(colour, rng.uniform(0.85, 1.15))


def _bridge(canvas: Canvas, x: float, y: float, s: float, rng: random.Random) -> Box:
    half, rise = 250 * s, rng.uniform(105, 135) * s
    stone = _vary(rng, STONE)
    canvas.rect((x - half * 1.15, y - 14 * s, x + half * 1.15, y + 34 * s), _vary(rng, WATER))
    steps = [i / 24 for i in range(25)]
    crown = [(x - half + 2 * half * t, y - rise * math.sin(math.pi * t) - 24 * s) for t in steps]
    canvas.polygon([*crown, (x + half, y + 16 * s), (x - half, y + 16 * s)], stone)
    arches = rng.choice((1, 3))
    spans = [(x, 92.0)] if arches == 1 else [(x, 66.0), (x - 122 * s, 40.0), (x + 122 * s, 40.0)]
    for centre, radius in spans:
        canvas.ellipse((centre, y + 16 * s), (radius + 7) * s, (radius * 1.05 + 7) * s, shade(stone, 0.75))
        canvas.ellipse((centre, y + 16 * s), radius * s, radius * 1.05 * s, DARK)
    canvas.rect((x - half * 1.15, y + 16 * s, x + half * 1.15, y + 120 * s), _vary(rng, WATER))
    canvas.line(crown, shade(stone, 0.6), 6 * s)
    rail = [(px, py - 22 * s) for px, py in crown]
    canvas.line(rail, shade(stone, 0.7), 6 * s)
    for (px, py), (_, ry) in zip(crown[::2], rail[::2], strict=True):
        canvas.line([(px, py), (px, ry - 6 * s)], shade(stone, 0.65), 6 * s)
    return (x - half, y - rise - 52 * s, x + half, y + 20 * s)


def _sailboat(canvas: Canvas, x: float, y: float, s: float, rng: random.Random) -> Box:
    canvas.rect((0, y - 30 * s, canvas.width, y + 60 * s), _vary(rng, WATER))
    for _ in range(8):
        wx, wy = rng.uniform(0, canvas.width), y + rng.uniform(-20, 50) * s
        canvas.line([(wx, wy), (wx + 60, wy)], shade(WATER, 1.25), 3)
    sail, mast = _vary(rng, (226, 214, 186)), x - rng.uniform(5, 25) * s
    top = y - 330 * s
    canvas.line([(mast, y - 20 * s), (mast, top)], TIMBER, 9 * s)
    canvas.polygon([(mast + 8 * s, top + 10 * s), (mast + 150 * s, y - 90 * s), (mast + 8 * s, y - 70 * s)], sail)
    canvas.polygon([(mast - 8 * s, top + 50 * s), (mast - 115 * s, y - 80 * s), (mast - 8 * s, y - 66 * s)], sail)
    for share in (0.35, 0.6, 0.82):
        yy = top + share * (y - 80 * s - top)
        canvas.line([(mast - 100 * s * share, yy), (mast + 130 * s * share, yy)], shade(sail, 0.72), 4 * s)
    hull = shade(TIMBER, rng.uniform(0.6, 0.9))
    canvas.polygon(
        [(x - 165 * s, y - 52 * s), (x + 180 * s, y - 60 * s), (x + 120 * s, y + 8 * s), (x - 115 * s, y + 8 * s)], hull
    )
    canvas.line([(x - 165 * s, y - 52 * s), (x + 180 * s, y - 60 * s)], shade(hull, 1.5), 8 * s)
    return (x - 165 * s, top, x + 180 * s, y + 8 * s)


def _building(canvas: Canvas, x: float, y: float, s: float, rng: random.Random) -> Box:
    floors, columns = rng.randint(3, 4), rng.randint(5, 6)
    half, top = 34 * columns * s, y - (floors * 74 + 20) * s
    wall = _vary(rng, rng.choice((PLASTER, BRICK)))
    canvas.rect((x - half, top, x + half, y), wall)
    canvas.rect((x - half - 10 * s, top - 16 * s, x + half + 10 * s, top), shade(wall, 0.7))
    step = 2 * half / columns
    for floor in range(floors):
        fy = top + (24 + floor * 74) * s
        for column in range(columns):
            wx = x - half + (column + 0.5) * step
            if floor == floors - 1 and column == columns // 2:
                canvas.rect((wx - 20 * s, fy - 4 * s, wx + 20 * s, y), shade(TIMBER, 0.7))
                continue
            canvas.rect((wx - 17 * s, fy, wx + 17 * s, fy + 42 * s), shade(wall, 1.25))
            canvas.rect((wx - 13 * s, fy + 4 * s, wx + 13 * s, fy + 38 * s), DARK)
            canvas.line([(wx, fy), (wx, fy + 42 * s)], shade(wall, 1.2), 3 * s)
        canvas.line([(x - half, fy + 56 * s), (x + half, fy + 56 * s)], shade(wall, 0.85), 3 * s)
    return (x - half - 10 * s, top - 16 * s, x + half + 10 * s, y)


def _pagoda(canvas: Canvas, x: float, y: float, s: float, rng: random.Random) -> Box:
    tiers = rng.randint(5, 6)
    body, roof = _vary(rng, BRICK), _vary(rng, TILE)
    level, half, rise = y, 82 * s, 58 * s
    widest = half
    for tier in range(tiers):
        canvas.rect((x - half, level - rise, x + half, level), body)
        canvas.rect((x - half * 0.2, level - rise * 0.75, x + half * 0.2, level - rise * 0.1), DARK)
        canvas.line([(x - half, level), (x - half, level - rise)], shade(body, 0.7), 4 * s)
        eave = half + 38 * s
        widest = max(widest, eave)
        canvas.polygon(
            [
                (x - eave, level - rise - 10 * s),
                (x - half * 0.8, level - rise - 26 * s),
                (x + half * 0.8, level - rise - 26 * s),
                (x + eave, level - rise - 10 * s),
                (x + half, level - rise + 5 * s),
                (x - half, level - rise + 5 * s),
            ],
            roof,
        )
        level -= rise + 8 * s
        half *= 0.85 if tier else 0.9
        rise *= 0.93
    canvas.polygon([(x - half, level - 12 * s), (x, level - 46 * s), (x + half, level - 12 * s)], roof)
    canvas.line([(x, level - 30 * s), (x, level - 86 * s)], shade(roof, 0.8), 8 * s)
    return (x - widest, level - 86 * s, x + widest, y)


def _factory(canvas: Canvas, x: float, y: float, s: float, rng: random.Random) -> Box:
    wall, bays = _vary(rng, BRICK), 4
    half, eave = 210 * s, y - 118 * s
    chimneys = rng.randint(1, 3)
    tallest = y
    for index in range(chimneys):
        cx = x - 150 * s + index * rng.uniform(90, 120) * s
        top = y - rng.uniform(290, 340) * s
        tallest = min(tallest, top)
        for puff in range(7):
            radius = (14 + puff * 6) * s
            canvas.ellipse(
                (cx + puff * 26 * s, top - (8 + puff * 9) * s), radius * 1.3, radius, shade(SMOKE, 1 - puff * 0.03)
            )
        canvas.polygon([(cx - 22 * s, y), (cx - 14 * s, top), (cx + 14 * s, top), (cx + 22 * s, y)], shade(wall, 0.85))
        canvas.rect((cx - 18 * s, top, cx + 18 * s, top + 16 * s), shade(wall, 0.55))
    canvas.rect((x - half, eave, x + half, y), wall)
    bay = 2 * half / bays
    for index in range(bays):
        left = x - half + index * bay
        canvas.polygon([(left, eave), (left, eave - 62 * s), (left + bay, eave)], shade(TILE, 1.1))
        canvas.polygon(
            [(left + 6 * s, eave - 6 * s), (left + 6 * s, eave - 46 * s), (left + 22 * s, eave - 6 * s)],
            mix(WATER, SMOKE, 0.5),
        )
        canvas.rect((left + 20 * s, eave + 26 * s, left + bay - 20 * s, eave + 66 * s), DARK)
    return (x - half, tallest, x + half, y)


def _tree(canvas: Canvas, x: float, y: float, s: float, rng: random.Random) -> Box:
    trunk, leaf = _vary(rng, TIMBER), _vary(rng, LEAF)
    canvas.polygon([(x - 40 * s, y), (x - 20 * s, y - 200 * s), (x + 20 * s, y - 200 * s), (x + 40 * s, y)], trunk)
    for dx, dy in ((-90, -235), (80, -245), (-30, -285)):
        canvas.line([(x, y - 150 * s), (x + dx * s, y + dy * s)], trunk, 18 * s)
    left = right = x
    top = y
    blobs = [(-105, -220, 72), (105, -225, 72), (-55, -290, 78), (60, -295, 78), (0, -235, 88), (0, -335, 62)]
    for dx, dy, radius in blobs:
        bx, by = x + (dx + rng.uniform(-14, 14)) * s, y + (dy + rng.uniform(-10, 10)) * s
        r = radius * rng.uniform(0.92, 1.08) * s
        canvas.ellipse((bx, by), r * 1.08, r, shade(leaf, rng.uniform(0.75, 1.1)))
        left, right, top = min(left, bx - r * 1.08), max(right, bx + r * 1.08), min(top, by - r)
    for _ in range(40):
        bx, by = x + rng.uniform(-130, 130) * s, y + rng.uniform(-340, -190) * s
        canvas.ellipse((bx, by), 15 * s, 10 * s, shade(leaf, rng.uniform(0.55, 1.35)))
    return (left, top, right, y)


def _gate(canvas: Canvas, x: float, y: float, s: float, rng: random.Random) -> Box:
    stone, roof = _vary(rng, STONE), _vary(rng, TILE)
    outer, inner = 205 * s, 82 * s
    low, high = y - 190 * s, y - 262 * s
    for px, top in ((-outer, low), (outer, low), (-inner, high), (inner, high)):
        canvas.rect((x + px - 15 * s, top, x + px + 15 * s, y), stone)
        canvas.rect((x + px - 24 * s, y - 24 * s, x + px + 24 * s, y), shade(stone, 0.8))
    canvas.rect((x - outer, low + 18 * s, x + outer, low + 50 * s), shade(stone, 0.85))
    canvas.rect((x - inner, high + 14 * s, x + inner, high + 62 * s), shade(stone, 0.75))
    canvas.rect((x - 44 * s, high + 22 * s, x + 44 * s, high + 54 * s), DARK)
    for left, right, eave in ((-outer, -inner, low), (inner, outer, low), (-inner, inner, high)):
        canvas.polygon(
            [
                (x + left - 42 * s, eave - 14 * s),
                (x + left + 8 * s, eave - 46 * s),
                (x + right - 8 * s, eave - 46 * s),
                (x + right + 42 * s, eave - 14 * s),
                (x + right + 12 * s, eave + 4 * s),
                (x + left - 12 * s, eave + 4 * s),
            ],
            roof,
        )
    return (x - outer - 42 * s, high - 46 * s, x + outer + 42 * s, y)


def _car(canvas: Canvas, x: float, y: float, s: float, rng: random.Random) -> Box:
    s *= 1.25
    facing = rng.choice((-1, 1))
    body = _vary(rng, rng.choice(((70, 96, 70), (60, 74, 104), (128, 52, 44))))

    def box(x1: float, y1: float, x2: float, y2: float, fill: Colour) -> None:
        left, right = sorted((x + facing * x1 * s, x + facing * x2 * s))
        canvas.rect((left, y + y1 * s, right, y + y2 * s), fill)

    truck = rng.random() < 0.5
    box(-165, -62, 165, -26, shade(body, 0.6))
    if truck:
        box(-165, -128, 35, -46, mix(body, TIMBER, 0.4))
        for plank in range(4):
            px = x + facing * (-150 + plank * 50) * s
            canvas.line([(px, y - 124 * s), (px, y - 50 * s)], shade(body, 0.55), 5 * s)
        box(45, -150, 110, -40, body)
        box(58, -138, 102, -98, (190, 206, 212))
    else:
        box(-150, -100, 150, -40, body)
        canvas.polygon(
            [(x + facing * dx * s, y + dy * s) for dx, dy in ((-110, -98), (-80, -152), (50, -152), (82, -98))], body
        )
        box(-80, -142, -22, -104, (190, 206, 212))
        box(-8, -142, 46, -104, (190, 206, 212))
    box(110, -98, 165, -40, shade(body, 0.92))
    box(156, -86, 170, -66, (236, 226, 170))
    for wheel in (-108, 108):
        centre = (x + wheel * s, y - 26 * s)
        canvas.ellipse(centre, 36 * s, 36 * s, (30, 30, 32))
        canvas.ellipse(centre, 15 * s, 15 * s, (170, 170, 168))
    return (x - 170 * s, y - 152 * s, x + 170 * s, y + 10 * s)


DRAW: dict[Subject, Callable[[Canvas, float, float, float, random.Random], Box]] = {
    Subject.BRIDGE: _bridge,
    Subject.SAILBOAT: _sailboat,
    Subject.BUILDING: _building,
    Subject.PAGODA: _pagoda,
    Subject.FACTORY: _factory,
    Subject.TREE: _tree,
    Subject.GATE: _gate,
    Subject.CAR: _car,
}


def draw_subject(canvas: Canvas, subject: Subject, foot: tuple[float, float], size: float, rng: random.Random) -> Box:
    """Draw ``subject`` standing at ``foot``.

    Args:
        canvas: where to draw.
        subject: what to draw.
        foot: the middle of its base, in units.
        size: 1.0 is the usual size (about 350 units high or 450 wide).
        rng: decides colours and details.

    Returns:
        The subject's box (left, top, right, bottom) in units.
    """
    return DRAW[subject](canvas, foot[0], foot[1], size, rng)
