"""Where presets are: shipped ones in files, changed and own ones in rows, which are written here alone."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from catalog.exceptions import PresetRefused
from catalog.exchange.presets.definitions import Preset, definition_of, preset_of
from catalog.models import ExportPreset
from catalog.records.action_log import record
from catalog.texts import storable
from catalog.vocabulary import Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SHIPPED = Path(__file__).parent / "shipped"
_IN_ORDER = (
    "gbt11821-photograph", "gbt11821-group", "gbt11821-volume", "dat50", "dat18", "dublin-core", "atom-isad", "omeka-s",
)  # fmt: skip
MOST_PRESETS = 200
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,58}[a-z0-9]|[a-z0-9]")
_LONGEST_NAME = 120
_RESERVED = ("new",)
"""What addresses mean something else by."""


@dataclass(frozen=True, slots=True)
class KeptPreset:
    """A preset with where it is kept.

    Attributes:
        preset: the preset.
        revision: how often its row was written; 0 where there is none.
        is_shipped: whether one of this key comes with the system.
        changed_by: who wrote the row; empty where there is none.
    """

    preset: Preset
    revision: int = 0
    is_shipped: bool = False
    changed_by: str = ""

    @property
    def is_changed(self) -> bool:
        """Tell whether a row stands in a shipped preset's place."""
        return self.is_shipped and self.revision > 0

    @property
    def is_own(self) -> bool:
        """Tell whether none of this key comes with the system."""
        return not self.is_shipped


def presets() -> list[KeptPreset]:
    """Return all presets that can be used, the shipped ones first; a row that this version cannot read is left out."""
    rows = {row.key: row for row in ExportPreset.objects.select_related("changed_by")}
    found = []
    for key, preset in _shipped().items():
        row = rows.pop(key, None)
        found.append((row and _of_row(row)) or KeptPreset(preset, is_shipped=True))
    return [*found, *filter(None, map(_of_row, rows.values()))]


def preset_named(key: str) -> KeptPreset:
    """Return one preset.

    Args:
        key: its key.

    Raises:
        PresetRefused: there is none; the sentence names those that there are.
    """
    row = ExportPreset.objects.select_related("changed_by").filter(key=key).first()
    if row is not None and (kept := _of_row(row)) is not None:
        return kept
    if key in _shipped():
        return KeptPreset(_shipped()[key], is_shipped=True)
    known = "、".join(kept.preset.key for kept in presets())
    raise PresetRefused(_("没有代号为“%(key)s”的预设。现有的是：%(known)s。") % {"key": key, "known": known})


def create(*, preset: Preset, user: "User | None") -> KeptPreset:
    """Keep a new preset.

    Args:
        preset: the preset; its key must be free.
        user: who makes it; None for the command line.

    Returns:
        It.

    Raises:
        PresetRefused: the key is taken or is none, or there are too many.
    """
    if not _KEY.fullmatch(preset.key):
        raise PresetRefused(_("代号只用小写英文字母、数字和短横线，最多 60 个字符，首尾不用短横线。"))
    taken = PresetRefused(_("已有代号为“%(key)s”的预设，请换一个代号。") % {"key": preset.key})
    if preset.key in (*_shipped(), *_RESERVED):
        raise taken
    if ExportPreset.objects.count() >= MOST_PRESETS:
        raise PresetRefused(_("预设已有 %(n)d 个，请先删去不用的。") % {"n": MOST_PRESETS})
    try:
        with transaction.atomic():
            row = ExportPreset(key=preset.key, revision=0)
            _write(row, preset, user)
    except IntegrityError:
        raise taken from None
    return KeptPreset(preset, 1, changed_by="" if user is None else user.get_username())


def change(*, preset: Preset, user: "User | None", seen: int) -> KeptPreset:
    """Write a preset that is there; a shipped one gets a row, which stands in its place.

    Args:
        preset: as it is to be.
        user: who writes it; None for the command line.
        seen: the revision that they had before them; 0 for a shipped one that nobody has changed.

    Returns:
        It, as it is now.

    Raises:
        PresetRefused: somebody else has written it meanwhile, or it is gone; nothing was written.
    """
    meanwhile = PresetRefused(_("这个预设刚刚被别人改过。您填的都还在，请对照现在的内容，确认后再保存。"))
    try:
        with transaction.atomic():
            row = ExportPreset.objects.select_for_update().filter(key=preset.key).first()
            if (0 if row is None else row.revision) != seen or (row is None and preset.key not in _shipped()):
                raise meanwhile
            _write(row or ExportPreset(key=preset.key, revision=0), preset, user)
    except IntegrityError:
        raise meanwhile from None
    return preset_named(preset.key)


def delete(*, key: str, user: "User | None") -> bool:
    """Take a preset's row away: an own preset is gone, a shipped one is as it came again. Exports keep their columns.

    Args:
        key: its key.
        user: who does it; None for the command line.

    Returns:
        Whether there was a row.
    """
    with transaction.atomic():
        row = ExportPreset.objects.select_for_update().filter(key=key).first()
        if row is None:
            return False
        what = "restored" if key in _shipped() else "deleted"
        told: dict[str, Any] = {"preset": key, "before": row.definition, what: True}
        record(verb=Verb.PRESET_CHANGED, user=user, label=row.name, **told)
        row.delete()
    return True


def free_key(wished: str) -> str:
    """Return a key that no preset has, near the one that is wished for.

    Args:
        wished: any text, such as the name of a file.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", wished.lower()).strip("-")[:50] or "house"
    taken = {*_shipped(), *_RESERVED, *ExportPreset.objects.filter(key__startswith=plain).values_list("key", flat=True)}
    return next(key for key in (plain, *(f"{plain}-{n}" for n in range(2, len(taken) + 3))) if key not in taken)


def _write(row: ExportPreset, preset: Preset, user: "User | None") -> None:
    name = storable(preset.name).strip()
    if not name or len(name) > _LONGEST_NAME:
        raise PresetRefused(_("预设要有名称，最多 %(most)d 个字。") % {"most": _LONGEST_NAME})
    definition = definition_of(preset)
    # What is kept can be read again: whoever made it may have put it together by hand.
    preset_of(key=preset.key, name=name, about=preset.about, definition=definition)
    before = row.definition if row.pk else None
    row.name, row.about, row.definition, row.changed_by = name, storable(preset.about).strip(), definition, user
    row.revision += 1
    row.save()
    record(verb=Verb.PRESET_CHANGED, user=user, label=name, preset=preset.key, before=before, after=definition)


def _of_row(row: ExportPreset) -> KeptPreset | None:
    try:
        preset = preset_of(key=row.key, name=row.name, about=row.about, definition=row.definition)
    except PresetRefused:
        return None
    by = "" if row.changed_by is None else row.changed_by.get_username()
    return KeptPreset(preset, row.revision, row.key in _shipped(), by)


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, Preset]:
    return {key: _of_file(SHIPPED / f"{key}.json") for key in _IN_ORDER}


def _of_file(path: Path) -> Preset:
    said = json.loads(path.read_text(encoding="utf-8"))
    return preset_of(key=path.stem, name=said["name"], about=said["about"], definition=said)
