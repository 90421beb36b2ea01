"""What is filled in on the pages about audits. Shares are written in per cent."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.audit_words import AuditState
from catalog.models import Audit, Collection, NearGroup, PromptVersion
from catalog.querysets import CollectionQuerySet
from catalog.review.acceptance import lots, planning
from catalog.review.acceptance.controls import MOST as MOST_CONTROLS
from catalog.review.acceptance.lots import Cut
from catalog.review.acceptance.planning import Means
from catalog.review.acceptance.plans import Promise
from catalog.vocabulary import Evidence, Field
from catalog.work_querysets import AuditQuerySet

_ANY_EVIDENCE = "-"
"""How 无依据 is written in a form, where an empty value would be none."""
_HUNDRED = Decimal(100)


class ShareField(forms.DecimalField):
    """A share, written in per cent; its value is from 0 to 1."""

    def __init__(self, *, low: float = 0, **kwargs: Any) -> None:
        """Make the field.

        Args:
            low: the smallest share, in per cent.
            kwargs: what `forms.DecimalField` takes.
        """
        limits: dict[str, Any] = {"min_value": Decimal(str(low)), "max_value": 100}
        super().__init__(max_digits=6, decimal_places=3, **limits, **kwargs)
        self.widget.attrs.update({"inputmode": "decimal", "step": "any"})


def _in_percent(share: float) -> str:
    return f"{100 * share:g}"


class PromiseForm(forms.Form):
    """What a plan has to keep."""

    tolerable = ShareField(
        low=0.1,
        initial="5",
        label=gettext_lazy("容许的错误率（%）"),
        help_text=gettext_lazy("错到这个程度，就不该采用。"),
    )
    expected = ShareField(
        initial="1",
        label=gettext_lazy("预计的错误率（%）"),
        help_text=gettext_lazy("只错这么多，就应该采用；要小于容许的。"),
    )
    beta = ShareField(
        low=0.1,
        initial="5",
        label=gettext_lazy("误收风险 β（%）"),
        help_text=gettext_lazy("错误率到了容许的，却被采用的可能，至多这么大。"),
    )
    alpha = ShareField(
        low=0.1,
        initial="10",
        label=gettext_lazy("误拒风险 α（%）"),
        help_text=gettext_lazy("错误率只有预计的，却没有通过的可能，至多这么大。"),
    )
    floor = ShareField(
        label=gettext_lazy("最低抽样比例（%）"), help_text=gettext_lazy("算出来的样本再小，也至少抽这么多。")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["floor"].initial = _in_percent(settings.GLMV_AUDIT_FLOOR)

    def clean(self) -> dict[str, Any]:
        """Refuse shares that no plan can keep."""
        data = super().clean() or {}
        tolerable, expected = data.get("tolerable"), data.get("expected")
        if tolerable is not None and expected is not None and not expected < tolerable < _HUNDRED:
            self.add_error("expected", _("预计的错误率要小于容许的错误率，容许的要小于 100%。"))
        for name in ("beta", "alpha"):
            if data.get(name) == _HUNDRED:
                self.add_error(name, _("风险要小于 100%。"))
        return data

    @property
    def promise(self) -> Promise:
        """Return what the plan has to keep; the form is valid."""
        data = {
            name: float(self.cleaned_data[name] / _HUNDRED)
            for name in ("tolerable", "expected", "beta", "alpha", "floor")
        }
        return Promise(**data)


class PlanForm(PromiseForm):
    """A lot, and what its plan has to keep."""

    collection = forms.ModelChoiceField(
        Collection.objects.none(), to_field_name="slug", label=gettext_lazy("馆藏"), empty_label=None
    )
    field = forms.MultipleChoiceField(
        choices=[(field.value, field.label) for field in lots.FIELDS],
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("著录项"),
        help_text=gettext_lazy("人物、摄影者只能逐条审核，不抽检。"),
    )
    prompt_version = forms.ModelChoiceField(
        PromptVersion.objects.none(),
        required=False,
        label=gettext_lazy("提示词版本"),
        empty_label=gettext_lazy("不限"),
        help_text=gettext_lazy("选定一版，模型没有给出内容的空白项才能一并抽查。"),
    )
    evidence = forms.MultipleChoiceField(
        choices=[(evidence.value or _ANY_EVIDENCE, evidence.label) for evidence in lots.EVIDENCE],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("依据"),
        help_text=gettext_lazy("一个也不选就是都要。推测的、存疑的从不进入抽检批。"),
    )
    unflagged = forms.BooleanField(required=False, label=gettext_lazy("不要超过字数或被截断的草稿"))
    with_empty = forms.BooleanField(required=False, initial=True, label=gettext_lazy("空白项也抽，查有没有漏著录"))
    volume = forms.CharField(required=False, max_length=40, label=gettext_lazy("册号"))
    group = forms.ModelChoiceField(
        NearGroup.objects.none(),
        required=False,
        label=gettext_lazy("近似组"),
        widget=forms.NumberInput,
        help_text=gettext_lazy("近似组的编号；不限就留空。"),
        error_messages={"invalid_choice": gettext_lazy("这份馆藏里没有这个近似组。")},
    )
    pass_share = ShareField(
        label=gettext_lazy("抽检合格率要求（%）"),
        help_text=gettext_lazy("必备著录项有一处错就算不合格的记录，合格的要占到这么多。"),
    )
    controls = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_CONTROLS,
        initial=0,
        label=gettext_lazy("对照项"),
        help_text=gettext_lazy("混入几项已知对错的草稿，看判得准不准；不计入这一批。0 就是不用。"),
    )
    parent = forms.ModelChoiceField(Audit.objects.none(), required=False, widget=forms.HiddenInput)
    remark = forms.CharField(
        required=False, max_length=500, label=gettext_lazy("说明"), widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, collections: CollectionQuerySet, audits: AuditQuerySet, **kwargs: Any) -> None:
        """Make the form.

        Args:
            args: what `forms.Form` takes.
            collections: those whose audits the user may plan.
            audits: those that the user may know of.
            kwargs: what `forms.Form` takes.
        """
        super().__init__(*args, **kwargs)
        self.fields["pass_share"].initial = _in_percent(settings.GLMV_AUDIT_PASS)
        choices: dict[str, Any] = {
            "collection": collections,
            "prompt_version": PromptVersion.objects.select_related("prompt").order_by("prompt", "-number"),
            "group": NearGroup.objects.filter(collection__in=collections),
            "parent": audits.filter(state__in=[AuditState.FAILED, AuditState.SPLIT]),
        }
        for name, found in choices.items():
            self.fields[name].queryset = found  # type: ignore[attr-defined]  # these are choices of rows

    def clean(self) -> dict[str, Any]:
        """Refuse a group of another collection, and a part of another collection's lot."""
        data = super().clean()
        collection = data.get("collection")
        if (group := data.get("group")) is not None and group.collection_id != getattr(collection, "pk", None):
            self.add_error("group", _("这份馆藏里没有这个近似组。"))
        if (parent := data.get("parent")) is not None and parent.collection_id != getattr(collection, "pk", None):
            self.add_error("parent", _("要拆分的抽检属于另一份馆藏。"))
        return data

    @property
    def cut(self) -> Cut:
        """Return what the lot is cut by; the form is valid."""
        data = self.cleaned_data
        return Cut(
            fields=tuple(data["field"]),
            prompt_version=data["prompt_version"].pk if data["prompt_version"] else None,
            evidence=tuple("" if evidence == _ANY_EVIDENCE else evidence for evidence in data["evidence"]),
            unflagged=data["unflagged"],
            group=data["group"].pk if data["group"] else None,
            volume=data["volume"] or None,
            with_empty=data["with_empty"],
        )

    @property
    def wanted_pass_share(self) -> float:
        """Return the share of records that has to be in order; the form is valid."""
        return float(self.cleaned_data["pass_share"] / _HUNDRED)


