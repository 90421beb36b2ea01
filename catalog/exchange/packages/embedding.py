"""What is said of a photograph inside its file: XMP as it is, and IPTC as older programs read it, for `exiftool`.

Accepted values of the record alone; what an audit has accepted and nobody has made public is not in it, and 待考 is no
description. The picture is a scan and is never marked as generated: that a text began as a model's stands in the
instructions, in words (`photoshop:Instructions`).

Names of XMP: dc, photoshop, Iptc4xmpCore, Iptc4xmpExt. IPTC holds few bytes for each: what is longer is cut at a
character there, and whole in XMP.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from catalog.exchange.packages.records import ai_sentence, approver_of, caption_of
from catalog.models import Image
from catalog.vocabulary import Field, is_left_open

IPTC_FORMATS = frozenset({"JPEG", "MPO", "TIFF"})
"""Formats in which IPTC has its place; in others XMP stands alone."""
LONGEST_ALT_TEXT = 250
"""Characters: the IPTC's own advice, for whoever has it read aloud."""

_NAMES = re.compile(r"[、,，;；\n]+")
_LONGEST_NAME = 16


@dataclass(frozen=True, slots=True)
class _Iptc:
    """A data set of IPTC-IIM.

    Attributes:
        name: as exiftool has it.
        size: how many bytes it holds.
    """

    name: str
    size: int


_TITLE, _CAPTION, _CREATOR = _Iptc("ObjectName", 64), _Iptc("Caption-Abstract", 2000), _Iptc("By-line", 32)
_PLACE, _KEYWORD, _WRITER = _Iptc("Sub-location", 32), _Iptc("Keywords", 64), _Iptc("Writer-Editor", 32)
_RIGHTS, _SOURCE, _INSTRUCTIONS = _Iptc("CopyrightNotice", 128), _Iptc("Source", 32), _Iptc("SpecialInstructions", 256)

Tag = tuple[str, str]


def tags_of(image: Image, *, iptc: bool) -> list[Tag]:
    """Return what is written into copies of a record's scans; empty where nothing is said of it.

    Args:
        image: as `records.loaded` has it.
        iptc: whether IPTC is written beside XMP.
    """
    said = _said(image)
    if not said:
        return []
    tags = [*_texts(image, said), *_lists(said), *_dates(image, said.get(Field.DATE, "")), *_about(image)]
    chosen = [(name, value) for name, value in tags if iptc or not name.startswith("IPTC:")]
    # The mark of the character set: without it readers take the bytes for Latin, and exiftool writes question marks.
    return [("IPTC:CodedCharacterSet", "UTF8"), *chosen] if iptc else chosen


def shortened(text: str, size: int) -> str:
    """Return a text cut to so many bytes of UTF-8, at a character.

    Args:
        text: the text.
        size: bytes at most.
    """
    return text.encode("utf-8")[:size].decode("utf-8", errors="ignore")


def names_in(people: str) -> list[str]:
    """Return the names in a list of people; the whole text where it is a sentence and no list.

    Args:
        people: the field 人物.
    """
    parts = terms_in(people)
    if any(len(part) > _LONGEST_NAME for part in parts):
        return [" ".join(people.split())]
    return parts


def terms_in(text: str) -> list[str]:
    """Return what a list holds, each once.

    Args:
        text: such as the field 关键词.
    """
    return list(dict.fromkeys(part.strip() for part in _NAMES.split(text) if part.strip()))


def date_of(image: Image) -> str:
    """Return the date of a record as XMP has it: a year, a month or a day; empty where it is none of them.

    Args:
        image: the record.
    """
    first, last = image.date_start, image.date_end
    if first is None or last is None:
        return ""
    if first == last:
        return first.isoformat()
    if (first, last) == (date(first.year, 1, 1), date(first.year, 12, 31)):
        return f"{first.year:04}"
    if first.day == 1 and last == date(first.year, first.month, monthrange(first.year, first.month)[1]):
        return f"{first.year:04}-{first.month:02}"
    return ""


def _said(image: Image) -> dict[str, str]:
    values = {field.value: image.accepted_value(field) for field in Field}
    return {field: value for field, value in values.items() if value and not is_left_open(value)}


def _both(xmp: str, iptc: _Iptc, value: str) -> Iterator[Tag]:
    if value:
        yield f"XMP-{xmp}", value
        yield f"IPTC:{iptc.name}", shortened(value, iptc.size)


def _texts(image: Image, said: dict[str, str]) -> Iterator[Tag]:
    title, description = said.get(Field.TITLE, ""), caption_of(said)
    yield from _both("dc:Title", _TITLE, title)
    yield from _both("dc:Description", _CAPTION, description)
    if alt := _alt_text(title, description):
        yield "XMP-iptcCore:AltTextAccessibility", alt
    yield from _both("dc:Creator", _CREATOR, said.get(Field.PHOTOGRAPHER, ""))
    if place := said.get(Field.PLACE, ""):
        yield from _both("iptcCore:Location", _PLACE, place)
        yield "XMP-iptcExt:LocationShownLocationName", place
    if event := said.get(Field.EVENT, ""):
        yield "XMP-iptcExt:Event", event
    yield from _both("photoshop:CaptionWriter", _WRITER, approver_of(image))
    yield from _both("photoshop:Instructions", _INSTRUCTIONS, _instructions(image))


def _lists(said: dict[str, str]) -> Iterator[Tag]:
    for name in names_in(said.get(Field.PEOPLE, "")):
        yield "XMP-iptcExt:PersonInImage", name
    for keyword in terms_in(said.get(Field.KEYWORDS, "")):
        yield from _both("dc:Subject", _KEYWORD, keyword)


def _dates(image: Image, text: str) -> Iterator[Tag]:
    if not text:
        return
    if written := date_of(image):
        yield "XMP-photoshop:DateCreated", written
        # Two zeros stand for what is not known.
        yield "IPTC:DateCreated", (written.replace("-", ":") + ":00:00")[:10]
    # 五十年代, 约1956年: no program's date, and worth reading all the same.
    yield "XMP-dc:Coverage", text


def _about(image: Image) -> Iterator[Tag]:
    if image.identifier:
        yield "XMP-dc:Identifier", image.identifier
    yield from _both("dc:Rights", _RIGHTS, image.rights)
    yield from _both("photoshop:Source", _SOURCE, image.collection.title)


def _alt_text(title: str, description: str) -> str:
    """Return what is read aloud in place of the picture: its description, as many whole sentences as fit."""
    text = " ".join((description or title).split())
    if len(text) <= LONGEST_ALT_TEXT:
        return text
    cut = text[:LONGEST_ALT_TEXT]
    end = max(cut.rfind(mark) for mark in "。！？；.!?;")
    return cut[: end + 1] if end > 0 else title or cut


def _instructions(image: Image) -> str:
    sentence = ai_sentence(image)
    return _("%(sentence)s画面是原件的扫描，不是生成内容。") % {"sentence": sentence} if sentence else ""
