"""REST: decisions about drafts and values, as the review page takes them; and what was decided, from the action log."""

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import policies
from catalog.api.bulk import MOST, BulkSerializer, each, items_of
from catalog.api.idempotency import once
from catalog.api.parsing import JSONParser
from catalog.api.reading import ReadViewSet
from catalog.api.signed_in import Scoped, reviewable, writer
from catalog.api.strict import LARGEST_KEY, MOST_TEXT, Keys, Strict, StrictChoice, StrictInteger, StrictText, Texts
from catalog.append_only import ActionQuerySet
from catalog.exceptions import DraftsHidden
from catalog.filters import DECISIONS, DecisionFilter
from catalog.models import Action, Annotation, Image
from catalog.review import blind, decisions
from catalog.vocabulary import Field, Objection, State
from inference.models import Scope

ACCEPT, EDIT, REJECT, LEAVE_OPEN = "accept", "edit", "reject", "leave_open"
RESTORE, CONFIRM, ACCEPT_ALL, WRITE, WRITE_BLIND = "restore", "confirm", "accept_all", "write", "write_blind"
DOINGS = [ACCEPT, EDIT, REJECT, LEAVE_OPEN, RESTORE, CONFIRM, ACCEPT_ALL, WRITE, WRITE_BLIND]
_OF_ONE = (ACCEPT, EDIT, REJECT, LEAVE_OPEN, RESTORE, CONFIRM)
_OF_DRAFTS = (ACCEPT, EDIT, REJECT, LEAVE_OPEN, RESTORE, ACCEPT_ALL)
OBJECTIONS = [(code.value, code.label) for code in Objection.offered()]


