"""What helps a reviewer on the review page: terms to choose from, how far they are, and their own keys."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from catalog.models import ReviewSettings
from catalog.pages.listing import readable_query
from catalog.pages.review.calls import BadCall, for_reviewers, read_object, refusal, reviewer
from catalog.pages.review.content import reader_of, told_terms
from catalog.pages.review.keys import ACTIONS, fits
from catalog.pages.review.records import queue_of
from catalog.review import terms
from catalog.review.pace import todays_pace

_LONGEST_TYPED = 200


@require_safe
@for_reviewers
def suggest(request: HttpRequest) -> HttpResponse:
    """Tell terms that go on from `typed`, and what of `text` the catalogue knows, for a `field`."""
    query = readable_query(request)
    name, typed, text = query.get("field", ""), query.get("typed", ""), query.get("text", "")
    if name not in terms.FIELDS or len(typed) > _LONGEST_TYPED or len(text) > 5 * _LONGEST_TYPED:
        raise BadCall
    reader = reader_of(request)
    offered = terms.completions(name=name, typed=typed, collections=reader.collections, restricted=reader.restricted)
    return JsonResponse({"completions": offered, "terms": told_terms(name, text, reader)})


@require_safe
@for_reviewers
def progress(request: HttpRequest) -> HttpResponse:
    """Tell how many records of the queue wait, what was done today, and how long the rest takes."""
    return JsonResponse(progress_of(request))


def progress_of(request: HttpRequest) -> dict[str, Any]:
    """Return how far a queue is, in numbers and in words.

    Args:
        request: the request, whose address names the queue.
    """
    waiting = queue_of(request).waiting().order_by().count()
    pace = todays_pace(reviewer(request))
    per_hour = pace.per_hour
    return {
        "waiting": waiting,
        "today": pace.records,
        "in_words": "　".join(
            filter(
                None,
                [
                    ngettext("今天已审 %(number)s 条", "今天已审 %(number)s 条", pace.records)
                    % {"number": pace.records},
                    "" if per_hour is None else _("每小时 %(number)s 条") % {"number": round(per_hour)},
                    _left(pace.time_for(waiting)),
                ],
            )
        ),
    }


def _left(time: timedelta | None) -> str:
    """Say how long the rest takes."""
    if time is None or not time:
        return ""
    minutes = round(time.total_seconds() / 60)
    if minutes < 60:
        return ngettext("还要约 %(number)s 分钟", "还要约 %(number)s 分钟", minutes) % {"number": max(1, minutes)}
    hours = round(minutes / 60)
    return ngettext("还要约 %(number)s 小时", "还要约 %(number)s 小时", hours) % {"number": hours}


@require_POST
@for_reviewers
def keep_keys(request: HttpRequest) -> HttpResponse:
    """Keep a reviewer's own keys. Takes `keys`: action → key; what is left out has the page's own."""
    chosen = read_object(request).get("keys")
    if not isinstance(chosen, dict) or not all(name in ACTIONS and fits(key) for name, key in chosen.items()):
        raise BadCall
    taken = [chosen.get(name, action.key) for name, action in ACTIONS.items()]
    if twice := next((key for key in taken if taken.count(key) > 1), None):
        return refusal("key_taken", _("“%(key)s”已经用在别的操作上，请换一个键。") % {"key": twice}, 400)
    ReviewSettings.objects.update_or_create(user=reviewer(request), defaults={"keys": chosen})
    return JsonResponse({"keys": keys_for(reviewer(request))})


def keys_for(user: User) -> list[dict[str, str]]:
    """Return what each action is called, and which key it has for somebody."""
    own = ReviewSettings.objects.filter(user=user).values_list("keys", flat=True).first() or {}
    return [
        {
            "name": name,
            "label": str(action.label),
            "short": str(action.short),
            "key": own.get(name, action.key),
            "usual": action.key,
        }
        for name, action in ACTIONS.items()
    ]
