"""What an export's cells said when it left, compressed: the third side of the comparison when a table comes back."""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from catalog.exceptions import ExportNotKept
from catalog.models import Export, ExportPart

PART_RECORDS = 1000
"""So many records are written, and kept, at a time."""
_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Kept:
    """What one record's row said.

    Attributes:
        revision: the record's revision at that time.
        cells: key of a column → what the catalogue held, not defused; empty cells are left out.
    """

    revision: int
    cells: dict[str, str]


@dataclass(slots=True)
class Gathered:
    """What the rows of one part say, column by column: texts of one kind compress better side by side."""

    columns: Sequence[str]
    images: list[int] = field(default_factory=list)
    revisions: list[int] = field(default_factory=list)
    rows: list[Sequence[str]] = field(default_factory=list)

    def add(self, image: int, revision: int, cells: Sequence[str]) -> None:
        """Keep a row.

        Args:
            image: key of the record.
            revision: its revision.
            cells: in the order of the columns.
        """
        self.images.append(image)
        self.revisions.append(revision)
        self.rows.append(cells)

    def packed(self) -> bytes:
        """Return it as a part keeps it."""
        cells = zip(*self.rows, strict=True) if self.rows else ([] for _key in self.columns)
        columns = {key: list(column) for key, column in zip(self.columns, cells, strict=True) if any(column)}
        return packed({"images": self.images, "revisions": self.revisions, "columns": columns})


class KeptReader:
    """Looks up what an export said, record by record; the part that was asked last stays at hand."""

    def __init__(self, export: Export) -> None:
        """Prepare; nothing is read yet.

        Args:
            export: the export.

        Raises:
            ExportNotKept: what it said is not kept any more, or it was never finished.
        """
        over = export.kept_until is None or export.kept_until <= timezone.now()
        if over or export.state not in (Export.State.DONE, Export.State.EXPIRED):
            raise ExportNotKept
        self._export = export
        self._places: dict[int, int] | None = None
        self._open: tuple[int, dict[int, Kept]] = (-1, {})

    def read(self, images: Iterable[int]) -> dict[int, Kept]:
        """Return what the export said of records; those that it did not have are left out.

        Args:
            images: keys, in the order of the table where possible.

        Raises:
            ExportNotKept: it was taken away meanwhile.
        """
        places = self._places if self._places is not None else self._look_up()
        found: dict[int, Kept] = {}
        for image in images:
            place = places.get(image)
            if place is None:
                continue
            if self._open[0] != place:
                self._open = (place, self._part(place))
            if image in self._open[1]:
                found[image] = self._open[1][image]
        return found

    def _look_up(self) -> dict[int, int]:
        parts = self._export.parts.order_by("position").values_list("position", "images")
        self._places = {image: place for place, images in parts for image in unpacked(images)}
        return self._places

    def _part(self, place: int) -> dict[int, Kept]:
        kept = self._export.parts.filter(position=place).values_list("kept", flat=True).first()
        if kept is None:
            raise ExportNotKept
        return read_kept(unpacked(kept))


def kept_values(export: Export, images: Sequence[int]) -> dict[int, Kept]:
    """Return what an export said of some records; those that it did not have are left out.

    Whoever asks again and again uses a `KeptReader`.

    Args:
        export: the export.
        images: keys of records.

    Raises:
        ExportNotKept: it is not kept any more, or the export was never finished.
    """
    return KeptReader(export).read(images)


def parts_of(export: Export, images: Sequence[int]) -> list[ExportPart]:
    """Return the parts of an export, not saved: its records in order, some hundred each.

    Args:
        export: the export.
        images: keys of its records.
    """
    chunks = [images[start : start + PART_RECORDS] for start in range(0, len(images), PART_RECORDS)]
    return [
        ExportPart(export=export, position=position, number=len(chunk), images=packed(list(chunk)))
        for position, chunk in enumerate(chunks)
    ]


def packed(told: Any) -> bytes:
    """Return JSON, compressed."""
    return zlib.compress(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(), _LEVEL)


def unpacked(kept: bytes | memoryview) -> Any:
    """Return what was packed."""
    return json.loads(zlib.decompress(kept))


def read_kept(told: Any) -> dict[int, Kept]:
    """Return what a part says of each of its records."""
    columns: dict[str, list[str]] = told["columns"]
    return {
        image: Kept(revision, {key: cells[at] for key, cells in columns.items() if cells[at]})
        for at, (image, revision) in enumerate(zip(told["images"], told["revisions"], strict=True))
    }
