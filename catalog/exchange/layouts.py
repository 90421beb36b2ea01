"""Which columns a table has: the house's, or those of a preset, made again from what an export keeps of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from catalog.exchange.aigc import aigc_column
from catalog.exchange.columns import Column, standard_columns
from catalog.exchange.presets.columns import preset_columns
from catalog.exchange.presets.definitions import SNAPSHOT, preset_of_snapshot
from catalog.exchange.tables.frames import Frame
from catalog.querysets import ImageQuerySet
from catalog.vocabulary import Field


class Preset(Protocol):
    """Columns that somebody has put together for another system."""

    @property
    def name(self) -> str:
        """What people call it."""

    def rows(self, images: ImageQuerySet) -> ImageQuerySet:
        """Return the images that stand for the rows of a table: all, or one for each group of photographs."""

    def snapshot(self) -> dict[str, Any]:
        """Return it as JSON: an export is made by it as it was, whatever becomes of it."""


Builder = Callable[[Mapping[str, Any], Sequence[Field], str], list[Column]]
"""Makes columns of a snapshot, the fields that have drafts, and the key of the export."""


def _standard(_snapshot: Mapping[str, Any], drafted: Sequence[Field], export: str) -> list[Column]:
    return standard_columns(drafted, export=export)


def _of_preset(snapshot: Mapping[str, Any], _drafted: Sequence[Field], _export: str) -> list[Column]:
    return preset_columns(preset_of_snapshot(snapshot))


_BUILDERS: dict[str, Builder] = {"": _standard, SNAPSHOT: _of_preset}
"""The kind that a snapshot names as `kind` → what makes its columns."""


def layout_of(preset: Preset | None, drafted: Sequence[Field]) -> dict[str, Any]:
    """Return what an export keeps of its columns.

    Args:
        preset: the preset; None for the house's own columns.
        drafted: the fields that have drafts.
    """
    return {"preset": {} if preset is None else preset.snapshot(), "drafted": [field.value for field in drafted]}


def columns_of(layout: Mapping[str, Any], *, export: str, with_objects: bool = False) -> list[Column]:
    """Return the columns of an export, in the active language.

    Args:
        layout: what the export keeps of them.
        export: its key.
        with_objects: whether its cells may hold objects.

    Raises:
        KeyError: they are of a kind that this version does not know.
    """
    snapshot: Mapping[str, Any] = layout.get("preset") or {}
    drafted = [Field(name) for name in layout.get("drafted", [])]
    columns = _BUILDERS[str(snapshot.get("kind", ""))](snapshot, drafted, export)
    return [*columns, aigc_column(export)] if with_objects else columns


def frame_of(layout: Mapping[str, Any]) -> Frame | None:
    """Return what stands around the rows of an export by a preset; None for the house's own tables.

    Args:
        layout: what the export keeps of its columns.
    """
    snapshot: Mapping[str, Any] = layout.get("preset") or {}
    if snapshot.get("kind") != SNAPSHOT:
        return None
    preset = preset_of_snapshot(snapshot)
    return Frame(preset.sheet, preset.lines_before)
