"""REST: audits of lots of drafts. Members look and judge; reviewers plan them and decide what becomes of a lot."""

from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.audit_plans import AuditPlanSerializer, cut_of, version_of
from catalog.api.audit_units import AuditSerializer, JudgingMixin
from catalog.api.idempotency import once
from catalog.api.parsing import JSONParser
from catalog.api.reading import ReadViewSet
from catalog.api.signed_in import Scoped, allow, collection_named, writer
from catalog.api.strict import LARGEST_KEY, Strict, StrictChoice, StrictInteger, StrictText
from catalog.audit_words import AuditState
from catalog.filters import AuditFilter
from catalog.models import Audit, Collection
from catalog.review import policies as review_policies
from catalog.review.acceptance import deciding
from catalog.review.acceptance.listing import plan_audit
from catalog.review.acceptance.plans import Promise
from catalog.work_querysets import AuditQuerySet
from inference.models import Scope

_CLOSINGS = [(state.value, state.label) for state in (AuditState.SPLIT, AuditState.LEFT, AuditState.REVIEWED_SINGLY)]
_DECIDERS_ONLY = gettext_lazy("安排抽检、处置抽检批须由这份馆藏的审核员来做。")


class ReasonSerializer(Strict):
    """Why."""

    reason = StrictText(max_length=500, allow_blank=False, help_text=gettext_lazy("原因，报告里会列出。"))


class RedraftSerializer(Strict):
    """How a lot is drafted again."""

    prompt_version = StrictInteger(
        min_value=1, max_value=LARGEST_KEY, help_text=gettext_lazy("重新起草用的提示词版本的编号。")
    )
    reason = StrictText(max_length=500, required=False, help_text=gettext_lazy("退回草稿的原因。"))


class CloseSerializer(Strict):
    """What becomes of a lot with whose drafts nothing is done."""

    state = StrictChoice(choices=_CLOSINGS, help_text=gettext_lazy("怎样处置。"))


_ACT: dict[str, Any] = {"request": None, "responses": {200: AuditSerializer}}


@extend_schema_view(
    list=extend_schema(summary=gettext_lazy("抽检列表")),
    retrieve=extend_schema(summary=gettext_lazy("一次抽检")),
)
class AuditViewSet(Scoped, JudgingMixin, ReadViewSet):
    """Audits of the collections the caller works on."""

    queryset = Audit.objects.none()
    serializer_class = AuditSerializer
    filterset_class = AuditFilter
    parser_classes = (JSONParser,)
    lookup_value_regex = "[0-9]{1,18}"
    ordering_fields: ClassVar[list[str]] = ["id", "planned_at"]
    scope = Scope.DECIDE

    def get_queryset(self) -> AuditQuerySet:
        """Return the audits the caller may know of."""
        known = review_policies.visible_audits(self.request.user).with_progress()
        return known.select_related("collection", "planned_by", "closed_by").order_by("-pk")

    @extend_schema(summary=gettext_lazy("安排抽检"), request=AuditPlanSerializer, responses={201: AuditSerializer})
    @once()
    def create(self, request: Request) -> Response:
        """Plan an audit; where the lot is large, the worker goes on with its list."""
        user = writer(request)
        given = AuditPlanSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        collection = collection_named(request, data["collection"])
        allow(review_policies.can_plan(user, collection), _DECIDERS_ONLY)
        audit = plan_audit(
            collection=collection,
            cut=cut_of(collection, data),
            promise=Promise(
                **{name: data[name] for name in ("tolerable", "expected", "beta", "alpha")},
                floor=data.get("floor", settings.GLMV_AUDIT_FLOOR),
            ),
            pass_share=data.get("pass_share", settings.GLMV_AUDIT_PASS),
            user=user,
            parent=self._parent(collection, data.get("parent")),
            remark=data.get("remark", ""),
        )
        return self.told(audit, status.HTTP_201_CREATED)

    @extend_schema(summary=gettext_lazy("采用合格的抽检批"), **_ACT)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Have a lot that passed accepted."""
        found, user = self._decided(), writer(request)
        allow(review_policies.can_accept(user, found), _("判定过样本的人不能再批准采用。"))
        return self.told(deciding.accept(audit=found, user=user))

    @extend_schema(summary=gettext_lazy("公开抽检后采用的内容"), **_ACT)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Have what was accepted made public."""
        return self.told(deciding.release(audit=self._decided(), user=writer(request)))

    @extend_schema(summary=gettext_lazy("提前结束判定"), **_ACT)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: str) -> Response:
        """End the judging of a lot that has failed already."""
        return self.told(deciding.stop(audit=self._decided(), user=writer(request)))

    @extend_schema(summary=gettext_lazy("作废抽检"), request=ReasonSerializer, responses={200: AuditSerializer})
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Call an audit off before its verdict."""
        found, given = self._decided(), self.given(ReasonSerializer)
        return self.told(deciding.withdraw(audit=found, user=writer(request), reason=given["reason"]))

    @extend_schema(
        summary=gettext_lazy("退回不合格的抽检批并重新起草"),
        request=RedraftSerializer,
        responses={200: AuditSerializer},
    )
    @action(detail=True, methods=["post"])
    def redraft(self, request: Request, pk: str) -> Response:
        """Have the drafts of a lot that failed rejected, and drafted again."""
        found, given = self._decided(), self.given(RedraftSerializer)
        version = version_of(given["prompt_version"])
        reason = given.get("reason", "")
        return self.told(deciding.redraft(audit=found, user=writer(request), version=version, reason=reason))

    @extend_schema(
        summary=gettext_lazy("处置不合格的抽检批"), request=CloseSerializer, responses={200: AuditSerializer}
    )
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Say what becomes of a lot that failed."""
        found, given = self._decided(), self.given(CloseSerializer)
        return self.told(deciding.close(audit=found, user=writer(request), state=given["state"]))

    def _decided(self) -> Audit:
        found: Audit = self.get_object()
        allow(review_policies.can_decide(self.request.user, found), _DECIDERS_ONLY)
        return found

    def _parent(self, collection: Collection, key: int | None) -> Audit | None:
        if key is None:
            return None
        failed = review_policies.visible_audits(self.request.user).filter(collection=collection)
        found = failed.filter(pk=key, state__in=[AuditState.FAILED, AuditState.SPLIT]).first()
        if found is None:
            raise ValidationError({"parent": [_("这份馆藏里没有可以拆分的这一次抽检。")]})
        return found
