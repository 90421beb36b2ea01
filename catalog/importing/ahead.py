"""Files of a source, read ahead: while the record of one is written, the next ones are decoded and shrunk in threads.

Pillow, libvips and hashing let go of the interpreter while they work, so reading and writing share two cores well. No
thread touches the database.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from catalog.digests import content_hash
from catalog.exceptions import FileRejected
from catalog.importing.documents import is_document
from catalog.importing.entries import Entry
from catalog.importing.storage import SCREEN_SIZE, Rendition, render
from catalog.vocabulary import FileDefect
from inference.engine.embedded import read_sidecar
from inference.engine.images import IMPORT_MAX_PIXELS, LACKS_END, open_image, read_info, read_words

if TYPE_CHECKING:
    from inference.engine.types import ImageInfo

Result = TypeVar("Result")

_MOST_THREADS = 4
THREADS = max(1, min(_MOST_THREADS, (os.cpu_count() or 1) - 1))
"""How many files are decoded at once, beside the thread that writes: each may be a scan of 300 megapixels."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What an import knows of a picture once it has been decoded.

    Attributes:
        info: its format, size and camera data.
        rendition: the pictures made of it, not yet on disk.
        words: what the file says about its picture, by `read_words`' names; before it what a file beside it says.
        sidecar: whether the file beside it was read; None where there is none.
        defect: what is amiss with the file; empty where nothing is.
    """

    info: "ImageInfo"
    rendition: Rendition
    words: Mapping[str, str]
    sidecar: bool | None = None
    defect: FileDefect = FileDefect.NONE


class Incoming:
    """One file on its way in. Used by one thread; what takes time may be done in others.

    It is a context: the file lies on disk until it ends.
    """

    def __init__(
        self, entry: Entry, *, negative: bool = False, sidecar: Entry | None = None, pool: Executor | None = None
    ) -> None:
        """Begin to read a file.

        Args:
            entry: the file.
            negative: whether it shows a negative.
            sidecar: an XMP file that describes it.
            pool: where to read it; None reads it when it is asked for.
        """
        self.entry = entry
        self._negative = negative
        self._sidecar = sidecar
        self._pool = pool
        self._stack = ExitStack()
        self._opened = pool.submit(self._open) if pool is not None else None
        self._decoded: Future[Decoded] | None = None

    def __enter__(self) -> "Incoming":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        for task in (self._decoded, self._opened):
            if task is not None and not task.cancel():
                # Its error, if any, was met by whoever asked; the file must not go while it is read.
                task.exception()
        self._stack.close()

    def content(self) -> tuple[Path, str]:
        """Return where the file lies and the SHA-256 of its content.

        Raises:
            FileRejected: the file cannot be had.
            OSError: it cannot be read.
        """
        if self._opened is None:
            self._opened = _done(self._open)
        return self._opened.result()

    def decode_if(self, wanted: Callable[[str], bool]) -> None:
        """Begin to decode the file where it can be read and its content is wanted."""
        if self._pool is not None and self._opened is not None and self._opened.exception() is None:
            path, sha256 = self._opened.result()
            if wanted(sha256):
                self._decoded = self._pool.submit(self._decode, path)

    def decoded(self) -> Decoded:
        """Return what is known of the picture.

        Raises:
            EngineError: it is none that can be used.
            OSError: it cannot be read.
        """
        if self._decoded is None:
            path, _sha256 = self.content()
            self._decoded = _done(self._decode, path)
        return self._decoded.result()

    def _open(self) -> tuple[Path, str]:
        path = self._stack.enter_context(self.entry.local())
        return path, content_hash(path)

    def _decode(self, path: Path) -> Decoded:
        info = read_info(path)
        picture = open_image(path, max_pixels=IMPORT_MAX_PIXELS, reduce_to=SCREEN_SIZE)
        defect = FileDefect.NO_END_MARK if picture.info.get(LACKS_END) else FileDefect.NONE
        words, rendition = read_words(path), render(picture, negative=self._negative)
        if self._sidecar is None:
            return Decoded(info, rendition, words, defect=defect)
        beside = _beside(self._sidecar)
        return Decoded(info, rendition, words | (beside or {}), beside is not None, defect)


def read_ahead(
    entries: Sequence[Entry],
    *,
    is_negative: Callable[[Entry], bool],
    wanted: Callable[[str], bool],
    sidecars: Mapping[str, Entry] | None = None,
) -> Generator[Incoming, None, None]:
    """Yield the files of a source in their order, each with the next ones already being read.

    Args:
        entries: the files. Documents are not read ahead: only one of them may be drawn at a time.
        is_negative: whether a file shows a negative.
        wanted: whether a file with this SHA-256 would be decoded; asked in the caller's thread, shortly before it is.
        sidecars: XMP files that describe a picture, by its name.
    """
    sidecars = sidecars or {}
    # The one in hand, those that are being decoded, and one that is being hashed.
    window: deque[Incoming] = deque()
    with ThreadPoolExecutor(THREADS, thread_name_prefix="import") as pool:
        try:
            for entry in entries:
                ahead = None if is_document(entry) else pool
                sidecar = sidecars.get(entry.name)
                window.append(Incoming(entry, negative=is_negative(entry), sidecar=sidecar, pool=ahead))
                if len(window) > 1:
                    window[-2].decode_if(wanted)
                if len(window) > THREADS + 1:
                    with window.popleft() as incoming:
                        yield incoming
            if window:
                window[-1].decode_if(wanted)
            while window:
                with window.popleft() as incoming:
                    yield incoming
        finally:
            for incoming in window:
                incoming.close()


def _beside(sidecar: Entry) -> dict[str, str] | None:
    """Return what a file beside a picture says about it; None where it cannot be read."""
    try:
        with sidecar.local() as path:
            return read_sidecar(path)
    except (OSError, FileRejected):
        return None


def _done(work: Callable[..., Result], *arguments: object) -> Future[Result]:
    """Do something now; whoever asks for the result meets its error."""
    future: Future[Result] = Future()
    try:
        future.set_result(work(*arguments))
    except Exception as error:  # noqa: BLE001 - kept for whoever asks
        future.set_exception(error)
    return future
