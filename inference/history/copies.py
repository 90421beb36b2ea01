"""Makes what browsers show of a picture, and converts what they cannot show. Decoding is heavy: a few at a time."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from inference.engine.copies import copy_within, to_srgb, write_jpeg
from inference.engine.errors import Busy
from inference.engine.images import PUBLIC_MAX_PIXELS, open_image
from inference.engine.sizes import check_aspect_ratio

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

SHOWN_SIZE = 1600
"""Longer side in pixels of the picture on the page."""
THUMBNAIL_SIZE = 240
"""Longer side in pixels of a thumbnail."""
CONVERTED_SIZE = 4096
"""Longer side in pixels of a converted picture: more than the model looks at."""

_PATIENCE_S = 30.0
_RETRY_AFTER_S = 10
# A decoded picture takes up to half a gigabyte, and the model wants the cores too.
_AT_ONCE = threading.BoundedSemaphore(max(1, min(4, (os.cpu_count() or 1) // 2)))


@dataclass(frozen=True, slots=True)
class Copies:
    """Files made from a picture."""

    shown: Path
    thumbnail: Path


@dataclass(frozen=True, slots=True)
class Conversion:
    """Files made from a page, and its size in pixels."""

    converted: Path
    shown: Path
    thumbnail: Path
    width: int
    height: int


def make(source: Path, folder: Path, stamp: str) -> Copies:
    """Make what browsers show of a picture.

    Args:
        source: its file.
        folder: where to.
        stamp: part of the new files' names.

    Returns:
        The files.

    Raises:
        EngineError: it cannot be decoded, or too many are being decoded.
    """
    with _turn():
        picture = to_srgb(open_image(source, max_pixels=PUBLIC_MAX_PIXELS, reduce_to=SHOWN_SIZE))
        shown = copy_within(picture, SHOWN_SIZE)
        del picture
        return _kept(shown, folder, stamp)


def convert(source: Path, folder: Path, stamp: str, page: int) -> Conversion:
    """Make a JPEG of a page, upright and in sRGB, and what browsers show of it.

    Args:
        source: the picture's file.
        folder: where to.
        stamp: part of the new files' names.
        page: counted from 0.

    Returns:
        The files, and the size of the page before it was shrunk.

    Raises:
        EngineError: the page cannot be used, or too many are being decoded.
    """
    with _turn():
        picture = open_image(
            source, page=page, max_pixels=PUBLIC_MAX_PIXELS, min_size=settings.GLMV_MIN_IMAGE_SIZE
        )  # fmt: skip
        check_aspect_ratio(*picture.size)
        size = picture.size
        converted = to_srgb(copy_within(picture, CONVERTED_SIZE))
        del picture
        shown = copy_within(converted, SHOWN_SIZE)
        path = folder / f"converted-{stamp}.jpg"
        write_jpeg(converted, path, quality=95)
        made = _kept(shown, folder, stamp)
    return Conversion(path, made.shown, made.thumbnail, *size)


def make_thumbnail(source: bytes | Path, folder: Path, stamp: str) -> Path:
    """Make a thumbnail alone.

    Args:
        source: the picture's file, or its bytes.
        folder: where to.
        stamp: part of the new file's name.

    Returns:
        The file.

    Raises:
        EngineError: it cannot be decoded, or too many are being decoded.
    """
    with _turn():
        picture = to_srgb(open_image(source, max_pixels=PUBLIC_MAX_PIXELS, reduce_to=THUMBNAIL_SIZE))
        path = folder / f"thumbnail-{stamp}.jpg"
        write_jpeg(copy_within(picture, THUMBNAIL_SIZE), path)
    return path


def _kept(shown: "Picture", folder: Path, stamp: str) -> Copies:
    files = Copies(folder / f"preview-{stamp}.jpg", folder / f"thumbnail-{stamp}.jpg")
    write_jpeg(shown, files.shown)
    write_jpeg(copy_within(shown, THUMBNAIL_SIZE), files.thumbnail)
    return files


@contextmanager
def _turn() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_PATIENCE_S):
        raise Busy(_RETRY_AFTER_S)
    try:
        yield
    finally:
        _AT_ONCE.release()
