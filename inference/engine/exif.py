"""Reads the part of a picture's EXIF that a catalogue can use, as plain values, from headers that may be damaged."""

import math
from typing import Any

from PIL import ExifTags, Image

from inference.engine.encodings import read_together

Value = str | int | float | list[int | float]

_BASE = ExifTags.Base
_MAIN_TAGS = (
    _BASE.ImageDescription, _BASE.Make, _BASE.Model, _BASE.Orientation, _BASE.XResolution, _BASE.YResolution,
    _BASE.ResolutionUnit, _BASE.Software, _BASE.DateTime, _BASE.Artist, _BASE.Copyright,
)  # fmt: skip
_PHOTO_TAGS = (
    _BASE.DateTimeOriginal, _BASE.DateTimeDigitized, _BASE.OffsetTimeOriginal, _BASE.ExposureTime, _BASE.FNumber,
    _BASE.ISOSpeedRatings, _BASE.FocalLength, _BASE.FocalLengthIn35mmFilm, _BASE.Flash, _BASE.ColorSpace,
    _BASE.BodySerialNumber, _BASE.LensMake, _BASE.LensModel,
)  # fmt: skip
_GPS_TAGS = (
    ExifTags.GPS.GPSLatitudeRef, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLongitudeRef, ExifTags.GPS.GPSLongitude,
    ExifTags.GPS.GPSAltitudeRef, ExifTags.GPS.GPSAltitude, ExifTags.GPS.GPSDateStamp,
)  # fmt: skip
_LONGEST_TEXT = 2000
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = {_UPRIGHT[mark] for mark in range(5, 9)}
"""The turns by which width and height change places."""


def read_exif(image: Image.Image) -> dict[str, Value]:
    """Read the tags that describe the picture, its making and its place.

    Args:
        image: an opened picture; it need not be decoded yet.

    Returns:
        Tag names with text, numbers or lists of numbers; damaged tags are left out, and a damaged header gives {}.
    """
    try:
        main = _tags(image)
        found = _values(main, _MAIN_TAGS, ExifTags.TAGS)
        found |= _values(main.get_ifd(ExifTags.IFD.Exif), _PHOTO_TAGS, ExifTags.TAGS)
        found |= _values(main.get_ifd(ExifTags.IFD.GPSInfo), _GPS_TAGS, ExifTags.GPSTAGS)
    except Exception:  # noqa: BLE001 - a hostile header raises nearly anything, and a picture is no worse without it
        return {}
    return _legible(found)


def _legible(found: dict[str, Value]) -> dict[str, Value]:
    """Return tags with their texts as they were meant: Pillow takes them for Latin-1, Chinese programs write others."""
    texts = {name: value for name, value in found.items() if isinstance(value, str)}
    latin = {name: text.encode("latin-1") for name, text in texts.items() if max(text) < "\u0100"}
    texts |= zip(latin, read_together(list(latin.values()), western=("cp1252", "latin-1")), strict=True)
    return found | {name: _printable(text) for name, text in texts.items()}


def read_orientation(image: Image.Image) -> int:
    """Read how the picture has to be turned to be upright.

    Args:
        image: an opened picture.

    Returns:
        EXIF's number, 1 (upright) to 8; 1 where there is none or a bad one.
    """
    try:
        orientation = _tags(image).get(_BASE.Orientation, 1)
    except Exception:  # noqa: BLE001 - as above
        return 1
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1


def read_turn(image: Image.Image) -> Image.Transpose | None:
    """Read what turns a decoded picture upright.

    Pillow gives a TIFF and its size as displayed, and turns it by itself. HEIC and AVIF are turned by their decoders,
    as their own boxes say; what EXIF says beside them is for information only, and the decoders have set it to upright.

    Args:
        image: an opened picture.

    Returns:
        One of Pillow's transpositions; None where it is upright.
    """
    return None if image.format == "TIFF" else _UPRIGHT.get(read_orientation(image))


def _tags(image: Image.Image) -> Image.Exif:
    """Return the tags without decoding the picture for them."""
    undecoded = bool(getattr(image, "tile", None))
    # Of a PNG Pillow would look behind the pixels, where hardly any program writes them.
    if image.format == "PNG" and undecoded and "exif" not in image.info:
        return Image.Exif()
    return image.getexif()


def _values(tags: Any, wanted: tuple[int, ...], names: dict[int, str]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for tag in wanted:
        value = _plain(tags.get(tag))
        if value is not None:
            found[names[tag]] = value
    return found


def _plain(value: object) -> Value | None:
    """Turn one of Pillow's values into one that JSON can hold, or None."""
    if isinstance(value, str):
        # Bytes of other encodings look like control characters here; what is printable is seen once they are read.
        text = value.strip(" \0\r\n\t")[:_LONGEST_TEXT]
        return text if _printable(text) else None
    if isinstance(value, bytes):
        return int.from_bytes(value) if len(value) == 1 else None
    if isinstance(value, tuple):
        numbers = [_number(item) for item in value]
        return None if None in numbers else [number for number in numbers if number is not None]
    return _number(value)


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable()).strip()


def _number(value: Any) -> int | float | None:
    if isinstance(value, int):
        return int(value)
    try:
        number = float(value)  # rationals of several kinds
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None
