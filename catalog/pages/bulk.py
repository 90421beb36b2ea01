"""Bulk changes: their previews, progress, results and history."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalog.exceptions import CatalogError
from catalog.models import BulkChange
from catalog.pages.listing import paginate
from catalog.pages.members import member_page, signed_in
from catalog.review import blind
from catalog.review.bulk import running
from catalog.review.bulk.policies import (
    can_cancel,
    can_undo,
    can_undo_spans,
    changeable_images,
    visible_changes,
)
from catalog.review.bulk.preview import ShownRecord, changed_records, first_records, reasons_of
from catalog.review.bulk.selection import prepare_undo
from catalog.review.bulk.sources import OfBulkChange
from catalog.vocabulary import Field

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PER_PAGE = 40
START, DISCARD, CANCEL, UNDO = "start", "discard", "cancel", "undo"
_STATE_CLASSES = {
    BulkChange.State.PREVIEW: "none",
    BulkChange.State.PENDING: "waiting",
    BulkChange.State.RUNNING: "waiting",
    BulkChange.State.DONE: "done",
    BulkChange.State.CANCELLED: "none",
    BulkChange.State.FAILED: "bad",
}


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a change's preview, progress or result; begin it, throw it away, stop it, or prepare to take it back."""
    user = signed_in(request)
    found = get_object_or_404(visible_changes(user).select_related("user", "undoes"), pk=pk)
    if request.method == "POST":
        try:
            return _act(request, user, found, request.POST.get("action", ""))
        except CatalogError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("catalog:bulk-change", args=[found.pk]))
    is_preview = found.state == BulkChange.State.PREVIEW
    context = {
        "change": found,
        "told": _told(user, found),
        "asked": _asked(found),
        "first": _first(found, user) if is_preview else [],
        "changed": [] if is_preview else changed_records(found, user),
        "left_out": reasons_of(found.left_out, user),
        "skipped": reasons_of(found.skipped, user),
        "undone_by": found.undone_by.exclude(state=BulkChange.State.PREVIEW).order_by("pk"),
        "is_mine": found.user_id == user.pk,
        "may_undo_spans": can_undo_spans(user),
    }
    return render(request, "catalog/bulk/change.html", context)


@require_safe
@member_page
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how far a change is, for the script that keeps its page fresh."""
    user = signed_in(request)
    return JsonResponse(_told(user, get_object_or_404(visible_changes(user), pk=pk)))


@require_safe
@member_page
def history(request: HttpRequest) -> HttpResponse:
    """List the changes that the user may know of, the newest first."""
    user = signed_in(request)
    changes = visible_changes(user).exclude(state=BulkChange.State.PREVIEW).select_related("user", "undoes")
    page, pages = paginate(changes.order_by("-pk"), request.GET.get("page"), per_page=PER_PAGE)
    rows = [(item, _STATE_CLASSES[BulkChange.State(item.state)]) for item in page.object_list]
    context = {"rows": rows, "page_obj": page, "pages": pages, "may_undo_spans": can_undo_spans(user)}
    return render(request, "catalog/bulk/history.html", context)


def _act(request: HttpRequest, user: "User", found: BulkChange, action: str) -> HttpResponse:
    """Do what was asked for.

    Raises:
        CatalogError: it cannot be done.
        PermissionDenied: it is not for this user to do.
    """
    if action in (START, DISCARD) and found.user_id != user.pk:
        raise PermissionDenied
    if action == START:
        running.start(change=found, user=user)
    elif action == DISCARD:
        running.discard(change=found)
        messages.success(request, _("已放弃，没有改动任何内容。"))
        return HttpResponseRedirect(reverse("catalog:review-list"))
    elif action == CANCEL:
        if not can_cancel(user, found):
            raise PermissionDenied
        running.cancel(change=found, user=user)
    elif action == UNDO:
        return _prepare_undo(user, found)
    else:
        messages.error(request, _("没有这个操作。请从页面上的按钮里选一个。"))
    return HttpResponseRedirect(reverse("catalog:bulk-change", args=[found.pk]))


def _is_undoable(found: BulkChange) -> bool:
    """Tell whether a change that is over changed anything; what takes another back is not taken back itself."""
    return bool(found.done_fields) and found.kind != BulkChange.Kind.UNDO


def _prepare_undo(user: "User", found: BulkChange) -> HttpResponse:
    if not can_undo(user, found) or found.is_under_way or found.state == BulkChange.State.PREVIEW:
        raise PermissionDenied
    prepared = prepare_undo(user=user, source=OfBulkChange(found.pk), allowed=changeable_images(user), words=str(found))
    return HttpResponseRedirect(reverse("catalog:bulk-change", args=[prepared.pk]))


def _first(found: BulkChange, user: "User") -> list[ShownRecord]:
    """Return the first records of a preview; their drafts are before the user's eyes now."""
    shown = first_records(found, user)
    blind.note_all_shown(images=[record.image.pk for record in shown], user=user)
    return shown


def _told(user: "User", found: BulkChange) -> dict[str, Any]:
    """Return how far a change is, in words and numbers: the same for the page and for its script."""
    skipped = sum(int(str(said["number"])) for said in found.skipped.values())
    over = not found.is_under_way and found.state != BulkChange.State.PREVIEW
    return {
        "state": found.get_state_display(),
        "state_class": _STATE_CLASSES[BulkChange.State(found.state)],
        "reason": found.reason,
        "live": found.is_under_way,
        "total": found.fields,
        "settled": found.done_fields + skipped,
        "words": {
            "done": _("已改 %(records)d 条记录、%(fields)d 项")
            % {"records": found.done_records, "fields": found.done_fields},
            "of": _("共 %(records)d 条记录、%(fields)d 项") % {"records": found.records, "fields": found.fields},
            "skipped": _("跳过 %(number)d 项") % {"number": skipped} if skipped else "",
        },
        "may_cancel": found.is_under_way and can_cancel(user, found),
        "may_undo": over and _is_undoable(found) and can_undo(user, found),
    }


def _asked(found: BulkChange) -> list[tuple[str, str]]:
    """Return what a change was asked for, as a person reads it."""
    given = found.parameters
    if found.kind == BulkChange.Kind.REJECT:
        return [(_("退回原因"), given["reason"])]
    if found.kind == BulkChange.Kind.SET:
        mode = _("也覆盖") if given["overwrite"] else _("保留")
        return [(_("著录项"), Field(given["field"]).label), (_("内容"), given["value"]), (_("已有内容"), mode)]
    if found.kind == BulkChange.Kind.REPLACE:
        fields = "、".join(str(Field(name).label) for name in given["fields"])
        places = [_("已采用的内容")] * given["in_values"] + [_("待审的草稿")] * given["in_drafts"]
        whole = [(_("匹配"), _("整项内容相同的"))] if given["whole"] else []
        replacement = given["replacement"] or _("（删去）")
        return [
            (_("查找"), given["find"]),
            (_("替换为"), replacement),
            *whole,
            (_("著录项"), fields),
            (_("在哪里找"), "、".join(places)),
        ]
    return []
