"""Decodes very large scans at a fraction of their size, without ever holding all of their pixels.

libvips streams a file through memory a few rows at a time; Pillow has to hold it whole. Only what both understand alike
goes this way: grey, RGB and CMYK of 8 and 16 bits, with or without transparency, as TIFF, PNG or WebP. Everything else
is Pillow's, which leaves out levels of a JPEG 2000. Whichever decodes, one very large picture is decoded at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from inference.engine.errors import ImageUndecodable

LARGE_PIXELS = 50_000_000
"""From how many pixels on a scan is decoded in this way where a smaller picture will do."""

_LOADERS = {"TIFF": "tiffload", "PNG": "pngload", "WEBP": "webpload"}
_DEEPEST = {"uchar": 255, "ushort": 65535}
_MODES = {1: "L", 3: "RGB"}
_INTERPRETATIONS = ("b-w", "srgb", "rgb16", "grey16", "rgb", "cmyk")
# JPEG 2000: where its codestream starts, the marker that tells how it is coded, and where at the latest both stand.
_CODESTREAM = b"\xff\x4f\xff\x51"
_CODING_STYLE = b"\xff\x52"
_HEADER_BYTES = 64 * 1024
_one_decode = threading.Lock()


@contextmanager
def taking_turns(pixels: int) -> Iterator[None]:
    """Let the decoding of very large pictures happen one after the other: threads of an import must not add up.

    Args:
        pixels: of the picture that is going to be decoded.
    """
    if pixels <= LARGE_PIXELS:
        yield
        return
    with _one_decode:
        yield


def decode_reduced(source: bytes | Path, header: Image.Image, frame: int, longer: int) -> Image.Image | None:
    """Decode a scan to a fraction of its size.

    Args:
        source: the encoded file's bytes, or its path.
        header: the same picture as Pillow opened it, not decoded.
        frame: which of a TIFF's frames, counted from 0.
        longer: longer side in pixels that the result must at least have.

    Returns:
        The picture, upright, mode L, RGB, or CMYK with its profile, 8 bits; None where it is none of those that can be
        decoded in this way.

    Raises:
        ImageUndecodable: the file is damaged.
    """
    loader = _LOADERS.get(header.format or "")
    factor = max(header.size) // longer
    # Lab as scanners write it is nothing that libvips understands.
    if loader is None or factor < 2 or header.mode == "LAB":
        return None
    vips = _vips()
    options: dict[str, Any] = {"access": "sequential", "fail_on": "error"}
    if header.format == "TIFF":
        options["page"] = frame
    elif header.format == "WEBP":
        if getattr(header, "is_animated", False):
            return None
        # Its own decoder shrinks row by row; without that it would hold the picture whole.
        options["scale"] = 1 / factor
    try:
        opened = _load(vips, source, loader, options)
        if opened.format not in _DEEPEST or opened.interpretation not in _INTERPRETATIONS:
            return None
        picture = _picture(opened, 1 if "scale" in options else factor)
    except vips.Error as error:
        raise ImageUndecodable(f"libvips: {error}"[:200]) from error
    if picture is not None and picture.mode == "CMYK" and "icc_profile" in header.info:
        # Whoever makes RGB of the inks needs it.
        picture.info["icc_profile"] = header.info["icc_profile"]
    return picture


def leave_out_levels(header: Image.Image, longer: int) -> None:
    """Let a JPEG 2000 be decoded at a half, a quarter … of its size: it is stored in levels of detail.

    Args:
        header: the picture as Pillow opened it, not decoded.
        longer: longer side in pixels that the result must at least have.
    """
    stream = header.fp  # type: ignore[attr-defined]  # every opened file has one
    place = stream.tell()
    stream.seek(0)
    levels = _levels(stream.read(_HEADER_BYTES))
    stream.seek(place)
    halvings = (max(header.size) // longer).bit_length() - 1
    if min(levels, halvings) > 0:
        header.reduce = min(levels, halvings)  # type: ignore[assignment,method-assign]


def _levels(content: bytes) -> int:
    """Return how many times a JPEG 2000 can be halved; 0 where its header does not tell."""
    place = content.find(_CODESTREAM) + 2
    while place >= 2 and len(content) >= place + 10:
        if content[place : place + 2] == _CODING_STYLE:
            return content[place + 9]
        if content[place] != 0xFF:
            break
        # A marker, and how long what belongs to it is.
        place += 2 + int.from_bytes(content[place + 2 : place + 4])
    return 0


def _load(vips: Any, source: bytes | Path, loader: str, options: dict[str, Any]) -> Any:
    if isinstance(source, bytes):
        return getattr(vips.Image, f"{loader}_buffer")(source, **options)
    return getattr(vips.Image, loader)(str(source), **options)


def _picture(opened: Any, factor: int) -> Image.Image | None:
    """Shrink, and bring to 8 bits what is left."""
    top = _DEEPEST[opened.format]
    modes = {4: "CMYK"} if opened.interpretation == "cmyk" else _MODES
    if modes is _MODES and opened.hasalpha():
        opened = opened.flatten(background=[top] * (opened.bands - 1), max_alpha=top)
    mode = modes.get(opened.bands)
    if mode is None:
        return None
    small = opened.shrink(factor, factor) if factor > 1 else opened
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
