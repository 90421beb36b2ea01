"""Decodes with libvips, whole or at a fraction of the size, without ever holding all of a large scan's pixels.

libvips streams a file through memory a few rows at a time; Pillow has to hold it whole. It is called for TIFF, PNG,
WebP and JPEG only, and told by :mod:`inference.engine.tiff` what the samples of a TIFF mean: what it believes itself of
extra samples is wrong for film scanners and for spot colours.
"""

from __future__ import annotations

import math
import os
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from inference.engine.errors import ImageUndecodable
from inference.engine.tiff import CMYK, FLOAT, ICC_LAB, LAB, PALETTE, SIGNED, UNSIGNED, WHITE_IS_ZERO, Kind, TiffPicture

if TYPE_CHECKING:
    from collections.abc import Callable

_LOADERS = {"TIFF": "tiffload", "PNG": "pngload", "WEBP": "webpload"}
# Pillow decodes a JPEG at a fraction of its size; libvips alone streams one that is wanted whole.
_STREAMED = {"TIFF": "tiffload", "PNG": "pngload", "JPEG": "jpegload", "MPO": "jpegload"}
_DEEPEST = {"uchar": 255, "ushort": 65535}
_MODES = {1: "L", 3: "RGB"}
_INTERPRETATIONS = ("b-w", "srgb", "rgb16", "grey16", "rgb")
_UNSIGNED_TOP = {8: 255.0, 16: 65535.0, 32: 4294967295.0}


def decode(source: bytes | Path, header: Image.Image, frame: int, factor: int) -> Image.Image | None:
    """Decode a picture.

    Args:
        source: the encoded file's bytes, or its path.
        header: the same picture as Pillow opened it, not decoded.
        frame: which of a TIFF's frames, counted from 0.
        factor: how many times smaller the result is to be; 1 for the whole picture.

    Returns:
        The picture, upright, mode L, RGB, LAB, or CMYK with its profile, 8 bits; None where it is none of those that
        are decoded in this way.

    Raises:
        ImageUndecodable: the file is damaged.
    """
    loader = _LOADERS.get(header.format or "")
    if loader is None or (header.format == "WEBP" and getattr(header, "is_animated", False)):
        return None
    options: dict[str, Any] = {"access": "sequential", "fail_on": "error"}
    if header.format == "TIFF":
        options["page"] = frame
    elif header.format == "WEBP":
        # Its own decoder shrinks row by row; without that it would hold the picture whole.
        options["scale"] = 1 / factor
    vips = libvips()
    try:
        pipeline = _pipeline(partial(_load, source, loader, options), header, 1 if "scale" in options else factor)
        if pipeline is None:
            return None
        picture = _in_memory(*pipeline)
    except vips.Error as error:
        raise ImageUndecodable(f"libvips: {error}"[:200]) from error
    if picture.mode == "CMYK" and "icc_profile" in header.info:
        # Whoever makes RGB of the inks needs it.
        picture.info["icc_profile"] = header.info["icc_profile"]
    return picture


def stream(source: Path, header: Image.Image, frame: int) -> tuple[Any, str] | None:
    """Open a picture to be read from top to bottom, a few rows at a time.

    Args:
        source: the file.
        header: the same picture as Pillow opened it, not decoded.
        frame: which of a TIFF's frames, counted from 0.

    Returns:
        libvips' picture, upright, 8 bits, and its mode: L, RGB, LAB or CMYK as Pillow keeps them. None where the
        picture is none of those that can be streamed. One that has to be turned is unpacked to the disk first.

    Raises:
        ImageUndecodable: the file is damaged; damage further down is met by whoever reads on.
    """
    loader = _STREAMED.get(header.format or "")
    if loader is None or (isinstance(header, TiffPicture) and not header.kind.vips):
        return None
    options: dict[str, Any] = {"access": "sequential", "fail_on": "error"}
    if header.format == "TIFF":
        options["page"] = frame
    try:
        first = _load(source, loader, options)
        if "orientation" in first.get_fields() and first.get("orientation") > 1:
            options["access"] = "random"
        pipeline = _pipeline(partial(_load, source, loader, options), header, 1)
    except libvips().Error as error:
        raise ImageUndecodable(f"libvips: {error}"[:200]) from error
    return None if pipeline is None else (pipeline[0].autorot(), pipeline[1])


def _load(source: bytes | Path, loader: str, options: dict[str, Any]) -> Any:
    if isinstance(source, bytes):
        return getattr(libvips().Image, f"{loader}_buffer")(source, **options)
    # The bytes of its name: on a disk it may be in an encoding other than UTF-8.
    return getattr(libvips().Image, loader)(os.fsencode(source), **options)


