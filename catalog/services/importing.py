"""Bringing files into a collection.

Files are kept first, then one short transaction for each image writes its record: an import that is killed leaves at
most a file without a record, which the next run finds and uses. What is in the collection already, by content, is
never imported again, so an import can be repeated after adding files to its source.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from catalog.exceptions import FileRejected
from catalog.importing.ahead import Decoded, Incoming, read_ahead
from catalog.importing.documents import PageEntry, is_document, pages_of
from catalog.importing.entries import Entry, ImportSource, plain_name
from catalog.importing.manifest import Manifest, ManifestRow
from catalog.importing.storage import keep_derivatives, keep_master
from catalog.models import Collection, Image, ImageFile
from catalog.naming import Part
from catalog.services import groups
from catalog.services.actions import record
from catalog.services.annotations import locked_image, write_accepted, write_import_drafts
from catalog.services.import_reports import ImportReport, Joined, Reject
from catalog.services.joining import Joiner, Target, part_in_words
from catalog.vocabulary import Field, FileRole, Source, Verb
from inference.engine.errors import EngineError
from inference.errors import sentence

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# What files say about their picture, and the field it is proposed for.
_FIELDS_OF_WORDS = {
    "title": Field.TITLE,
    "caption": Field.DESCRIPTION,
    "date": Field.DATE,
    "author": Field.PHOTOGRAPHER,
    "keywords": Field.KEYWORDS,
    "place": Field.PLACE,
}


@dataclass(frozen=True, slots=True)
class _Import:
    """One import under way: where to, how, and what happened so far."""

    collection: Collection
    rows: dict[str, ManifestRow]
    in_place: bool
    dry_run: bool
    user: "User | None"
    report: ImportReport
    names: dict[str, str]
    identifiers: set[str]
    joiner: Joiner


def import_images(
    *,
    collection: Collection,
    source: ImportSource,
    in_place: bool = False,
    dry_run: bool = False,
    user: "User | None" = None,
    progress: Callable[[ImportReport, str], None] | None = None,
) -> ImportReport:
    """Import what is new in a source.

    Args:
        collection: where to; in a dry run it need not be saved.
        source: the files and their manifest.
        in_place: leave the masters where they lie and remember the path; for sources on disk only.
        dry_run: look at everything, write nothing.
        user: who imports; None for the command line.
        progress: called after each file with the report so far and the file's name.

    Returns:
        What was done.

    Raises:
        FileRejected: `in_place` with an archive.
    """
    if in_place and not source.on_disk:
        raise FileRejected(_("压缩包里的文件不能原地引用，请先解压。"))
    report = ImportReport()
    rows = _rows_by_name(source.manifest, report)
    work = _Import(collection, rows, in_place, dry_run, user, report, {}, set(), Joiner.of(collection))
    # Of two identical files the one that the manifest describes is the record; the other is its copy.
    entries = sorted(source.entries, key=lambda entry: entry.name not in rows)
    with closing(
        read_ahead(
            entries,
            is_negative=lambda entry: _part(work, entry).role == FileRole.NEGATIVE,
            wanted=lambda sha256: _known_name(work, sha256) is None,
        )
    ) as files:
        for incoming in files:
            name = incoming.entry.name
            with _rejects(work, name):
                if is_document(incoming.entry):
                    _import_document(work, incoming.entry)
                else:
                    _import_entry(work, incoming)
            if progress is not None:
                progress(work.report, name)
    return work.report


@contextmanager
def _rejects(work: _Import, name: str) -> Iterator[None]:
    """Write down why a file cannot be imported, so that the import goes on with the others."""
    try:
        yield
    except FileRejected as error:
        work.report.rejected.append(Reject(name, str(error)))
    except EngineError as error:
        work.report.rejected.append(Reject(name, sentence(error)))
    except OSError as error:
        reason = _("文件无法读写：%(detail)s。") % {"detail": error.strerror or error}
        work.report.rejected.append(Reject(name, reason))


def _import_document(work: _Import, entry: Entry) -> None:
    """Import the pages of a document; a page that cannot be drawn is rejected alone.

    Raises:
        FileRejected: the document cannot be had.
        EngineError: it cannot be opened.
    """
    known = ImageFile.objects.filter(collection=work.collection) if work.collection.pk else ImageFile.objects.none()
    for page in pages_of(entry):
        # A page is known by its document: drawn by another version of the library it has other bytes.
        if known.filter(join_key=page.part.key, role=page.part.role, sequence=page.part.sequence).exists():
            work.report.present += 1
            continue
        with _rejects(work, page.name), Incoming(page) as incoming:
            _import_entry(work, incoming)


def _rows_by_name(manifest: Manifest, report: ImportReport) -> dict[str, ManifestRow]:
    """Return the rows by the file they are about, and report those about a file that had its row already."""
    rows: dict[str, ManifestRow] = {}
    for row in manifest.rows:
        first = rows.setdefault(plain_name(row.name), row)
        if first is not row:
            reason = _("清单第 %(line)s 行与第 %(first)s 行说的是同一个文件，只用了第 %(first)s 行。")
            report.unused_rows.append(Reject(row.name, reason % {"line": row.line, "first": first.line}))
    return rows


def _part(work: _Import, entry: Entry) -> Part:
    """Return what a file is of a photograph: by its document, or by its name."""
    return entry.part if isinstance(entry, PageEntry) else work.joiner.read(entry.name)


def _import_entry(work: _Import, incoming: Incoming) -> None:
    """Import one file, or find that there is nothing to do.

    Raises:
        FileRejected: it cannot be imported, with the reason for people.
        EngineError: it is no usable picture.
        OSError: the disk says no.
    """
    entry = incoming.entry
    row = work.rows.get(entry.document_name if isinstance(entry, PageEntry) else entry.name)
    _path, sha256 = incoming.content()
    known = _known_name(work, sha256)
    if known == entry.name:
        # A row that cannot be used makes the file a rejected one; it must not be counted twice.
        if row is not None and _complete(work, sha256, row):
            work.report.completed += 1
        work.report.present += 1
    elif known is not None:
        reason = _("与“%(name)s”内容相同，未重复导入。") % {"name": known}
        work.report.duplicates.append(Reject(entry.name, reason))
    else:
        _add(work, incoming, row)
    work.names.setdefault(sha256, entry.name)


def _known_name(work: _Import, sha256: str) -> str | None:
    """Return under which name the collection has this content, or would have it after a dry run."""
    if sha256 in work.names:
        return work.names[sha256]
    if not work.collection.pk:
        return None
    files = ImageFile.objects.filter(collection=work.collection).with_content(sha256)
    return files.values_list("original_name", flat=True).first()


def _check_row(work: _Import, row: ManifestRow | None) -> None:
    """Refuse an identifier that is in use or not allowed, before any file is written."""
    if row is None or not row.identifier:
        return
    try:
        imagined = Image(identifier=row.identifier)
        imagined.full_clean(exclude=["collection"], validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise FileRejected(_("记录无法写入：%(detail)s"), detail=_words(error)) from error
    taken = work.collection.pk and work.collection.images.filter(identifier=row.identifier).exists()
    # A dry run has written nothing, so what it would write has to be remembered.
    if taken or row.identifier in work.identifiers:
        raise FileRejected(_("照片号“%(identifier)s”在这个馆藏里已经用过。"), identifier=row.identifier)


def _add(work: _Import, incoming: Incoming, row: ManifestRow | None) -> None:
    """Verify a file by decoding it, keep it, and write its record or make it a part of one."""
    entry = incoming.entry
    identifier = row.identifier if row else ""
    part = _part(work, entry)
    target = work.joiner.target(part, identifier)
    if target is None or target.identifier != identifier:
        _check_row(work, row)
    decoded = incoming.decoded()
    if work.dry_run:
        work.joiner.imagine(part, entry.name, identifier)
    else:
        scan = _kept(work, incoming, decoded, part)
        # What a back or a page says of itself is not about the whole.
        words = decoded.words if part.role in (FileRole.FRONT, FileRole.NEGATIVE) else {}
        _write_record(work, scan, row, target, words)
    if target is None:
        work.report.added += 1
    else:
        work.report.joined.append(Joined(entry.name, part_in_words(part, target)))
    if identifier:
        work.identifiers.add(identifier)


def _kept(work: _Import, incoming: Incoming, decoded: Decoded, part: Part) -> ImageFile:
    """Keep a file and what is made of it."""
    collection_id, entry, info = work.collection.pk, incoming.entry, decoded.info
    path, sha256 = incoming.content()
    # A page of a document is in no place that could be pointed at.
    in_place = work.in_place and not isinstance(entry, PageEntry)
    if in_place:
        _check_path(path)
    derivatives = keep_derivatives(decoded.rendition, collection_id=collection_id, sha256=sha256)
    master = "" if in_place else keep_master(path, collection_id=collection_id, sha256=sha256, kind=info.format)
    kept = path if in_place else Path(settings.MEDIA_ROOT, master)
    return ImageFile(
        master_modified_ns=kept.stat().st_mtime_ns,
        role=part.role,
        sequence=part.sequence,
        original_name=entry.name,
        join_key=part.key,
        master=master,
        source_path=str(path.resolve()) if in_place else "",
        sha256=sha256,
        perceptual_hash=decoded.rendition.perceptual_hash,
        byte_size=path.stat().st_size,
        width=info.width,
        height=info.height,
        format=info.format,
        pages=info.pages,
        exif=dict(info.exif),
        thumbnail=derivatives.thumbnail,
        screen=derivatives.screen,
    )


def _check_path(path: Path) -> None:
    """Refuse a path that no database can keep, because it is not UTF-8."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise FileRejected(_("文件名不是 UTF-8 编码，不能原地引用，请改名后再导入。")) from None


