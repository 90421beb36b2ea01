"""What one asked before: the list, one conversation, the table, and deleting. Nobody else's exists here."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from inference.history import removing
from inference.history.exporting import file_name, stream_csv
from inference.history.filters import HistoryFilter
from inference.history.listing import PER_PAGE, by_day, for_list
from inference.history.owners import may_ask, owner_of
from inference.history.turns import turns_of
from inference.labels import ai_label
from inference.models import Exchange, Owner, Picture
from inference.models.exchanges import ExchangeQuerySet

MAX_CHOSEN = 200
_FILTERS = ("q", "date_from", "date_to", "page")
_Answer = HttpResponseBase


def _door(view: Callable[..., _Answer]) -> Callable[..., _Answer]:
    """Send those away who have to sign in first, and keep what is shown out of every cache."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> _Answer:
        if not may_ask(request):
            # What was posted is lost on the way; the list is where it can be posted again.
            seen = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("history")
            return redirect_to_login(seen)
        return view(request, *args, **kwargs)

    return never_cache(guarded)


@_door
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """List what one asked, the latest first."""
    form = HistoryFilter(request.GET)
    mine = _mine(request)
    exchanges = form.narrow(for_list(mine))
    page = Paginator(exchanges, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "inference/history/list.html",
        {
            "form": form,
            "days": by_day(list(page), mine, form.words),
            "page_obj": page,
            "pages": page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
            "ai_label": ai_label(source="model", reviewed=False),
            "kept_days": settings.GLMV_HISTORY_DAYS,
            "hide_site_search": True,
        },
    )


@_door
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one question with its answer, within the conversation that it belongs to."""
    mine = _mine(request)
    found = mine.filter(pk=pk).first()
    if found is None:
        return _gone(request)
    turns = turns_of(found, mine)
    place = next(number for number, turn in enumerate(turns, 1) if turn.exchange.pk == found.pk)
    label = ai_label(source="model", reviewed=False)
    context = {"exchange": found, "turns": turns, "place": place, "ai_label": label, "hide_site_search": True}
    return render(request, "inference/history/detail.html", context)


@_door
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether one exchange is to go; let it go."""
    chosen = _mine(request).filter(pk=pk)
    found = chosen.first()
    if found is None:
        return _gone(request)
    if request.method == "POST":
        return _deleted(request, chosen)
    context = {"exchanges": [found], "cancel": reverse("history-detail", args=[pk]), "hide_site_search": True}
    return render(request, "inference/history/delete.html", context)


@_door
@require_http_methods(["GET", "HEAD", "POST"])
def delete_chosen(request: HttpRequest) -> HttpResponse:
    """Ask whether the exchanges that were ticked are to go; let them go."""
    chosen = _chosen(request)
    found = list(chosen)
    if not found:
        if request.method == "POST":  # otherwise they are deleted, and somebody came back to the question
            messages.warning(request, _("请先勾选要删除的记录，再点“删除所选”。"))
        return redirect(_list_address(request))
    if "confirmed" in request.POST:
        return _deleted(request, chosen)
    said = _said(request)
    narrowed = said.get("narrowed", "")
    if request.method == "POST":
        # The question has an address of its own: the way back from it, and to it, sends nothing again.
        query = urlencode({"chosen": said.getlist("chosen")[:MAX_CHOSEN], "narrowed": narrowed}, doseq=True)
        return redirect(f"{reverse('history-delete-chosen')}?{query}")
    context = {
        "exchanges": found,
        "is_choice": True,
        "cancel": _list_address(request),
        "narrowed": narrowed,
        "hide_site_search": True,
    }
    return render(request, "inference/history/delete.html", context)


@_door
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> _Answer:
    """Send a table: of what was ticked, or, without a choice, of all that the filter leaves."""
    if request.method == "POST":
        exchanges = _chosen(request)
        nothing = _("请先勾选要导出的记录，再点“导出所选”。")
    else:
        exchanges = HistoryFilter(request.GET).narrow(_mine(request))
        nothing = _("没有可以导出的记录。")
    if not exchanges.exists():
        messages.warning(request, nothing)
        return redirect(_list_address(request))
    response = StreamingHttpResponse(stream_csv(exchanges), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition_header(True, file_name()) or "attachment"
    return response


@_door
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """Ask whether everything is to go; let it go, with the pictures that no question was asked about yet."""
    owner = owner_of(request)
    if request.method == "POST":
        erased = _erase_all(owner) if owner else 0
        messages.success(
            request, ngettext("已清空：删除了 %(n)d 条记录。", "已清空：删除了 %(n)d 条记录。", erased) % {"n": erased}
        )
        return redirect("history")
    context = {"total": _mine(request).count(), "hide_site_search": True}
    return render(request, "inference/history/erase.html", context)


def _gone(request: HttpRequest) -> HttpResponse:
    """Say that there is no such record, or that it is somebody else's: nobody learns which."""
    return render(request, "inference/history/gone.html", {"hide_site_search": True}, status=404)


def _said(request: HttpRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def _mine(request: HttpRequest) -> ExchangeQuerySet:
    owner = owner_of(request)
    return Exchange.objects.of(owner) if owner else Exchange.objects.none()


def _chosen(request: HttpRequest) -> ExchangeQuerySet:
    """Return what was ticked, as far as it is one's own."""
    ticked = [value for value in _said(request).getlist("chosen")[:MAX_CHOSEN] if value.isascii() and value.isdigit()]
    return _mine(request).filter(pk__in=[int(value) for value in ticked if len(value) < 19])


def _deleted(request: HttpRequest, chosen: ExchangeQuerySet) -> HttpResponse:
    count = removing.erase(chosen)
    messages.success(request, ngettext("已删除 %(n)d 条记录。", "已删除 %(n)d 条记录。", count) % {"n": count})
    return redirect(_list_address(request))


def _erase_all(owner: Owner) -> int:
    # Pictures first: one that waits could become part of a question meanwhile, and goes with that then.
    removing.remove(Picture.objects.of(owner))
    return removing.erase(Exchange.objects.of(owner))


def _list_address(request: HttpRequest) -> str:
    """Return the list's address with the filter that it had."""
    said = _said(request)
    had = QueryDict(str(said["narrowed"])) if "narrowed" in said else request.GET
    query = {name: had[name] for name in _FILTERS if had.get(name)}
    return reverse("history") + (f"?{urlencode(query)}" if query else "")
