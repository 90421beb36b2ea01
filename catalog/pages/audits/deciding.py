"""One audit: how far it is, what its sample found, what may be done with its lot; its list, and its report."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.audit_words import AuditState, UnitOutcome, UnitVerdict
from catalog.exceptions import CatalogError
from catalog.models import Audit, AuditUnit, PromptVersion, SampledUnit
from catalog.pages.audits.curve import curve_of
from catalog.pages.audits.door import audit_or_404, for_deciders, members_only, signed_in
from catalog.pages.audits.forms import DecisionForm, criteria_in_words, query_of_part
from catalog.pages.listing import paginate
from catalog.review import policies
from catalog.review.acceptance import deciding
from catalog.review.acceptance.controls import Agreement, agreement
from catalog.review.acceptance.plans import Plan
from catalog.review.acceptance.report import findings_of, machine_findings, required_fields
from catalog.review.acceptance.sampling import promise_of
from inference.spreadsheets import csv_lines

_AT_ONCE = 2000
_PER_PAGE = 100


@members_only
@require_safe
def audit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one audit, and what the user may do."""
    return _page(request, audit_or_404(request, pk), DecisionForm())


@members_only
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how far the background is, for the page's script: `done`, `total`, `words`, and whether it goes on."""
    found = audit_or_404(request, pk)
    return JsonResponse({**_progress(found), "live": found.is_at_work})


@members_only
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Do with a lot what was posted; come back with the reason where it cannot be done."""
    found = audit_or_404(request, pk)
    for_deciders(request, found)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(errors[0]) for errors in form.errors.values()))
        return _page(request, found, form, status=400)
    if form.cleaned_data["action"] == DecisionForm.ACCEPT and not policies.can_accept(request.user, found):
        raise PermissionDenied
    try:
        messages.success(request, _carry_out(request, found, form))
    except CatalogError as error:
        messages.error(request, str(error))
        found.refresh_from_db()
        return _page(request, found, form, status=409)
    return redirect(found)


@members_only
@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show the report of an audit (著录质量抽检报告), to be printed."""
    found = audit_or_404(request, pk)
    for_deciders(request, found)
    if not found.is_judged:
        # It holds drafts that somebody has still to judge without having seen them.
        messages.info(request, _("判定结束之后才有报告。"))
        return redirect(found)
    sample = list(found.sample.select_related("unit", "judge").order_by("position"))
    judges = sorted({item.judge.get_username() for item in sample if item.judge})
    findings = findings_of(found)
    context = {
        "audit": found,
        "criteria": criteria_in_words(found),
        "findings": findings,
        # The lot stands by its plan; the share of records is a figure of its own.
        "below_wanted": findings.pass_rate is not None and findings.pass_rate < found.pass_share,
        "machine": machine_findings(found),
        "required": [str(field.label) for field in required_fields()],
        "sample": sample,
        "faulty": [item for item in sample if item.verdict in (UnitVerdict.WRONG, UnitVerdict.MISSING)],
        "judges": judges,
        "outcomes": _outcomes(found),
        "plan": _plan(found),
        "agreement": agreement(found) if found.control_size else None,
        "hide_site_search": True,
    }
    return render(request, "catalog/audits/report.html", context)


