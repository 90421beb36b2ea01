"""The records of an import: each scan written in one short transaction, with the image where it is its first."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from catalog.exceptions import FileRejected
from catalog.faults import patiently
from catalog.importing.entries import Entry
from catalog.importing.import_known import Known, known_content
from catalog.importing.import_work import Import
from catalog.importing.joining import Match
from catalog.importing.manifest import ManifestRow
from catalog.importing.manifest_protection import protection_of
from catalog.models import Collection, Image, ImageFile
from catalog.records import near_duplicates
from catalog.records.action_log import record
from catalog.records.annotations import locked_image, write_accepted, write_import_drafts
from catalog.records.secrecy import hold
from catalog.texts import storable
from catalog.vocabulary import Field, Source, Verb

# What files say about their picture, and the field it is proposed for.
_FIELDS_OF_WORDS = {
    "title": Field.TITLE,
    "caption": Field.DESCRIPTION,
    "date": Field.DATE,
    "author": Field.PHOTOGRAPHER,
    "keywords": Field.KEYWORDS,
    "place": Field.PLACE,
}


class ContentKnownError(Exception):
    """Another import brought in the same content while this one was decoding it."""

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self.known = known


def check_row(work: Import, row: ManifestRow | None) -> None:
    """Refuse what a record could not hold, and an identifier that is in use, before any file is written.

    Raises:
        FileRejected: with the reason.
    """
    if row is None or not (row.identifier or row.columns):
        return
    try:
        imagined = Image(identifier=row.identifier, **row.columns)
        imagined.full_clean(exclude=["collection"], validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise FileRejected(_("记录无法写入：%(detail)s"), detail=_words(error)) from error
    if not row.identifier:
        return
    taken = work.collection.pk and work.collection.images.filter(identifier=row.identifier).exists()
    # A dry run has written nothing, so what it would write has to be remembered.
    if taken or row.identifier in work.identifiers:
        raise FileRejected(_("照片号“%(identifier)s”在这个馆藏里已经用过。"), identifier=row.identifier)


def write_scan(
    work: Import,
    entry: Entry,
    scan: ImageFile,
    row: ManifestRow | None,
    *,
    words: Mapping[str, str],
    alike: int | None,
) -> Match:
    """Write one scan, as a record or as a part of one.

    Which record is decided here and not before: files of one photograph are sent at the same time, and while one was
    decoded the other may have become a record.

    Args:
        work: the import.
        entry: the file.
        scan: its scan, not saved.
        row: what a person says about it.
        words: what the file says about itself.
        alike: the image that shows the same, as `near_duplicates.find_alike` found it.

    Returns:
        Where it belongs.

    Raises:
        ContentKnownError: the same content came in at the same time.
        FileRejected: the record does not take it, or is gone.
    """
    try:
        match = patiently(lambda: _write_locked(work, entry, scan, row, words, alike), tries=work.tries)
    except (IntegrityError, ValidationError) as error:
        known = known_content(work, scan.sha256)
        if known is not None:
            raise ContentKnownError(known) from error
        raise FileRejected(_("记录无法写入：%(detail)s"), detail=_words(error)) from error
    except Image.DoesNotExist:
        raise FileRejected(_("这幅图像的记录刚刚被删除，请再运行一次。")) from None
    except Collection.DoesNotExist:
        raise FileRejected(_("馆藏刚刚被删除。")) from None
    return match


def write_document(work: Import, document: ImageFile, image_id: int) -> bool:
    """Write a document beside its pages.

    Args:
        work: the import.
        document: the document, not saved.
        image_id: the record of its pages.

    Returns:
        Whether it is new; another import may have brought it in at the same time.

    Raises:
        FileRejected: the record does not take it, or is gone.
    """
    try:
        patiently(lambda: _write_document_locked(work, document, image_id), tries=work.tries)
    except Image.DoesNotExist:
        raise FileRejected(_("这幅图像的记录刚刚被删除，请再运行一次。")) from None
    except (IntegrityError, ValidationError) as error:
        if known_content(work, document.sha256) is None:
            raise FileRejected(_("记录无法写入：%(detail)s"), detail=_words(error)) from error
        return False
    return True


def complete(work: Import, image_id: int, row: ManifestRow) -> bool:
    """Give an image that was imported before what the manifest now says and its record lacks.

    Returns:
        Whether there was anything to give; in a dry run, whether there would be.

    Raises:
        FileRejected: the record does not take it, or is gone.
    """

    @transaction.atomic
    def write() -> bool:
        return _complete_locked(work, locked_image(image_id), row)

    try:
        return patiently(write, tries=work.tries)
    except Image.DoesNotExist:
        raise FileRejected(_("这幅图像的记录刚刚被删除，请再运行一次。")) from None
    except (IntegrityError, ValidationError) as error:
        raise FileRejected(_("记录无法写入：%(detail)s"), detail=_words(error)) from error


@transaction.atomic
def _write_document_locked(work: Import, document: ImageFile, image_id: int) -> None:
    document.pk = None
    _write_part(work, document, None, image_id)


@transaction.atomic
def _write_locked(
    work: Import, entry: Entry, scan: ImageFile, row: ManifestRow | None, words: Mapping[str, str], alike: int | None
) -> Match:
    # A try before this one may have been taken back, and its key with it.
    scan.pk = None
    # Imports into one collection write one after the other. What others write only refers to the collection.
    Collection.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=work.collection.pk)
    match = work.matcher.find(entry, row.identifier if row else "")
    target = match.target
    if target is None or target.image_id is None:
        _write_new(work, scan, row, words)
    else:
        _write_part(work, scan, row, target.image_id)
    near_duplicates.join(scan, alike)
    proposed = {_FIELDS_OF_WORDS[name].value: text for name, text in words.items()}
    if proposed:
        write_import_drafts(image=scan.image, values=proposed, user=work.user)
    return match


def _write_new(work: Import, scan: ImageFile, row: ManifestRow | None, words: Mapping[str, str]) -> None:
    protection = protection_of(work.whole_name(scan.original_name), row, tuple(words.values()))
    columns = {"identifier": row.identifier, **row.columns} if row else {}
    image = Image(collection=work.collection, **columns, **protection.columns, secrecy_hold=bool(protection.marks))
    # The database holds to its constraints; asked one by one beforehand, they take longer than writing the record does.
    # What a person wrote is asked, for the answer is a sentence.
    image.full_clean(validate_unique=False, validate_constraints=row is not None)
    image.save()
    _save_scan(work, scan, image)
    written = _write_values(work, image, row, row.values) if row is not None and row.values else {}
    details: dict[str, Any] = {"file": scan.original_name, **written}
    record(verb=Verb.IMAGE_IMPORTED, user=work.user, image=image, **details)
    hold(image=image, marks=protection.marks, user=work.user)


def _write_part(work: Import, scan: ImageFile, row: ManifestRow | None, image_id: int) -> None:
    image = locked_image(image_id)
    _save_scan(work, scan, image)
    record(verb=Verb.IMAGE_CHANGED, user=work.user, image=image, file=scan.original_name, part=scan.role)
    hold(image=image, marks=protection_of(work.whole_name(scan.original_name), row).marks, user=work.user)
    if row is not None:
        _complete_locked(work, image, row)


def _save_scan(work: Import, scan: ImageFile, image: Image) -> None:
    scan.image = image
    scan.collection = work.collection
    scan.full_clean(exclude=["image", "collection"], validate_unique=False, validate_constraints=False)
    scan.save()


def _complete_locked(work: Import, image: Image, row: ManifestRow) -> bool:
    if not work.dry_run:
        hold(image=image, marks=protection_of("", row).marks, user=work.user)
    described = set(image.annotations.accepted().values_list("field", flat=True)) if row.values else set()
    values = {name: value for name, value in row.values.items() if name not in described}
    # What no person has approved is proposed once, whatever became of it.
    if row.origins.unreviewed:
        proposed = set(image.annotations.filter(field__in=row.origins.unreviewed).values_list("field", "value"))
        values = {name: value for name, value in values.items() if (name, storable(value)) not in proposed}
    lacking = {name: value for name, value in row.columns.items() if not getattr(image, name)}
    identifier = row.identifier if not image.identifier else ""
    if identifier:
        check_row(work, row)
    changes = lacking | ({"identifier": identifier} if identifier else {})
    if not values and not changes:
        return False
    for name, value in changes.items():
        setattr(image, name, value)
    if changes:
        image.full_clean()
    if work.dry_run:
        # Nothing is written, so what would be has to be remembered.
        work.identifiers.update(filter(None, [identifier]))
        return True
    if changes:
        image.save(update_fields=[*changes, "updated_at"])
    written = _write_values(work, image, row, values) if values else {}
    given = {"after": lacking} if lacking else {}
    details: dict[str, Any] = {"fields": sorted(values), "identifier": identifier, **given, **written}
    record(verb=Verb.IMAGE_CHANGED, user=work.user, image=image, **details)
    return True


def _write_values(
    work: Import, image: Image, row: ManifestRow, values: Mapping[str, str]
) -> dict[str, list[list[int | None]]]:
    """Write what the manifest says: what people wrote or approved as the record, what a model alone said as drafts.

    Returns:
        What the log says of it, so that it can be taken back: each value that was written, and the draft that waited.
    """
    origins = row.origins
    proposed = {name: value for name, value in values.items() if name in origins.unreviewed}
    said = {name: value for name, value in values.items() if name not in proposed}
    if proposed:
        write_import_drafts(image=image, values=proposed, user=work.user, ai_origin=True)
    waited = dict(image.annotations.drafts().filter(field__in=list(said)).values_list("field", "pk")) if said else {}
    # Who writes a table sees no drafts, unless the table has them; then it says so.
    written = write_accepted(
        image=image, values=said, source=Source.PERSON, user=work.user, ai_fields=origins.ai, drafts_shown=False
    )
    return {"written": [[item.pk, waited.get(item.field)] for item in written]} if written else {}


def _words(error: IntegrityError | ValidationError) -> str:
    """Return what a database or a model objects to, as a sentence."""
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    return _("另一个导入正在写入相同的内容，请再运行一次。")
