"""What the years and the scanner do to a photograph: tone, paper border, grain, scratches, rotation."""

from __future__ import annotations

import math
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from demo.drawing.canvas import Colour, Point
from demo.scene import Tone

GRAIN_CELLS = 500  # the grain's cells along the longer side, whatever the size in pixels


def apply_tone(image: Image.Image, tone: Tone, rng: random.Random) -> Image.Image:
    """Return ``image`` as a black-and-white, yellowed or faded colour print."""
    if tone is Tone.COLOUR:
        pixels = np.asarray(image, dtype=np.float32)
        fade = rng.uniform(0.0, 0.18)
        return _to_image(pixels * (1 - fade) + np.array([188, 176, 160], dtype=np.float32) * fade)
    grey = np.asarray(image.convert("L"), dtype=np.float32)
    contrast = rng.uniform(0.8, 1.1)
    grey = np.clip((grey - 128) * contrast + 128 + rng.uniform(-14, 14), 0, 255)
    if tone is Tone.MONOCHROME:
        return _to_image(np.repeat(grey[..., None], 3, axis=2))
    dark = np.array([58, 38, 18], dtype=np.float32) + rng.uniform(-8, 8)
    light = np.array([246, 222, 168], dtype=np.float32) + rng.uniform(-8, 8)
    share = grey[..., None] / 255
    return _to_image(dark + (light - dark) * share)


def add_grain(image: Image.Image, strength: float, seed: int) -> Image.Image:
    """Return ``image`` with grain of ``strength`` grey levels (standard deviation), the same in all channels."""
    factor = min(1.0, GRAIN_CELLS / max(image.size))
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    noise = np.random.default_rng(seed).normal(0, strength, (size[1], size[0])).astype(np.float32)
    layer = Image.fromarray(noise)
    if layer.size != image.size:
        layer = layer.resize(image.size, Image.Resampling.BILINEAR)
    return _to_image(np.asarray(image, dtype=np.float32) + np.asarray(layer)[..., None])


def add_scratches(image: Image.Image, rng: random.Random) -> None:
    """Scratch and spot ``image`` in place."""
    draw = ImageDraw.Draw(image)
    long_side = max(image.size)
    light = tuple(rng.randint(200, 240) for _ in range(1)) * 3
    for _ in range(rng.randint(0, 5)):
        x, y = rng.uniform(0, image.width), rng.uniform(0, image.height)
        angle, length = rng.gauss(math.pi / 2, 0.3), rng.uniform(0.05, 0.5) * long_side
        end = (x + math.cos(angle) * length, y + math.sin(angle) * length)
        draw.line([(x, y), end], fill=light, width=max(1, round(long_side / 900)))
    for _ in range(rng.randint(0, 14)):
        x, y, r = rng.uniform(0, image.width), rng.uniform(0, image.height), rng.uniform(0.5, 2.6) * long_side / 1000
        draw.ellipse([(x - r, y - r), (x + r, y + r)], fill=light)


def vignette(image: Image.Image, strength: float) -> Image.Image:
    """Return ``image`` darkened towards its corners by up to ``strength`` (0 to 1)."""
    y, x = np.mgrid[-1 : 1 : image.height * 1j, -1 : 1 : image.width * 1j].astype(np.float32)
    factor = 1 - strength * np.clip((x * x + y * y) / 2, 0, 1)
    return _to_image(np.asarray(image, dtype=np.float32) * factor[..., None])


class Mount:
    """A print with its paper border, laid slightly askew on the scanner's bed.

    Args:
        size: the print's size in pixels, without border.
        rng: decides border, margin, angle and the bed's colour.
    """

    def __init__(self, size: tuple[int, int], tone: Tone, rng: random.Random) -> None:
        self.size = size
        long_side = max(size)
        self.border = round(rng.choice((0.0, 0.022, 0.03, 0.04)) * long_side)
        margin = rng.uniform(0.012, 0.035) * long_side
        self.angle = rng.uniform(-2.5, 2.5)
        paper = {Tone.MONOCHROME: (236, 236, 234), Tone.SEPIA: (238, 224, 186), Tone.COLOUR: (240, 238, 232)}[tone]
        self.paper: Colour = paper
        self.bed: Colour = rng.choice(((24, 24, 26), (60, 60, 62), (214, 214, 212), (250, 250, 250)))
        width, height = size[0] + 2 * self.border, size[1] + 2 * self.border
        self.out_size = (round(width + 2 * margin), round(height + 2 * margin))

    def apply(self, image: Image.Image) -> Image.Image:
        """Return the scan of ``image``."""
        bordered = Image.new("RGB", (self.size[0] + 2 * self.border, self.size[1] + 2 * self.border), self.paper)
        bordered.paste(image, (self.border, self.border))
        bed = Image.new("RGB", self.out_size, self.bed)
        left, top = (self.out_size[0] - bordered.width) // 2, (self.out_size[1] - bordered.height) // 2
        bed.paste(bordered, (left, top))
        return bed.rotate(self.angle, resample=Image.Resampling.BICUBIC, fillcolor=self.bed)

    def locate(self, point: Point) -> Point:
        """Return where a point of the print (pixels) lies in the scan, as shares of its width and height."""
        cx, cy = self.out_size[0] / 2, self.out_size[1] / 2
        dx, dy = point[0] - self.size[0] / 2, point[1] - self.size[1] / 2
        # Pillow turns counter-clockwise for a viewer, with y pointing down.
        radians = math.radians(self.angle)
        x = cx + dx * math.cos(radians) + dy * math.sin(radians)
        y = cy - dx * math.sin(radians) + dy * math.cos(radians)
        return x / self.out_size[0], y / self.out_size[1]


def soften(image: Image.Image, radius: float) -> Image.Image:
    """Return ``image`` as an old lens would have drawn it; ``radius`` in pixels."""
    return image.filter(ImageFilter.GaussianBlur(radius)) if radius >= 0.3 else image


def _to_image(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