class DecisionInputSerializer(Strict):
    """One decision about a record."""

    image = StrictInteger(min_value=1, max_value=LARGEST_KEY, help_text=gettext_lazy("图像编号。"))
    do = StrictChoice(
        choices=DOINGS,
        help_text=gettext_lazy(
            "accept 采用、edit 修改后采用、reject 退回、leave_open 没有依据而待考、restore 恢复旧内容、"
            "confirm 确认抽检采用的内容（以上要写 annotation）；"
            "accept_all 采用这条记录的全部草稿（annotations 写看到的草稿）；"
            "write 人工著录、write_blind 先著录后看稿（以上两种写 values）。"
        ),
    )
    annotation = StrictInteger(
        required=False, min_value=1, max_value=LARGEST_KEY, help_text=gettext_lazy("著录内容（草稿）的编号。")
    )
    annotations = Keys(required=False, max_length=MOST, help_text=gettext_lazy("看到的草稿，须与等着的草稿一致。"))
    value = StrictText(max_length=MOST_TEXT, required=False, help_text=gettext_lazy("edit 时改成的内容。"))
    values = Texts(
        required=False, help_text=gettext_lazy("著录项到内容的对应；write 时空值表示特意留空，write_blind 时空值略过。")
    )
    seen = Texts(
        required=False,
        help_text=gettext_lazy("著录项到写之前看到的内容；现在不同就不写入，返回 409。没有列出的项按空值比较。"),
    )
    reason = StrictText(max_length=1000, required=False, help_text=gettext_lazy("退回的原因。"))
    code = StrictChoice(choices=OBJECTIONS, required=False, help_text=gettext_lazy("退回的类别。"))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for what a decision needs."""
        do = attrs["do"]
        needed = "annotation" if do in _OF_ONE else "annotations" if do == ACCEPT_ALL else "values"
        missing = [name for name in (needed, *(["value"] if do == EDIT else [])) if name not in attrs]
        if missing:
            words = _("%(do)s 要写这一项。") % {"do": do}
            raise ValidationError({name: [words] for name in missing})
        return attrs


class DecisionBulkSerializer(Strict):
    """Several decisions."""

    items = items_of(DecisionInputSerializer)


class DecidedSerializer(serializers.Serializer[Any]):
    """What came of a decision."""

    image = serializers.IntegerField()
    revision = serializers.IntegerField(help_text=gettext_lazy("记录现在的版次。"))
    annotations = serializers.ListField(
        child=serializers.IntegerField(), help_text=gettext_lazy("决定涉及的著录内容的编号。")
    )


class DecisionSerializer(serializers.ModelSerializer[Action]):
    """A decision that was taken, from the action log."""

    verb = serializers.ChoiceField(choices=DECISIONS, read_only=True)
    what = serializers.CharField(source="get_verb_display", read_only=True)
    user = serializers.CharField(default=None, read_only=True, allow_null=True, help_text=gettext_lazy("谁。"))
    collection = serializers.CharField(source="collection.slug", default=None, read_only=True, allow_null=True)
    field = serializers.SerializerMethodField(help_text=gettext_lazy("著录项。"))
    annotation = serializers.SerializerMethodField(help_text=gettext_lazy("著录内容的编号。"))
    reason = serializers.SerializerMethodField(help_text=gettext_lazy("退回的原因。"))

    class Meta:
        model = Action
        fields: ClassVar[list[str]] = [
            "id",
            "verb",
            "what",
            "user",
            "image",
            "label",
            "collection",
            "field",
            "annotation",
            "reason",
            "created_at",
        ]
        read_only_fields = fields

    def get_field(self, entry: Action) -> str | None:
        """Return the descriptive field."""
        return cast("str | None", entry.details.get("field"))

    def get_annotation(self, entry: Action) -> int | None:
        """Return the key of what was decided about."""
        return cast("int | None", entry.details.get("annotation"))

    def get_reason(self, entry: Action) -> str | None:
        """Return why it was rejected."""
        return cast("str | None", entry.details.get("reason"))


@extend_schema_view(
    list=extend_schema(summary=gettext_lazy("作过的决定")),
    retrieve=extend_schema(summary=gettext_lazy("一个决定")),
)
class DecisionViewSet(Scoped, ReadViewSet):
    """Decisions about the images that the caller works on."""

    queryset = Action.objects.none()
    serializer_class = DecisionSerializer
    filterset_class = DecisionFilter
    parser_classes = (JSONParser,)
    lookup_value_regex = "[0-9]{1,18}"
    ordering_fields: ClassVar[list[str]] = ["id", "created_at"]
    scope = Scope.DECIDE

    def get_queryset(self) -> ActionQuerySet:
        """Return the entries the caller may read."""
        known = policies.visible_actions(self.request.user).filter(verb__in=[verb for verb, _label in DECISIONS])
        return known.select_related("user", "collection").order_by("-pk")

    @extend_schema(
        summary=gettext_lazy("作一个决定"), request=DecisionInputSerializer, responses={201: DecidedSerializer}
    )
    @once()
    def create(self, request: Request) -> Response:
        """Decide about a draft, or about all of a record."""
        given = DecisionInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(self._decide(given.validated_data), status=status.HTTP_201_CREATED)

    @extend_schema(
        summary=gettext_lazy("一次作多个决定"), request=DecisionBulkSerializer, responses={200: BulkSerializer}
    )
    @action(detail=False, methods=["post"])
    @once()
    def bulk(self, request: Request) -> Response:
        """Decide several things, each by itself."""
        given = DecisionBulkSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return each(request, given.validated_data["items"], self._decide, status=status.HTTP_201_CREATED)

    def _decide(self, given: dict[str, Any]) -> dict[str, Any]:
        user = writer(self.request)
        image = reviewable(self.request, given["image"])
        if given["do"] in _OF_DRAFTS and blind.is_hidden(image=image, user=user):
            raise DraftsHidden
        decided = _DECISIONS[given["do"]](image, user, given)
        image.refresh_from_db(fields=["revision"])
        return {"image": image.pk, "revision": image.revision, "annotations": [item.pk for item in decided]}


def _annotation(image: Image, given: dict[str, Any]) -> Annotation:
    """Return what a decision is about.

    Raises:
        ValidationError: it is none of the record's.
    """
    found = image.annotations.filter(pk=given["annotation"]).first()
    if found is None:
        raise ValidationError({"annotation": [_("这条记录没有这一条著录内容。")]})
    return found


def _accept(image: Image, user: Any, given: dict[str, Any]) -> list[Annotation]:
    return [decisions.accept(annotation=_annotation(image, given), user=user)]


def _edit(image: Image, user: Any, given: dict[str, Any]) -> list[Annotation]:
    return [decisions.edit_and_accept(annotation=_annotation(image, given), user=user, value=given["value"])]


def _reject(image: Image, user: Any, given: dict[str, Any]) -> list[Annotation]:
    reason, code = given.get("reason", ""), given.get("code", "")
    return [decisions.reject(annotation=_annotation(image, given), user=user, reason=reason, code=code)]


def _leave_open(image: Image, user: Any, given: dict[str, Any]) -> list[Annotation]:
    reason = given.get("reason", "")
    return [decisions.leave_open(annotation=_annotation(image, given), user=user, reason=reason)]


def _restore(image: Image, user: Any, given: dict[str, Any]) -> list[Annotation]:
    earlier = _annotation(image, given)
    current = image.annotations.filter(field=earlier.field, state=State.ACCEPTED).values_list("pk", flat=True).first()
    return [decisions.restore(annotation=earlier, user=user, seen=current)]


def _confirm(image: Image, user: Any, given: dict[str, Any]) -> list[Annotation]:
    return [decisions.confirm(annotation=_annotation(image, given), user=user)]


def _accept_all(image: Image, user: Any, given: dict[str, Any]) -> list[Annotation]:
    return decisions.accept_all(image=image, seen=given["annotations"], user=user)


def _write(image: Image, user: Any, given: dict[str, Any]) -> list[Annotation]:
    is_blind, seen = blind.is_hidden(image=image, user=user), given.get("seen")
    return [
        decisions.set_value(
            image=image,
            field=field,
            value=value,
            user=user,
            seen_value=None if seen is None else seen.get(field, ""),
            blind=is_blind,
        )
        for field, value in given["values"].items()
    ]


def _write_blind(image: Image, user: Any, given: dict[str, Any]) -> list[Annotation]:
    seen = given.get("seen", {})
    values = {
        field: decisions.Written(value=value, seen=seen.get(field, image.accepted_value(Field(field))))
        for field, value in given["values"].items()
    }
    return blind.write(image=image, values=values, user=user)


_DECISIONS: dict[str, Callable[[Image, Any, dict[str, Any]], list[Annotation]]] = {
    ACCEPT: _accept,
    EDIT: _edit,
    REJECT: _reject,
    LEAVE_OPEN: _leave_open,
    RESTORE: _restore,
    CONFIRM: _confirm,
    ACCEPT_ALL: _accept_all,
    WRITE: _write,
    WRITE_BLIND: _write_blind,
}
