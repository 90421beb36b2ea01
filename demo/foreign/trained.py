"""Foreign pictures for training: textures, gradients, noise, flat colours and pages of text."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

RGB = tuple[int, int, int]
SIZES: tuple[tuple[float, float], ...] = ((1, 0.75), (1, 0.667), (0.75, 1), (1, 1), (1, 0.56), (0.667, 1))


def any_colour(rng: random.Random) -> RGB:
    """Return any colour, grey ones more often than chance would."""
    if rng.random() < 0.3:
        grey = rng.randint(0, 255)
        return grey, grey, grey
    return rng.randint(0, 255), rng.randint(0, 255), rng.randint(0, 255)


def _near(rng: random.Random, low: int, high: int) -> RGB:
    return rng.randint(low, high), rng.randint(low, high), rng.randint(low, high)


def flat(size: tuple[int, int], rng: random.Random) -> Image.Image:
    """One colour, or two halves of colour."""
    image = Image.new("RGB", size, any_colour(rng))
    if rng.random() < 0.4:
        cut = round(rng.uniform(0.2, 0.8) * size[rng.randint(0, 1)])
        box = (0, 0, cut, size[1]) if rng.random() < 0.5 else (0, 0, size[0], cut)
        image.paste(any_colour(rng), box)
    return image


def gradient(size: tuple[int, int], rng: random.Random) -> Image.Image:
    """A linear or radial gradient between two or three colours."""
    y, x = np.mgrid[0 : 1 : size[1] * 1j, 0 : 1 : size[0] * 1j]
    angle = rng.uniform(0, math.tau)
    share = x * math.cos(angle) + y * math.sin(angle)
    if rng.random() < 0.4:
        share = np.hypot(x - rng.random(), y - rng.random())
    if rng.random() < 0.3:
        share = np.abs(np.sin(share * rng.uniform(2, 12)))
    share = (share - share.min()) / (np.ptp(share) + 1e-6)
    stops = np.array([any_colour(rng) for _ in range(rng.choice((2, 3)))], dtype=np.float32)
    knots = np.linspace(0, 1, len(stops))
    return Image.fromarray(np.stack([np.interp(share, knots, stops[:, c]) for c in range(3)], -1).astype(np.uint8))


def noise(size: tuple[int, int], rng: random.Random) -> Image.Image:
    """White noise, or noise of a coarser grain, grey or coloured."""
    cells = rng.choice((4, 8, 16, 48, 160, 448))
    shape = (max(2, round(size[1] * cells / 448)), max(2, round(size[0] * cells / 448)), rng.choice((1, 3)))
    generator = np.random.default_rng(rng.randint(0, 2**31))
    pixels = generator.normal(rng.uniform(60, 190), rng.uniform(15, 80), shape)
    small = Image.fromarray(np.broadcast_to(np.clip(pixels, 0, 255), (*shape[:2], 3)).astype(np.uint8))
    return small.resize(size, rng.choice((Image.Resampling.NEAREST, Image.Resampling.BICUBIC)))


def _stripes(draw: ImageDraw.ImageDraw, size: tuple[int, int], rng: random.Random) -> None:
    step, angle = rng.uniform(8, 90), rng.uniform(0, math.pi)
    reach = math.hypot(*size)
    colours = [any_colour(rng) for _ in range(rng.randint(1, 3))]
    dx, dy = math.cos(angle), math.sin(angle)
    for index in range(int(2 * reach / step)):
        offset = index * step - reach
        x, y = size[0] / 2 - dy * offset, size[1] / 2 + dx * offset
        ends = [(x - dx * reach, y - dy * reach), (x + dx * reach, y + dy * reach)]
        draw.line(ends, fill=colours[index % len(colours)], width=max(1, round(step * rng.uniform(0.2, 0.6))))


def _shapes(draw: ImageDraw.ImageDraw, size: tuple[int, int], rng: random.Random) -> None:
    palette = [any_colour(rng) for _ in range(rng.randint(1, 5))]
    largest = rng.uniform(6, 160)
    for _ in range(round(math.exp(rng.uniform(0, 4.9)))):
        x, y, r = rng.uniform(0, size[0]), rng.uniform(0, size[1]), rng.uniform(0.3, 1) * largest
        kind, colour = rng.randint(0, 3), rng.choice(palette)
        if kind == 0:
            draw.ellipse([x - r, y - r * 0.8, x + r, y + r * 0.8], fill=colour)
        elif kind == 1:
            draw.rectangle([x - r, y - r * rng.uniform(0.2, 1), x + r, y + r * 0.6], fill=colour)
        elif kind == 2:
            points = [(x + rng.uniform(-r, r), y + rng.uniform(-r, r)) for _ in range(rng.randint(3, 7))]
            draw.polygon(points, fill=colour)
        else:
            draw.ellipse([x - r, y - r, x + r, y + r], outline=colour, width=rng.randint(1, 6))


def _curves(draw: ImageDraw.ImageDraw, size: tuple[int, int], rng: random.Random) -> None:
    for _ in range(rng.randint(1, 40)):
        colour, width = any_colour(rng), rng.randint(1, 8)
        y, drift, wave = rng.uniform(0, size[1]), rng.uniform(-1, 1), rng.uniform(0, 60)
        pace, phase = rng.uniform(0.005, 0.06), rng.uniform(0, 6)
        points = [(float(x), y + drift * x + wave * math.sin(x * pace + phase)) for x in range(0, size[0] + 8, 8)]
        if rng.random() < 0.3:
            points = [(py, px) for px, py in points]
        draw.line(points, fill=colour, width=width)


def _bricks(draw: ImageDraw.ImageDraw, size: tuple[int, int], rng: random.Random) -> None:
    width, height, base = rng.uniform(20, 120), rng.uniform(12, 80), any_colour(rng)
    shift = rng.choice((0.0, 0.5))
    for row in range(int(size[1] / height) + 1):
        for column in range(-1, int(size[0] / width) + 1):
            x, y = (column + shift * (row % 2)) * width, row * height
            factor = rng.uniform(0.7, 1.2)
            fill = tuple(min(255, round(channel * factor)) for channel in base)
            draw.rectangle([x + 2, y + 2, x + width - 2, y + height - 2], fill=fill)


TEXTURES = (_stripes, _shapes, _shapes, _shapes, _curves, _bricks)


def texture(size: tuple[int, int], rng: random.Random) -> Image.Image:
    """Stripes, scattered shapes, curves or bricks, or one over another, sharp or blurred."""
    image = Image.new("RGB", size, _near(rng, 215, 255) if rng.random() < 0.35 else any_colour(rng))
    if rng.random() < 0.3:
        image = rng.choice((gradient, flat))(size, rng)
    draw = ImageDraw.Draw(image)
    for _ in range(rng.choice((1, 1, 2, 3))):
        rng.choice(TEXTURES)(draw, size, rng)
    return image.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 8))) if rng.random() < 0.25 else image


def _square_glyph(draw: ImageDraw.ImageDraw, x: float, y: float, side: float, ink: RGB, rng: random.Random) -> None:
    for _ in range(rng.randint(3, 7)):
        a, b, c = (rng.uniform(0.05, 0.85) * side for _ in range(3))
        ends = [(x, y + a), (x + b, y + a)] if rng.random() < 0.5 else [(x + a, y), (x + a, y + c)]
        draw.line(ends, fill=ink, width=max(1, round(side / 12)))


def text_page(size: tuple[int, int], rng: random.Random) -> Image.Image:
    """A page of writing: Latin words and figures, or square strokes, in lines or columns."""
    light = rng.random() < 0.85
    paper, ink = (_near(rng, 200, 255), _near(rng, 0, 90)) if light else (_near(rng, 0, 60), _near(rng, 190, 255))
    image = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(image)
    height = rng.uniform(10, 70)
    left, top = rng.uniform(0.03, 0.15) * size[0], rng.uniform(0.03, 0.3) * size[1]
    bottom, latin = rng.uniform(0.4, 0.98) * size[1], rng.random() < 0.5
    font = ImageFont.load_default(size=height)
    y = top
    while y < bottom:
        right = rng.uniform(0.3, 0.97) * size[0]
        if latin:
            words = "".join(rng.choice("abcdefghijklmnopqrstuvwxyzABCDEFGH 0123456789 .,-   ") for _ in range(90))
            draw.text((left, y), words[: int((right - left) / (height * 0.5)) + 1], font=font, fill=ink)
        else:
            x = left
            while x < right:
                _square_glyph(draw, x, y, height * 0.85, ink, rng)
                x += height
        y += height * rng.uniform(1.1, 1.7)
    return image


TRAINED: dict[str, Callable[[tuple[int, int], random.Random], Image.Image]] = {
    "texture": texture,
    "gradient": gradient,
    "noise": noise,
    "flat": flat,
    "text": text_page,
}
WEIGHTS: tuple[int, ...] = (6, 2, 2, 1, 3)


def _inset(image: Image.Image, rng: random.Random) -> Image.Image:
    """Set a picture into a page, as an illustration is."""
    page = Image.new("RGB", image.size, rng.choice((any_colour(rng), _near(rng, 225, 255), (255, 255, 255))))
    share = rng.uniform(0.35, 0.85)
    small = image.resize((round(image.width * share), round(image.height * share)))
    page.paste(small, (rng.randint(0, page.width - small.width), rng.randint(0, page.height - small.height)))
    return page


def foreign_picture(seed: int, long_side: int = 448) -> Image.Image:
    """Draw the foreign picture of ``seed``, its longer side ``long_side`` pixels."""
    rng = random.Random(f"foreign-{seed}")
    kind = rng.choices(list(TRAINED), WEIGHTS)[0]
    # The kinds are drawn at one size: their measures are in pixels.
    width, height = rng.choice(SIZES)
    image = TRAINED[kind]((round(width * 448), round(height * 448)), rng)
    if rng.random() < 0.25:
        image = _inset(image, rng)
    factor = long_side / 448
    return image if factor == 1 else image.resize((round(image.width * factor), round(image.height * factor)))
