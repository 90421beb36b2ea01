"""The records of the queue, as data: the next one, one of them again, and the writing on its scans."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from catalog.filters import ReviewFilter
from catalog.models import Image
from catalog.pages.listing import readable_query
from catalog.pages.review.calls import (
    TAB,
    BadCall,
    for_reviewers,
    key_of,
    keys_of,
    reach,
    read_object,
    reviewer,
    tab_of,
)
from catalog.pages.review.content import find, reader_of, record_content
from catalog.reading.shown import ReadScan, read_scans
from catalog.review import blind, holds
from catalog.review.queue import Order, Queue, as_place
from catalog.review.terms import folded

ORDER, AFTER, PASSED, PRESENT, BLIND, DOUBTFUL = "order", "after", "passed", "present", "blind", "doubtful"
CONFLICT = "conflict"
SHOWN, BEFORE = "shown", "before"
_MOST_SHOWN = 50


def queue_of(request: HttpRequest, tab: str = "") -> Queue:
    """Return the queue that the address asks for; what cannot be read of it narrows nothing.

    Args:
        request: the request.
        tab: in which tab of the reviewer's browser it is shown.
    """
    query = readable_query(request)
    images = reach(request).images()
    # Most queues are not narrowed down, and a form takes longer to make than the record to find.
    if any(query.get(name) for name in ReviewFilter.base_filters):
        narrowed = ReviewFilter(query, queryset=images, request=request)
        narrowed.form.is_valid()
        images = narrowed.filter_queryset(images)
    order = query.get(ORDER, "")
    return Queue(
        reviewer(request),
        images,
        Order(order) if order in Order.values else Order.DOUBTFUL,
        conflicts=query.get(CONFLICT) == "1",
        tab=tab,
    )


@require_POST
@for_reviewers
def take_next(request: HttpRequest) -> HttpResponse:
    """Hold the next record of a queue and tell of it. POST, because it takes the record from colleagues.

    Takes as JSON: `after`, the place of the record before, as it was told; `passed`, keys of records that came back
    and were passed over; `present`, the key of the record that is shown still; `blind`, whether drafts are to be hidden
    at first; `doubtful`, whether it has to have a doubtful draft; `shown`, keys of records whose drafts the page has
    shown since; `tab`, and `before`, what the tab was called before it was loaded again. The queue is the address's.
    """
    given = read_object(request)
    tab, before = tab_of(given.get(TAB)), tab_of(given.get(BEFORE))
    queue = queue_of(request, tab)
    _note_shown(request, keys_of(given.get(SHOWN, []), _MOST_SHOWN))
    if before:
        holds.move(user=queue.user, before=before, tab=tab)
    if given.get(DOUBTFUL) is True:
        queue = queue.doubtful()
    present = given.get(PRESENT)
    turn = queue.take_next(
        as_place(queue.order, given.get(AFTER)),
        keys_of(given.get(PASSED, [])),
        None if present is None else key_of(present),
    )
    if turn is None:
        return JsonResponse({"record": None})
    reader = reader_of(request)
    content = record_content(find(reader, turn.image.pk), reader, hide=given.get(BLIND) is True, is_ahead=True)
    return JsonResponse({"record": {**content, "place": turn.place, "came_back": turn.came_back}})


@require_safe
@for_reviewers
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell of one record as it is now, and hold it where it is free: the one before, or one that was typed about.

    Args:
        request: the request; with `blind` drafts are hidden at first, `tab` says where it is shown.
        pk: the image.
    """
    reader = reader_of(request)
    image = find(reader, pk)
    is_mine = holds.take_over(image=image.pk, user=reader.user, tab=tab_of(request.GET.get(TAB)))
    content = record_content(image, reader, hide=bool(request.GET.get(BLIND)))
    return JsonResponse({"record": {**content, "held_by_another": not is_mine}})


@require_safe
@for_reviewers
def writing(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell what was read on a record's scans, line by line, with where it stands in thousandths of the scan's sides.

    Args:
        request: the request.
        pk: the image.
    """
    image: Image = find(reader_of(request), pk)
    return JsonResponse({"scans": [_written(scan) for scan in read_scans(image)]})


@require_POST
@for_reviewers
def hold(request: HttpRequest) -> HttpResponse:
    """Hold the records on the page for longer, and let go of those it has left.

    Takes `images` and `left`, keys, and `tab`. What is named in neither is left alone: the page may be taking it now.
    """
    given, user = read_object(request), reviewer(request)
    tab, images = tab_of(given.get(TAB)), keys_of(given.get("images", []), 20)
    known = reach(request).images().filter(pk__in=images).values_list("pk", flat=True)
    held = [key for key in known if holds.take(image=key, user=user, tab=tab)]
    if left := keys_of(given.get("left", [])):
        holds.let_go(images=left, user=user, tab=tab)
    return JsonResponse({"held": held})


@require_POST
@for_reviewers
def let_go(request: HttpRequest) -> HttpResponse:
    """Let go of all that a tab has: it is being closed. Takes `tab` as forms do: nothing else can be sent then."""
    tab = request.POST.get(TAB)
    if not tab:
        raise BadCall
    holds.let_go(images=None, user=reviewer(request), tab=tab_of(tab))
    return JsonResponse({})


def _note_shown(request: HttpRequest, keys: list[int]) -> None:
    """Note that drafts were before the reviewer's eyes: those of records told ahead, which the page has shown since."""
    if not keys:
        return
    for key in reach(request).images().filter(pk__in=keys).order_by("pk").values_list("pk", flat=True):
        blind.note_shown(image=key, user=reviewer(request))


def _written(scan: ReadScan) -> dict[str, Any]:
    return {
        "id": scan.file.pk,
        "label": scan.file.get_role_display(),
        "was_read": scan.reading is not None,
        "warnings": list(scan.warnings),
        "lines": [
            {
                "text": line.text,
                "fold": folded(line.text),
                "certainty": line.certainty,
                "other": line.other,
                "box": None if not line.place.on_picture else _box(line.place),
            }
            for line in scan.lines
        ],
    }


def _box(place: Any) -> dict[str, float]:
    left, top = 10 * place.left, 10 * place.top
    return {"x1": left, "y1": top, "x2": left + 10 * place.width, "y2": top + 10 * place.height}
