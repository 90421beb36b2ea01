"""What a collection has already, by content: told to whoever may know of it, and found again where it was lost."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.faults import patiently
from catalog.importing.entries import Entry
from catalog.importing.import_work import Import
from catalog.importing.storage import keep_master, place_in
from catalog.models import ImageFile
from catalog.querysets import ImageFileQuerySet
from catalog.records.action_log import record
from catalog.shares import absence_of
from catalog.vocabulary import Fixity, Verb


@dataclass(frozen=True, slots=True)
class Known:
    """Content that is there, or would be after a dry run.

    Attributes:
        name: the name it came under.
        scan: its scan; None where only a dry run knows it.
        hidden: whether whoever imports may not know of it.
    """

    name: str
    scan: ImageFile | None = None
    hidden: bool = False

    def words(self) -> str:
        """Return why a file with this content did not come in."""
        if self.hidden:
            return _("馆藏里已有相同内容的文件，未重复导入。")
        return _("与“%(name)s”内容相同，未重复导入。") % {"name": self.name}


def is_known(work: Import, sha256: str) -> bool:
    """Tell whether content is there, without asking for its record."""
    if sha256 in work.names:
        return True
    return _scans(work, sha256).exists() if work.collection.pk else False


def known_content(work: Import, sha256: str) -> Known | None:
    """Return what is known of content; None where it is new."""
    if work.collection.pk:
        scan = _scans(work, sha256).select_related("image__collection").first()
        if scan is not None:
            return Known(scan.original_name, scan, work.hides(scan.image))
    name = work.names.get(sha256)
    return Known(name) if name is not None else None


def find_again(work: Import, scan: ImageFile, entry: Entry, path: Path) -> bool:
    """Point a scan whose master is gone to the file that has its content: in place, or by copying it in.

    Args:
        work: the import.
        scan: the scan.
        entry: the file.
        path: where it lies; its content is the scan's.

    Returns:
        Whether the master was gone; in a dry run nothing is written.

    Raises:
        FileRejected: the file cannot be kept.
        OSError: the disk says no.
    """
    if _is_there(scan):
        return False
    if work.dry_run:
        return True
    before = scan.source_path or scan.master.name
    if work.leaves_in_place(entry):
        scan.master, scan.source_path = "", place_in(path)
    else:
        scan.master = keep_master(path, collection_id=scan.collection_id, sha256=scan.sha256, kind=scan.format)
        scan.source_path = ""
    scan.master_modified_ns = scan.master_path.stat().st_mtime_ns
    # It has just been read from beginning to end.
    scan.fixity, scan.fixity_checked_at = Fixity.INTACT, timezone.now()
    details: dict[str, Any] = {"file": entry.name, "found_again": True, "before": before}

    @transaction.atomic
    def write() -> None:
        scan.save(update_fields=["master", "source_path", "master_modified_ns", "fixity", "fixity_checked_at"])
        record(verb=Verb.IMAGE_CHANGED, user=work.user, image=scan.image, **details)

    patiently(write, tries=work.tries)
    return True


def _scans(work: Import, sha256: str) -> ImageFileQuerySet:
    return ImageFile.objects.filter(collection=work.collection).with_content(sha256)


def _is_there(scan: ImageFile) -> bool:
    try:
        if scan.place_outside is not None and absence_of(scan.place_outside) is not None:
            # A share that is away comes back, and the master with it.
            return True
        return scan.master_path.is_file()
    except OSError:
        # It cannot be told; a mended disk will.
        return True
