"""Decodes very large scans at a fraction of their size, without ever holding all of their pixels.

libvips streams a file through memory a few rows at a time; Pillow has to hold it whole. Only what both understand alike
goes this way: grey and RGB of 8 and 16 bits, with or without transparency. Everything else is Pillow's.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from inference.engine.errors import ImageUndecodable

LARGE_PIXELS = 50_000_000
"""From how many pixels on a scan is decoded in this way where a smaller picture will do."""

_LOADERS = {"TIFF": "tiffload", "PNG": "pngload"}
_DEEPEST = {"uchar": 255, "ushort": 65535}
_MODES = {1: "L", 3: "RGB"}


def decode_reduced(source: bytes | Path, header: Image.Image, frame: int, longer: int) -> Image.Image | None:
    """Decode a scan to a fraction of its size.

    Args:
        source: the encoded file's bytes, or its path.
        header: the same picture as Pillow opened it, not decoded.
        frame: which of a TIFF's frames, counted from 0.
        longer: longer side in pixels that the result must at least have.

    Returns:
        The picture, upright, mode L or RGB, 8 bits; None where it is none of those that can be decoded in this way.

    Raises:
        ImageUndecodable: the file is damaged.
    """
    loader = _LOADERS.get(header.format or "")
    factor = max(header.size) // longer
    if loader is None or factor < 2:
        return None
    vips = _vips()
    options: dict[str, Any] = {"access": "sequential", "fail_on": "error"}
    if header.format == "TIFF":
        options["page"] = frame
    try:
        opened = _load(vips, source, loader, options)
        if opened.format not in _DEEPEST or opened.interpretation not in ("b-w", "srgb", "rgb16", "grey16", "rgb"):
            return None
        return _picture(opened, factor)
    except vips.Error as error:
        raise ImageUndecodable(f"libvips: {error}"[:200]) from error


def _load(vips: Any, source: bytes | Path, loader: str, options: dict[str, Any]) -> Any:
    if isinstance(source, bytes):
        return getattr(vips.Image, f"{loader}_buffer")(source, **options)
    return getattr(vips.Image, loader)(str(source), **options)


def _picture(opened: Any, factor: int) -> Image.Image | None:
    """Shrink, and bring to 8 bits what is left."""
    top = _DEEPEST[opened.format]
    if opened.hasalpha():
        opened = opened.flatten(background=[top] * (opened.bands - 1), max_alpha=top)
    mode = _MODES.get(opened.bands)
    if mode is None:
        return None
    small = opened.shrink(factor, factor)
    if top != 255:
        small = small.linear(255 / top, 0.5)
    # In memory now: turning needs to look at it from the other side.
    small = small.cast("uchar").copy_memory().autorot()
    return Image.frombytes(mode, (small.width, small.height), small.write_to_memory())


@cache
def _vips() -> Any:
    """Return libvips, which keeps nothing of the pictures it has seen and reads only what it is told to."""
    import pyvips

    pyvips.cache_set_max(0)
    pyvips.cache_set_max_mem(0)
    pyvips.block_untrusted_set(True)
    return pyvips
