"""The review page itself: its frame, with the first record in it."""

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from catalog import policies
from catalog.filters import ReviewFilter
from catalog.pages.listing import readable_query
from catalog.pages.review.aids import keys_for, progress_of
from catalog.pages.review.calls import reach, reviewer
from catalog.pages.review.records import CONFLICT, ORDER
from catalog.records.conflicts import number_in
from catalog.review.queue import Order
from catalog.vocabulary import Objection

_FIELDS = (
    "collection", "q", "field", "flag", "evidence", "prompt_version", "batch", "reviewer", "near_group", "photo_group",
    "hint", "identifier", "date_from", "date_to",
)  # fmt: skip
"""What the queue can be narrowed down by, as it is asked for: what waits for review has one status."""


@never_cache
@ensure_csrf_cookie
@require_safe
def review(request: HttpRequest) -> HttpResponse:
    """Show the queue of a reviewer, narrowed and ordered as the address says.

    Args:
        request: the request.

    Raises:
        PermissionDenied: they work on no collection.
    """
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    request.reach = policies.reach_of(request.user)  # type: ignore[attr-defined]  # read by `reach`
    if reach(request).is_empty:
        raise PermissionDenied
    query = readable_query(request)
    narrowed = ReviewFilter(query, queryset=reach(request).images(), request=request)
    is_valid = narrowed.form.is_valid()
    order = query.get(ORDER, "")
    context = {
        "filter": narrowed,
        "fields": [narrowed.form[name] for name in _FIELDS],
        "narrowed_by": narrowed.in_words,
        "is_valid": is_valid,
        "orders": Order.choices,
        "only_conflicts": query.get(CONFLICT) == "1",
        "conflicts": number_in(reach(request).images()),
        "order": order if order in Order.values else Order.DOUBTFUL,
        "settings": _settings(request),
    }
    return render(request, "catalog/review/queue.html", context)


def _settings(request: HttpRequest) -> dict[str, object]:
    """Return what the script is told once: who is there, their keys, and where to ask."""
    user = reviewer(request)
    return {
        "user": user.pk,
        "keys": keys_for(user),
        "progress": progress_of(request),
        "objections": [{"code": code.value, "label": str(code.label)} for code in Objection.offered()],
        "addresses": {
            "next": reverse("catalog:review-next"),
            "record": reverse("catalog:review-record", args=[0]),
            "decide": reverse("catalog:review-decide", args=[0]),
            "writing": reverse("catalog:review-writing", args=[0]),
            "group": reverse("catalog:review-group", args=[0]),
            "hold": reverse("catalog:review-hold"),
            "let_go": reverse("catalog:review-let-go"),
            "undo": reverse("catalog:review-undo-step"),
            "suggest": reverse("catalog:review-suggest"),
            "progress": reverse("catalog:review-progress"),
            "keys": reverse("catalog:review-keys"),
            "login": reverse("login"),
        },
    }
