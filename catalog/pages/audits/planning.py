"""Which audits there are, planning one, and the plan for a collection."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from catalog import policies
from catalog.models import Audit, Collection, PromptVersion
from catalog.pages.audits.curve import curve_of
from catalog.pages.audits.door import members_only, signed_in
from catalog.pages.audits.forms import PlanForm, WorkplanForm, pace_initial
from catalog.pages.listing import paginate, readable_query
from catalog.review import policies as review_policies
from catalog.review.acceptance import lots, planning
from catalog.review.acceptance.listing import plan_audit
from catalog.review.acceptance.lots import Cell
from catalog.review.acceptance.planning import Prospect, Step, Way
from catalog.review.acceptance.plans import plan
from catalog.vocabulary import Evidence, Field

_PER_PAGE = 30
_WAYS = {
    Way.AUDIT: gettext_lazy("抽检，合格后成批采用"),
    Way.REVIEW: gettext_lazy("逐条审核"),
    Way.LEAVE: gettext_lazy("留作草稿"),
}


@dataclass(frozen=True, slots=True)
class ProspectRow:
    """Drafts that are alike, as a page shows them.

    Attributes:
        cell: the drafts.
        version: the prompt version's name.
        prospect: what is known of their errors.
        query: the address's part that plans an audit of them; empty where no sample may speak for them.
    """

    cell: Cell
    version: str
    prospect: Prospect
    query: str

    @property
    def field(self) -> str:
        """Return the field's name for people."""
        return str(Field(self.cell.field).label)

    @property
    def evidence(self) -> str:
        """Return what the drafts rest on, for people."""
        return str(Evidence(self.cell.evidence).label)


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of the plan for a collection, as the page shows it."""

    step: Step
    row: ProspectRow

    @property
    def way(self) -> str:
        """Return what is done, in words."""
        return str(_WAYS[self.step.way])


@members_only
@require_safe
def audits(request: HttpRequest) -> HttpResponse:
    """List the audits that the user may know of, the latest first."""
    found = review_policies.visible_audits(request.user).select_related("collection", "planned_by").with_progress()
    page, pages = paginate(found.order_by("-pk"), request.GET.get("page"), per_page=_PER_PAGE)
    plannable = policies.publishable_collections(request.user)
    context = {"page_obj": page, "pages": pages, "may_plan": plannable.exists(), "hide_site_search": True}
    return render(request, "catalog/audits/list.html", context)


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def plan_page(request: HttpRequest) -> HttpResponse:
    """Show what a lot would be and how it would be judged; begin the audit where that is posted."""
    collections = policies.publishable_collections(request.user).order_by("title", "pk")
    if not collections.exists():
        raise PermissionDenied
    choices: dict[str, Any] = {
        "collections": collections, "audits": review_policies.visible_audits(request.user)
    }  # fmt: skip
    query = readable_query(request)
    given = request.POST if request.method == "POST" else query if "field" in query else None
    form = PlanForm(given, initial=_initial(query), **choices)
    if request.method == "POST" and form.is_valid():
        return redirect(_begin(request, form))
    collection: Collection | None = form.cleaned_data["collection"] if given is not None and form.is_valid() else None
    chosen = collection or collections.filter(slug=query.get("collection", "")).first() or collections[0]
    context = {
        "form": form,
        "collection": chosen,
        "rows": _rows(chosen),
        "in_lots": lots.in_lots(chosen),
        "hide_site_search": True,
    }
    if collection is not None and given is not None:
        context |= _preview(form, collection)
        context["given"] = [(name, value) for name, values in given.lists() for value in values]
    status = 400 if request.method == "POST" else 200
    return render(request, "catalog/audits/plan.html", context, status=status)


@members_only
@require_safe
def workplan(request: HttpRequest) -> HttpResponse:
    """Show what to audit, to review and to leave in a collection, for the people and hours that there are."""
    collections = policies.member_collections(request.user).order_by("title", "pk")
    query = readable_query(request)
    chosen = collections.filter(slug=query.get("collection", "")).first() or collections.first()
    if chosen is None:
        raise PermissionDenied
    given = query if "people" in query else None
    form = WorkplanForm(given, collections=collections, initial={"collection": chosen.slug, **pace_initial(chosen)})
    context: dict[str, Any] = {"form": form, "collection": chosen, "hide_site_search": True}
    if given is not None and form.is_valid():
        prospects = planning.prospects_of(chosen)
        proposal = planning.propose(prospects, form.promise, form.means)
        rows = {id(row.prospect): row for row in _prospect_rows(chosen, prospects)}
        context |= {
            "proposal": proposal,
            "steps": [StepRow(step, rows[id(step.prospect)]) for step in proposal.steps],
            "drafts": {way.value: proposal.drafts(way) for way in Way},
            "in_lots": lots.in_lots(chosen),
            "missing_s": max(0.0, proposal.needed_s - proposal.means.seconds),
            "may_plan": policies.can_publish(request.user, chosen),
        }
    return render(request, "catalog/audits/workplan.html", context)


def _initial(query: Any) -> dict[str, Any]:
    """Return what an address proposes for the form, before anything was filled in."""
    return {"collection": query.get("collection"), "parent": query.get("parent")}


def _begin(request: HttpRequest, form: PlanForm) -> Audit:
    data = form.cleaned_data
    if not review_policies.can_plan(request.user, data["collection"]):
        raise PermissionDenied
    return plan_audit(
        collection=data["collection"],
        cut=form.cut,
        promise=form.promise,
        pass_share=form.wanted_pass_share,
        user=signed_in(request),
        parent=data["parent"],
        remark=data["remark"],
        controls=data["controls"] or 0,
    )


def _preview(form: PlanForm, collection: Collection) -> dict[str, Any]:
    """Return how large the lot would be, its plan and the plan's curve."""
    size = lots.size_of(collection, form.cut)
    if not size.units:
        return {"size": size}
    found = plan(size.units, form.promise)
    share = found.drawn / found.lot
    return {"size": size, "plan": found, "sample_share": share, "curve": curve_of(found, form.promise)}


def _rows(collection: Collection) -> list[ProspectRow]:
    """Return what waits in a collection, what a sample may speak for first."""
    rows = _prospect_rows(collection, planning.prospects_of(collection))
    return sorted(rows, key=lambda row: (not row.query, -row.cell.drafts))


def _prospect_rows(collection: Collection, prospects: list[Prospect]) -> list[ProspectRow]:
    keys = {prospect.cell.prompt_version for prospect in prospects if prospect.cell.prompt_version}
    versions = {found.pk: str(found) for found in PromptVersion.objects.select_related("prompt").filter(pk__in=keys)}
    without = _("不是起草的")
    return [
        ProspectRow(
            prospect.cell,
            versions.get(prospect.cell.prompt_version or 0, without),
            prospect,
            _query(collection, prospect.cell) if prospect.cell.may_be_sampled else "",
        )
        for prospect in prospects
    ]


def _query(collection: Collection, cell: Cell) -> str:
    """Return the part of an address that plans an audit of drafts, with the usual promise."""
    form = PlanForm(collections=Collection.objects.none(), audits=Audit.objects.none())
    asked = {name: form[name].initial for name in ("tolerable", "expected", "beta", "alpha", "floor", "pass_share")}
    cut: dict[str, Any] = {"collection": collection.slug, "field": cell.field, "evidence": cell.evidence or "-"}
    cut |= {"prompt_version": cell.prompt_version} if cell.prompt_version else {}
    return urlencode({**cut, **asked})
