"""The queue as a list: records with their drafts, narrowed by filters, ticked, and changed many at a time."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page
from django.forms import MultipleChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog import policies
from catalog.draft_criteria import DraftCriteria
from catalog.exceptions import CatalogError
from catalog.filters import ReviewFilter
from catalog.forms import BULK_FORMS, USUAL_REASONS, BulkForm
from catalog.labels import label_of
from catalog.models import Annotation, BulkChange, Image
from catalog.pages.choosing import chosen_records, has_chosen, shown_filters, ticked_keys
from catalog.pages.listing import paginate, readable_query
from catalog.pages.members import member_page, signed_in
from catalog.querysets import ImageQuerySet
from catalog.review.bulk.policies import can_undo_spans, changeable_images
from catalog.review.bulk.selection import Choice, prepare
from catalog.vocabulary import Field, ImageStatus

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class ListedDraft:
    """A draft of the list, with the label that its text carries."""

    draft: Annotation
    ai_label: str


@dataclass(frozen=True, slots=True)
class ListedRecord:
    """A record of the list.

    Attributes:
        image: the record.
        drafts: its drafts that the filter shows, in the order of the fields.
        hidden: how many drafts it has besides.
        chosen: whether it is ticked.
    """

    image: Image
    drafts: list[ListedDraft]
    hidden: int
    chosen: bool


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def review_list(request: HttpRequest) -> HttpResponse:
    """Show the list; prepare a change of what was chosen in it, and lead to its preview."""
    user = signed_in(request)
    asked = _asked(request)
    narrowed = ReviewFilter(asked, queryset=policies.reviewable_images(user), request=request)
    kind = request.POST.get("kind", "")
    form = BULK_FORMS[kind](request.POST) if kind in BULK_FORMS else None
    error = ""
    if request.method == "POST":
        error = _refusal(request, narrowed, form)
        if form is not None and not error and form.is_valid():
            try:
                change = prepare(user=user, change=form.change(), choice=_choice(request, narrowed, user))
            except CatalogError as refused:
                error = str(refused)
            else:
                return HttpResponseRedirect(reverse("catalog:bulk-change", args=[change.pk]))
    context = _context(request, narrowed, {kind: form} if form else {})
    context |= {"error": error, "kind": kind if form else "", "may_undo_spans": can_undo_spans(user)}
    return render(request, "catalog/bulk/list.html", context, status=400 if request.method == "POST" else 200)


def _asked(request: HttpRequest) -> QueryDict:
    """Return what the list is narrowed by; opened without anything, by what waits."""
    asked = readable_query(request).copy()
    if not set(asked) & set(ReviewFilter.base_filters):
        asked["status"] = ImageStatus.TO_REVIEW.value
    return asked


def _refusal(request: HttpRequest, narrowed: ReviewFilter, form: BulkForm | None) -> str:
    """Return why nothing can be prepared from what was sent; empty where it can."""
    if not can_undo_spans(signed_in(request)):
        return _("批量采用、退回、填写和替换由审核员做；您可以打开记录逐条审核。")
    if form is None:
        return _("请选择要做什么：采用、退回、填写一项或查找替换。")
    if not narrowed.is_valid():
        return _("筛选条件有误，没有选中任何记录。请先改正筛选条件。")
    if not has_chosen(request):
        return _("还没有选中记录。请先勾选，或选“筛选出的全部”。")
    return ""


def _choice(request: HttpRequest, narrowed: ReviewFilter, user: "User") -> Choice:
    chosen = chosen_records(request, narrowed, changeable_images(user))
    return Choice(chosen.images, narrowed.criteria, chosen.words, chosen.refused)


def _context(request: HttpRequest, narrowed: ReviewFilter, bound: dict[str, BulkForm]) -> dict[str, Any]:
    images: ImageQuerySet = narrowed.qs if narrowed.is_valid() else Image.objects.none()
    ordered = images.order_by("collection_id", "identifier", "pk")
    page, pages = paginate(ordered.values_list("pk", flat=True), request.GET.get("page"), per_page=PER_PAGE)
    first, more = shown_filters(narrowed)
    return {
        "filter": narrowed,
        "first_filters": first,
        "more_filters": more,
        "more_is_open": any(field.errors or field.value() for field in more),
        "records": _records(page, narrowed.criteria, set(ticked_keys(request))),
        "page_obj": page,
        "asked": narrowed.data.urlencode(),
        "pages": pages,
        "all_chosen": "all" in request.POST,
        "forms": {name: bound.get(name) or form(initial=_typed(request, form)) for name, form in BULK_FORMS.items()},
        "kinds": BulkChange.Kind,
        "usual_reasons": USUAL_REASONS,
    }


def _typed(request: HttpRequest, form: type[BulkForm]) -> dict[str, Any]:
    """Return what was typed into a form that was not the one sent: nothing typed is lost."""
    if request.method != "POST":
        return {}
    lists = {name for name, field in form.base_fields.items() if isinstance(field, MultipleChoiceField)}
    return {
        name: request.POST.getlist(name) if name in lists else request.POST[name]
        for name in form.base_fields
        if name in request.POST
    }


def _records(page: Page[Any], criteria: DraftCriteria, ticked: set[int]) -> list[ListedRecord]:
    """Return the records of a page: a fixed number of questions, whatever stands on it."""
    keys = list(page.object_list)
    rows = {image.pk: image for image in Image.objects.filter(pk__in=keys).for_lists()}
    drafts: dict[int, list[Annotation]] = {key: [] for key in keys}
    for draft in Annotation.objects.drafts().filter(image__in=keys).order_by("pk"):
        drafts[draft.image_id].append(draft)
    shown = set(Annotation.objects.drafts().filter(image__in=keys).meeting(criteria).values_list("pk", flat=True))
    order = [field.value for field in Field]
    return [
        ListedRecord(
            rows[key],
            [
                ListedDraft(draft, label_of(draft))
                for draft in sorted(drafts[key], key=lambda draft: order.index(draft.field))
                if draft.pk in shown
            ],
            sum(item.pk not in shown for item in drafts[key]),
            key in ticked,
        )
        for key in keys
        if key in rows
    ]
