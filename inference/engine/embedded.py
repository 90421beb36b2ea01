"""Reads what people and programs wrote into a picture's file about it: caption, title, date, author, keywords, place.

Three generations of doing so are read, the newest first: XMP, IPTC, EXIF; XMP also from a file of its own, as programs
lay it beside a picture that they may not change. All of it is somebody else's data: sizes are bounded, XML is parsed
without entities or document types, and a damaged block counts as none.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from PIL import IptcImagePlugin
from PIL.ImageFile import ImageFile

from inference.engine.encodings import read_together
from inference.engine.oddities import strangeness

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

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
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_LIST_ITEM, _ALTERNATIVES = f"{_RDF}li", f"{_RDF}Alt"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
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
_IPTC_CHARACTER_SET, _IPTC_UTF_8 = (1, 90), b"\x1b%G"
_IPTC_PLACES = ((2, 101), (2, 95), (2, 90), (2, 92))
_EXIF_TEXTS = {0x010E: CAPTION, 0x013B: AUTHOR}
_WINDOWS_TEXTS = {0x9C9B: TITLE, 0x9C9C: CAPTION, 0x9C9D: AUTHOR, 0x9C9E: KEYWORDS}
_EXIF_IFD, _DATE_TIME_ORIGINAL, _USER_COMMENT = 0x8769, 0x9003, 0x9286
_CODE_LENGTH = 8  # of what says in which code a user comment is
# What cameras and programs write of their own accord says nothing about the picture.
_SAYS_NOTHING = re.compile(
    r"olympus digital camera|sony dsc|dcim|default|untitled|created with .*|screenshot|digital camera|samsung|"
    r"charset=.*|.*jpeg created.*|[\W_]*|\{.*\}",
    re.IGNORECASE | re.DOTALL,
)
_DAY = re.compile(r"(\d{4})[-:/]?(\d{2})?[-:/]?(\d{2})?")


def read_embedded(image: Image.Image) -> dict[str, str]:
    """Read what a file says about its picture.

    Args:
        image: an opened picture; it need not be decoded yet.

    Returns:
        Text by one of `NAMES`; dates as 1959, 1959-10 or 1959-10-01.
    """
    found: dict[str, str] = {}
    for reader in (_xmp, _iptc, _exif):
        # Somebody else's data raises nearly anything, and a picture is no worse without it.
        with suppress(Exception):
            _take(found, reader(image))
    return found


def read_sidecar(path: Path) -> dict[str, str] | None:
    """Read what an XMP file that lies beside a picture says about it.

    Args:
        path: the file.

    Returns:
        As `read_embedded`; None where it is no XMP, or damaged.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        block = file.read(_LARGEST_BLOCK + 1)
    found: dict[str, str] = {}
    try:
        _take(found, _packet(block))
    except Exception:  # noqa: BLE001 - somebody else's data, as above
        return None
    return found


def _take(found: dict[str, str], values: Iterable[tuple[str, str]]) -> None:
    """Add what says something about what nothing was found for yet."""
    for name, value in values:
        text = _dated(value) if name == DATE else _clean(value)
        if text:
            found.setdefault(name, text)


def _xmp(image: Image.Image) -> Iterator[tuple[str, str]]:
    block = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    block = block.encode() if isinstance(block, str) else block
    if isinstance(block, bytes):
        yield from _packet(block)


def _packet(block: bytes) -> Iterator[tuple[str, str]]:
    """Yield what an XMP packet says.

    Raises:
        ValueError: it is too long.
        Exception: whatever the parser says of what is no XML.
    """
    from defusedxml.ElementTree import fromstring

    if len(block) > _LARGEST_BLOCK:
        raise ValueError(len(block))
    root = fromstring(block.strip(b"\x00 \r\n\t"), forbid_dtd=True)
    places: dict[str, str] = {}
    for tag, values in _properties(root):
        if tag in _XMP_PLACES:
            places.setdefault(tag, values[0])
        elif tag in _XMP:
            name = _XMP[tag]
            yield name, _listed(values) if name in (KEYWORDS, AUTHOR) else values[0]
    yield PLACE, _joined(places.get(tag, "") for tag in _XMP_PLACES)


def _properties(root: Element) -> Iterator[tuple[str, list[str]]]:
    """Yield the properties of an XMP packet that say something: written as attributes, as text, or as lists."""
    for element in root.iter():
        for name, value in element.attrib.items():
            if value.strip():
                yield name, [value]
        if element.tag in _XMP or element.tag in _XMP_PLACES:
            values = [text for item in _items(element) if (text := "".join(item.itertext())).strip()]
            if not values and element.text and element.text.strip():
                values = [element.text]
            if values:
                yield element.tag, values


def _items(element: Element) -> list[Element]:
    """Return the items of a property; of one that is written in several languages the best one first."""
    items = list(element.iter(_LIST_ITEM))
    return sorted(items, key=_by_language) if element.find(_ALTERNATIVES) is not None else items


