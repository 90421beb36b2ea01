"""The judge's page: one unit of a sample at a time, a key for each verdict."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog import policies as catalog_policies
from catalog.audit_words import AuditState, UnitVerdict, WrongReason
from catalog.exceptions import CatalogError, UnitTaken
from catalog.models import Audit, Image, ImageFile, Reading
from catalog.pages.audits.door import audit_or_404, members_only, signed_in
from catalog.pages.audits.forms import VerdictForm
from catalog.review import policies
from catalog.review.acceptance import judging
from catalog.review.acceptance.judging import Shown
from catalog.vocabulary import Field, is_left_open

_BLIND, _TAKE_BACK = "blind", "take_back"


@dataclass(frozen=True, slots=True)
class Choice:
    """A verdict that can be given by one key.

    Attributes:
        value: as it is posted.
        label: in words.
        key: on the keyboard.
        is_right: whether it says that all is well.
        needs_remark: whether it has to be said in words.
    """

    value: str
    label: str
    key: str
    is_right: bool = False
    needs_remark: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A scan, as the viewer's template takes it."""

    file: ImageFile
    alt: str


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def judge(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show the next unit; take down what was said of the one before."""
    audit = audit_or_404(request, pk)
    if not policies.can_judge(request.user, audit):
        raise PermissionDenied
    if audit.state != AuditState.UNDER_WAY:
        messages.info(request, _("这一批不在判定中。"))
        return redirect(audit)
    if request.method == "POST":
        return _judged(request, audit)
    sampled = judging.take_next(audit=audit, user=signed_in(request))
    if sampled is None:
        return _none_left(request, audit)
    return _page(request, audit, sampled, VerdictForm())


def _judged(request: HttpRequest, audit: Audit) -> HttpResponseBase:
    user, form = signed_in(request), VerdictForm(request.POST)
    if request.POST.get("verdict") == _TAKE_BACK:
        return _taken_back(request, audit)
    sampled = judging.at_place(audit, _place(form))
    if sampled is None or not judging.may_judge(sampled, user):
        return _too_late(request, audit, form)
    data = form.cleaned_data
    try:
        if data["verdict"] == _BLIND:
            judging.write_blind(sampled=sampled, user=user, value=data["blind"])
            return redirect("catalog:audit-judge", pk=audit.pk)
        verdict, _colon, reason = data["verdict"].partition(":")
        _sampled, now = judging.judge(sampled=sampled, user=user, verdict=verdict, reason=reason, remark=data["remark"])
    except UnitTaken:
        return _too_late(request, audit, form)
    except CatalogError as error:
        messages.error(request, str(error))
        return _page(request, audit, judging.at_place(audit, _place(form)) or sampled, form, status=400)
    if now.is_judged:
        messages.success(request, _("样本已全部判定。"))
        return redirect(now)
    return redirect("catalog:audit-judge", pk=audit.pk)


def _place(form: VerdictForm) -> int:
    return form.cleaned_data["unit"] if form.is_valid() else 0


def _taken_back(request: HttpRequest, audit: Audit) -> HttpResponseBase:
    try:
        sampled = judging.take_back(audit=audit, user=signed_in(request))
    except CatalogError as error:
        messages.error(request, str(error))
        return redirect(audit)
    if sampled is None:
        messages.info(request, _("没有可以撤回的判定。"))
        return redirect("catalog:audit-judge", pk=audit.pk)
    return _page(request, audit, sampled, VerdictForm())


def _too_late(request: HttpRequest, audit: Audit, form: VerdictForm) -> HttpResponse:
    """Say that somebody else was faster, with what was written, so that nothing typed is lost."""
    messages.error(request, str(UnitTaken()))
    written = [form[name].value() for name in ("blind", "remark") if form[name].value()]
    context = {"audit": audit, "written": written, "hide_site_search": True}
    return render(request, "catalog/audits/taken.html", context, status=409)


def _none_left(request: HttpRequest, audit: Audit) -> HttpResponse:
    """Say whether others are at what is left, or nobody who asks may judge it."""
    left = audit.sample.unjudged().count()
    mine = policies.units_to_judge(request.user, audit).count()
    context = {"audit": audit, "left": left, "mine": mine, "hide_site_search": True}
    return render(request, "catalog/audits/none_left.html", context)


def _page(request: HttpRequest, audit: Audit, sampled: Shown, form: VerdictForm, *, status: int = 200) -> HttpResponse:
    unit = sampled.unit
    image = _image(request, unit.image_id)
    is_blind = judging.is_blind(sampled, signed_in(request)) and image is not None
    judged, shown = judging.counts(audit)
    context: dict[str, Any] = {
        "audit": audit,
        "sampled": sampled,
        "form": form,
        "field": Field(unit.field).label,
        "image": image,
        "sheets": _sheets(image),
        "readings": Reading.objects.of_image(image).exclude(text="") if image else [],
        "known": _known(image, unit.field),
        "is_blind": is_blind,
        "choices": _choices(sampled, is_there=image is not None),
        "meanwhile": judging.meanwhile_of(unit),
        "judged": judged,
        "shown": shown,
        "place": judging.place_of(sampled),
        "hide_site_search": True,
    }
    return render(request, "catalog/audits/judge.html", context, status=status)


def _image(request: HttpRequest, key: int) -> Image | None:
    """Return the record, which the judge may see; None where it is gone."""
    return catalog_policies.member_images(request.user).with_files().select_related("collection").filter(pk=key).first()


def _sheets(image: Image | None) -> list[Sheet]:
    if image is None:
        return []
    front = image.front
    files = sorted(image.scans, key=lambda file: (file != front, file.pk))
    return [Sheet(file, str(file.get_role_display())) for file in files]


def _known(image: Image | None, field: str) -> list[tuple[str, str]]:
    """Return what the record says otherwise: accepted values, not those of the field, and no other draft."""
    if image is None:
        return []
    values = [(item, image.accepted_value(item)) for item in Field if item != field]
    return [(str(item.label), value) for item, value in values if value and not is_left_open(value)]


def _choices(sampled: Shown, *, is_there: bool) -> list[Choice]:
    """Return the verdicts that fit a unit, each with its key."""
    if not is_there:
        return [Choice(UnitVerdict.WRONG.value, _("记录已删除，按错误计"), "1")]
    fitting = judging.verdicts_on(sampled.unit)
    if UnitVerdict.RIGHT not in fitting:
        return [
            Choice(UnitVerdict.RIGHTLY_EMPTY.value, str(UnitVerdict.RIGHTLY_EMPTY.label), "1", is_right=True),
            Choice(UnitVerdict.MISSING.value, str(UnitVerdict.MISSING.label), "2"),
        ]
    wrong = [
        Choice(
            f"{UnitVerdict.WRONG.value}:{reason.value}",
            str(reason.label),
            str(key),
            needs_remark=reason is WrongReason.OTHER,
        )
        for key, reason in enumerate(WrongReason.of_judges(), 2)
    ]
    return [Choice(UnitVerdict.RIGHT.value, str(UnitVerdict.RIGHT.label), "1", is_right=True), *wrong]