class WorkplanForm(PromiseForm):
    """What there is to do a collection with."""

    collection = forms.ModelChoiceField(
        Collection.objects.none(), to_field_name="slug", label=gettext_lazy("馆藏"), empty_label=None
    )
    people = forms.IntegerField(min_value=1, max_value=500, initial=2, label=gettext_lazy("人数"))
    hours = forms.DecimalField(
        min_value=Decimal("0.5"),
        max_value=5000,
        max_digits=6,
        decimal_places=1,
        initial="24",
        label=gettext_lazy("每人小时数"),
        help_text=gettext_lazy("三天、每天八小时是 24。"),
    )
    judge_s = forms.DecimalField(
        min_value=1, max_value=3600, max_digits=6, decimal_places=1, label=gettext_lazy("判定一项（秒）")
    )
    review_s = forms.DecimalField(
        min_value=1, max_value=3600, max_digits=6, decimal_places=1, label=gettext_lazy("审核一条草稿（秒）")
    )

    def __init__(self, *args: Any, collections: CollectionQuerySet, **kwargs: Any) -> None:
        """Make the form.

        Args:
            args: what `forms.Form` takes.
            collections: those of which the user may see a plan.
            kwargs: what `forms.Form` takes.
        """
        super().__init__(*args, **kwargs)
        self.fields["collection"].queryset = collections  # type: ignore[attr-defined]  # a choice of rows

    @property
    def means(self) -> Means:
        """Return what there is; the form is valid."""
        data = self.cleaned_data
        return Means(data["people"], float(data["hours"]), float(data["judge_s"]), float(data["review_s"]))


