"""What is told of an export: in words and numbers, the same for its page, the list, and the script that looks again."""

from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from catalog.models import Export

STATE_CLASSES = {
    Export.State.PENDING: "waiting",
    Export.State.RUNNING: "waiting",
    Export.State.DONE: "done",
    Export.State.FAILED: "bad",
    Export.State.CANCELLED: "none",
    Export.State.EXPIRED: "none",
}


@dataclass(frozen=True, slots=True)
class Told:
    """An export as it is shown.

    Attributes:
        export: the export.
        state: where it stands, in words.
        state_class: how that looks.
        address: of its file; empty where it cannot be fetched.
        lasts: until when it can be fetched, in words; empty where it cannot.
    """

    export: Export
    state: str
    state_class: str
    address: str
    lasts: str


def told_of(export: Export, *, allowed: bool) -> Told:
    """Return what a page says of an export.

    Args:
        export: the export.
        allowed: whether the reader may have its file.
    """
    address = reverse("catalog:export-file", args=[export.pk]) if allowed and is_there(export) else ""
    state = Export.State.EXPIRED if is_over(export) else Export.State(export.state)
    lasts = _lasts(export) if address else ""
    return Told(export, str(state.label), STATE_CLASSES[state], address, lasts)


def progress_of(export: Export, *, allowed: bool) -> dict[str, Any]:
    """Return how far an export is, as JSON.

    Args:
        export: the export.
        allowed: whether the reader may have its file.
    """
    told = told_of(export, allowed=allowed)
    return {
        "state": told.state,
        "state_class": told.state_class,
        "reason": export.reason,
        "live": export.is_under_way,
        "total": export.records,
        "settled": export.done_records + export.left_out,
        "words": {
            "done": _("已写 %(number)s 条") % {"number": export.done_records},
            "of": _("共 %(number)s 条") % {"number": export.records},
            "left_out": _("%(number)s 条未写入（已删除，或您已无权查看）") % {"number": export.left_out}
            if export.left_out
            else "",
            "size": filesizeformat(export.size) if export.size else "",
            "lasts": told.lasts,
        },
        "address": told.address,
        "may_cancel": export.is_under_way,
    }


def is_over(export: Export) -> bool:
    """Tell whether the time in which a file can be fetched is over, be it that the worker has not removed it yet."""
    return export.expires_at is not None and export.expires_at <= timezone.now()


def is_there(export: Export) -> bool:
    """Tell whether there is a file that can be fetched now."""
    return export.state == Export.State.DONE and export.expires_at is not None and not is_over(export)


def _lasts(export: Export) -> str:
    if export.expires_at is None:
        return ""
    until = date_format(timezone.localtime(export.expires_at), "Y-m-d H:i")
    return _("%(until)s 之前可以下载") % {"until": until}
