"""One file that somebody sends: it comes in by the same import as a folder of them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import policies
from catalog.digests import content_hash
from catalog.exceptions import FileRejected, UploadTooLarge
from catalog.importing.companions import not_a_picture
from catalog.importing.documents import document_key
from catalog.importing.entries import FileEntry, ImportSource, is_safe_name, is_system_file, plain_name
from catalog.importing.import_known import Known
from catalog.importing.import_reports import ImportReport
from catalog.importing.importing import import_images
from catalog.importing.joining import files_of_key
from catalog.importing.manifest import Manifest, ManifestRow
from catalog.models import Collection, Image, ImageFile

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_MB = 1024 * 1024
_NO_NAME = gettext_lazy("文件名不能用，请改名后再上传。")


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of a file that was sent.

    Attributes:
        kind: `added` a new record, `joined` one that was there, `present` was there itself, `duplicate` is there under
            another name.
        image: the record; None where the sender may not see it.
        sentence: all this in words.
    """

    kind: Literal["added", "joined", "present", "duplicate"]
    image: Image | None
    sentence: str


def import_upload(
    *, collection: Collection, upload: "UploadedFile[Any]", user: "User | None", identifier: str = "", volume: str = ""
) -> Uploaded:
    """Import a file that was sent.

    Args:
        collection: where to.
        upload: the file.
        user: who sent it.
        identifier: its 照片号, where it is known.
        volume: its 册号, where it is known; a record that has one keeps its own.

    Returns:
        What became of it.

    Raises:
        UploadTooLarge: it is larger than `GLMV_MAX_UPLOAD_MB`.
        FileRejected: it cannot be imported, or has a `volume` that no record can hold, with the reason.
    """
    name = plain_name(upload.name or "")
    if not name or "/" in name or not is_safe_name(name) or is_system_file(name):
        raise FileRejected(_NO_NAME)
    if (upload.size or 0) > settings.GLMV_MAX_UPLOAD_MB * _MB:
        raise UploadTooLarge(limit=settings.GLMV_MAX_UPLOAD_MB)
    if (reason := not_a_picture(name)) is not None:
        raise FileRejected(reason)
    manifest = Manifest((ManifestRow(name, identifier),)) if identifier else Manifest()
    with _on_disk(upload) as path:
        source = ImportSource([FileEntry(name, path)], manifest, on_disk=False)
        report = import_images(collection=collection, source=source, user=user, volume=volume)
        images = _images(collection, content_hash(path))
    if not images:
        reasons = [reject.reason for reject in report.left_out]
        raise FileRejected(reasons[0] if reasons else _("文件没有导入，请再试一次。"))
    visible = [image for image in images if user is None or policies.can_view_drafts(user, image)]
    if not visible:
        # Not a word on which record has it, not even that it has the same name.
        unused = _about_number("", identifier) + _about_volume("", volume)
        return Uploaded("duplicate", None, f"{Known('', hidden=True).words()}{unused}")
    return _uploaded(report, visible[0], identifier, volume)


def _uploaded(report: ImportReport, image: Image, identifier: str, volume: str) -> Uploaded:
    about = _about_number(image.identifier, identifier) + _about_volume(image.volume, volume) + _about_rejected(report)
    about += "".join(suspected.reason for suspected in report.suspected[:1])
    if report.added:
        doubts = "".join(doubtful.part for doubtful in report.doubtful)
        return Uploaded("added", image, _("已导入。") + doubts + _about_defect(report) + about)
    if report.joined:
        words = _("已导入，是%(part)s。") % {"part": report.joined[0].part}
        return Uploaded("joined", image, words + _about_defect(report) + about)
    if report.present:
        given = _("照片号已补上。") if report.completed and identifier else ""
        given += _("册号已补上。") if report.completed and volume and volume == image.volume else ""
        given += _("PDF 文件已补存。") if report.documents else ""
        return Uploaded("present", image, _("已经在馆藏里，没有重复导入。") + given + about)
    if report.rejected:
        raise FileRejected(report.rejected[0].reason)
    return Uploaded("duplicate", image, report.duplicates[0].reason + about)


def _about_rejected(report: ImportReport) -> str:
    """Return what of a document did not come in, though something of it did; empty where all came in."""
    if not report.rejected or not (report.added or report.joined or report.present):
        return ""
    words = _("有 %(count)s 处没有导入：%(reason)s")
    return words % {"count": len(report.rejected), "reason": report.rejected[0].reason}


def _about_defect(report: ImportReport) -> str:
    """Return what is amiss with the file; empty where nothing is."""
    return "".join(_("文件%(defect)s。") % {"defect": defective.reason} for defective in report.defective)


def _about_number(own: str, given: str) -> str:
    """Return what became of a 照片号 that is not the record's; empty where it is, or none was given."""
    if given in ("", own):
        return ""
    if own:
        words = _("给出的照片号“%(given)s”没有使用，这条记录的照片号是“%(own)s”。")
        return words % {"given": given, "own": own}
    return _("给出的照片号“%(given)s”没有使用。") % {"given": given}


def _about_volume(own: str, given: str) -> str:
    """Return what became of a 册号 that is not the record's; empty where it is, or none was given."""
    if given in ("", own):
        return ""
    if own:
        words = _("给出的册号“%(given)s”没有使用，这条记录的册号是“%(own)s”。")
        return words % {"given": given, "own": own}
    return _("给出的册号“%(given)s”没有使用。") % {"given": given}


def _images(collection: Collection, sha256: str) -> list[Image]:
    """Return the records of a file, or of the pages of a document, by its content."""
    scans = ImageFile.objects.filter(collection=collection).with_content(sha256)
    scans = scans or files_of_key(collection, document_key(sha256))
    return [scan.image for scan in scans.select_related("image__collection").order_by("sequence")]


@contextmanager
def _on_disk(upload: "UploadedFile[Any]") -> Iterator[Path]:
    """Give the file's place on disk; small ones came in memory."""
    if isinstance(upload, TemporaryUploadedFile):
        yield Path(upload.temporary_file_path())
        return
    with tempfile.NamedTemporaryFile() as file:
        for chunk in upload.chunks():
            file.write(chunk)
        file.flush()
        yield Path(file.name)
