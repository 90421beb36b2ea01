"""The columns of a package's table: the house's, or a preset's, with what is said of it before anything is made.

What is kept is what exports keep (`catalog.exchange.layouts`), with the sentences beside it.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.exceptions import PackageRefused
from catalog.exchange.layouts import layout_of
from catalog.exchange.presets import keeping
from catalog.exchange.presets.checks import examine
from catalog.exchange.presets.definitions import Preset, Unit
from catalog.querysets import ImageQuerySet

_TOLD = "told"
_MOST = 50
_BY_GROUP = gettext_lazy(
    "“%(name)s”每行是一个照片组，没有一幅照片的位置可以写文件路径。请选每行一张照片的栏目；要按组分文件夹，选“照片组”。"
)


def offered() -> list[tuple[str, str]]:
    """Return what a form offers: the house's own columns, and the presets whose rows are photographs."""
    kept = [kept.preset for kept in keeping.presets()]
    return [("", _("本系统的栏目")), *((one.key, one.name) for one in kept if one.unit is Unit.PHOTOGRAPH)]


def layout_for(key: str, images: ImageQuerySet) -> dict[str, Any]:
    """Return what a package keeps of its columns.

    Args:
        key: the preset's; empty for the house's own columns.
        images: what is packed.

    Raises:
        CatalogError: there is no such preset, or none that has a row for each photograph.
    """
    if not key:
        return layout_of(None, [])
    preset: Preset = keeping.preset_named(key).preset
    if preset.unit is not Unit.PHOTOGRAPH:
        raise PackageRefused(_BY_GROUP, name=preset.name)
    return {**layout_of(preset, []), _TOLD: examine(preset, images).sentences[:_MOST]}


def name_of(layout: Mapping[str, Any]) -> str:
    """Return what the columns are called; empty for the house's own.

    Args:
        layout: as `layout_for` gave it.
    """
    return str((layout.get("preset") or {}).get("name", ""))


def told_of(layout: Mapping[str, Any]) -> list[str]:
    """Return what was found when the package was ordered: what records lack, what will be cut, what is lost.

    Args:
        layout: as `layout_for` gave it.
    """
    return [str(sentence) for sentence in layout.get(_TOLD, [])]


def doubts_of(layout: Mapping[str, Any]) -> list[str]:
    """Return what is uncertain about the columns, for whoever gets the package.

    Args:
        layout: as `layout_for` gave it.
    """
    snapshot: Mapping[str, Any] = layout.get("preset") or {}
    whole = str(snapshot.get("uncertain", ""))
    columns = [
        _("%(heading)s：%(doubt)s") % {"heading": column.get("heading", ""), "doubt": column["uncertain"]}
        for column in snapshot.get("columns", [])
        if column.get("uncertain")
    ]
    return [*filter(None, [whole]), *columns]
