"""What a machine checks of every record of a lot: its number, and whether number, scans and digests belong together."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath

from catalog.audit_words import RecordFault
from catalog.exceptions import NumberPatternRefused
from catalog.models import Collection, Image
from catalog.numbering import FONDS, RETENTION, RETENTION_CODES, VOLUME, YEAR, NumberPattern, read_number_pattern
from catalog.vocabulary import Fixity, RetentionPeriod

_HARM = {Fixity.DAMAGED, Fixity.REPLACED, Fixity.MISSING, Fixity.UNREADABLE}


def faults_of(collection: Collection, images: Iterable[Image]) -> dict[int, list[RecordFault]]:
    """Check records by themselves.

    Args:
        collection: theirs.
        images: the records, with their files prefetched.

    Returns:
        Key of the image → what is amiss; records without a fault are left out.
    """
    pattern = _pattern_of(collection)
    found = {image.pk: list(_faults(collection, pattern, image)) for image in images}
    return {key: faults for key, faults in found.items() if faults}


def numbered_twice(collection: Collection) -> set[int]:
    """Return the images whose number differs from another one's by blanks, width or case alone.

    The same number twice is refused by the database.

    Args:
        collection: the collection.
    """
    rows = collection.images.exclude(identifier="").order_by().values_list("pk", "identifier")
    numbers = {key: _bare(number) for key, number in rows}
    often = {number for number, times in Counter(numbers.values()).items() if times > 1}
    return {key for key, number in numbers.items() if number in often}


def _faults(collection: Collection, pattern: NumberPattern | None, image: Image) -> Iterable[RecordFault]:
    if not image.identifier.strip():
        yield RecordFault.NO_NUMBER
    elif pattern is not None and not _expected(pattern, collection, image).fullmatch(image.identifier):
        yield RecordFault.OFF_PATTERN
    scans = image.scans
    if not scans:
        yield RecordFault.NO_SCAN
        return
    if any(scan.fixity in _HARM or len(scan.sha256) != 64 for scan in scans):
        yield RecordFault.DAMAGED
    elif any(scan.fixity == Fixity.UNKNOWN for scan in scans):
        yield RecordFault.UNVERIFIED
    names = [_bare(PurePath(scan.original_name).stem) for scan in scans]
    if image.identifier.strip() and not any(_bare(image.identifier) in name for name in names):
        yield RecordFault.NAME_DIFFERS


def _pattern_of(collection: Collection) -> NumberPattern | None:
    try:
        return read_number_pattern(collection.number_pattern) if collection.number_pattern else None
    except NumberPatternRefused:
        return None  # written before patterns were checked


def _expected(pattern: NumberPattern, collection: Collection, image: Image) -> re.Pattern[str]:
    """Return what a number looks like: parts that the record knows as they are there, the others by their kind."""
    known = {FONDS: collection.fonds_number, VOLUME: image.volume}
    if collection.retention_period:
        known[RETENTION] = RETENTION_CODES[RetentionPeriod(collection.retention_period)]
    written = ""
    for piece in pattern.pieces:
        if isinstance(piece, str):
            written += re.escape(piece)
            continue
        name, width = piece
        if value := known.get(name, ""):
            written += rf"0*{re.escape(value.lstrip('0') or '0')}"
        else:
            written += r"\d{4}" if name == YEAR else r".+" if name in (FONDS, RETENTION, VOLUME) else rf"\d{{{width},}}"
    return re.compile(written)


def _bare(text: str) -> str:
    """Return the letters and figures of a number or a name, whatever their width and case."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text))).casefold()
