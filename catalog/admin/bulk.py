"""Changes of many records, begun in the admin's list: the same functions and pages as the reviewers' list has.

Of drafts, a change is about those that the list's filters show: by field, flag and evidence.
"""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.admin.access import signed_in
from catalog.admin.listfilters import DraftEvidenceFilter, DraftFieldFilter, DraftFlagFilter
from catalog.draft_criteria import DraftCriteria
from catalog.exceptions import CatalogError
from catalog.forms import BULK_FORMS, USUAL_REASONS, AcceptForm
from catalog.models import BulkChange, Image
from catalog.review.bulk.policies import changeable_images
from catalog.review.bulk.selection import Choice, prepare
from catalog.vocabulary import Evidence, Field, Flag

_TITLES = {
    BulkChange.Kind.REJECT: gettext_lazy("退回所选记录的草稿"),
    BulkChange.Kind.SET: gettext_lazy("给所选记录填写一项"),
    BulkChange.Kind.REPLACE: gettext_lazy("在所选记录里查找替换"),
}


def bulk_view(
    request: HttpRequest, images: QuerySet[Image], site: admin.AdminSite, kind: BulkChange.Kind
) -> HttpResponse | None:
    """Ask what is to be done with the images chosen in the list; prepare it.

    Args:
        request: the list's form, with the choice in it, at the list's address with its filters.
        images: the choice.
        site: the workbench.
        kind: what is to be done.

    Returns:
        The question, or the way to the preview; None where it is refused, back to the list.
    """
    user = signed_in(request)
    form_class = BULK_FORMS[kind.value]
    asked = form_class is not AcceptForm
    form = form_class(request.POST if "begin" in request.POST or not asked else None)
    # From the policies again: the list's own queryset carries what the list shows.
    keys = images.order_by().values("pk")
    allowed = changeable_images(user).filter(pk__in=keys)
    if form.is_bound and form.is_valid():
        refused = images.count() - allowed.count()
        choice = Choice(allowed, _criteria(request), _words(request, images.count()), refused)
        try:
            change = prepare(user=user, change=form.change(), choice=choice)
        except CatalogError as error:
            messages.error(request, str(error))
            return None
        return HttpResponseRedirect(reverse("catalog:bulk-change", args=[change.pk]))
    context = {
        **site.each_context(request),
        "title": _TITLES[kind],
        "form": form,
        "opts": Image._meta,  # noqa: SLF001 - Django's templates want it
        "count": allowed.count(),
        "action": request.POST.get("action", ""),
        "select_across": request.POST.get("select_across", "0"),
        "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "chosen_name": ACTION_CHECKBOX_NAME,
        "usual_reasons": USUAL_REASONS,
    }
    return TemplateResponse(request, "admin/catalog/bulk/ask.html", context)


_NARROWING: tuple[tuple[str, Any, type[admin.SimpleListFilter]], ...] = (
    ("field", Field, DraftFieldFilter),
    ("flag", Flag, DraftFlagFilter),
    ("evidence", Evidence, DraftEvidenceFilter),
)


def _narrowed(request: HttpRequest) -> dict[str, tuple[str, Any, Any]]:
    """Return what the list's filters say of drafts: criterion → the value chosen, its choices, and the filter."""
    asked = {name: request.GET.get(str(of.parameter_name), "") for name, _choices, of in _NARROWING}
    return {name: (asked[name], choices, of) for name, choices, of in _NARROWING if asked[name]}


def _criteria(request: HttpRequest) -> DraftCriteria:
    """Return which drafts the list's filters show; a value that nobody knows shows no record, and so no draft."""
    found = {name: value for name, (value, choices, _of) in _narrowed(request).items() if value in choices.values}
    return DraftCriteria(field=found.get("field", ""), flag=found.get("flag", ""), evidence=found.get("evidence", ""))


def _words(request: HttpRequest, number: int) -> str:
    """Return the choice as a person reads it."""
    narrowed = [
        _("%(name)s：%(value)s") % {"name": of.title, "value": choices(value).label}
        for value, choices, of in _narrowed(request).values()
        if value in choices.values
    ]
    return "；".join([*narrowed, _("编目工作台里选的 %(number)d 条") % {"number": number}])
