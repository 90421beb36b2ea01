"""Records as presets see them, for the tests beside."""

from collections.abc import Sequence
from typing import Any

from catalog.exchange.presets.columns import preset_columns
from catalog.exchange.presets.definitions import Preset, PresetColumn
from catalog.exchange.rows import Reader
from catalog.models import Image


def preset(*columns: PresetColumn, **named: Any) -> Preset:
    """Return a preset of some columns."""
    return Preset(key="house", name="本馆系统", columns=columns, **named)


def column(source: str, **named: Any) -> PresetColumn:
    """Return a column that is headed by its source's key."""
    return PresetColumn(heading=source or "固定", source=source, **named)


def rows(used: Preset, images: Sequence[Image] | None = None) -> list[list[str]]:
    """Return the cells of a table by a preset, of all images where None are given."""
    keys = [image.pk for image in images] if images is not None else list(Image.objects.values_list("pk", flat=True))
    columns = preset_columns(used)
    return [[one.read(record) for one in columns] for record in Reader(Image.objects.all()).read(keys)]


def cells(image: Image, *columns: PresetColumn, **named: Any) -> list[str]:
    """Return the cells of one image in a table of these columns."""
    return rows(preset(*columns, **named), [image])[0]
