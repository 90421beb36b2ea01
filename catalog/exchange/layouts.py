"""Which columns a table has: the house's, or those of a preset, made again from what an export keeps of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from catalog.exchange.columns import Column, standard_columns
from catalog.vocabulary import Field


class Preset(Protocol):
    """Columns that somebody has put together for another system."""

    @property
    def name(self) -> str:
        """What people call it."""

    def snapshot(self) -> dict[str, Any]:
        """Return it as JSON: an export is made by it as it was, whatever becomes of it."""


Builder = Callable[[Mapping[str, Any], Sequence[Field], str], list[Column]]
"""Makes columns of a snapshot, the fields that have drafts, and the key of the export."""


def _standard(_snapshot: Mapping[str, Any], drafted: Sequence[Field], export: str) -> list[Column]:
    return standard_columns(drafted, export=export)


_BUILDERS: dict[str, Builder] = {"": _standard}
"""The kind that a snapshot names as `kind` → what makes its columns."""


def layout_of(preset: Preset | None, drafted: Sequence[Field]) -> dict[str, Any]:
    """Return what an export keeps of its columns.

    Args:
        preset: the preset; None for the house's own columns.
        drafted: the fields that have drafts.
    """
    return {"preset": {} if preset is None else preset.snapshot(), "drafted": [field.value for field in drafted]}


def columns_of(layout: Mapping[str, Any], *, export: str) -> list[Column]:
    """Return the columns of an export, in the active language.

    Args:
        layout: what the export keeps of them.
        export: its key.

    Raises:
        KeyError: they are of a kind that this version does not know.
    """
    snapshot: Mapping[str, Any] = layout.get("preset") or {}
    drafted = [Field(name) for name in layout.get("drafted", [])]
    return _BUILDERS[str(snapshot.get("kind", ""))](snapshot, drafted, export)
