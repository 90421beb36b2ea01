"""How a thing comes in once more: scanned on another scanner, cut, photographed a moment later, as a negative."""

import io
import random
from collections.abc import Callable

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps


def rescan(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Scan once more: another scanner, laid on it anew, saved otherwise.

    Args:
        picture: the first scan.
        chance: decides all of it.
    """
    return _scanned(_laid(picture, chance, angle=0.7, most=0.02), chance)


def without_margins(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Scan once more and cut the margins, each by up to a twenty-fifth.

    Args:
        picture: the first scan.
        chance: decides all of it.
    """
    return _scanned(_laid(picture, chance, angle=0.3, most=0.04), chance)


def burst(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Press the shutter again: the camera moved a little, and somebody in the picture too.

    Args:
        picture: the first photograph.
        chance: decides all of it.
    """
    moved = picture.copy()
    width, height = picture.width // 7, picture.height // 4
    left, top = (round(chance.uniform(0.2, 0.6) * side) for side in picture.size)
    somebody = picture.crop((left, top, left + width, top + height))
    moved.paste(somebody, (left + chance.choice((-14, 14)), top + chance.randint(-6, 6)))
    return _encoded(_laid(moved, chance, angle=0.5, most=0.02), 85)


def shown_negative(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Scan the negative of a photograph, turned into a positive as an import does.

    Args:
        picture: the print's scan.
        chance: decides all of it.
    """
    film = ImageOps.invert(_laid(picture, chance, angle=0.5, most=0.02))
    film = ImageChops.multiply(film, Image.new("RGB", film.size, (235, 190, 160)))
    return ImageOps.autocontrast(ImageOps.invert(_encoded(film, 85)), cutoff=0.5)


AGAIN: dict[str, Callable[[Image.Image, random.Random], Image.Image]] = {
    "rescan": rescan,
    "margins": without_margins,
    "burst": burst,
    "negative": shown_negative,
}
"""How a second picture of the same thing comes about."""


def _laid(picture: Image.Image, chance: random.Random, *, angle: float, most: float) -> Image.Image:
    """Turn a picture a little and cut a share of each side."""
    corner = picture.getpixel((3, 3))
    turned = picture.rotate(chance.uniform(-angle, angle), Image.Resampling.BICUBIC, fillcolor=corner)
    left, top, right, bottom = (round(chance.uniform(0, most) * side) for side in 2 * picture.size)
    return turned.crop((left, top, picture.width - right, picture.height - bottom))


def _scanned(picture: Image.Image, chance: random.Random) -> Image.Image:
    scale = chance.uniform(0.6, 1.4)
    picture = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.BICUBIC)
    picture = picture.filter(ImageFilter.GaussianBlur(chance.uniform(0, 0.9)))
    picture = ImageEnhance.Brightness(picture).enhance(chance.uniform(0.85, 1.12))
    picture = ImageEnhance.Contrast(picture).enhance(chance.uniform(0.75, 1.2))
    picture = _lit_unevenly(picture, chance.uniform(0, 0.12), chance.random())
    cast = tuple(round(255 * chance.uniform(0.9, 1)) for _ in range(3))
    picture = ImageChops.multiply(picture, Image.new("RGB", picture.size, cast))
    return _encoded(picture, chance.randint(40, 92))


def _lit_unevenly(picture: Image.Image, strength: float, towards: float) -> Image.Image:
    """Darken a picture from one side to the other, as a lamp or the fold of a book does."""
    across = Image.linear_gradient("L").rotate(90 * round(4 * towards)).resize(picture.size)
    shadow = across.point([round(255 - strength * value) for value in range(256)])
    return ImageChops.multiply(picture, Image.merge("RGB", (shadow,) * 3))


def _encoded(picture: Image.Image, quality: int) -> Image.Image:
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=quality)
    return Image.open(content).convert("RGB")
