"""What an audit is planned with through the interface: what its lot is cut by, what its plan has to keep."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from catalog.api.strict import (
    LARGEST_KEY,
    Strict,
    StrictBoolean,
    StrictChoice,
    StrictFloat,
    StrictInteger,
    StrictSlug,
    StrictText,
)
from catalog.models import Collection, NearGroup, PromptVersion
from catalog.review.acceptance import lots
from catalog.review.acceptance.lots import Cut

_FIELDS = [(field.value, field.label) for field in lots.FIELDS]
_EVIDENCE = [(evidence.value or "none", evidence.label) for evidence in lots.EVIDENCE]


def _share(least: float, initial: float, words: Any) -> StrictFloat:
    return StrictFloat(min_value=least, max_value=0.999, default=initial, help_text=words)


class AuditPlanSerializer(Strict):
    """What a lot is cut by, and what its plan has to keep."""

    collection = StrictSlug(help_text=gettext_lazy("馆藏代号。"))
    fields_ = serializers.ListField(
        child=StrictChoice(choices=_FIELDS),
        allow_empty=False,
        max_length=len(_FIELDS),
        help_text=gettext_lazy("著录项；人物、摄影者不抽检。"),
    )
    prompt_version = StrictInteger(
        required=False, min_value=1, max_value=LARGEST_KEY, help_text=gettext_lazy("提示词版本的编号；不填不限。")
    )
    evidence = serializers.ListField(
        child=StrictChoice(choices=_EVIDENCE),
        required=False,
        max_length=len(_EVIDENCE),
        help_text=gettext_lazy("依据；不填就是都要。推测的、存疑的从不进入。"),
    )
    unflagged = StrictBoolean(default=False, help_text=gettext_lazy("不要超过字数或被截断的草稿。"))
    with_empty = StrictBoolean(default=True, help_text=gettext_lazy("空白项也抽，查有没有漏著录。"))
    volume = StrictText(required=False, max_length=40, help_text=gettext_lazy("册号。"))
    near_group = StrictInteger(
        required=False, min_value=1, max_value=LARGEST_KEY, help_text=gettext_lazy("近似组的编号。")
    )
    tolerable = _share(0.001, 0.05, gettext_lazy("容许的错误率，0 到 1。"))
    expected = _share(0, 0.01, gettext_lazy("预计的错误率，要小于容许的。"))
    beta = _share(0.001, 0.05, gettext_lazy("误收风险 β。"))
    alpha = _share(0.001, 0.1, gettext_lazy("误拒风险 α。"))
    floor = StrictFloat(
        required=False, min_value=0, max_value=1, help_text=gettext_lazy("最低抽样比例；不填用网站的设置。")
    )
    pass_share = StrictFloat(
        required=False, min_value=0, max_value=1, help_text=gettext_lazy("抽检合格率要求；不填用网站的设置。")
    )
    parent_ = StrictInteger(
        required=False, min_value=1, max_value=LARGEST_KEY, help_text=gettext_lazy("拆分自哪一次不合格的抽检。")
    )
    remark = StrictText(required=False, max_length=500, help_text=gettext_lazy("说明。"))

    def get_fields(self) -> dict[str, Any]:
        """Return the fields; two have names that mean something else to serializers."""
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse shares that no plan can keep."""
        if not attrs["expected"] < attrs["tolerable"]:
            raise ValidationError({"expected": [_("预计的错误率要小于容许的错误率。")]})
        return attrs


def version_of(key: int) -> PromptVersion:
    """Return the wording of a prompt that a request names.

    Args:
        key: its key.

    Raises:
        ValidationError: there is none.
    """
    found = PromptVersion.objects.filter(pk=key).first()
    if found is None:
        raise ValidationError({"prompt_version": [_("没有这个编号的提示词版本。")]})
    return found


def cut_of(collection: Collection, data: dict[str, Any]) -> Cut:
    """Return what the lot is cut by.

    Raises:
        ValidationError: the version or the group is not there.
    """
    version, group, chosen = data.get("prompt_version"), data.get("near_group"), data.get("evidence", ())
    if group is not None and not NearGroup.objects.filter(pk=group, collection=collection).exists():
        raise ValidationError({"near_group": [_("这份馆藏里没有这个近似组。")]})
    return Cut(
        fields=tuple(field for field, _label in _FIELDS if field in data["fields"]),
        prompt_version=None if version is None else version_of(version).pk,
        evidence=tuple("" if name == "none" else name for name, _label in _EVIDENCE if name in chosen),
        unflagged=data["unflagged"],
        group=group,
        volume=data.get("volume") or None,
        with_empty=data["with_empty"],
    )
