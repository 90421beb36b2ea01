"""Tables that come back: taken in, looked at, begun, watched, undone."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from catalog import policies
from catalog.exceptions import CatalogError, TableRefused
from catalog.exchange.imports import running
from catalog.exchange.imports.files import refusals_of
from catalog.exchange.imports.planning import Planned
from catalog.exchange.imports.policies import can_cancel, can_undo, visible_imports
from catalog.exchange.imports.refusals import reason_words
from catalog.models import Collection, Image, TableImport
from catalog.pages.listing import paginate
from catalog.pages.members import member_page, signed_in
from catalog.records.conflicts import label_of
from catalog.vocabulary import ConflictState

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PER_PAGE = 30
START, DISCARD, CANCEL, UNDO = "start", "discard", "cancel", "undo"
_State = TableImport.State
_STATE_CLASSES = {
    _State.DONE: "done",
    _State.UNREADABLE: "bad",
    _State.FAILED: "bad",
    _State.CHECKED: "none",
    _State.CANCELLED: "none",
    _State.UNDONE: "none",
}


class TableForm(forms.Form):
    """A table, and which collection it is for."""

    file = forms.FileField(
        label=gettext_lazy("改好的表格"),
        help_text=gettext_lazy("XLSX 或 CSV；由 Excel、WPS、LibreOffice、OpenRefine 保存的都可以。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.et,.ods,.csv,.txt,.tsv"}),
        error_messages={
            "required": gettext_lazy("请选择改好的表格。"),
            "empty": gettext_lazy("文件是空的。请确认选的是改好的表格。"),
        },
    )
    collection = forms.ModelChoiceField(
        queryset=Collection.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=gettext_lazy("不限（各行按编号，或按“馆藏”一列）"),
        label=gettext_lazy("只改这个馆藏"),
    )

    def __init__(self, *args: Any, user: "User", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["collection"]
        chosen.queryset = policies.working_collections(user).order_by("slug")  # type: ignore[attr-defined]  # it chooses


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell that changes, as the page shows it."""

    label: str
    base: str | None
    now: str
    after: str
    clash: bool
    ai: bool


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """A record that changes, as the page shows it."""

    image: Image | None
    row: int
    cells: list[ShownCell]


@dataclass(frozen=True, slots=True)
class ShownReason:
    """Why something was not taken, how often, and in which rows first."""

    label: str
    number: int
    rows: list[int]


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def imports(request: HttpRequest) -> HttpResponse:
    """List the imports that the user may know of; take a table in."""
    user = signed_in(request)
    form = TableForm(user=user)
    if request.method == "POST":
        if not policies.works_anywhere(user):
            raise PermissionDenied
        form = TableForm(request.POST, request.FILES, user=user)
        if form.is_valid() and (table := _take_in(form, user)) is not None:
            return HttpResponseRedirect(reverse("catalog:table-import", args=[table.pk]))
    found = visible_imports(user).select_related("user", "collection").order_by("-pk")
    page, pages = paginate(found, request.GET.get("page"), per_page=PER_PAGE)
    rows = [(item, _state_class(item)) for item in page.object_list]
    context = {
        "form": form,
        "rows": rows,
        "page_obj": page,
        "pages": pages,
        "works": policies.works_anywhere(user),
        "limit": settings.GLMV_MAX_UPLOAD_MB,
    }
    return render(request, "catalog/exchange/imports.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def table_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a table would change, how far it is, or what it has changed; begin it, stop it, undo it."""
    user = signed_in(request)
    found = get_object_or_404(visible_imports(user).select_related("user", "undoer", "collection"), pk=pk)
    if request.method == "POST":
        try:
            return _act(request, user, found, request.POST.get("action", ""))
        except CatalogError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("catalog:table-import", args=[found.pk]))
    shows_changes = found.state not in (_State.WAITING, _State.CHECKING, _State.UNREADABLE)
    page, pages = paginate(found.chunks.order_by("position"), request.GET.get("page"), per_page=1)
    context = {
        "table": found,
        "told": _told(user, found),
        "is_mine": found.user_id == user.pk,
        "changes": _shown(page.object_list, user) if shows_changes else [],
        "page_obj": page,
        "pages": pages,
        "refused": _reasons(found.findings.get("refused", {})),
        "ignored": _reasons(found.findings.get("ignored", {})),
        "skipped": _reasons(found.skipped),
        "kept": _reasons(found.kept),
        "has_refusals": shows_changes and refusals_of(found).is_file(),
        "open_conflicts": found.found.filter(state=ConflictState.OPEN).count(),
    }
    return render(request, "catalog/exchange/import.html", context)


@require_safe
@member_page
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how far an import is, for the script that keeps its page fresh."""
    user = signed_in(request)
    return JsonResponse(_told(user, get_object_or_404(visible_imports(user), pk=pk)))


@require_safe
@member_page
def refusals(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the table of what was not taken."""
    user = signed_in(request)
    found = get_object_or_404(visible_imports(user), pk=pk)
    try:
        content = refusals_of(found).open("rb")
    except FileNotFoundError:
        messages.error(request, _("没有未采纳的内容可以下载，或者还没有检查完。"))
        return HttpResponseRedirect(reverse("catalog:table-import", args=[found.pk]))
    response = FileResponse(content, as_attachment=True, filename=f"refusals-{found.pk}.csv")
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    patch_cache_control(response, private=True, no_store=True)
    return response


