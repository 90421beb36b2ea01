"""Mends JPEGs that lack their end mark and nothing else: some cameras and scanning programs never wrote one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.engine.vips import is_whole_jpeg

if TYPE_CHECKING:
    from pathlib import Path

_START, _END = b"\xff\xd8\xff", b"\xff\xd9"


def with_end(source: bytes | Path) -> bytes | None:
    """Return a JPEG with the end mark that it lacks.

    A decoder fills up what is missing with grey, and does not say so; so that nothing else is missing is asked of one
    that does.

    Args:
        source: the encoded file's bytes, or its path.

    Returns:
        The whole file; None where it is no JPEG, or its picture itself breaks off.
    """
    content = source if isinstance(source, bytes) else source.read_bytes()
    if not content.startswith(_START):
        return None
    # What a full disk or an interrupted copy leaves are zeros; half of the mark may be there. A zero belongs to the
    # picture where it follows 0xFF.
    bare = content.rstrip(b"\0")
    candidates = (content, bare, bare.removesuffix(b"\xff"), bare + b"\0")
    return next((whole for one in dict.fromkeys(candidates) if is_whole_jpeg(whole := one + _END)), None)
