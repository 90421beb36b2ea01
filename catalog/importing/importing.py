"""Bringing files into a collection.

Files are kept first, then one short transaction for each image writes its record: an import that is killed leaves at
most a file without a record, which the next run finds and uses. What is in the collection already, by content, is
never imported again, so an import can be repeated after adding files to its source.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog import dates
from catalog.exceptions import FileRejected
from catalog.faults import disk_reason, is_disk_full
from catalog.importing.ahead import Decoded, Incoming, read_ahead
from catalog.importing.documents import document_key, is_document, pages_of
from catalog.importing.entries import Entry, FileEntry, ImportSource, plain_name
from catalog.importing.import_known import Known, find_again, is_known, known_content
from catalog.importing.import_records import ContentKnownError, check_row, complete, write_document, write_scan
from catalog.importing.import_reports import ImportReport, Joined, Reject
from catalog.importing.import_work import Import
from catalog.importing.joining import Match, PhotographMatcher, files_of_key, part_in_words
from catalog.importing.manifest import Manifest, ManifestRow
from catalog.importing.manifest_protection import protection_of
from catalog.importing.storage import keep_derivatives, keep_master, place_in
from catalog.models import Collection, Image, ImageFile
from catalog.records.near_duplicates import find_alike
from catalog.records.secrecy import NOT_FOR_SECRETS
from catalog.shares import require
from catalog.vocabulary import Field, FileRole
from inference.engine.documents import open_document
from inference.engine.errors import EngineError
from inference.errors import sentence

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def import_images(
    *,
    collection: Collection,
    source: ImportSource,
    in_place: bool = False,
    dry_run: bool = False,
    user: "User | None" = None,
    volume: str = "",
    tries: int = 1,
    report: ImportReport | None = None,
    progress: Callable[[ImportReport, str], None] | None = None,
) -> ImportReport:
    """Import what is new in a source.

    Args:
        collection: where to; in a dry run it need not be saved.
        source: the files and their manifest.
        in_place: leave the masters where they lie and remember the path; for sources on disk only.
        dry_run: look at everything, write nothing.
        user: who imports; None for the command line.
        volume: the 册号 of all files that have none of their own.
        tries: how often a record is written where the database stays locked.
        report: where what is done is written down, for those who want to know it even if the import breaks off.
        progress: called after each file with the report so far and the file's name.

    Returns:
        What was done.

    Raises:
        FileRejected: `in_place` with an archive, or a `volume` that no record can hold.
        Error: the database does not work. Whatever the report counts is written.
        OSError: the disk is full or cannot be written to; all further files would be refused for the same reason.
        ShareAway: the files lie on a share that went away; so would all further ones.
    """
    if in_place and not source.on_disk:
        raise FileRejected(_("压缩包里的文件不能原地引用，请先解压。"))
    _check_volume(volume)
    report = ImportReport() if report is None else report
    rows = _rows_by_name(source.manifest, report)
    matcher = PhotographMatcher(collection, source.entries, user)
    sidecars = source.sidecars
    work = Import(
        collection, rows, in_place, dry_run, user, volume, matcher, report,
        sidecars=sidecars, tries=tries, source_name=source.name,
    )  # fmt: skip
    # Of two identical files the one that the manifest describes is the record; the other is its copy.
    entries = sorted(source.entries, key=lambda entry: entry.name not in rows)
    with closing(
        read_ahead(
            entries,
            is_negative=lambda entry: matcher.part(entry).role == FileRole.NEGATIVE,
            wanted=lambda sha256: not is_known(work, sha256),
            sidecars=source.sidecars,
        )
    ) as files:
        for incoming in files:
            name = incoming.entry.name
            with _rejects(work, name), _on_its_share(incoming.entry):
                if is_document(incoming.entry):
                    _import_document(work, incoming)
                else:
                    _import_entry(work, incoming)
            if progress is not None:
                progress(report, name)
    return report


def _check_volume(volume: str) -> None:
    try:
        Image(volume=volume).clean_fields(exclude=["collection"])
    except ValidationError as error:
        words = _("册号“%(volume)s”不能用：%(detail)s")
        raise FileRejected(words, volume=volume[:60], detail=" ".join(error.messages)) from error


@contextmanager
def _rejects(work: Import, name: str) -> Iterator[None]:
    """Write down why a file cannot be imported, so that the import goes on with the others."""
    try:
        yield
    except FileRejected as error:
        work.report.rejected.append(Reject(name, str(error)))
    except EngineError as error:
        work.report.rejected.append(Reject(name, sentence(error)))
    except OSError as error:
        if is_disk_full(error):
            raise
        reason = _("文件无法读写：%(detail)s。") % {"detail": disk_reason(error)}
        work.report.rejected.append(Reject(name, reason))


@contextmanager
def _on_its_share(entry: Entry) -> Iterator[None]:
    """Tell a file that cannot be read from a share that went away, with all the files after it.

    Raises:
        ShareAway: it did.
    """
    try:
        yield
    except (FileRejected, EngineError, OSError):
        if isinstance(entry, FileEntry):
            require([entry.path], fresh=True)
        raise


def _import_document(work: Import, incoming: Incoming) -> None:
    """Import the pages of a document and the document; a page that cannot be drawn is rejected alone.

    Raises:
        FileRejected: the document cannot be had, or its record does not take what the manifest says.
        EngineError: it cannot be opened.
        OSError: the disk says no.
    """
    entry = incoming.entry
    path, sha256 = incoming.content()
    key, row = document_key(sha256), work.row(entry)
    known = _known_pages(work, key)
    rejected = len(work.report.rejected)
    with open_document(path) as document:
        for page in pages_of(entry, document, key):
            # A page is known by its document: drawn by another version of the library it has other bytes.
            if page.part.sequence in known:
                work.report.present += 1
                continue
            with _rejects(work, page.name), Incoming(page) as drawn:
                _import_entry(work, drawn)
    if len(work.report.rejected) - rejected < document.pages:
        _import_whole(work, incoming, key, document.pages)
    if known and row is not None:
        image = known[min(known)].image
        if not work.hides(image) and complete(work, image.pk, row):
            work.report.completed += 1


def _import_whole(work: Import, incoming: Incoming, key: str, pages: int) -> None:
    """Keep a document beside its pages, which tell less than it does; also where the pages came in without it."""
    path, sha256 = incoming.content()
    known = known_content(work, sha256)
    if known is not None:
        if known.scan and not known.hidden and find_again(work, known.scan, incoming.entry, path):
            work.report.found_again += 1
    elif work.dry_run:
        work.report.documents += 1
    elif drawn := _known_pages(work, key):
        image = drawn[min(drawn)].image
        if not work.hides(image) and write_document(work, _kept_document(work, incoming, key, pages), image.pk):
            work.report.documents += 1


def _known_pages(work: Import, key: str) -> dict[int, ImageFile]:
    """Return the pages of a document that came in before, by their number."""
    if not work.collection.pk:
        return {}
    scans = files_of_key(work.collection, key).filter(role=FileRole.PAGE).select_related("image__collection")
    return {scan.sequence: scan for scan in scans}


def _rows_by_name(manifest: Manifest, report: ImportReport) -> dict[str, ManifestRow]:
    """Return the rows by their file; report those that come second, write its name otherwise, or date it unreadably."""
    rows: dict[str, ManifestRow] = {}
    for row in manifest.rows:
        first = rows.setdefault(plain_name(row.name), row)
        if first is not row:
            reason = _("清单第 %(line)s 行与第 %(first)s 行说的是同一个文件，只用了第 %(first)s 行。")
            report.unused_rows.append(Reject(row.name, reason % {"line": row.line, "first": first.line}))
            continue
        if row.written:
            words = _("清单第 %(line)s 行写的是“%(written)s”，名称相近的只有这个文件，已按它使用")
            report.matched_rows.append(Joined(row.name, words % {"line": row.line, "written": row.written}))
        if dates.is_unread(text := row.values.get(Field.DATE.value, "")):
            reason = _("清单第 %(line)s 行的时间“%(text)s”没有识别出日期，会原样保存，但按时间检索时找不到。")
            report.unread_dates.append(Reject(row.name, reason % {"line": row.line, "text": text[:60]}))
    return rows


def _import_entry(work: Import, incoming: Incoming) -> None:
    """Import one file, or find that there is nothing to do.

    Raises:
        FileRejected: it cannot be imported, with the reason for people.
        EngineError: it is no usable picture.
        OSError: the disk says no.
    """
    entry = incoming.entry
    path, sha256 = incoming.content()
    known = known_content(work, sha256)
    try:
        if known is None:
            _add(work, incoming, work.row(entry))
    except ContentKnownError as error:
        known = error.known
    if known is not None:
        _meet(work, entry, path, known)
    work.names.setdefault(sha256, entry.name)


def _meet(work: Import, entry: Entry, path: Path, known: Known) -> None:
    """Take note of a file whose content is there already."""
    scan = None if known.hidden else known.scan
    if scan is not None and find_again(work, scan, entry, path):
        work.report.found_again += 1
    if known.hidden or known.name != entry.name:
        work.report.duplicates.append(Reject(entry.name, known.words()))
        return
    # A row that cannot be used makes the file a rejected one; it must not be counted twice.
    row = work.row(entry)
    if scan is not None:
        if row is not None and complete(work, scan.image_id, row):
            work.report.completed += 1
        if scan.join_key == work.matcher.part(entry).key:
            work.matcher.note(scan.image_id)
    work.report.present += 1


def _add(work: Import, incoming: Incoming, row: ManifestRow | None) -> None:
    """Verify a file by decoding it, keep it, and write its record or make it a part of one."""
    entry = incoming.entry
    identifier = row.identifier if row else ""
    match = work.matcher.find(entry, identifier)
    if match.target is None or match.target.identifier != identifier:
        check_row(work, row)
    decoded = incoming.decoded()
    _report_sidecar(work, entry, decoded)
    if work.dry_run:
        work.matcher.imagine(entry, match.target, identifier)
    else:
        scan = _kept(work, incoming, decoded)
        # What a back or a page says of itself is not about the whole.
        words = decoded.words if scan.role in (FileRole.FRONT, FileRole.NEGATIVE) else {}
        alike = find_alike(scan, collection_id=work.collection.pk, variants=decoded.rendition.variants)
        match = write_scan(work, entry, scan, row, words=words, alike=alike)
        work.matcher.note(scan.image_id)
    _report(work, entry, match)
    _report_protection(work, entry, row, decoded)
    if decoded.defect:
        work.report.defective.append(Reject(entry.name, str(decoded.defect.label)))
    if identifier:
        work.identifiers.add(identifier)


def _report_sidecar(work: Import, entry: Entry, decoded: Decoded) -> None:
    if decoded.sidecar:
        work.report.sidecars += 1
    elif decoded.sidecar is not None:
        reason = _("图像“%(name)s”的附属说明文件（XMP）已损坏或无法读取，没有使用；图像照常导入。")
        work.report.unused_sidecars.append(Reject(work.sidecars[entry.name].name, reason % {"name": entry.name}))


def _report_protection(work: Import, entry: Entry, row: ManifestRow | None, decoded: Decoded) -> None:
    protection = protection_of(work.whole_name(entry.name), row, tuple(decoded.words.values()))
    for mark in protection.marks:
        words = _("%(place)s有“%(mark)s”，疑似涉密：记录停用，不起草、不公开。%(told)s")
        reason = words % {"place": mark.place.label, "mark": mark.text, "told": NOT_FOR_SECRETS}
        work.report.suspected.append(Reject(entry.name, reason))
    work.report.protected.extend(Reject(entry.name, remark) for remark in protection.remarks)


def _report(work: Import, entry: Entry, match: Match) -> None:
    if match.target is not None:
        part = part_in_words(work.matcher.part(entry), match.target)
        work.report.joined.append(Joined(entry.name, part))
        return
    work.report.added += 1
    if match.doubt:
        work.report.doubtful.append(Joined(entry.name, match.doubt))


def _kept(work: Import, incoming: Incoming, decoded: Decoded) -> ImageFile:
    """Keep a file and what is made of it."""
    collection_id, info = work.collection.pk, decoded.info
    part = work.matcher.part(incoming.entry)
    _path, sha256 = incoming.content()
    derivatives = keep_derivatives(decoded.rendition, collection_id=collection_id, sha256=sha256)
    return ImageFile(
        role=part.role,
        sequence=part.sequence,
        join_key=part.key,
        perceptual_hash=decoded.rendition.perceptual_hash,
        width=info.width,
        height=info.height,
        pages=info.pages,
        exif=dict(info.exif),
        defect=decoded.defect,
        thumbnail=derivatives.thumbnail,
        screen=derivatives.screen,
        **_kept_master(work, incoming, info.format),
    )


def _kept_document(work: Import, incoming: Incoming, key: str, pages: int) -> ImageFile:
    """Keep a document as it is; there is nothing to be made of it but its pages."""
    master = _kept_master(work, incoming, "PDF")
    return ImageFile(role=FileRole.DOCUMENT, join_key=key, width=0, height=0, pages=pages, **master)


def _kept_master(work: Import, incoming: Incoming, kind: str) -> dict[str, Any]:
    """Keep a file's master, in place or as a copy; return the columns that say which it is and where it lies."""
    entry = incoming.entry
    path, sha256 = incoming.content()
    in_place = work.leaves_in_place(entry)
    place = place_in(path) if in_place else ""
    master = "" if in_place else keep_master(path, collection_id=work.collection.pk, sha256=sha256, kind=kind)
    kept = path if in_place else Path(settings.MEDIA_ROOT, master)
    return {
        "original_name": entry.name,
        "master": master,
        "source_path": place,
        "sha256": sha256,
        "byte_size": path.stat().st_size,
        "format": kind,
        "master_modified_ns": kept.stat().st_mtime_ns,
    }
