"""REST: prompts and their wordings. Members read them; reviewers add, and nobody changes a wording once made."""

from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import policies
from catalog.api.idempotency import once
from catalog.api.parsing import JSONParser
from catalog.api.reading import ReadViewSet
from catalog.api.signed_in import Scoped, allow, writer
from catalog.api.strict import Strict, StrictBoolean, StrictChoice, StrictInteger, StrictSlug, StrictText
from catalog.drafting.prompts import MOST_NEW_TOKENS, add_prompt, add_prompt_version
from catalog.filters import PromptFilter
from catalog.models import Prompt, PromptVersion
from catalog.models.prompts import MOST_GROUP_PICTURES
from catalog.vocabulary import OutputForm
from inference.models import Scope

_REVIEWERS_ONLY = gettext_lazy("增加和修订提示词须由审核员来做。")


class VersionInputSerializer(Strict):
    """A wording."""

    text = StrictText(max_length=20_000, allow_blank=False, help_text=gettext_lazy("正文。"))
    form = StrictChoice(choices=OutputForm.choices, help_text=gettext_lazy("回答形式。"))
    schema = serializers.DictField(
        required=False, allow_null=True, help_text=gettext_lazy("JSON Schema；一句话等形式不写。")
    )
    with_facts = StrictBoolean(default=False, help_text=gettext_lazy("附上已知信息。"))
    group_pictures = StrictInteger(
        default=0,
        min_value=0,
        max_value=MOST_GROUP_PICTURES,
        help_text=gettext_lazy("最多附上几幅同组照片。"),
    )
    max_new_tokens = StrictInteger(
        default=256, min_value=1, max_value=MOST_NEW_TOKENS, help_text=gettext_lazy("最多生成词元数。")
    )


class PromptInputSerializer(VersionInputSerializer):
    """A prompt with its first wording."""

    slug = StrictSlug(max_length=60, help_text=gettext_lazy("代号，以后不能改。"))
    name = StrictText(max_length=100, allow_blank=False, help_text=gettext_lazy("名称。"))


class VersionSerializer(serializers.ModelSerializer[PromptVersion]):
    """A wording."""

    created_by = serializers.CharField(default=None, read_only=True, allow_null=True)

    class Meta:
        model = PromptVersion
        fields: ClassVar[list[str]] = [
            "id",
            "number",
            "text",
            "form",
            "schema",
            "with_facts",
            "group_pictures",
            "max_new_tokens",
            "created_at",
            "created_by",
        ]
        read_only_fields = fields


class PromptSerializer(serializers.ModelSerializer[Prompt]):
    """A prompt with its wordings, the current one first."""

    versions = serializers.SerializerMethodField(help_text=gettext_lazy("各版，最新的在前，起草用的是它。"))

    class Meta:
        model = Prompt
        fields: ClassVar[list[str]] = ["slug", "name", "versions", "created_at"]
        read_only_fields = fields

    @extend_schema_field(VersionSerializer(many=True))
    def get_versions(self, prompt: Any) -> Any:
        """Return the wordings."""
        return VersionSerializer(prompt.shown_versions, many=True).data


@extend_schema_view(
    list=extend_schema(summary=gettext_lazy("提示词列表")),
    retrieve=extend_schema(summary=gettext_lazy("一个提示词")),
)
class PromptViewSet(Scoped, ReadViewSet):
    """Prompts, which all collections share; for members."""

    queryset = Prompt.objects.none()
    serializer_class = PromptSerializer
    filterset_class = PromptFilter
    parser_classes = (JSONParser,)
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]+"
    search_fields: ClassVar[list[str]] = ["slug", "name"]
    ordering_fields: ClassVar[list[str]] = ["slug", "name", "created_at"]
    scope = Scope.DECIDE

    def get_queryset(self) -> QuerySet[Prompt]:
        """Return the prompts, of which members alone know."""
        if not policies.is_member(self.request.user):
            return Prompt.objects.none()
        versions = PromptVersion.objects.select_related("created_by").order_by("-number")
        return Prompt.objects.prefetch_related(Prefetch("versions", versions, to_attr="shown_versions")).order_by("pk")

    @extend_schema(summary=gettext_lazy("增加提示词"), request=PromptInputSerializer, responses={201: PromptSerializer})
    @once()
    def create(self, request: Request) -> Response:
        """Make a prompt with its first wording."""
        user = self._reviser()
        given = PromptInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        made = add_prompt(user=user, **given.validated_data)
        return self._told(made.prompt_id)

    @extend_schema(
        summary=gettext_lazy("增加提示词的一版"),
        request=VersionInputSerializer,
        responses={201: PromptSerializer},
        description=gettext_lazy("新的一版随即成为起草用的；已有的各版不能修改。"),
    )
    @action(detail=True, methods=["post"])
    @once()
    def versions(self, request: Request, slug: str) -> Response:
        """Add a wording, the current one from now on."""
        found = self.get_object()
        user = self._reviser()
        given = VersionInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        made = add_prompt_version(prompt=found, user=user, **given.validated_data)
        return self._told(made.prompt_id)

    def _reviser(self) -> Any:
        user = writer(self.request)
        allow(policies.can_revise_prompts(user), _REVIEWERS_ONLY)
        return user

    def _told(self, key: int) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=key)).data, status=status.HTTP_201_CREATED)
