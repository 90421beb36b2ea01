"""The records of the queue, as data: the next one, one of them again, and the writing on its scans."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from catalog.filters import ReviewFilter
from catalog.models import Image
from catalog.pages.listing import readable_query
from catalog.pages.review.calls import for_reviewers, key_of, keys_of, reach, read_object, reviewer
from catalog.pages.review.content import find, reader_of, record_content
from catalog.reading.shown import ReadScan, read_scans
from catalog.review import holds
from catalog.review.queue import Order, Queue, as_place
from catalog.review.terms import folded

ORDER, AFTER, PASSED, PRESENT, BLIND, DOUBTFUL = "order", "after", "passed", "present", "blind", "doubtful"
CONFLICT = "conflict"


def queue_of(request: HttpRequest) -> Queue:
    """Return the queue that the address asks for; what cannot be read of it narrows nothing."""
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
    )


@require_POST
@for_reviewers
def take_next(request: HttpRequest) -> HttpResponse:
    """Hold the next record of a queue and tell of it. POST, because it takes the record from colleagues.

    Takes as JSON: `after`, the place of the record before, as it was told; `passed`, keys of records that came back
    and were passed over; `present`, the key of the record that is shown still; `blind`, whether drafts are to be hidden
    at first; `doubtful`, whether it has to have a doubtful draft. The queue is the address's.
    """
    given = read_object(request)
    queue = queue_of(request)
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
    content = record_content(find(reader, turn.image.pk), reader, hide=given.get(BLIND) is True)
    return JsonResponse({"record": {**content, "place": turn.place, "came_back": turn.came_back}})


@require_safe
@for_reviewers
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell of one record as it is now, and hold it where it is free: the one before, or one that was typed about.

    Args:
        request: the request; with `blind` drafts are hidden at first.
        pk: the image.
    """
    reader = reader_of(request)
    image = find(reader, pk)
    is_mine = holds.take(image=image.pk, user=reader.user)
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
    """Hold the records on the page for longer, and let go of all others. Takes `images`, keys."""
    user, images = reviewer(request), keys_of(read_object(request).get("images", []), 20)
    known = reach(request).images().filter(pk__in=images).values_list("pk", flat=True)
    held = [key for key in known if holds.take(image=key, user=user)]
    holds.release_others(kept=held, user=user)
    return JsonResponse({"held": held})


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