def _by_language(item: Element) -> int:
    language = item.get(_LANGUAGE, "").lower()
    if language == "x-default":
        return 0
    return 1 if language.partition("-")[0] in ("zh", "chi", "zho") else 2


def _iptc(image: Image.Image) -> Iterator[tuple[str, str]]:
    if not isinstance(image, ImageFile):
        return
    tags = IptcImagePlugin.getiptcinfo(image) or {}
    wanted = [(tag, item) for tag in (*_IPTC, *_IPTC_PLACES) for item in _several(tags.get(tag))]
    is_utf_8 = tags.get(_IPTC_CHARACTER_SET) == _IPTC_UTF_8
    texts: dict[tuple[int, int], list[str]] = {}
    for (tag, _item), text in zip(wanted, _read([item for _tag, item in wanted], claimed=is_utf_8), strict=True):
        texts.setdefault(tag, []).append(text)
    for tag, name in _IPTC.items():
        yield name, _listed(texts.get(tag, []))
    yield PLACE, _joined(texts[tag][0] for tag in _IPTC_PLACES if tag in texts)


def _exif(image: Image.Image) -> Iterator[tuple[str, str]]:
    # Of a PNG Pillow would decode all pixels to look behind them.
    if image.format == "PNG" and "exif" not in image.info:
        return
    tags = image.getexif()
    written = {name: _raw(tags[tag]) for tag, name in _EXIF_TEXTS.items() if tag in tags}
    taken, comment = _of_the_exposure(tags)
    code, comment = comment[:_CODE_LENGTH].rstrip(b"\0 ").upper(), comment[_CODE_LENGTH:]
    is_wide = code == b"UNICODE"
    texts = _read([*written.values(), b"" if is_wide else comment])
    yield from zip(written, texts, strict=False)
    for tag, name in _WINDOWS_TEXTS.items():
        value = tags.get(tag)
        raw = bytes(value) if isinstance(value, (bytes, tuple)) else b""
        yield name, raw[: 2 * _LONGEST_TEXT].decode("utf-16-le", errors="ignore").strip("\0 ")
    yield CAPTION, _wide(comment) if is_wide else _japanese(comment) if code == b"JIS" else texts[-1]
    yield DATE, taken


def _of_the_exposure(tags: Image.Exif) -> tuple[str, bytes]:
    """Return when a picture was taken and what its user said, as they stand in the part about the exposure."""
    try:
        exposure = tags.get_ifd(_EXIF_IFD)
        taken, comment = exposure.get(_DATE_TIME_ORIGINAL), exposure.get(_USER_COMMENT)
    except Exception:  # noqa: BLE001 - a damaged part is no reason to lose the main one
        return "", b""
    # The zeros at its end may be halves of characters.
    return taken if isinstance(taken, str) else "", comment if isinstance(comment, bytes) else _raw(comment)


def _wide(raw: bytes) -> str:
    """Return UTF-16 whose byte order nobody wrote down: cameras and programs disagree whether the header's counts."""
    raw = raw[: 2 * _LONGEST_TEXT]
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="ignore")
    both = [raw.decode(encoding, errors="ignore").rstrip("\0 ") for encoding in ("utf-16-le", "utf-16-be")]
    return min(both, key=lambda text: strangeness(text, "utf-8") + sum(ord(character) > 0xFF for character in text))


def _japanese(raw: bytes) -> str:
    for encoding in ("iso2022_jp", "shift_jis", "euc_jp"):
        try:
            return raw.rstrip(b"\0 ").decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""


def _several(value: Any) -> list[bytes]:
    values = value[:_MOST_KEYWORDS] if isinstance(value, list) else [value]
    return [_raw(item) for item in values if item is not None]


def _raw(value: object) -> bytes:
    """Return the bytes of a text. Pillow takes EXIF's for Latin-1, whatever it is."""
    if isinstance(value, str):
        try:
            raw = value.encode("latin-1")
        except UnicodeEncodeError:
            raw = value.encode()
    else:
        raw = value if isinstance(value, bytes) else b""
    return raw[: 4 * _LONGEST_TEXT].rstrip(b"\0 ")


def _read(texts: list[bytes], *, claimed: bool = False) -> list[str]:
    """Read the texts of one block: UTF-8, or what Chinese Windows wrote, or Western European."""
    return read_together(texts, western=("cp1252", "latin-1"), claimed=claimed)


def _listed(values: list[str]) -> str:
    cleaned = (value.strip() for value in values[:_MOST_KEYWORDS])
    return "、".join(dict.fromkeys(value for value in cleaned if value))


def _joined(values: Any) -> str:
    return " ".join(dict.fromkeys(value.strip() for value in values if value.strip()))


def _clean(text: str) -> str:
    kept = "".join(character for character in text if character.isprintable() or character == "\n").strip()
    kept = kept[:_LONGEST_TEXT].rstrip("\N{REPLACEMENT CHARACTER}")
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
