"""Foreign pictures for evaluation only: kinds that training never shows."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFont

from demo.foreign.trained import any_colour

SIZE = (1000, 760)
Draw = ImageDraw.ImageDraw


def _bar_chart(draw: Draw, rng: random.Random) -> None:
    count = rng.randint(4, 12)
    draw.line([(90, 60), (90, 690), (940, 690)], fill=(30, 30, 30), width=4)
    step = 840 / count
    for index in range(count):
        x = 100 + index * step
        draw.rectangle([x + 8, rng.uniform(120, 640), x + step - 8, 688], fill=any_colour(rng))
        draw.text((x + 10, 700), str(1990 + index), font=ImageFont.load_default(size=24), fill=(40, 40, 40))


def _line_chart(draw: Draw, rng: random.Random) -> None:
    for y in range(80, 700, 100):
        draw.line([(80, y), (940, y)], fill=(200, 200, 200), width=2)
    for _ in range(rng.randint(1, 4)):
        level, points = rng.uniform(200, 600), []
        for x in range(80, 941, 40):
            level = min(690, max(80, level + rng.uniform(-70, 70)))
            points.append((x, level))
        draw.line(points, fill=any_colour(rng), width=5)


def _pie_chart(draw: Draw, rng: random.Random) -> None:
    start = 0.0
    while start < 360:
        end = start + rng.uniform(20, 110)
        draw.pieslice([230, 110, 770, 650], start, min(end, 360), fill=any_colour(rng), outline=(255, 255, 255))
        start = end


def _contour_map(draw: Draw, rng: random.Random) -> None:
    for _ in range(rng.randint(2, 5)):
        cx, cy = rng.uniform(100, 900), rng.uniform(100, 660)
        wobble = [rng.uniform(0.75, 1.25) for _ in range(12)]
        for ring in range(1, rng.randint(5, 12)):
            points = [
                (cx + ring * 26 * w * math.cos(i * math.tau / 12), cy + ring * 20 * w * math.sin(i * math.tau / 12))
                for i, w in enumerate(wobble)
            ]
            draw.line([*points, points[0]], fill=(150, 100, 60), width=3, joint="curve")


def _mechanical_drawing(draw: Draw, rng: random.Random) -> None:
    black = (20, 20, 20)
    draw.rectangle([30, 30, 970, 730], outline=black, width=4)
    draw.rectangle([640, 620, 970, 730], outline=black, width=4)
    for x, y in ((120, 100), (560, 100), (120, 420)):
        width, height = rng.uniform(180, 300), rng.uniform(130, 220)
        draw.rectangle([x, y, x + width, y + height], outline=black, width=4)
        r = rng.uniform(25, 55)
        cx, cy = x + width / 2, y + height / 2
        draw.ellipse([cx - r, cy - r, cx + r, cy + r], outline=black, width=4)
        for dash in range(0, int(width) + 60, 30):
            draw.line([(x - 30 + dash, cy), (x - 12 + dash, cy)], fill=black, width=2)


def _face(draw: Draw, rng: random.Random) -> None:
    draw.ellipse([250, 100, 750, 680], fill=(rng.randint(190, 250), rng.randint(150, 200), rng.randint(110, 160)))
    for x in (400, 600):
        draw.ellipse([x - 45, 290, x + 45, 350], fill=(255, 255, 255))
        draw.ellipse([x - 18, 300, x + 18, 340], fill=any_colour(rng))
    draw.polygon([(500, 360), (470, 460), (530, 460)], fill=(190, 130, 100))
    draw.arc([400, 430, 600, 590], 15, 165, fill=(150, 40, 40), width=14)
    draw.pieslice([240, 60, 760, 480], 180, 360, fill=any_colour(rng))


def _night_sky(draw: Draw, rng: random.Random) -> None:
    draw.rectangle([0, 0, *SIZE], fill=(8, 10, rng.randint(20, 60)))
    for _ in range(rng.randint(60, 400)):
        x, y, r = rng.uniform(0, 1000), rng.uniform(0, 760), rng.uniform(1, 4)
        draw.ellipse([x - r, y - r, x + r, y + r], fill=(240, 240, rng.randint(180, 255)))
    x, y, r = rng.uniform(150, 850), rng.uniform(120, 500), rng.uniform(40, 110)
    draw.ellipse([x - r, y - r, x + r, y + r], fill=(244, 238, 200))


def _module_code(draw: Draw, rng: random.Random) -> None:
    count = rng.randint(18, 34)
    side = 640 / count
    for row in range(count):
        for column in range(count):
            if rng.random() < 0.5:
                x, y = 180 + column * side, 60 + row * side
                draw.rectangle([x, y, x + side, y + side], fill=(0, 0, 0))
    for x, y in ((180, 60), (180 + (count - 7) * side, 60), (180, 60 + (count - 7) * side)):
        draw.rectangle([x, y, x + 7 * side, y + 7 * side], fill=(0, 0, 0))
        draw.rectangle([x + side, y + side, x + 6 * side, y + 6 * side], fill=(255, 255, 255))
        draw.rectangle([x + 2 * side, y + 2 * side, x + 5 * side, y + 5 * side], fill=(0, 0, 0))


def _rosette(draw: Draw, rng: random.Random) -> None:
    k, colour = rng.uniform(2, 9), any_colour(rng)
    points = []
    for i in range(1500):
        a = i * 0.03
        r = 330 * math.cos(k * a)
        points.append((500 + r * math.cos(a), 380 + r * math.sin(a)))
    draw.line(points, fill=colour, width=4)


def _still_life(draw: Draw, rng: random.Random) -> None:
    draw.rectangle([0, 0, 1000, 460], fill=(rng.randint(60, 140), rng.randint(50, 110), rng.randint(50, 100)))
    draw.rectangle([0, 460, 1000, 760], fill=(rng.randint(120, 180), rng.randint(90, 130), rng.randint(50, 90)))
    for _ in range(rng.randint(3, 6)):
        x, y, r = rng.uniform(150, 850), rng.uniform(430, 580), rng.uniform(60, 110)
        red, green, blue = any_colour(rng)
        for step in range(12):
            q = r * (1 - step / 13)
            shift, gain = step * r / 34, 0.55 + step * 0.05
            fill = (min(255, round(red * gain)), min(255, round(green * gain)), min(255, round(blue * gain)))
            draw.ellipse([x - q - shift, y - q - shift, x + q - shift, y + q - shift], fill=fill)


UNSEEN: dict[str, Callable[[Draw, random.Random], None]] = {
    "bar chart": _bar_chart,
    "line chart": _line_chart,
    "pie chart": _pie_chart,
    "contour map": _contour_map,
    "mechanical drawing": _mechanical_drawing,
    "face": _face,
    "night sky": _night_sky,
    "module code": _module_code,
    "rosette": _rosette,
    "still life": _still_life,
}


def unseen_picture(seed: int) -> tuple[str, Image.Image]:
    """Draw a foreign picture of a kind that training never shows; return the kind's name and the picture."""
    rng = random.Random(f"unseen-{seed}")
    kind = list(UNSEEN)[seed % len(UNSEEN)]
    image = Image.new("RGB", SIZE, rng.choice(((255, 255, 255), (250, 246, 232), (236, 240, 244))))
    UNSEEN[kind](ImageDraw.Draw(image), rng)
    return kind, image
