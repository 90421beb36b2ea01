"""One file that somebody sends: it comes in by the same import as a folder of them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.exceptions import FileRejected, UploadTooLarge
from catalog.importing.entries import FileEntry, ImportSource, is_safe_name, is_system_file, plain_name
from catalog.importing.manifest import Manifest, ManifestRow
from catalog.importing.storage import content_hash
from catalog.models import Collection, Image, ImageFile
from catalog.services.import_reports import ImportReport
from catalog.services.importing import import_images

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
        image: the record.
        sentence: all this in words.
    """

    kind: Literal["added", "joined", "present", "duplicate"]
    image: Image
    sentence: str


def import_upload(
    *, collection: Collection, upload: "UploadedFile[Any]", user: "User | None", identifier: str = ""
) -> Uploaded:
    """Import a file that was sent.

    Args:
        collection: where to.
        upload: the file.
        user: who sent it.
        identifier: its 照片号, where it is known.

    Returns:
        What became of it.

    Raises:
        UploadTooLarge: it is larger than `GLMV_MAX_UPLOAD_MB`.
        FileRejected: it cannot be imported, with the reason.
    """
    name = plain_name(upload.name or "")
    if not name or "/" in name or not is_safe_name(name) or is_system_file(name):
        raise FileRejected(_NO_NAME)
    if (upload.size or 0) > settings.GLMV_MAX_UPLOAD_MB * _MB:
        raise UploadTooLarge(limit=settings.GLMV_MAX_UPLOAD_MB)
    manifest = Manifest((ManifestRow(name, identifier),)) if identifier else Manifest()
    with _on_disk(upload) as path:
        source = ImportSource([FileEntry(name, path)], manifest, on_disk=False)
        report = import_images(collection=collection, source=source, user=user)
        image = _image(collection, content_hash(path))
    if image is None:
        reasons = [reject.reason for reject in report.left_out]
        raise FileRejected(reasons[0] if reasons else _("文件没有导入，请再试一次。"))
    return _uploaded(report, image)


def _uploaded(report: ImportReport, image: Image) -> Uploaded:
    if report.added:
        return Uploaded("added", image, _("已导入。"))
    if report.joined:
        return Uploaded("joined", image, _("已导入，是%(part)s。") % {"part": report.joined[0].part})
    if report.present:
        return Uploaded("present", image, _("已经在馆藏里，没有重复导入。"))
    if report.rejected:
        raise FileRejected(report.rejected[0].reason)
    return Uploaded("duplicate", image, report.duplicates[0].reason)


def _image(collection: Collection, sha256: str) -> Image | None:
    """Return the record of a file, or of the pages of a document, by its content."""
    files = ImageFile.objects.filter(collection=collection).filter(Q(sha256=sha256) | Q(join_key=f"pdf:{sha256}"))
    file = files.select_related("image__collection").order_by("sequence").first()
    return file.image if file else None


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
