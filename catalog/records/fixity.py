"""Masters are read again from time to time and held against the hashes they came in with (完整性校验).

Whose check is the longest ago comes first, so that a share each night goes round the whole holdings. Nothing is
repaired here and no master is touched: what is found is written down, for a person to fetch the file from a backup.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from catalog.digests import content_hash
from catalog.models import FixityCheck, ImageFile
from catalog.shares import Absence, absence_of
from catalog.vocabulary import Fixity


def verify_files(
    *,
    share: Fraction = Fraction(1),
    progress: Callable[[ImageFile, Fixity], None] | None = None,
    out_of_reach: Callable[[ImageFile, Absence], None] | None = None,
) -> FixityCheck:
    """Read a share of all masters, those first whose last check is the oldest.

    Args:
        share: how much of the holdings, over 0 and up to 1; at least one file is read where there are any.
        progress: called after each file with what was found.
        out_of_reach: called for each file that lies on a share that is away. Nothing is said of it, and its turn comes
            first again; others are read in its place.

    Returns:
        The round, written down. One that is interrupted is written down too, without an end; even one that is killed
        has counted every file that it read.
    """
    number = count_to_verify(share)
    keys = list(ImageFile.objects.order_by("fixity_checked_at", "pk").values_list("pk", flat=True))
    check = FixityCheck.objects.create()
    for key in keys:
        if check.checked == number:
            break
        file = ImageFile.objects.filter(pk=key).first()
        if file is None:
            continue
        found = _found(file)
        if isinstance(found, Absence):
            if out_of_reach is not None:
                out_of_reach(file, found)
            continue
        _write_down(check, file, found)
        if progress is not None:
            progress(file, found)
    check.finished_at = timezone.now()
    check.save(update_fields=["finished_at"])
    return check


def count_to_verify(share: Fraction) -> int:
    """Return how many masters a share is."""
    return math.ceil(ImageFile.objects.count() * share)


def _found(file: ImageFile) -> Fixity | Absence:
    """Read a master where it can be got at. A share that is away leaves traces like those of a file that is gone."""
    place = file.place_outside
    if place is None:
        return state_of(file)
    if absence := absence_of(place):
        return absence
    found = state_of(file)
    if found in (Fixity.MISSING, Fixity.UNREADABLE) and (absence := absence_of(place, fresh=True)):
        return absence
    return found


def state_of(file: ImageFile) -> Fixity:
    """Read a master and say how it is.

    Args:
        file: the scan.

    Returns:
        `REPLACED` where somebody wrote to the file (its size or its time is another), `DAMAGED` where its content
        changed and nobody did: a disk that forgets.
    """
    path = file.master_path
    try:
        if not path.is_file():
            return Fixity.MISSING
        if content_hash(path) == file.sha256:
            return Fixity.INTACT
        return Fixity.REPLACED if _was_written(path, file) else Fixity.DAMAGED
    except FileNotFoundError:
        return Fixity.MISSING
    except OSError:
        return Fixity.UNREADABLE


@transaction.atomic
def _write_down(check: FixityCheck, file: ImageFile, found: Fixity) -> None:
    """Write what was found into the file's row, and count it in the round: both or neither."""
    # Nothing else of the row: somebody may be working on it while a large file is read.
    ImageFile.objects.filter(pk=file.pk).update(fixity=found, fixity_checked_at=timezone.now())
    check.checked += 1
    setattr(check, found.value, getattr(check, found.value) + 1)
    check.save(update_fields=["checked", found.value])


def _was_written(path: Path, file: ImageFile) -> bool:
    status = path.stat()
    if status.st_size != file.byte_size:
        return True
    return file.master_modified_ns is not None and status.st_mtime_ns != file.master_modified_ns