@members_only
@require_safe
def unit_list(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the frozen list of a lot, with what was drawn of it and what became of it, as a table."""
    found = audit_or_404(request, pk)
    for_deciders(request, found)
    response = StreamingHttpResponse(csv_lines(_lines(found)), content_type="text/csv; charset=utf-8")
    name = _("第%(number)s号抽检清单.csv") % {"number": found.pk}
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _page(request: HttpRequest, found: Audit, form: DecisionForm, *, status: int = 200) -> HttpResponse:
    may_decide = policies.can_decide(request.user, found)
    judged = found.sample.judged().count()
    faults = found.sample.at_fault().count() if may_decide else 0
    context: dict[str, Any] = {
        "audit": found,
        "form": form,
        "criteria": criteria_in_words(found),
        "may_decide": may_decide,
        "may_accept": policies.can_accept(request.user, found),
        "may_judge": policies.can_judge(request.user, found),
        "is_independent": policies.is_independent(request.user, found),
        "judged": judged,
        "faults": faults,
        "has_failed_already": faults > found.allowed,
        "progress": _progress(found),
        "machine": machine_findings(found),
        "parts": list(found.parts.order_by("pk")),
        "hide_site_search": True,
    }
    if found.sample_size:
        context |= {"plan": _plan(found), "curve": curve_of(_plan(found), promise_of(found))}
    if found.control_size:
        context["agreements"] = _agreements(request, found, may_decide=may_decide)
    if found.is_judged:
        context |= {"findings": findings_of(found), "outcomes": _outcomes(found)}
    if found.state == AuditState.FAILED and may_decide:
        context["versions"] = PromptVersion.objects.select_related("prompt").order_by("prompt", "-number")
    if found.state == AuditState.SPLIT and may_decide:
        context["part_query"] = query_of_part(found)
    if may_decide and judged:
        context |= _verdicts(request, found)
    return render(request, "catalog/audits/audit.html", context, status=status)


def _agreements(request: HttpRequest, found: Audit, *, may_decide: bool) -> dict[str, Agreement | None]:
    """Return how the control records were judged: the sum for whoever decides, and what the user judged themselves.

    The sum of one person is nobody's but theirs; and nobody is told while they judge.
    """
    if not found.is_judged:
        return {"sum": None, "own": None}
    together, own = agreement(found), agreement(found, signed_in(request))
    return {
        "sum": together if may_decide and together.is_of_several else None,
        "own": own if own.judged else None,
    }


def _verdicts(request: HttpRequest, found: Audit) -> dict[str, Any]:
    """Return what was judged to be at fault, page by page."""
    rows = found.sample.at_fault().select_related("unit").order_by("position")
    page, pages = paginate(rows, request.GET.get("page"), per_page=_PER_PAGE)
    return {"page_obj": page, "pages": pages}


def _carry_out(request: HttpRequest, found: Audit, form: DecisionForm) -> str:
    """Do what was posted and return a sentence that says so.

    Raises:
        CatalogError: it cannot be done.
    """
    user, data = signed_in(request), form.cleaned_data
    doing: dict[str, Callable[[], object]] = {
        DecisionForm.ACCEPT: lambda: deciding.accept(audit=found, user=user),
        DecisionForm.RELEASE: lambda: deciding.release(audit=found, user=user),
        DecisionForm.STOP: lambda: deciding.stop(audit=found, user=user),
        DecisionForm.WITHDRAW: lambda: deciding.withdraw(audit=found, user=user, reason=data["reason"]),
        DecisionForm.RECALL: lambda: deciding.recall(audit=found, user=user, reason=data["reason"]),
        DecisionForm.REDRAFT: lambda: deciding.redraft(
            audit=found, user=user, version=data["version"], reason=data["reason"]
        ),
    }
    action = data["action"]
    done = {
        DecisionForm.ACCEPT: _("已开始成批采用，由后台逐步完成。采用的内容要等您另行公开，公众才看得到。"),
        DecisionForm.RELEASE: _("已开始公开，由后台逐步完成。"),
        DecisionForm.STOP: _("判定已提前结束，这一批不合格。"),
        DecisionForm.WITHDRAW: _("这次抽检已作废。"),
        DecisionForm.RECALL: _("已开始收回，由后台逐步完成。人改过、确认过的不动。"),
        DecisionForm.REDRAFT: _("已开始退回草稿，退完即建立起草批次。"),
    }
    if action in DecisionForm.CLOSINGS:
        deciding.close(audit=found, user=user, state=action)
        return _("已记下这一批的处置。")
    doing[action]()
    return done[action]


def _progress(found: Audit) -> dict[str, Any]:
    """Return how far the background is."""
    if found.state == AuditState.LISTING:
        words = _("已列入 %(number)d 项") % {"number": found.lot_size}
        return {"done": 0, "total": 0, "words": words}
    words = _("%(done)d / %(total)d") % {"done": found.position, "total": found.lot_size}
    return {"done": found.position, "total": found.lot_size, "words": words}


def _plan(found: Audit) -> Plan:
    return Plan(found.lot_size, found.sample_size, found.allowed)


def _outcomes(found: Audit) -> list[tuple[str, int]]:
    """Return how many units of a lot became what, where something was done with it."""
    counted = found.units.outcome_counts()
    return [(str(outcome.label), counted[outcome]) for outcome in UnitOutcome if outcome and counted.get(outcome)]


def _lines(found: Audit) -> Iterator[list[str]]:
    yield [
        _("序号"), _("图像编号"), _("著录项"), _("册号"), _("草稿 SHA-256"), _("有内容"), _("抽中次序"), _("判定"),
        _("错误原因"), _("结果"),
    ]  # fmt: skip
    rows = AuditUnit.objects.filter(audit=found).select_related("sampled").order_by("number")
    for unit in rows.iterator(chunk_size=_AT_ONCE):
        drawn: SampledUnit | None = getattr(unit, "sampled", None)
        yield [
            str(unit.number), str(unit.image_id), str(unit.get_field_display()), unit.volume, unit.digest,
            _("是") if unit.drafted else _("否"),
            *((str(drawn.position), str(drawn.get_verdict_display()), str(drawn.get_reason_display()))
              if drawn else ("", "", "")),
            str(unit.get_outcome_display()) if unit.outcome else "",
        ]  # fmt: skip
