"""What archives live by, drawn with the Noto fonts: red seals on sheets of paper, captions on large photographs."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

_BOLD = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc"
_REGULAR = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"
_SIMPLIFIED = 2  # face of Noto's collections
_PAPER = (246, 243, 234)
_RED = (205, 40, 45)
_LINE = 26  # characters


def sheet(text: str = "", *, size: int = 34) -> Image.Image:
    """Return a sheet of typed text, in rows from 200 pixels below its edge.

    Args:
        text: what stands on it.
        size: of its characters, in pixels.
    """
    drawn = Image.new("RGB", (1200, 1600), _PAPER)
    pen = ImageDraw.Draw(drawn)
    font = ImageFont.truetype(_REGULAR, size, index=_SIMPLIFIED)
    for number, start in enumerate(range(0, len(text), _LINE)):
        pen.text((120, 200 + number * int(size * 1.8)), text[start : start + _LINE], fill=(30, 30, 32), font=font)
    return drawn


def round_seal(text: str, *, radius: int = 160, middle: str = "", turned: float = 0) -> Image.Image:
    """Return a round seal, its text along the rim above a star.

    Args:
        text: along the rim.
        radius: in pixels.
        middle: a word straight below the star.
        turned: by how many degrees, anticlockwise.
    """
    centre = radius + 4
    seal = Image.new("RGBA", (2 * centre, 2 * centre), (0, 0, 0, 0))
    pen = ImageDraw.Draw(seal)
    pen.ellipse((4, 4, 4 + 2 * radius, 4 + 2 * radius), outline=(*_RED, 255), width=max(3, radius // 22))
    size = int(radius * (0.3 if len(text) <= 12 else 0.24))
    for number, character in enumerate(text):
        angle = math.radians(-90 - 125 + 250 * number / (len(text) - 1))
        glyph = Image.new("RGBA", (int(size * 1.5), int(size * 1.5)), (0, 0, 0, 0))
        half = glyph.width / 2
        ImageDraw.Draw(glyph).text((half, half), character, fill=(*_RED, 255), font=_bold(size), anchor="mm")
        upright = glyph.rotate(-(math.degrees(angle) + 90), Image.Resampling.BICUBIC)
        across, down = (centre + 0.74 * radius * part - half for part in (math.cos(angle), math.sin(angle)))
        seal.alpha_composite(upright, (int(across), int(down)))
    points = [(radius * (0.12 if place % 2 else 0.3), math.radians(36 * place - 90)) for place in range(10)]
    pen.polygon([(centre + r * math.cos(a), centre + r * math.sin(a)) for r, a in points], fill=(*_RED, 255))
    if middle:
        place = (centre, centre + radius * 0.52)
        pen.text(place, middle, fill=(*_RED, 255), font=_bold(int(radius * 0.17)), anchor="mm")
    return seal.rotate(turned, Image.Resampling.BICUBIC)


def square_seal(columns: list[str], *, size: int = 60, solid: bool = False, turned: float = 0) -> Image.Image:
    """Return a square seal, written in columns.

    Args:
        columns: the rightmost first.
        size: of a character, in pixels.
        solid: whether its characters are left out of the red.
        turned: by how many degrees, anticlockwise.
    """
    edge = size // 4
    width, height = len(columns) * size + 2 * edge, max(map(len, columns)) * size + 2 * edge
    seal = Image.new("RGBA", (width, height), (*_RED, 255) if solid else (0, 0, 0, 0))
    pen = ImageDraw.Draw(seal)
    if not solid:
        pen.rectangle((0, 0, width - 1, height - 1), outline=(*_RED, 255), width=max(3, size // 12))
    ink = (250, 248, 240, 255) if solid else (*_RED, 255)
    for column, text in enumerate(columns):
        for row, character in enumerate(text):
            place = (width - edge - (column + 0.5) * size, edge + (row + 0.5) * (height - 2 * edge) / len(text))
            pen.text(place, character, fill=ink, font=_bold(int(size * 0.9)), anchor="mm")
    return seal.rotate(turned, Image.Resampling.BICUBIC, expand=True)


def stamped(paper: Image.Image, seal: Image.Image, place: tuple[int, int]) -> Image.Image:
    """Return a sheet with a seal on it, as ink lies over ink.

    Args:
        paper: the sheet.
        seal: the seal.
        place: of its upper left corner.
    """
    pixels, ink = np.asarray(paper, dtype=np.float32).copy(), np.asarray(seal, dtype=np.float32)
    left, top = place
    part = pixels[top : top + seal.height, left : left + seal.width]
    cover = ink[..., 3:] / 255
    part[:] = part * (1 - cover) + cover * part * ink[..., :3] / 255
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def photograph(width: int, height: int, seed: int = 0) -> Image.Image:
    """Return a picture without writing: soft ground, and some sixty things with edges and rails before it.

    Args:
        width: in pixels.
        height: in pixels.
        seed: which picture.
    """
    chance = np.random.default_rng([7, seed])
    small = Image.fromarray(chance.integers(70, 190, (height // 60, width // 60), dtype=np.uint8))
    picture = small.resize((width, height), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(picture)
    for _ in range(60):
        left, top = (int(chance.integers(0, side)) for side in (width, height))
        across, down = (int(chance.integers(20, side // 8)) for side in (width, height))
        draw = pen.rectangle if chance.random() < 0.5 else pen.ellipse
        draw((left, top, left + across, top + down), fill=int(chance.integers(20, 235)), outline=20)
        if chance.random() < 0.3:
            for rail in range(left, left + across, 12):
                pen.line((rail, top, rail, top + down), fill=30, width=3)
    return picture.filter(ImageFilter.GaussianBlur(1.2)).convert("RGB")


def captioned(picture: Image.Image, text: str, place: tuple[int, int], *, size: int = 32) -> Image.Image:
    """Return a picture with a small caption in white on it.

    Args:
        picture: the picture.
        text: the caption.
        place: of its upper left corner.
        size: of its characters, in pixels.
    """
    copy = picture.copy()
    font = ImageFont.truetype(_REGULAR, size, index=_SIMPLIFIED)
    ImageDraw.Draw(copy).text(place, text, fill=(250, 250, 250), font=font)
    return copy


def _bold(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_BOLD, size, index=_SIMPLIFIED)
