"""Reads the text in pictures (OCR): lines with their place and confidence, on any CPU, without the large model.

rapidocr on onnxruntime; its models lie in its wheel and know printed Chinese, simplified and traditional. Both are
imported when the first picture is read, in the one thread that reads: a process that never reads pays nothing, and
this thread gives way to the others, so that the model beside it is not kept waiting. How a picture is read is
`inference.reading`.
"""

import contextlib
import os
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from inference.engine.errors import Cancelled, EngineError, OutOfMemory
from inference.engine.images import IMPORT_MAX_PIXELS, open_image
from inference.reading.types import (
    LEAST_CONFIDENCE,
    READER_NAME,
    SEAL_MARK,
    Line,
    Loss,
    Page,
    ReaderMissing,
    ReadingFailed,
    Unread,
)

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from inference.reading.line_reader import LineReader

__all__ = [
    "LEAST_CONFIDENCE",
    "READER_NAME",
    "SEAL_MARK",
    "Line",
    "Loss",
    "Page",
    "Reader",
    "ReaderMissing",
    "ReadingFailed",
    "Unread",
    "get_reader",
    "reader_version",
]

_WAY_OF_READING = 2
"""Counted up when this project reads the same picture differently, so that it can be read again."""
_DECODED = 3200  # longer side in pixels, of which a decoded picture has at least twice as much where it can
_NICENESS = 10


def reader_version() -> str:
    """Return the version of the reader, without loading it.

    Raises:
        ReaderMissing: it is not installed.
    """
    try:
        return f"{version('rapidocr')}-{_WAY_OF_READING}"
    except PackageNotFoundError:
        raise ReaderMissing("rapidocr") from None


class Reader:
    """Reads pictures one after the other in a thread of its own. Any thread may ask."""

    def __init__(self, *, threads: int | None = None) -> None:
        """Prepare a reader; nothing is loaded yet.

        Args:
            threads: how many processors it may use; by default half of them, four at most.
        """
        self._threads = threads or max(1, min(4, (os.cpu_count() or 1) // 2))
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="glmv-reader", initializer=_give_way)
        self._lines: LineReader | None = None

    @property
    def name(self) -> str:
        """Return the reader's name."""
        return READER_NAME

    @property
    def version(self) -> str:
        """Return the reader's version.

        Raises:
            ReaderMissing: it is not installed.
        """
        return reader_version()

    def read(
        self,
        source: "bytes | Path | Picture",
        *,
        page: int = 0,
        max_pixels: int = IMPORT_MAX_PIXELS,
        negative: bool = False,
    ) -> Page:
        """Read a picture.

        Args:
            source: the encoded file's bytes, its path, or a picture opened by `inference.engine.images`.
            page: page of a TIFF, counted from 0.
            max_pixels: most pixels the header may claim.
            negative: whether light and dark are exchanged.

        Returns:
            What stands in it; no lines where nothing does.

        Raises:
            ImageError: it is no usable picture.
            OutOfMemory: there is not enough memory for it.
            ReaderMissing: the packages or models are not installed.
            ReadingFailed: the reader broke down.
            Cancelled: the reader was closed, or the process is at its end, before it was this picture's turn.
        """
        try:
            asked = self._thread.submit(self._read, source, page, max_pixels, negative)
        except RuntimeError as error:  # no more is taken, here or in the whole interpreter
            raise Cancelled from error
        try:
            return asked.result()
        except CancelledError as error:
            raise Cancelled from error

    def close(self) -> None:
        """Let the thread go, and the models with it: the picture it is at is read to its end, no other is begun."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._lines = None

    def _read(self, source: "bytes | Path | Picture", page: int, max_pixels: int, negative: bool) -> Page:
        if isinstance(source, bytes | Path):
            source = open_image(source, page=page, max_pixels=max_pixels, reduce_to=_DECODED)
        if self._lines is None:
            self._lines = _load(self._threads)
        try:
            return self._lines.read(source, negative=negative, version=reader_version())
        except MemoryError as error:
            raise OutOfMemory("image") from error
        except EngineError:
            raise
        except Exception as error:  # two native libraries, which raise what they like
            raise ReadingFailed(f"{type(error).__name__}: {error}"[:200]) from error


@cache
def get_reader() -> Reader:
    """Return this process's reader."""
    return Reader()


def _load(threads: int) -> "LineReader":
    try:
        from inference.reading.line_reader import LineReader
    except ImportError as error:
        raise ReaderMissing(error.name or "rapidocr") from error
    return LineReader(threads)


def _give_way() -> None:
    """Let this thread, and those that onnxruntime starts from it, stand back behind the rest of the machine."""
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