def _write_record(
    work: _Import, scan: ImageFile, row: ManifestRow | None, target: Target | None, words: Mapping[str, str]
) -> None:
    """Write one scan, and the image where it is its first, in one transaction.

    Raises:
        FileRejected: another import running at the same time brought in the same content or identifier.
    """
    try:
        with transaction.atomic():
            if target is None or target.image_id is None:
                _write_new(work, scan, row)
            else:
                _write_part(work, scan, row, target.image_id)
            proposed = {_FIELDS_OF_WORDS[name].value: text for name, text in words.items()}
            if proposed:
                write_import_drafts(image=scan.image, values=proposed, user=work.user)
    except (IntegrityError, ValidationError) as error:
        raise FileRejected(_("记录无法写入：%(detail)s"), detail=_words(error)) from error
    except Image.DoesNotExist:
        raise FileRejected(_("这幅图像的记录刚刚被删除，请再运行一次。")) from None


def _write_new(work: _Import, scan: ImageFile, row: ManifestRow | None) -> None:
    image = Image(collection=work.collection, identifier=row.identifier if row else "")
    image.full_clean()
    image.save()
    _save_scan(work, scan, image)
    if row is not None and row.values:
        write_accepted(image=image, values=row.values, source=Source.PERSON, user=work.user)
    record(verb=Verb.IMAGE_IMPORTED, user=work.user, image=image, file=scan.original_name)


