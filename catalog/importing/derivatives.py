"""Derivatives that the disk has lost or cut off: found when somebody asks for them, and made again from the master.

They are on the disk before a row names them. Older imports, a damaged disk and a backup without derivatives leave
others: empty, cut off, or ending in nothing. Nobody would notice but whoever looks at a grey picture.

Whoever asks is a page, whose threads are few. So nobody waits long for the one that is being made, nor at all where
making it has hung, and one that could not be made is not tried again for a while.
"""

import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from catalog.exceptions import DerivativeAwaited, FileRejected
from catalog.importing.storage import SCREEN_SIZE, mend_derivatives, render
from catalog.models import ImageFile
from catalog.shares import absence_of
from catalog.vocabulary import FileRole
from inference.engine.errors import EngineError
from inference.engine.images import IMPORT_MAX_PIXELS, open_image

_END_OF_JPEG = b"\xff\xd9"

WAIT_S = 5.0
"""For so long a page waits for its turn."""
HANGS_S = 30.0
"""Whatever is being made for longer than this is not waited for."""
NOT_AGAIN_S = 60.0
"""For so long what could not be made is not tried again."""

log = logging.getLogger(__name__)


def is_whole(path: Path) -> bool:
    """Tell whether a derivative is there to its end, by reading no more than that.

    Args:
        path: a JPEG that was written by this system.
    """
    try:
        with path.open("rb") as file:
            file.seek(-len(_END_OF_JPEG), os.SEEK_END)
            return file.read() == _END_OF_JPEG
    except OSError:  # not there, or shorter than its end
        return False


def whole_derivative(file: ImageFile, kind: str) -> Path:
    """Return where a derivative lies, after making it again where it is not there to its end.

    Args:
        file: the scan; it has derivatives.
        kind: ``thumbnail`` or ``screen``.

    Returns:
        Its path; it is whole.

    Raises:
        FileRejected: it is not, and cannot be made now: the master is away or damaged, or the disk is full.
        DerivativeAwaited: it is not, and others are being made; soon it can be.
    """
    path = Path(getattr(file, kind).path)
    if is_whole(path):
        return path
    _failures.check(path)
    with _turn.taken():
        if not is_whole(path):
            # Whoever was before may have found out.
            _failures.check(path)
            _make_again(file)
    return path


class _Turn:
    """Lets one be made after the other: a page shows fifty, and fifty scans decoded at once take all the memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since = 0.0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for the turn, and have it for as long as the context lasts.

        Raises:
            DerivativeAwaited: it did not come in time.
        """
        hangs = time.monotonic() - self._since > HANGS_S
        if not self._lock.acquire(timeout=0.0 if hangs else WAIT_S):
            raise DerivativeAwaited
        try:
            self._since = time.monotonic()
            yield
        finally:
            self._lock.release()


class _Failures:
    """Remembers for a while what could not be made."""

    def __init__(self) -> None:
        self._found: dict[Path, tuple[float, str]] = {}
        self._lock = threading.Lock()

    def check(self, path: Path) -> None:
        """Tell what is known of a derivative.

        Raises:
            FileRejected: it could not be made a moment ago.
        """
        until, reason = self._found.get(path, (0.0, ""))
        if time.monotonic() < until:
            raise FileRejected(reason)

    def remember(self, paths: Iterable[Path], reason: str) -> None:
        """Keep that derivatives could not be made, and forget what is long ago."""
        now = time.monotonic()
        with self._lock:
            kept = {path: found for path, found in self._found.items() if now < found[0]}
            self._found = kept | dict.fromkeys(paths, (now + NOT_AGAIN_S, reason))


_turn = _Turn()
_failures = _Failures()


def _make_again(file: ImageFile) -> None:
    log.warning("the derivatives of scan %s are missing or cut off; they are made again", file.pk)
    # Looked at first: a master on a dead server would keep everybody waiting who asks for any derivative.
    if file.place_outside is not None and (absence := absence_of(file.master_path)) is not None:
        raise FileRejected(str(absence))
    places = [Path(place.path) for place in (file.thumbnail, file.screen) if place]
    try:
        picture = open_image(file.master_path, max_pixels=IMPORT_MAX_PIXELS, reduce_to=SCREEN_SIZE)
        rendition = render(picture, negative=file.role == FileRole.NEGATIVE)
        contents = {file.thumbnail: rendition.thumbnail, file.screen: rendition.screen}
        mend_derivatives({Path(place.path): content for place, content in contents.items() if place})
    except (EngineError, OSError) as error:
        log.warning("the derivatives of scan %s could not be made again: %s", file.pk, error)
        _failures.remember(places, str(error))
        raise FileRejected(str(error)) from error
