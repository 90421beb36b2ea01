"""The scans of an image as its page shows them, with what was read on each."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from catalog.models import Image, ImageFile, Reading
from catalog.reading.reading import MOST_PAGES
from inference.reader import Loss


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the shown picture something stands, in percent; nowhere where it is on a later page."""

    left: float
    top: float
    width: float
    height: float
    on_picture: bool


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """A line of writing; `other` is a second way to read it."""

    text: str
    certainty: int
    place: Place
    is_seal: bool = False
    under_red: bool = False
    other: str = ""


@dataclass(frozen=True, slots=True)
class LostPlace:
    """A place where something stands that was not read, and what it is."""

    what: str
    place: Place


@dataclass(frozen=True, slots=True)
class ReadScan:
    """A scan; `reading` is None where it was not read, and `lines` is empty where nothing was read on it.

    `warnings` says in sentences what was lost or is doubtful, `lost` where.
    """

    file: ImageFile
    reading: Reading | None
    lines: tuple[WrittenLine, ...] = ()
    lost: tuple[LostPlace, ...] = ()
    warnings: tuple[str, ...] = ()


def read_scans(image: Image) -> list[ReadScan]:
    """Return the scans of an image, the front first, in one query.

    Args:
        image: the image, its files prefetched.
    """
    readings = {reading.file_id: reading for reading in Reading.objects.of_image(image)}
    front = image.front
    files = sorted(image.scans, key=lambda file: file != front)
    return [_read_scan(file, readings.get(file.pk)) for file in files]


def _read_scan(file: ImageFile, reading: Reading | None) -> ReadScan:
    if reading is None:
        return ReadScan(file, None)
    lines = tuple(map(_line, reading.lines))
    lost = tuple(LostPlace(_what(entry["loss"]), _place(entry)) for entry in reading.unread)
    return ReadScan(file, reading, lines, lost, tuple(_warnings(file, reading)))


def _line(line: dict[str, Any]) -> WrittenLine:
    return WrittenLine(
        text=line["text"],
        certainty=round(100 * line["confidence"]),
        place=_place(line),
        is_seal=line.get("is_seal", False),
        under_red=line.get("under_red", False),
        other=line.get("other", ""),
    )


def _place(entry: dict[str, Any]) -> Place:
    across, down = entry["quad"][0::2], entry["quad"][1::2]
    return Place(
        left=min(across) / 10,
        top=min(down) / 10,
        width=(max(across) - min(across)) / 10,
        height=(max(down) - min(down)) / 10,
        on_picture=entry["page"] == 0,
    )


def _what(loss: str) -> str:
    """Return what stands in a place that was not read."""
    if loss == Loss.SEAL:
        return _("印章，没有读出")
    if loss == Loss.NOT_LOOKED_AT:
        return _("可能有小字，没有放大看")
    return _("像是文字，没有读出")


def _warnings(file: ImageFile, reading: Reading) -> Iterator[str]:
    """Say what of a scan was lost, or may be wrong."""
    lost = Counter(entry["loss"] for entry in reading.unread)
    if count := lost[Loss.ILLEGIBLE]:
        yield _("有 %(count)s 处像是文字，读不准，没有写出。请对照原图补录。") % {"count": count}
    if count := lost[Loss.SEAL]:
        yield _("有 %(count)s 枚印章没有读出。请对照原图补录。") % {"count": count}
    if count := lost[Loss.NOT_LOOKED_AT]:
        yield _("还有 %(count)s 处可能有小字，没有逐处放大看。请对照原图。") % {"count": count}
    if count := sum(line.get("under_red", False) for line in reading.lines):
        yield _("有 %(count)s 行压在红色印迹下，很可能有错字。请逐字核对。") % {"count": count}
    if count := sum(bool(line.get("other")) for line in reading.lines):
        yield _("有 %(count)s 行可以有两种读法。请看清方向或次序再采用。") % {"count": count}
    if file.pages > MOST_PAGES:
        yield _("只读了前 %(count)s 页。") % {"count": MOST_PAGES}
