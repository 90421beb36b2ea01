"""Derivatives that the disk has lost or cut off: found when somebody asks for them, and made again from the master.

They are on the disk before a row names them. Older imports, a damaged disk and a backup without derivatives leave
others: empty, cut off, or ending in nothing. Nobody would notice but whoever looks at a grey picture.
"""

import logging
import os
import threading
from pathlib import Path

from catalog.exceptions import FileRejected
from catalog.importing.storage import SCREEN_SIZE, mend_derivatives, render
from catalog.models import ImageFile
from catalog.shares import absence_of
from catalog.vocabulary import FileRole
from inference.engine.errors import EngineError
from inference.engine.images import IMPORT_MAX_PIXELS, open_image

_END_OF_JPEG = b"\xff\xd9"

# A page shows fifty thumbnails: fifty scans decoded at once would take all the memory there is.
_in_turn = threading.Lock()

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
    """
    path = Path(getattr(file, kind).path)
    if is_whole(path):
        return path
    with _in_turn:
        if not is_whole(path):
            _make_again(file)
    return path


def _make_again(file: ImageFile) -> None:
    log.warning("the derivatives of scan %s are missing or cut off; they are made again", file.pk)
    # Looked at first: a master on a dead server would keep everybody waiting who asks for any derivative.
    if file.place_outside is not None and (absence := absence_of(file.master_path)) is not None:
        raise FileRejected(str(absence))
    try:
        picture = open_image(file.master_path, max_pixels=IMPORT_MAX_PIXELS, reduce_to=SCREEN_SIZE)
        rendition = render(picture, negative=file.role == FileRole.NEGATIVE)
        contents = {file.thumbnail: rendition.thumbnail, file.screen: rendition.screen}
        mend_derivatives({Path(place.path): content for place, content in contents.items() if place})
    except (EngineError, OSError) as error:
        log.warning("the derivatives of scan %s could not be made again: %s", file.pk, error)
        raise FileRejected(str(error)) from error
