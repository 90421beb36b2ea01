"""The scans of an image as its page shows them, with what was read on each."""

from dataclasses import dataclass
from typing import Any

from catalog.models import Image, ImageFile, Reading


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """A line of writing, and where on the shown picture it stands, in percent; nowhere where it is on a later page."""

    text: str
    certainty: int
    left: float
    top: float
    width: float
    height: float
    on_picture: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """A scan; `reading` is None where it was not read, and `lines` is empty where nothing stands on it."""

    file: ImageFile
    reading: Reading | None
    lines: tuple[WrittenLine, ...]


def sheets_of(image: Image) -> list[Sheet]:
    """Return the scans of an image, the front first, in one query.

    Args:
        image: the image, its files prefetched.
    """
    readings = {reading.file_id: reading for reading in Reading.objects.of_image(image)}
    front = image.front
    files = sorted(image.scans, key=lambda file: file != front)
    return [_sheet(file, readings.get(file.pk)) for file in files]


def _sheet(file: ImageFile, reading: Reading | None) -> Sheet:
    return Sheet(file, reading, tuple(_line(line) for line in reading.lines) if reading else ())


def _line(line: dict[str, Any]) -> WrittenLine:
    across, down = line["quad"][0::2], line["quad"][1::2]
    return WrittenLine(
        text=line["text"],
        certainty=round(100 * line["confidence"]),
        left=min(across) / 10,
        top=min(down) / 10,
        width=(max(across) - min(across)) / 10,
        height=(max(down) - min(down)) / 10,
        on_picture=line["page"] == 0,
    )
