"""开放审核, `/review/disclosure/`: choosing records by a filter, proposing them, and the second look at a list."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalog import policies
from catalog.examination_words import ExaminationState, ExaminedState
from catalog.exceptions import CatalogError
from catalog.filters import ExaminationFilter
from catalog.forms import ProposalForm
from catalog.models import Examination, ExaminedImage, Image
from catalog.pages.listing import paginate, readable_query
from catalog.querysets import ImageQuerySet
from catalog.review.disclosure import examinations
from catalog.review.disclosure.deciding import obstacle
from catalog.review.disclosure.hints import Hint, digests_of, hints_of
from catalog.vocabulary import Disclosure

PER_PAGE = 50
LISTS_PER_PAGE = 20
CHANGED = "changed"
"""What the page of a list shows beside the states of its records: those that changed since they were proposed."""


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Show the lists: what waits for the examiner, what others have at hand, what is over; and what is due."""
    _require_examiner(request)
    lists = policies.visible_examinations(request.user).select_related(
        "collection", "first_examiner", "second_examiner"
    )
    lists = lists.annotate(
        number=Count("items", filter=Q(items__state__in=[ExaminedState.PENDING, ExaminedState.PROPOSED])),
        done_number=Count("items", filter=Q(items__state=ExaminedState.DONE)),
    )
    unfinished = lists.filter(state__in=ExaminationState.unfinished()).order_by("-pk")
    page, pages = paginate(
        lists.exclude(state__in=ExaminationState.unfinished()).order_by("-pk"),
        request.GET.get("page"),
        per_page=LISTS_PER_PAGE,
    )
    images = policies.examinable_images(request.user)
    context = {
        "waiting": [one for one in unfinished if one.first_examiner_id != request.user.pk],
        "own": [one for one in unfinished if one.first_examiner_id == request.user.pk],
        "page_obj": page,
        "pages": pages,
        "due_count": images.to_be_reexamined(timezone.localdate()).count(),
        "held_count": images.held().count(),
        "numbers": _numbers(images),
    }
    return render(request, "catalog/disclosure/overview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def proposal(request: HttpRequest) -> HttpResponse:
    """Show the records that a filter leaves, with their hints; make a list of them for a second examiner."""
    _require_examiner(request)
    query = readable_query(request)
    images = policies.examinable_images(request.user).order_by("collection_id", "identifier", "pk")
    narrowed = ExaminationFilter(query, queryset=images, request=request)
    chosen = narrowed.qs if query and narrowed.form.is_valid() else images.none()
    form = ProposalForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (made := _propose(request, chosen, form)) is not None:
        return made
    page, pages = paginate(chosen.select_related("collection").with_files(), query.get("page"), per_page=PER_PAGE)
    context = {
        "filter": narrowed,
        "asked": bool(query),
        "form": form,
        "rows": _rows_of_images(list(page.object_list)),
        "page_obj": page,
        "pages": pages,
        "count": page.paginator.count,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "catalog/disclosure/proposal.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def examination(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a list to its examiners; carry out what they decide."""
    _require_examiner(request)
    lists = policies.visible_examinations(request.user).select_related(
        "collection", "first_examiner", "second_examiner"
    )
    found = get_object_or_404(lists, pk=pk)
    if request.method == "POST":
        try:
            _decide(request, found)
        except CatalogError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(request.get_full_path())
    counts = found.items.aggregate(
        pending=Count("pk", filter=Q(state=ExaminedState.PENDING)),
        proposed=Count("pk", filter=Q(state=ExaminedState.PROPOSED)),
        left_out=Count("pk", filter=Q(state=ExaminedState.LEFT_OUT)),
        done=Count("pk", filter=Q(state=ExaminedState.DONE)),
        changed=Count("pk", filter=_CHANGED),
    )
    shown = request.GET.get("show") or _first_shown(found, counts)
    items = _items(found, shown).select_related("image__collection").prefetch_related("image__files")
    page, pages = paginate(items, request.GET.get("page"), per_page=PER_PAGE)
    context = {
        "examination": found,
        "counts": counts,
        "total": sum(counts[name] for name in ExaminedState.values),
        "worked": counts["done"] + counts["left_out"],
        "shown": shown,
        "rows": _rows_of_items(found, list(page.object_list)),
        "page_obj": page,
        "pages": pages,
        "is_first": found.first_examiner_id == request.user.pk,
        "may_confirm": found.state == ExaminationState.PROPOSED and found.first_examiner_id != request.user.pk,
    }
    return render(request, "catalog/disclosure/examination.html", context)


_CHANGED = Q(state=ExaminedState.PROPOSED) & ~Q(image__revision=F("revision"))


def _require_examiner(request: HttpRequest) -> None:
    if not policies.is_examiner(request.user):
        raise PermissionDenied


def _propose(request: HttpRequest, chosen: ImageQuerySet, form: ProposalForm) -> HttpResponse | None:
    """Make the lists; return the way to them, or None where the form says what is amiss."""
    try:
        made = examinations.propose(
            images=chosen.order_by(),
            proposal=examinations.Proposal(**form.cleaned_data),
            user=request.user,  # type: ignore[arg-type]  # signed in
        )
    except CatalogError as error:
        form.add_error(None, str(error))
        return None
    if not made:
        form.add_error(None, _("没有符合条件的记录。请先筛选。"))
        return None
    address = reverse("catalog:disclosure")
    if len(made) == 1:
        address = reverse("catalog:examination", args=[made[0].pk])
    return HttpResponseRedirect(address)


def _is_number(text: str, *, most: int) -> bool:
    """Tell whether a text is made of so many digits at most; ² is a digit, and no number."""
    return text.isascii() and text.isdigit() and len(text) <= most


def _decide(request: HttpRequest, found: Examination) -> None:
    """Carry out what was sent.

    Raises:
        ExaminationRefused: the list, or the person, does not allow it.
    """
    user: Any = request.user
    action = request.POST.get("action", "")
    keys = [int(key) for key in request.POST.getlist("item") if _is_number(key, most=18)]
    if action == "confirm":
        seen = request.POST.get("seen", "")
        examinations.confirm(examination=found, user=user, seen=int(seen) if _is_number(seen, most=9) else -1)
        messages.success(request, _("已复审。清单里的记录随即生效；变化过的会留下，在“未列入”里。"))
    elif action == "refuse":
        examinations.refuse(examination=found, user=user, reason=request.POST.get("reason", ""))
        messages.success(request, _("已退回初审。"))
    elif action == "take_back":
        examinations.take_back(examination=found, user=user)
        messages.success(request, _("已收回。"))
    elif action == "leave_out":
        number = examinations.leave_out(examination=found, items=keys, user=user)
        messages.success(request, _("已剔除 %(number)d 幅。") % {"number": number})
    elif action == "agree":
        seen_states = {key: request.POST.get(f"seen-{key}", "") for key in keys}
        number = examinations.agree_to_changes(examination=found, seen=seen_states, user=user)
        messages.success(request, _("按现在的内容列入 %(number)d 幅。") % {"number": number})


def _first_shown(found: Examination, counts: dict[str, int]) -> str:
    """Return what a list opens with: what it is about; where nothing could be taken into it, why not."""
    if found.state == ExaminationState.DONE:
        return ExaminedState.DONE
    nothing_else = not (counts["pending"] or counts["proposed"])
    return ExaminedState.LEFT_OUT if nothing_else and counts["left_out"] else ExaminedState.PROPOSED


def _items(found: Examination, shown: str) -> Any:
    if shown == CHANGED:
        return found.items.filter(_CHANGED)
    return found.items.filter(state=shown if shown in ExaminedState.values else ExaminedState.PROPOSED)


def _rows_of_images(images: list[Image]) -> list[dict[str, Any]]:
    hints = hints_of(images)
    return [{"image": image, "hints": hints[image.pk]} for image in images]


def _rows_of_items(found: Examination, items: list[ExaminedImage]) -> list[dict[str, Any]]:
    """Return the records of a page as they are now, with what has changed since they were proposed."""
    hints = hints_of([item.image for item in items])
    return [_row_of_item(found, item, hints[item.image_id]) for item in items]


def _row_of_item(found: Examination, item: ExaminedImage, hints: list[Hint]) -> dict[str, Any]:
    digests = digests_of(hints)
    waits = item.state == ExaminedState.PROPOSED
    known = set(item.hint_digests)
    return {
        "item": item,
        "image": item.image,
        "hints": hints,
        "new_hints": [hint for hint in hints if waits and hint.digest not in known],
        "is_changed": waits and item.revision != item.image.revision,
        "obstacle": obstacle(found, item.image) if waits else "",
        "state": examinations.state_of(item.image, digests),
    }


def _numbers(images: ImageQuerySet) -> list[tuple[Disclosure, int]]:
    counted = dict(
        images.order_by().values("disclosure").annotate(number=Count("*")).values_list("disclosure", "number")
    )
    return [(one, counted.get(one.value, 0)) for one in Disclosure]