def _take_in(form: TableForm, user: "User") -> TableImport | None:
    """Keep the table that was sent; None where it is refused, which the form says."""
    upload = form.cleaned_data["file"]
    try:
        return running.take_in(
            user=user, collection=form.cleaned_data["collection"], name=upload.name or "", pieces=upload.chunks()
        )
    except TableRefused as error:
        form.add_error("file", str(error))
    except OSError:
        form.add_error("file", _("磁盘写不下了，没有接收。请管理员清理后再试。"))
    return None


def _act(request: HttpRequest, user: "User", found: TableImport, action: str) -> HttpResponse:
    """Do what was asked for.

    Raises:
        CatalogError: it cannot be done.
        PermissionDenied: it is not for this user to do.
    """
    mine = found.user_id == user.pk
    allowed = {
        START: mine,
        DISCARD: mine,
        CANCEL: can_cancel(user, found),
        UNDO: can_undo(user, found),
    }
    if not allowed.get(action, True):
        raise PermissionDenied
    if action == START:
        running.start(table=found, user=user)
    elif action == DISCARD:
        running.discard(table=found)
        messages.success(request, _("已放弃，没有改动任何内容。"))
        return HttpResponseRedirect(reverse("catalog:table-imports"))
    elif action == CANCEL:
        running.cancel(table=found, user=user)
    elif action == UNDO:
        running.undo(table=found, user=user)
    else:
        messages.error(request, _("没有这个操作。请从页面上的按钮里选一个。"))
    return HttpResponseRedirect(reverse("catalog:table-import", args=[found.pk]))


def _state_class(found: TableImport) -> str:
    return _STATE_CLASSES.get(_State(found.state), "waiting")


def _told(user: "User", found: TableImport) -> dict[str, Any]:
    """Return how far an import is, in words and numbers: the same for the page and for its script."""
    checking = found.state in (_State.WAITING, _State.CHECKING)
    undoing = found.state in (_State.UNDO_PENDING, _State.UNDOING, _State.UNDONE)
    skipped = sum(int(said["number"]) for said in found.skipped.values())
    done = found.undone_cells if undoing else found.done_cells
    return {
        "state": found.get_state_display(),
        "state_class": _state_class(found),
        "reason": found.reason,
        "live": found.is_under_way,
        "total": found.rows if checking else (found.done_cells if undoing else found.cells + found.conflicts),
        "settled": found.checked_rows if checking else done + (0 if undoing else skipped + found.done_conflicts),
        "words": _words(found, skipped, checking=checking, undoing=undoing),
        "may_cancel": found.is_under_way and not undoing and can_cancel(user, found),
        "may_undo": running.can_be_undone(found) and can_undo(user, found),
    }


def _words(found: TableImport, skipped: int, *, checking: bool, undoing: bool) -> dict[str, str]:
    if checking:
        done = _("已检查 %(number)d 行") % {"number": found.checked_rows}
        return {"done": done, "of": _("共 %(number)d 行") % {"number": found.rows} if found.rows else "", "skipped": ""}
    if undoing:
        kept = sum(int(said["number"]) for said in found.kept.values())
        return {
            "done": _("已撤回 %(number)d 格") % {"number": found.undone_cells},
            "of": _("共 %(number)d 格") % {"number": found.done_cells},
            "skipped": _("保留 %(number)d 格") % {"number": kept} if kept else "",
        }
    clashes = _("列出冲突 %(number)d 处") % {"number": found.done_conflicts} if found.done_conflicts else ""
    left = _("跳过 %(number)d 格") % {"number": skipped} if skipped else ""
    return {
        "done": _("已改 %(records)d 条记录、%(cells)d 格") % {"records": found.done_records, "cells": found.done_cells},
        "of": _("共 %(records)d 条记录、%(cells)d 格") % {"records": found.records, "cells": found.cells},
        "skipped": "，".join(filter(None, [clashes, left])),
    }


def _shown(chunks: Any, user: "User") -> list[ShownRecord]:
    """Return the records of a chunk with what changes in them; those that the user may not see have no name."""
    planned = [Planned.read(kept) for chunk in chunks for kept in chunk.records]
    keys = [item.image for item in planned]
    images = {image.pk: image for image in policies.member_images(user).filter(pk__in=keys).for_lists()}
    return [
        ShownRecord(
            images.get(item.image),
            item.row,
            [ShownCell(label_of(cell.key), cell.base, cell.now, cell.after, cell.clash, cell.ai) for cell in item.cells]
            if item.image in images
            else [],
        )
        for item in planned
    ]


def _reasons(kept: dict[str, Any]) -> list[ShownReason]:
    found = [ShownReason(reason_words(reason), said["number"], said["rows"]) for reason, said in kept.items()]
    return sorted(found, key=lambda reason: -reason.number)
