"""Choosing a preset for an export: what there are, and what is said before the table is made."""

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalog.exchange.presets import keeping
from catalog.exchange.presets.checks import Findings, examine

if TYPE_CHECKING:
    from catalog.exchange.presets.definitions import Preset
    from catalog.querysets import ImageQuerySet

TOLD = "told"
"""What is sent with a form whose page has said what the table would lack, and the preset that it said it of."""


def preset_choices() -> list[tuple[str, str]]:
    """Return what a form offers: the house's own columns, and the presets."""
    offered = [(kept.preset.key, kept.preset.name) for kept in keeping.presets()]
    return [("", _("本系统的栏目：改好可以交回")), *offered]


def to_be_told(request: HttpRequest, preset: "Preset | None", images: "ImageQuerySet") -> Findings | None:
    """Return what has to be said before a table is made; None where there is nothing, or it has been said.

    Args:
        request: the form.
        preset: the preset; None for the house's own columns.
        images: what was chosen.
    """
    if preset is None or request.POST.get(TOLD) == preset.key:
        return None
    findings = examine(preset, images)
    return findings if findings.sentences else None
