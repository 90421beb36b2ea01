"""What is printed, `/exchange/print/`: choosing it, and the sheets themselves, for the browser or as PDF."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import TextChoices
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from catalog import policies
from catalog.exceptions import CatalogError
from catalog.exchange.printing import sheets
from catalog.exchange.printing.labels import CodeContent, LabelSheet, labels_of
from catalog.exchange.printing.pdf import pdf_of
from catalog.models import Collection
from catalog.pages.listing import readable_query
from catalog.pages.members import member_page, signed_in

COLLECTION, VOLUME, PAPER, CODE, AS = "collection", "volume", "paper", "code", "as"


class Printed(TextChoices):
    """What can be printed; the values are parts of addresses."""

    VOLUME_LIST = "volume-list", gettext_lazy("册内照片目录")
    VOLUME_NOTE = "volume-note", gettext_lazy("册内备考表")
    CAPTIONS = "captions", gettext_lazy("单张照片说明")
    GROUP_CAPTIONS = "group-captions", gettext_lazy("组合照片说明")
    LABELS = "labels", gettext_lazy("带二维码的标签")


_MOST = {Printed.VOLUME_LIST: 3000, Printed.VOLUME_NOTE: 100_000, Printed.CAPTIONS: 1000}
_MOST |= {Printed.GROUP_CAPTIONS: 20_000, Printed.LABELS: 1200}
"""So many photographs go onto the sheets of one request."""
_MOST_AS_PDF = 200
"""So many at once become a PDF here: longer ones the browser makes in seconds, and this server in minutes."""


@require_safe
@member_page
def choose(request: HttpRequest) -> HttpResponse:
    """Show what can be printed of which volume."""
    user = signed_in(request)
    query = readable_query(request)
    collections = list(policies.member_collections(user).order_by("title", "pk"))
    chosen = next((one for one in collections if one.slug == query.get(COLLECTION)), None)
    chosen = chosen or next(iter(collections), None)
    context: dict[str, Any] = {"collections": collections, "collection": chosen, "volume": query.get(VOLUME, "")}
    if chosen is not None:
        mine = policies.member_images(user).filter(collection=chosen)
        context |= {"volumes": sheets.volumes_of(mine), "number": mine.count()}
    context |= {"kinds": Printed.choices, "papers": LabelSheet.choices, "codes": CodeContent.choices}
    return render(request, "catalog/exchange/print/choose.html", context)


@require_safe
@member_page
def sheet(request: HttpRequest, what: str) -> HttpResponse:
    """Show a sheet as it is printed; as PDF where `as=pdf` asks for it.

    Args:
        request: the request; `collection` and `volume` say of what, `paper` and `code` how labels are.
        what: one of `Printed`.

    Raises:
        Http404: there is no such sheet, or the collection is none of the user's.
    """
    if what not in Printed.values:
        raise Http404
    kind, query, user = Printed(what), readable_query(request), signed_in(request)
    collection = policies.member_collections(user).filter(slug=query.get(COLLECTION, "")).first()
    if collection is None:
        raise Http404
    volume = query.get(VOLUME, "")
    images = policies.member_images(user).filter(collection=collection)
    chosen = sheets.Chosen(collection, volume, images.filter(volume=volume) if volume else images)
    number = chosen.images.count()
    if number > _MOST[kind] or not number:
        return _refused(request, collection, _why_not(kind, number))
    if query.get(AS) == "pdf" and number > _MOST_AS_PDF and kind is not Printed.VOLUME_NOTE:
        words = _("直接生成 PDF 一次最多 %(most)d 张照片的，这里有 %(number)d 张。请用浏览器的“打印”，选“另存为 PDF”。")
        messages.warning(request, words % {"most": _MOST_AS_PDF, "number": number})
        return HttpResponseRedirect(_without_pdf(request))
    context = {"kind": kind, "chosen": chosen, "number": number, "printed_on": timezone.localdate()}
    context |= _CONTENTS[kind](request, chosen, query)
    if query.get(AS) == "pdf":
        return _pdf(request, kind, context)
    context["back"] = _choosing(collection, volume)
    return render(request, "catalog/exchange/print/sheet.html", context)


def _volume_list(_request: HttpRequest, chosen: sheets.Chosen, _query: QueryDict) -> dict[str, Any]:
    return {"table": sheets.volume_list(chosen)}


def _volume_note(_request: HttpRequest, chosen: sheets.Chosen, _query: QueryDict) -> dict[str, Any]:
    return {"note": sheets.volume_note(chosen)}


def _captions(_request: HttpRequest, chosen: sheets.Chosen, _query: QueryDict) -> dict[str, Any]:
    return {"captions": sheets.captions(chosen).captions}


def _group_captions(_request: HttpRequest, chosen: sheets.Chosen, _query: QueryDict) -> dict[str, Any]:
    return {"captions": sheets.group_captions(chosen).captions}


def _labels(request: HttpRequest, chosen: sheets.Chosen, query: QueryDict) -> dict[str, Any]:
    paper = query.get(PAPER, "")
    content = CodeContent.ADDRESS if query.get(CODE) == CodeContent.ADDRESS else CodeContent.NUMBER

    def address_of(key: int) -> str:
        return request.build_absolute_uri(reverse("catalog:image", args=[key]))

    labels, without = labels_of(chosen, content, address_of)
    return {
        "labels": labels,
        "without": without,
        "paper": paper if paper in LabelSheet.values else LabelSheet.A4_24.value,
    }


_CONTENTS: dict[Printed, Callable[[HttpRequest, sheets.Chosen, QueryDict], dict[str, Any]]] = {
    Printed.VOLUME_LIST: _volume_list,
    Printed.VOLUME_NOTE: _volume_note,
    Printed.CAPTIONS: _captions,
    Printed.GROUP_CAPTIONS: _group_captions,
    Printed.LABELS: _labels,
}


def _why_not(kind: Printed, number: int) -> str:
    if not number:
        return _("这里没有照片，没有什么可以打印。请换一册，或换一份馆藏。")
    return _("“%(what)s”一次最多打印 %(most)d 张照片的，这里有 %(number)d 张。请按册打印。") % {
        "what": kind.label,
        "most": _MOST[kind],
        "number": number,
    }


def _choosing(collection: Collection, volume: str) -> str:
    query = QueryDict(mutable=True)
    query[COLLECTION] = collection.slug
    if volume:
        query[VOLUME] = volume
    return f"{reverse('catalog:print')}?{query.urlencode()}"


def _refused(request: HttpRequest, collection: Collection, sentence: str) -> HttpResponse:
    messages.error(request, sentence)
    return HttpResponseRedirect(_choosing(collection, ""))


def _without_pdf(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop(AS, None)
    return f"{request.path}?{query.urlencode()}"


def _pdf(request: HttpRequest, kind: Printed, context: dict[str, Any]) -> HttpResponse:
    """Send the sheet as PDF, or lead back to it with what is to be installed."""
    try:
        content = pdf_of(render_to_string("catalog/exchange/print/paper.html", context, request=request))
    except CatalogError as error:
        messages.warning(request, str(error))
        return HttpResponseRedirect(_without_pdf(request))
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{kind.value}.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