def _pipeline(opened: Callable[[], Any], header: Image.Image, factor: int) -> tuple[Any, str] | None:
    """Return how a picture becomes one of 8 bits and a fraction of its size, and its mode; nothing is decoded yet."""
    return _tiff(opened, header.kind, factor) if isinstance(header, TiffPicture) else _other(opened(), factor)


def _other(opened: Any, factor: int) -> tuple[Any, str] | None:
    """Shrink a PNG, WebP or JPEG."""
    if opened.format not in _DEEPEST or opened.interpretation not in _INTERPRETATIONS:
        return None
    top = _DEEPEST[opened.format]
    if opened.hasalpha():
        opened = opened.flatten(background=[top] * (opened.bands - 1), max_alpha=top)
    mode = _MODES.get(opened.bands)
    return None if mode is None else _small(opened, mode, factor, 255 / top)


def _tiff(opened: Callable[[], Any], kind: Kind, factor: int) -> tuple[Any, str]:
    """Shrink a TIFF whose samples mean what its kind says."""
    picture = opened()
    # A palette has become colours, or grey where all of it is.
    count = picture.bands if kind.photometric == PALETTE else kind.colours
    colours = picture.extract_band(0, n=count) if picture.bands > count else picture
    if kind.photometric == LAB:
        # 16 bits as libvips keeps them: 0 to 32767, and twice -32768 to 32767.
        return _small(colours.linear([255 / 32767, 1 / 256, 1 / 256], [0, 128, 128]), "LAB", factor, 1.0)
    scale = 1.0
    if picture.format in _DEEPEST:
        scale, paper = 255 / _DEEPEST[picture.format], float(_DEEPEST[picture.format])
    else:
        colours, paper = _in_range(opened, colours, kind, count), 255.0
    if kind.alpha is not None and kind.alpha < picture.bands:
        alpha = picture.extract_band(kind.alpha)
        if picture.format not in _DEEPEST:
            alpha = alpha.linear(255 / _opaque(kind), 0)
        # Paper is white: all light, or no ink.
        ground = 0.0 if kind.photometric == CMYK else paper
        colours = colours.bandjoin(alpha).flatten(background=[ground] * count, max_alpha=paper)
    mode = "LAB" if kind.photometric == ICC_LAB else {1: "L", 3: "RGB", 4: "CMYK"}[count]
    return _small(colours, mode, factor, scale)


def _in_range(opened: Callable[[], Any], colours: Any, kind: Kind, count: int) -> Any:
    """Bring values of a range that is only known from themselves to 0–255, as `pixels.to_rgb` does with Pillow's."""
    # libvips has turned whole numbers without a sign already.
    turned = kind.photometric == WHITE_IS_ZERO and kind.sample_format == UNSIGNED
    statistics = opened().extract_band(0, n=count).stats()
    low, high = float(statistics(0, 0)[0]), float(statistics(1, 0)[0])
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ImageUndecodable("values without a range")
    if turned:
        top = _UNSIGNED_TOP[kind.bits]
        low, high = top - high, top - low
    tops = (1.0, 255.0, 65535.0) if kind.sample_format == FLOAT else (255.0 if kind.bits == 8 else 65535.0,)
    fitting = next((top for top in tops if low >= 0 and high <= top), None)
    if fitting is not None:
        low, high = 0.0, fitting
    scale = 255.0 / (high - low) if high > low else 0.0
    if turned:
        return colours.cast("double").linear(scale, 255.0 - (_UNSIGNED_TOP[kind.bits] - low) * scale)
    if kind.photometric == WHITE_IS_ZERO:
        return colours.cast("double").linear(-scale, 255.0 + low * scale)
    return colours.cast("double").linear(scale, -low * scale)


def _opaque(kind: Kind) -> float:
    """Return the value that stands for no transparency at all."""
    if kind.sample_format == FLOAT:
        return 1.0
    return float((1 << (kind.bits - (kind.sample_format == SIGNED))) - 1)


def _small(picture: Any, mode: str, factor: int, scale: float) -> tuple[Any, str]:
    """Shrink, and bring to 8 bits what is left."""
    small = picture.shrink(factor, factor) if factor > 1 else picture
    if small.format != "uchar" or scale != 1.0:
        small = small.linear(scale, 0.5)
    small = small.cast("uchar")
    if mode == "LAB":
        # Pillow takes these bytes for numbers with a sign.
        small = small ^ [0, 128, 128]
    return small, mode


def _in_memory(small: Any, mode: str) -> Image.Image:
    # In memory first: turning needs to look at it from the other side.
    small = small.copy_memory().autorot()
    return Image.frombytes(mode, (small.width, small.height), small.write_to_memory())


@cache
def libvips() -> Any:
    """Return libvips, which keeps nothing of the pictures it has seen and reads only what it is told to."""
    import pyvips

    pyvips.cache_set_max(0)
    pyvips.cache_set_max_mem(0)
    pyvips.block_untrusted_set(True)
    return pyvips
