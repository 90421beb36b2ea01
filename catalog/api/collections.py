"""REST: collections. Everybody reads public ones, members their own; reviewers change theirs."""

from typing import Any, ClassVar

from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import policies
from catalog.api.conditions import conditional, seen_by, tagged
from catalog.api.idempotency import once
from catalog.api.parsing import JSONParser
from catalog.api.reading import ReadViewSet
from catalog.api.serializers import CollectionSerializer
from catalog.api.signed_in import Scoped, allow, writer
from catalog.api.strict import PromptSlug, Strict, StrictBoolean, StrictChoice, StrictSlug, StrictText
from catalog.filters import CollectionFilter
from catalog.models import Collection
from catalog.querysets import CollectionQuerySet
from catalog.records import entries
from catalog.vocabulary import CollectionKind, RetentionPeriod
from inference.models import Scope


class CollectionChangeSerializer(Strict):
    """What a collection is described by; what is left out stays."""

    title = StrictText(max_length=200, allow_blank=False, help_text=gettext_lazy("名称。"))
    kind = StrictChoice(choices=CollectionKind.choices, required=False, help_text=gettext_lazy("类型。"))
    introduction = StrictText(max_length=5000, required=False, help_text=gettext_lazy("简介。"))
    notes = StrictText(max_length=5000, required=False, help_text=gettext_lazy("资料说明，起草时交给模型；不公开。"))
    fonds_number = StrictText(max_length=40, required=False, help_text=gettext_lazy("全宗号。"))
    class_code = StrictText(max_length=20, required=False, help_text=gettext_lazy("门类代码。"))
    retention_period = StrictChoice(
        choices=RetentionPeriod.choices, required=False, allow_blank=True, help_text=gettext_lazy("保管期限。")
    )
    is_public = StrictBoolean(required=False, help_text=gettext_lazy("公开；只有审核员可以改。"))
    blind_first = StrictBoolean(required=False, help_text=gettext_lazy("先著录后看稿。"))
    prompt = PromptSlug(required=False, allow_null=True, help_text=gettext_lazy("默认提示词的代号。"))


class CollectionCreateSerializer(CollectionChangeSerializer):
    """What a collection is made with."""

    slug = StrictSlug(max_length=60, help_text=gettext_lazy("代号，用在网址里，以后不能改。"))


@extend_schema_view(
    list=extend_schema(summary=gettext_lazy("馆藏列表")),
    retrieve=extend_schema(summary=gettext_lazy("一份馆藏")),
)
class CollectionViewSet(Scoped, ReadViewSet):
    """Collections: public ones, and those the caller works on."""

    queryset = Collection.objects.none()
    serializer_class = CollectionSerializer
    filterset_class = CollectionFilter
    parser_classes = (JSONParser,)
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]+"
    search_fields: ClassVar[list[str]] = ["slug", "title", "introduction", "fonds_number"]
    ordering_fields: ClassVar[list[str]] = ["slug", "title", "updated_at"]
    scope = Scope.DECIDE

    def get_queryset(self) -> CollectionQuerySet:
        """Return the collections the caller may see, with how many of their images they may see."""
        mine = policies.visible_images(self.request.user).filter(collection=OuterRef("pk"))
        counted = mine.order_by().values("collection").annotate(number=Count("pk")).values("number")
        collections = policies.visible_collections(self.request.user).select_related("prompt")
        own = policies.member_collections(self.request.user).filter(pk=OuterRef("pk"))
        counts = collections.annotate(image_count=Coalesce(Subquery(counted), 0), is_own=Exists(own))
        return counts.order_by("slug")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tell of one, with its version."""
        found = self.get_object()
        return tagged(Response(self.get_serializer(found).data), found)

    @extend_schema(
        summary=gettext_lazy("建立馆藏"), request=CollectionCreateSerializer, responses={201: CollectionSerializer}
    )
    @once()
    def create(self, request: Request) -> Response:
        """Make a collection: administrators, and reviewers of all collections."""
        user = writer(request)
        allow(policies.can_create_collection(user), _("建立馆藏须由管理员，或所有馆藏的审核员来做。"))
        given = CollectionCreateSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        if given.validated_data.get("is_public"):
            allow(policies.can_publish_any(user), _("公开馆藏须由其审核员来做。"))
        made = entries.create_collection(user=user, **given.validated_data)
        return self._told(made, status.HTTP_201_CREATED)

    @extend_schema(
        summary=gettext_lazy("修改馆藏"), request=CollectionChangeSerializer, responses={200: CollectionSerializer}
    )
    @conditional
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change what a collection is described by, or publish it."""
        found, user = self.get_object(), writer(request)
        allow(policies.can_publish(user, found), _("修改和公开馆藏须由其审核员来做。"))
        seen = seen_by(request)
        given = CollectionChangeSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        return self._told(
            entries.change_collection(collection=found, user=user, changes=given.validated_data, seen=seen)
        )

    def _told(self, collection: Collection, status_code: int = status.HTTP_200_OK) -> Response:
        # Whoever makes a collection need not be one of its members; they learn what they have written.
        found = self.get_queryset().filter(pk=collection.pk).first()
        if found is None:
            collection.image_count, collection.is_own = 0, True  # type: ignore[attr-defined]  # annotated elsewhere
            found = collection
        return tagged(Response(self.get_serializer(found).data, status=status_code), found)