def _write_part(work: _Import, scan: ImageFile, row: ManifestRow | None, image_id: int) -> None:
    image = locked_image(image_id)
    _save_scan(work, scan, image)
    record(verb=Verb.IMAGE_CHANGED, user=work.user, image=image, file=scan.original_name, part=scan.role)
    if row is not None:
        _complete_locked(work, image, row)


def _save_scan(work: _Import, scan: ImageFile, image: Image) -> None:
    scan.image = image
    scan.collection = work.collection
    scan.full_clean()
    scan.save()
    groups.join(scan)


def _complete(work: _Import, sha256: str, row: ManifestRow) -> bool:
    """Give an image that was imported before what the manifest now says and its record lacks.

    Returns:
        Whether there was anything to give; in a dry run, whether there would be.

    Raises:
        FileRejected: the record does not take it, or is gone.
    """
    try:
        with transaction.atomic():
            scan = ImageFile.objects.get(collection=work.collection, sha256=sha256)
            return _complete_locked(work, locked_image(scan.image_id), row)
    except (Image.DoesNotExist, ImageFile.DoesNotExist):
        raise FileRejected(_("这幅图像的记录刚刚被删除，请再运行一次。")) from None
    except (IntegrityError, ValidationError) as error:
        raise FileRejected(_("记录无法写入：%(detail)s"), detail=_words(error)) from error


def _complete_locked(work: _Import, image: Image, row: ManifestRow) -> bool:
    described = set(image.annotations.accepted().values_list("field", flat=True))
    values = {name: value for name, value in row.values.items() if name not in described}
    identifier = row.identifier if not image.identifier else ""
    if identifier:
        _check_row(work, row)
        work.identifiers.add(identifier)
    if not values and not identifier:
        return False
    if work.dry_run:
        return True
    if identifier:
        image.identifier = identifier
        image.full_clean()
        image.save(update_fields=["identifier", "updated_at"])
    if values:
        write_accepted(image=image, values=values, source=Source.PERSON, user=work.user)
    record(verb=Verb.IMAGE_CHANGED, user=work.user, image=image, fields=sorted(values), identifier=identifier)
    return True


def _words(error: IntegrityError | ValidationError) -> str:
    """Return what a database or a model objects to, as a sentence."""
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    return _("另一个导入正在写入相同的内容，请再运行一次。")
