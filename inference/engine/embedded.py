"""Reads what people and programs wrote into a picture's file about it: caption, title, date, author, keywords, place.

Three generations of doing so are read, the newest first: XMP, IPTC, EXIF. All of it is somebody else's data: sizes are
bounded, XML is parsed without entities or document types, and a damaged block counts as none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, ParseError

from PIL import IptcImagePlugin
from PIL.ImageFile import ImageFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

TITLE, CAPTION, DATE, AUTHOR, KEYWORDS, PLACE = NAMES = ("title", "caption", "date", "author", "keywords", "place")
"""What is looked for; only what is there and says something is returned."""

_LONGEST_TEXT = 5000
_LARGEST_BLOCK = 1024 * 1024
_MOST_KEYWORDS = 100
_DC = "{http://purl.org/dc/elements/1.1/}"
_PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
_EXIF = "{http://ns.adobe.com/exif/1.0/}"
_IPTC_CORE = "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}"
_LIST_ITEM = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li"
_XMP = {
    f"{_DC}title": TITLE,
    f"{_DC}description": CAPTION,
    f"{_DC}creator": AUTHOR,
    f"{_DC}subject": KEYWORDS,
    f"{_PHOTOSHOP}DateCreated": DATE,
    f"{_EXIF}DateTimeOriginal": DATE,
}
_XMP_PLACES = (
    f"{_PHOTOSHOP}Country", f"{_PHOTOSHOP}State", f"{_PHOTOSHOP}City", f"{_IPTC_CORE}Location",
)  # fmt: skip
_IPTC = {(2, 5): TITLE, (2, 120): CAPTION, (2, 55): DATE, (2, 80): AUTHOR, (2, 25): KEYWORDS}
_IPTC_PLACES = ((2, 101), (2, 95), (2, 90), (2, 92))
_EXIF_TEXTS = {0x010E: CAPTION, 0x013B: AUTHOR}
_WINDOWS_TEXTS = {0x9C9B: TITLE, 0x9C9C: CAPTION, 0x9C9D: AUTHOR, 0x9C9E: KEYWORDS}
_EXIF_IFD, _DATE_TIME_ORIGINAL = 0x8769, 0x9003
# What cameras and programs write of their own accord says nothing about the picture.
_SAYS_NOTHING = re.compile(
    r"olympus digital camera|sony dsc|dcim|default|untitled|created with .*|screenshot|digital camera|samsung|"
    r"charset=.*|.*jpeg created.*|[\W_]*",
    re.IGNORECASE,
)
_DAY = re.compile(r"(\d{4})[-:/]?(\d{2})?[-:/]?(\d{2})?")
_HAN = re.compile("[\u3400-\u9fff]")


def read_embedded(image: Image.Image) -> dict[str, str]:
    """Read what a file says about its picture.

    Args:
        image: an opened picture; it need not be decoded yet.

    Returns:
        Text by one of `NAMES`; dates as 1959, 1959-10 or 1959-10-01.
    """
    found: dict[str, str] = {}
    for reader in (_xmp, _iptc, _exif):
        try:
            values = reader(image)
        except (ParseError, ValueError, LookupError, TypeError, AttributeError, OSError, SyntaxError, RecursionError):
            continue
        for name, value in values.items():
            text = _dated(value) if name == DATE else _clean(value)
            if text:
                found.setdefault(name, text)
    return found


def _xmp(image: Image.Image) -> dict[str, str]:
    from defusedxml.ElementTree import fromstring

    block = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    block = block.encode() if isinstance(block, str) else block
    if not isinstance(block, bytes) or len(block) > _LARGEST_BLOCK:
        return {}
    root = fromstring(block.strip(b"\x00 \r\n\t"), forbid_dtd=True)
    found: dict[str, str] = {}
    places: dict[str, str] = {}
    for tag, values in _properties(root):
        text = values[0] if values else ""
        if tag in _XMP_PLACES:
            places.setdefault(tag, text)
        elif tag in _XMP:
            name = _XMP[tag]
            found.setdefault(name, _listed(values) if name in (KEYWORDS, AUTHOR) else text)
    found[PLACE] = _joined(places.get(tag, "") for tag in _XMP_PLACES)
    return found


def _properties(root: Element) -> Iterator[tuple[str, list[str]]]:
    """Yield the properties of an XMP packet: written as attributes, as text, or as lists."""
    for element in root.iter():
        for name, value in element.attrib.items():
            yield name, [value]
        if element.tag in _XMP or element.tag in _XMP_PLACES:
            items = [item.text or "" for item in element.iter(_LIST_ITEM)]
            yield element.tag, [item for item in items if item.strip()] or [element.text or ""]


def _iptc(image: Image.Image) -> dict[str, str]:
    if not isinstance(image, ImageFile):
        return {}
    tags = IptcImagePlugin.getiptcinfo(image) or {}
    texts = {tag: [_decoded(item) for item in _several(value)] for tag, value in tags.items()}
    found = {name: _listed(texts[tag]) for tag, name in _IPTC.items() if texts.get(tag)}
    found[PLACE] = _joined(texts[tag][0] for tag in _IPTC_PLACES if texts.get(tag))
    return found


def _exif(image: Image.Image) -> dict[str, str]:
    # Of a PNG Pillow would decode all pixels to look behind them.
    if image.format == "PNG" and "exif" not in image.info:
        return {}
    tags = image.getexif()
    found = {name: _decoded(tags[tag]) for tag, name in _EXIF_TEXTS.items() if tag in tags}
    for tag, name in _WINDOWS_TEXTS.items():
        value = tags.get(tag)
        raw = bytes(value) if isinstance(value, (bytes, tuple)) else b""
        if text := raw[: 2 * _LONGEST_TEXT].decode("utf-16-le", errors="ignore").strip("\0 "):
            found.setdefault(name, text)
    taken = tags.get_ifd(_EXIF_IFD).get(_DATE_TIME_ORIGINAL)
    if isinstance(taken, str):
        found[DATE] = taken
    return found


def _several(value: Any) -> list[Any]:
    return list(value[:_MOST_KEYWORDS]) if isinstance(value, list) else [value]


def _decoded(value: object) -> str:
    """Return text whose encoding nobody wrote down: UTF-8, or what Chinese Windows wrote, or Western European."""
    if isinstance(value, str):
        # Pillow takes EXIF's text for Latin-1, whatever it is.
        try:
            raw = value.encode("latin-1")
        except UnicodeEncodeError:
            return value
    elif isinstance(value, bytes):
        raw = value
    else:
        return ""
    raw = raw[: 4 * _LONGEST_TEXT].rstrip(b"\0")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        pass
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
    return (
        text
        if len(_HAN.findall(text)) * 2 >= sum(not character.isascii() for character in text)
        else raw.decode("latin-1")
    )


def _listed(values: list[str]) -> str:
    cleaned = (value.strip() for value in values[:_MOST_KEYWORDS])
    return "、".join(dict.fromkeys(value for value in cleaned if value))


def _joined(values: Any) -> str:
    return " ".join(dict.fromkeys(value.strip() for value in values if value.strip()))


def _clean(text: str) -> str:
    kept = "".join(character for character in text if character.isprintable() or character == "\n").strip()
    kept = kept[:_LONGEST_TEXT]
    return "" if _SAYS_NOTHING.fullmatch(kept) else kept


def _dated(text: str) -> str:
    """Return a date as far as it is there; cameras whose clock was never set write zeros."""
    found = _DAY.match(text.strip())
    if found is None:
        return ""
    year, month, day = (int(part or 0) for part in found.groups())
    if not 1826 <= year <= 2200 or month > 12 or day > 31:
        return ""
    return "-".join(f"{part:02d}" for part in (year, month, day) if part)
