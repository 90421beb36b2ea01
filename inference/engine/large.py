"""Keeps very large pictures within the memory that an import and a site may take.

One of them is decoded at a time, whichever library does it, and a JPEG 2000 leaves out the levels that nobody needs.
What libvips can stream goes through :mod:`inference.engine.vips`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

LARGE_PIXELS = 50_000_000
"""From how many pixels on a scan is decoded at a fraction of its size where a smaller picture will do."""

# How many times the memory of other formats decoding takes: HEIC and AVIF are held as video frames, tiles, and pixels.
_WEIGHTS = {"HEIF": 4, "AVIF": 4}
# JPEG 2000: where its codestream starts, the marker that tells how it is coded, and where at the latest both stand.
_CODESTREAM = b"\xff\x4f\xff\x51"
_CODING_STYLE = b"\xff\x52"
_HEADER_BYTES = 64 * 1024
_one_decode = threading.Lock()


@contextmanager
def taking_turns(pixels: int, kind: str | None = None) -> Iterator[None]:
    """Let the decoding of very large pictures happen one after the other: threads of an import must not add up.

    Args:
        pixels: of the picture that is going to be decoded.
        kind: its format, as Pillow names it.
    """
    if pixels * _WEIGHTS.get(kind or "", 1) <= LARGE_PIXELS:
        yield
        return
    with _one_decode:
        yield


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
