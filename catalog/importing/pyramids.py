"""Pyramids of large scans: derivatives from which a viewer fetches the tiles that it shows.

No row names them: a scan's role and digest say where its pyramid is, so that backups know nothing of it and a lost one
is like one that was never made. They are made by the background, never by an import or a page.
"""

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from django.conf import settings

from catalog.exceptions import FileRejected
from catalog.importing.storage import SCREEN_SIZE, write_whole
from catalog.models import ImageFile
from catalog.shares import absence_of
from catalog.vocabulary import FileRole
from inference.engine.copies import positive_tones
from inference.engine.errors import EngineError
from inference.engine.images import IMPORT_MAX_PIXELS, open_image
from inference.engine.pyramids import write_pyramid
from inference.engine.sizes import shrink

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

LARGE_PIXELS = 4_000_000
"""Scans of more pixels have a pyramid; of others the picture for the screen shows nearly all there is."""


def is_large(file: ImageFile) -> bool:
    """Tell whether a scan is to have a pyramid."""
    return math.prod((file.width, file.height)) > LARGE_PIXELS


def pyramid_path(file: ImageFile) -> Path:
    """Return where the pyramid of a scan is, once it has been made.

    Args:
        file: the scan.
    """
    name = f"{file.sha256}{'-positive' if file.role == FileRole.NEGATIVE else ''}-pyramid.tif"
    return Path(settings.MEDIA_ROOT, "derivatives", str(file.collection_id), file.sha256[:2], name)


def make_pyramid(file: ImageFile) -> None:
    """Make the pyramid of a scan, in place of the one it may have.

    Args:
        file: the scan.

    Raises:
        FileRejected: it cannot be made: the master is away or damaged, or the disk takes nothing.
    """
    # Looked at first: a master on a dead server would keep all other scans waiting.
    if file.place_outside is not None and (absence := absence_of(file.master_path)) is not None:
        raise FileRejected(str(absence))
    try:
        tones = _tones(file) if file.role == FileRole.NEGATIVE else None
        write_whole(pyramid_path(file), partial(_write, file.master_path, tones))
    except (EngineError, OSError) as error:
        raise FileRejected(str(error)) from error


def _tones(file: ImageFile) -> "Picture":
    """Return how this negative becomes a positive, measured where the picture for the screen was measured."""
    picture = open_image(file.master_path, max_pixels=IMPORT_MAX_PIXELS, reduce_to=SCREEN_SIZE)
    return positive_tones(shrink(picture, SCREEN_SIZE, SCREEN_SIZE))


def _write(master: Path, tones: "Picture | None", file: BinaryIO) -> None:
    # Under its name: libvips writes here and there in it. It is the same file, which the caller waits for.
    write_pyramid(master, Path(file.name), tones=tones)