def pace_initial(collection: Collection) -> dict[str, str]:
    """Return how long people take, as measured, else as reckoned with where nobody has been measured.

    Args:
        collection: where they were measured.
    """
    judge_s, review_s = planning.measured_pace(collection)
    return {"judge_s": f"{judge_s or planning.JUDGE_S:.1f}", "review_s": f"{review_s or planning.REVIEW_S:.1f}"}


class VerdictForm(forms.Form):
    """What a judge posts: what they wrote before the draft was shown, or a verdict."""

    unit = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    blind = forms.CharField(required=False, max_length=5_000)
    verdict = forms.CharField(required=False, max_length=40)
    remark = forms.CharField(required=False, max_length=500)


class DecisionForm(forms.Form):
    """What a reviewer has done with a lot."""

    ACCEPT, RELEASE, REDRAFT, STOP, WITHDRAW, RECALL = "accept", "release", "redraft", "stop", "withdraw", "recall"
    CLOSINGS = (AuditState.SPLIT.value, AuditState.LEFT.value, AuditState.REVIEWED_SINGLY.value)

    action = forms.ChoiceField(
        choices=[(name, name) for name in (ACCEPT, RELEASE, REDRAFT, STOP, WITHDRAW, RECALL, *CLOSINGS)],
        error_messages={"invalid_choice": gettext_lazy("没有这样的处置，请按页面上的按钮。")},
    )
    reason = forms.CharField(required=False, max_length=500)
    version = forms.ModelChoiceField(PromptVersion.objects.select_related("prompt"), required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for a prompt where drafts are to be written again."""
        data = super().clean() or {}
        if data.get("action") == self.REDRAFT and data.get("version") is None:
            self.add_error("version", _("请选用哪一版提示词重新起草。"))
        return data


def query_of_part(audit: Audit) -> str:
    """Return the part of an address that plans an audit of a part of a lot: the same, to be narrowed down.

    Args:
        audit: the lot's.
    """
    cut = Cut.of(audit.criteria)
    asked: list[tuple[str, Any]] = [("collection", audit.collection.slug), ("parent", audit.pk)]
    asked += [("field", field) for field in cut.fields]
    asked += [("evidence", evidence or _ANY_EVIDENCE) for evidence in cut.evidence]
    asked += [(name, value) for name in ("prompt_version", "group", "volume") if (value := getattr(cut, name))]
    asked += [(name, "on") for name in ("with_empty", "unflagged") if getattr(cut, name)]
    shares = ("tolerable", "expected", "beta", "alpha", "floor", "pass_share")
    asked += [(name, _in_percent(getattr(audit, name))) for name in shares]
    return urlencode(asked)


def criteria_in_words(audit: Audit) -> list[tuple[str, str]]:
    """Return what a lot was cut by, as people read it.

    Args:
        audit: the audit.
    """
    cut = Cut.of(audit.criteria)
    version = PromptVersion.objects.select_related("prompt").filter(pk=cut.prompt_version or 0).first()
    words = [
        (_("著录项"), "、".join(str(Field(name).label) for name in cut.fields)),
        (_("提示词版本"), str(version) if version else _("不限")),
        (_("依据"), "、".join(str(Evidence(name).label) for name in cut.evidence or lots.EVIDENCE)),
        (_("空白项"), _("一并抽查") if cut.has_empty else _("不抽")),
    ]
    if cut.unflagged:
        words.append((_("提醒"), _("没有超过字数、没有被截断")))
    if cut.volume is not None:
        words.append((_("册号"), cut.volume))
    if cut.group is not None:
        words.append((_("近似组"), str(cut.group)))
    return words
