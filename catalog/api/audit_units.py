"""Judging the sample of an audit through the interface: one unit after the other, as on its page."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from catalog import policies
from catalog.api.signed_in import allow, writer
from catalog.api.strict import LARGEST_KEY, Strict, StrictChoice, StrictInteger, StrictText
from catalog.audit_words import UnitVerdict, WrongReason
from catalog.exceptions import UnitTaken
from catalog.models import Audit, Collection
from catalog.review import policies as review_policies
from catalog.review.acceptance import judging
from catalog.review.acceptance.judging import Shown
from catalog.review.acceptance.lots import Cut

_REASONS = [(reason.value, reason.label) for reason in WrongReason.of_judges()]


class AuditSerializer(serializers.ModelSerializer[Audit]):
    """An audit: its plan, how far it is, what was found."""

    collection = serializers.SlugRelatedField[Collection](slug_field="slug", read_only=True)
    criteria = serializers.SerializerMethodField(help_text=gettext_lazy("分批条件。"))
    judged = serializers.IntegerField(source="judged_count", read_only=True, help_text=gettext_lazy("样本已判定几项。"))
    planned_by = serializers.CharField(read_only=True)
    closed_by = serializers.CharField(default=None, read_only=True, allow_null=True)

    class Meta:
        model = Audit
        fields: ClassVar[list[str]] = [
            "id",
            "collection",
            "state",
            "criteria",
            "parent",
            "tolerable",
            "expected",
            "beta",
            "alpha",
            "floor",
            "pass_share",
            "lot_size",
            "sample_size",
            "allowed",
            "judged",
            "faults",
            "record_count",
            "remark",
            "planned_by",
            "planned_at",
            "decided_at",
            "closed_by",
            "closed_at",
            "released_at",
        ]
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": {}})
    def get_criteria(self, audit: Audit) -> dict[str, Any]:
        """Return what the lot was cut by."""
        return Cut.of(audit.criteria).criteria


class UnitSerializer(serializers.Serializer[Shown]):
    """A unit that is to be judged."""

    unit = serializers.SerializerMethodField(help_text=gettext_lazy("这一项的编号。"))
    image = serializers.IntegerField(source="unit.image_id")
    field = serializers.CharField(source="unit.field")
    blind = serializers.SerializerMethodField(help_text=gettext_lazy("草稿还没有给您看：请先写下您自己的判断。"))
    value = serializers.SerializerMethodField(
        method_name="get_draft", help_text=gettext_lazy("草稿；还没有给您看时为 null。")
    )
    verdicts = serializers.SerializerMethodField(help_text=gettext_lazy("可以判的。"))

    def get_unit(self, sampled: Shown) -> int:
        """Return its place: a control record is told from a unit of the sample by nothing."""
        return judging.place_of(sampled)

    def get_blind(self, sampled: Shown) -> bool:
        """Tell whether the draft is hidden."""
        return judging.is_blind(sampled, self.context["user"])

    def get_draft(self, sampled: Shown) -> str | None:
        """Return the draft."""
        return None if self.get_blind(sampled) else sampled.value

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_verdicts(self, sampled: Shown) -> list[str]:
        """Return the verdicts that fit."""
        return [verdict.value for verdict in judging.verdicts_on(sampled.unit)]


class BlindSerializer(Strict):
    """What a judge wrote before they saw a draft."""

    unit = StrictInteger(min_value=1, max_value=LARGEST_KEY, help_text=gettext_lazy("这一项的编号。"))
    value = StrictText(max_length=5000, help_text=gettext_lazy("看稿前写下的；看不出写空。"))


class VerdictSerializer(Strict):
    """What a judge says of a unit."""

    unit = StrictInteger(min_value=1, max_value=LARGEST_KEY, help_text=gettext_lazy("这一项的编号。"))
    verdict = StrictChoice(choices=UnitVerdict.choices, help_text=gettext_lazy("判定。"))
    reason = StrictChoice(choices=_REASONS, required=False, help_text=gettext_lazy("错误的原因。"))
    remark = StrictText(max_length=500, required=False, help_text=gettext_lazy("说明。"))


class AuditDoor(GenericViewSet[Audit]):
    """What is shared by all that is done to audits."""

    def given(self, serializer: type[Strict]) -> dict[str, Any]:
        """Return what was sent.

        Args:
            serializer: what reads it.

        Raises:
            ValidationError: it makes no sense.
        """
        read = serializer(data=self.request.data)
        read.is_valid(raise_exception=True)
        data: dict[str, Any] = read.validated_data
        return data

    def told(self, audit: Audit, status_code: int = status.HTTP_200_OK) -> Response:
        """Answer with an audit as it is now.

        Args:
            audit: which.
            status_code: HTTP's.
        """
        return Response(self.get_serializer(self.get_queryset().get(pk=audit.pk)).data, status=status_code)


class JudgingMixin(AuditDoor):
    """Lets members judge what a sample has."""

    @extend_schema(
        summary=gettext_lazy("取下一项来判定"),
        request=None,
        responses={200: UnitSerializer, 204: None},
        description=gettext_lazy("五分钟内只给您判；没有要您判的了返回 204。"),
    )
    @action(detail=True, methods=["post"])
    def next(self, request: Request, pk: str) -> Response:
        """Keep the next unit for the caller."""
        found, user = self._judged_by_caller(), writer(request)
        return self._shown(judging.take_next(audit=found, user=user))

    @extend_schema(summary=gettext_lazy("写下看稿前的判断"), request=BlindSerializer, responses={200: UnitSerializer})
    @action(detail=True, methods=["post"])
    def blind(self, request: Request, pk: str) -> Response:
        """Keep what a judge wrote before they saw the draft; from now on it is shown."""
        found, given = self._judged_by_caller(), self.given(BlindSerializer)
        unit = self._unit(found, given["unit"])
        judging.write_blind(sampled=unit, user=writer(request), value=given["value"])
        return self._shown(judging.at_place(found, given["unit"]))

    @extend_schema(summary=gettext_lazy("判定一项"), request=VerdictSerializer, responses={200: AuditSerializer})
    @action(detail=True, methods=["post"])
    def judge(self, request: Request, pk: str) -> Response:
        """Say what a unit is."""
        found, given = self._judged_by_caller(), self.given(VerdictSerializer)
        _sampled, now = judging.judge(
            sampled=self._unit(found, given["unit"]),
            user=writer(request),
            verdict=given["verdict"],
            reason=given.get("reason", ""),
            remark=given.get("remark", ""),
        )
        return self.told(now)

    @extend_schema(
        summary=gettext_lazy("撤回自己最后一次判定"), request=None, responses={200: UnitSerializer, 204: None}
    )
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request: Request, pk: str) -> Response:
        """Take the caller's last verdict back."""
        return self._shown(judging.take_back(audit=self._judged_by_caller(), user=writer(request)))

    def _judged_by_caller(self) -> Audit:
        found: Audit = self.get_object()
        allow(policies.can_catalogue(self.request.user, found.collection), _("只有这份馆藏的成员可以判定。"))
        allow(
            review_policies.can_judge(self.request.user, found), _("这一批不能由您判定：草稿由您安排起草，或由您处置。")
        )
        return found

    def _unit(self, audit: Audit, place: int) -> Shown:
        found = judging.at_place(audit, place)
        if found is None:
            raise ValidationError({"unit": [_("样本里没有这一项。")]})
        if not judging.may_judge(found, writer(self.request)):
            raise UnitTaken
        return found

    def _shown(self, unit: Shown | None) -> Response:
        if unit is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(UnitSerializer(unit, context={"user": writer(self.request)}).data)
