"""Exports: chosen with the reviewers' filters, watched, stopped, fetched."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from catalog import policies
from catalog.exceptions import CatalogError
from catalog.exchange.exports import claims, places
from catalog.exchange.exports.planning import AT_ONCE
from catalog.exchange.exports.policies import can_fetch, visible_exports
from catalog.exchange.exports.running import export_chosen
from catalog.filters import ReviewFilter
from catalog.models import Export, Image
from catalog.pages.choosing import chosen_records, has_chosen, shown_filters, ticked_keys
from catalog.pages.exchange.told import is_over, is_there, progress_of
from catalog.pages.listing import readable_query
from catalog.pages.members import member_page, signed_in

CANCEL = "cancel"
_TYPES = {
    Export.Format.CSV: "text/csv; charset=utf-8",
    Export.Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Export.Format.JSONL: "application/jsonl; charset=utf-8",
}


class ExportForm(forms.Form):
    """What kind of file is wanted."""

    format = forms.ChoiceField(
        choices=[
            (Export.Format.XLSX, gettext_lazy("Excel 工作簿（XLSX）：编号、日期都照原样，改好可以交回")),
            (Export.Format.CSV, gettext_lazy("CSV：Excel、WPS 可直接打开")),
            (Export.Format.JSONL, gettext_lazy("JSON Lines：给程序用，一行一条记录")),
        ],
        initial=Export.Format.XLSX,
        widget=forms.RadioSelect,
        label=gettext_lazy("格式"),
        error_messages={
            "required": gettext_lazy("请选择文件格式。"),
            "invalid_choice": gettext_lazy("没有这种文件格式，请从列出的格式里选。"),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def choose(request: HttpRequest) -> HttpResponse:
    """Show what the filter chooses and how much it is; export it, or what was ticked in a list."""
    user = signed_in(request)
    allowed = policies.member_images(user)
    narrowed = ReviewFilter(readable_query(request), queryset=allowed, request=request)
    if request.method != "POST":
        return _ask(request, narrowed, ExportForm(), "")
    form = ExportForm(request.POST)
    if error := _refusal(request, narrowed):
        return _ask(request, narrowed, form, error)
    if not form.is_valid():
        return _ask(request, narrowed, form, "")
    chosen = chosen_records(request, narrowed, allowed)
    images = chosen.images.order_by("collection_id", "identifier", "pk")
    try:
        made = export_chosen(user=user, images=images, fmt=form.cleaned_data["format"], words=chosen.words)
    except CatalogError as refused:
        return _ask(request, narrowed, form, str(refused))
    page = "catalog:export" if made.is_under_way else "catalog:export-file"
    return HttpResponseRedirect(reverse(page, args=[made.pk]))


def _refusal(request: HttpRequest, narrowed: ReviewFilter) -> str:
    """Return why nothing can be exported of what was sent; empty where it can."""
    if not narrowed.is_valid():
        return _("筛选条件有误，没有导出。请先改正筛选条件。")
    if not has_chosen(request):
        return _("还没有选中记录。请先勾选，或选“筛选出的全部”。")
    return ""


def _ask(request: HttpRequest, narrowed: ReviewFilter, form: ExportForm, error: str) -> HttpResponse:
    ticked = ticked_keys(request)
    found = narrowed.qs if narrowed.is_valid() else Image.objects.none()
    number = len(ticked) or found.count()
    first, more = shown_filters(narrowed)
    context = {
        "first_filters": first,
        "more_filters": more,
        "more_is_open": any(field.errors or field.value() for field in more),
        "form": form,
        "error": error,
        "number": number,
        "words": narrowed.in_words,
        "ticked": ticked,
        "at_once": number <= AT_ONCE,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "catalog/exchange/choose.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def export(request: HttpRequest, key: str) -> HttpResponse:
    """Show how far an export is, with its file once it is there; stop it."""
    user = signed_in(request)
    found = get_object_or_404(visible_exports(user).select_related("user"), pk=key)
    if request.method == "POST":
        if request.POST.get("action") != CANCEL:
            messages.error(request, _("没有这个操作。请从页面上的按钮里选一个。"))
        else:
            try:
                claims.cancel(export=found, user=user)
                messages.success(request, _("已取消，没有留下文件。"))
            except CatalogError as error:
                messages.error(request, str(error))
        return HttpResponseRedirect(reverse("catalog:export", args=[found.pk]))
    context = {"export": found, "told": progress_of(found, allowed=can_fetch(user, found))}
    return render(request, "catalog/exchange/export.html", context)


@require_safe
@member_page
def progress(request: HttpRequest, key: str) -> HttpResponse:
    """Say how far an export is, for the script that keeps its page fresh."""
    user = signed_in(request)
    found = get_object_or_404(visible_exports(user), pk=key)
    return JsonResponse(progress_of(found, allowed=can_fetch(user, found)))


@require_safe
@member_page
def file(request: HttpRequest, key: str) -> HttpResponseBase:
    """Send an export's file to whoever may have it, for as long as its link lasts."""
    user = signed_in(request)
    found = get_object_or_404(visible_exports(user), pk=key)
    if not can_fetch(user, found):
        raise PermissionDenied
    if not is_there(found):
        return _gone(request, found)
    try:
        content = places.path_of(found).open("rb")
    except FileNotFoundError:  # a backup was put back: exports are no part of it
        return _gone(request, found)
    response = FileResponse(content, as_attachment=True, filename=found.file_name)
    response.headers["Content-Type"] = _TYPES[Export.Format(found.format)]
    patch_cache_control(response, private=True, no_store=True)
    return response


def _gone(request: HttpRequest, found: Export) -> HttpResponse:
    """Lead to the export's page, which says why there is no file."""
    if found.state == Export.State.EXPIRED or is_over(found):
        messages.error(request, _("下载的期限已过，文件已经删除。需要的话请重新导出。"))
    else:
        messages.error(request, _("这次导出没有可以下载的文件。需要的话请重新导出。"))
    return HttpResponseRedirect(reverse("catalog:export", args=[found.pk]))
