"""Mends JPEGs that lack their end mark and nothing else: some cameras and scanning programs never wrote one."""

from __future__ import annotations

import hashlib
import math
import os
import re
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from inference.engine.large import taking_turns

if TYPE_CHECKING:
    from pathlib import Path

_START, _END, _HALF_OF_END = b"\xff\xd8\xff", b"\xff\xd9", b"\xff"
# Two ends of which each bit differs; long enough for a decoder to go on with.
_ENDS = (b"\x55" * 256 + _END, b"\xaa" * 256 + _END)
# None of those that stand for themselves inside the pixels.
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
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
    # A full disk or an interrupted copy leaves zeros. One of them belongs to the picture where it follows 0xFF.
    bare = content.rstrip(b"\0")
    for candidate in dict.fromkeys((content, bare.removesuffix(_HALF_OF_END), bare + b"\0")):
        first, second = (_digest(candidate + end) for end in _ENDS)
        if first is not None and first == second and not candidate.endswith(b"\0\0"):
            return candidate + _END
    return None


def lacks_end(source: bytes | Path) -> bool:
    """Tell whether a file is a JPEG without an end mark; a decoder does not always need it.

    Args:
        source: the encoded file's bytes, or its path.
    """
    if isinstance(source, bytes):
        first, last = source[:3], source[-2:]
    else:
        with source.open("rb") as file:
            first = file.read(3)
            file.seek(-min(2, source.stat().st_size), os.SEEK_END)
            last = file.read(2)
    if first != _START or last == _END:
        return False
    # Some cameras write more behind the end, so the mark has to be looked for.
    content = source if isinstance(source, bytes) else source.read_bytes()
    place = len(_START) - 1
    while (found := _MARKER.search(content, place)) is not None:
        if found[0] == _END:
            return False
        # The marker's own data are skipped: a thumbnail in them has an end of its own.
        place = found.end() + int.from_bytes(content[found.end() : found.end() + 2])
    return True


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
