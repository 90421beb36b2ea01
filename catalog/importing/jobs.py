"""The background work of bringing in: pyramids are made of large scans, and made again where the disk has lost them."""

import logging
import os
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from catalog.exceptions import FileRejected
from catalog.faults import release_connection
from catalog.importing.pyramids import LARGE_PIXELS, make_pyramid, pyramid_path
from catalog.models import ImageFile
from inference.engine.tiles import is_whole

CHUNK = 200
"""So many scans are looked at in one step."""
PAUSE_S = 20.0
"""How often to look for new scans."""
AGAIN_S = 3600.0
"""How often to look at all of them: for pyramids that were lost or could not be made."""
FULL_S = 600.0
"""How long to wait where the disk has little room left."""
LEAST_FREE = 2_000_000_000
"""Bytes that pyramids leave free on the disk: what people bring in comes first."""
_NICENESS = 10

log = logging.getLogger(__name__)


class PyramidMaking:
    """Makes pyramids, one a step; `catalog.worker.jobs.Job` is the protocol that it keeps."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, free: Callable[[Path], int] | None = None
    ) -> None:
        """Prepare: all scans are looked at, then those that come.

        Args:
            clock: seconds, from any beginning.
            free: bytes that are free on the disk of a folder.
        """
        self._clock, self._free = clock, free or _free
        self._begun_at = clock()
        self._last = 0
        self._lacking: deque[int] = deque()
        self._stands_back = False

    def claim(self) -> bool:
        """Tell that there may be something to do; what there is, is seen in the step."""
        return True

    def step(self) -> float:
        """Make a pyramid, or look for scans that lack one; return how long there will be nothing."""
        self._stand_back()
        if self._lacking:
            return self._make(self._lacking.popleft())
        files = list(ImageFile.objects.over(LARGE_PIXELS).filter(pk__gt=self._last).order_by("pk")[:CHUNK])
        if files:
            self._last = files[-1].pk
            self._lacking.extend(file.pk for file in files if not is_whole(pyramid_path(file)))
            return 0.0
        if self._clock() - self._begun_at < AGAIN_S:
            return PAUSE_S
        self._begun_at, self._last = self._clock(), 0
        return 0.0

    def release(self) -> None:
        """Give back nothing: what lacks a pyramid is found again."""

    def _make(self, pk: int) -> float:
        media = Path(settings.MEDIA_ROOT)
        if self._free(media) < LEAST_FREE:
            log.warning("the disk has little room left; no pyramids of large scans are made until it has more")
            self._lacking.appendleft(pk)
            return FULL_S
        file = ImageFile.objects.filter(pk=pk).first()
        if file is None:
            return 0.0
        # It takes seconds; others may want the connection.
        release_connection()
        try:
            make_pyramid(file)
        except FileRejected as error:
            log.warning("no pyramid of scan %s could be made, which is tried again later: %s", pk, error)
        return 0.0

    def _stand_back(self) -> None:
        """Let everything else have the processor first: imports above all."""
        # Of the process's main thread it would be the whole process that stood back.
        if not self._stands_back and threading.current_thread() is not threading.main_thread():
            with suppress(OSError, AttributeError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        self._stands_back = True


def _free(folder: Path) -> int:
    """Return how many bytes are free; a folder that is not there yet lies on the disk of the one above it."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
