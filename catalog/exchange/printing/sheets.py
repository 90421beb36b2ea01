"""What stands on the printed sheets of a volume: its list, its 备考表, its captions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _

from catalog.exchange.columns import Column, Kind
from catalog.exchange.presets.columns import preset_columns
from catalog.exchange.presets.definitions import Preset
from catalog.exchange.presets.keeping import preset_named
from catalog.exchange.rows import Reader
from catalog.models import Collection
from catalog.natural_order import natural_key
from catalog.querysets import ImageQuerySet

VOLUME_LIST, CAPTIONS, GROUP_CAPTIONS = "gbt11821-volume", "gbt11821-photograph", "gbt11821-group"
"""The presets whose columns are printed."""
_AT_ONCE = 500
_MOST_GAPS = 20
_LONGEST_GAPS = 100_000
_LONGEST_WHOLE = 24


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which photographs are printed.

    Attributes:
        collection: their collection.
        volume: their 册号; empty for all volumes.
        images: those of them that whoever prints may see.
    """

    collection: Collection
    volume: str
    images: ImageQuerySet

    @property
    def keys(self) -> list[int]:
        """Return the photographs in the order of the volume: by 张号, then by number, as people count."""
        rows = self.images.order_by("pk").values_list("volume", "sheet", "identifier", "pk")
        placed = sorted(rows, key=lambda row: (natural_key(row[0]), natural_key(row[1]), natural_key(row[2]), row[3]))
        return [row[3] for row in placed]


class Cell(NamedTuple):
    """A cell of a printed table.

    Attributes:
        text: what stands in it.
        is_whole: whether it is a short number or date, which is not broken over two lines.
    """

    text: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A printed table.

    Attributes:
        headings: of its columns.
        rows: its cells.
    """

    headings: list[str]
    rows: list[list[Cell]] = field(default_factory=list)

    @property
    def captions(self) -> list[list[tuple[str, str]]]:
        """Return each row as lines of heading and text; what is empty is left out."""
        return [
            [(head, cell.text) for head, cell in zip(self.headings, row, strict=True) if cell.text] for row in self.rows
        ]


@dataclass(frozen=True, slots=True)
class VolumeNote:
    """What a 册内备考表 says of its volume, found by counting.

    Attributes:
        photographs: how many.
        unnumbered: how many have no 照片号.
        undescribed: how many have no 题名.
        first: the first 张号; empty where there are none.
        last: the last one.
        gaps: 张号 between them that no photograph has.
        more_gaps: how many more of them there are.
    """

    photographs: int
    unnumbered: int
    undescribed: int
    first: str
    last: str
    gaps: list[int]
    more_gaps: int

    @property
    def sentences(self) -> list[str]:
        """Return it in sentences."""
        said = [_("本册共有照片 %(n)d 张。") % {"n": self.photographs}]
        if self.first:
            said.append(_("张号 %(first)s 至 %(last)s。") % {"first": self.first, "last": self.last})
        if self.gaps:
            numbers = "、".join(map(str, self.gaps))
            words = _("缺号：%(numbers)s 等，另有 %(n)d 个。") if self.more_gaps else _("缺号：%(numbers)s。")
            said.append(words % {"numbers": numbers, "n": self.more_gaps})
        elif self.first:
            said.append(_("张号连续，没有缺号。"))
        if self.unnumbered:
            said.append(_("没有照片号的 %(n)d 张。") % {"n": self.unnumbered})
        if self.undescribed:
            said.append(_("没有题名的 %(n)d 张。") % {"n": self.undescribed})
        return said


def volumes_of(images: ImageQuerySet) -> list[str]:
    """Return the 册号 of photographs, as people count; those without one are not among them.

    Args:
        images: the photographs.
    """
    found = images.exclude(volume="").order_by().values_list("volume", flat=True).distinct()
    return sorted(found, key=natural_key)


def volume_list(chosen: Chosen) -> Table:
    """Return the 册内照片目录.

    Args:
        chosen: the photographs of a volume.
    """
    return _table(preset_named(VOLUME_LIST).preset, chosen.keys, chosen.images)


def captions(chosen: Chosen) -> Table:
    """Return the 单张照片说明 of each photograph.

    Args:
        chosen: the photographs.
    """
    return _table(preset_named(CAPTIONS).preset, chosen.keys, chosen.images)


def group_captions(chosen: Chosen) -> Table:
    """Return the 组合照片说明 of each confirmed group that has one of the photographs.

    Args:
        chosen: the photographs.
    """
    preset = preset_named(GROUP_CAPTIONS).preset
    keys = list(preset.rows(chosen.images).order_by("identifier", "pk").values_list("pk", flat=True))
    return _table(preset, keys, chosen.images)


def volume_note(chosen: Chosen) -> VolumeNote:
    """Return what a 册内备考表 says.

    Args:
        chosen: the photographs of a volume.
    """
    rows = list(chosen.images.order_by().values_list("sheet", "identifier", "title"))
    sheets = sorted({sheet for sheet, _number, _title in rows if sheet}, key=natural_key)
    numbers = {int(sheet) for sheet in sheets if sheet.isascii() and sheet.isdigit() and len(sheet) < 7}
    gaps = _gaps(numbers)
    return VolumeNote(
        photographs=len(rows),
        unnumbered=sum(not number for _sheet, number, _title in rows),
        undescribed=sum(not title for _sheet, _number, title in rows),
        first=sheets[0] if sheets else "",
        last=sheets[-1] if sheets else "",
        gaps=gaps[:_MOST_GAPS],
        more_gaps=max(len(gaps) - _MOST_GAPS, 0),
    )


def _gaps(numbers: set[int]) -> list[int]:
    if not numbers or max(numbers) - min(numbers) > _LONGEST_GAPS:
        return []
    return sorted(set(range(min(numbers), max(numbers))) - numbers)


def _table(preset: Preset, keys: Sequence[int], images: ImageQuerySet) -> Table:
    columns, reader = preset_columns(preset), Reader(images)
    parts = (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))
    rows = [
        [_cell(column, column.read(record)) for column in columns] for part in parts for record in reader.read(part)
    ]
    return Table([column.heading for column in columns], rows)


def _cell(column: Column, text: str) -> Cell:
    return Cell(text, column.kind in (Kind.IDENTIFIER, Kind.DATE) and len(text) <= _LONGEST_WHOLE)
