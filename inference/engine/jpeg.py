"""Mends JPEGs that lack their end mark and nothing else: some cameras and scanning programs never wrote one."""

from __future__ import annotations

import hashlib
import math
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from inference.engine.large import taking_turns

if TYPE_CHECKING:
    from pathlib import Path

_START, _END, _HALF_OF_END = b"\xff\xd8\xff", b"\xff\xd9", b"\xff"
# Two ends of which each bit differs; long enough for a decoder to go on with.
_ENDS = (b"\x55" * 256 + _END, b"\xaa" * 256 + _END)
_STRIP = 256


def with_end(source: bytes | Path) -> bytes | None:
    """Return a JPEG with the end mark that it lacks.

    A decoder fills up what is missing with grey, and does not say so. But what stands behind a whole picture does not
    change it, while the first bit of one that breaks off is taken from there: so it is decoded with two ends.

    Args:
        source: the encoded file's bytes, or its path; a picture that is not too large, but breaks off.

    Returns:
        The whole file; None where it is no JPEG, or its picture itself breaks off.
    """
    content = source if isinstance(source, bytes) else source.read_bytes()
    if not content.startswith(_START):
        return None
    bare = content.removesuffix(_HALF_OF_END)
    first, second = (_digest(bare + end) for end in _ENDS)
    return bare + _END if first is not None and first == second else None


def _digest(content: bytes) -> bytes | None:
    """Return what stands for all pixels of a picture; None where it cannot be decoded."""
    digest = hashlib.sha256()
    try:
        with Image.open(BytesIO(content), formats=("JPEG",)) as image, taking_turns(math.prod(image.size)):
            image.load()
            for y in range(0, image.height, _STRIP):
                digest.update(image.crop((0, y, image.width, min(y + _STRIP, image.height))).tobytes())
    except (OSError, SyntaxError, ValueError):
        return None
    return digest.digest()
