"""REST: groups of look-alikes. Members read them, take them apart and put them together."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import policies
from catalog.api.idempotency import once
from catalog.api.parsing import JSONParser
from catalog.api.reading import ReadViewSet
from catalog.api.signed_in import allow, writer
from catalog.api.strict import Keys, Strict, StrictBoolean
from catalog.filters import NearGroupFilter
from catalog.group_querysets import NearGroupQuerySet
from catalog.models import Collection, NearGroup
from catalog.records import near_duplicates

MOST_IMAGES = 300
_MEMBERS_ONLY = gettext_lazy("只有这份馆藏的编目员和审核员可以调整分组。")


def images_of(request: Request, keys: list[int]) -> list[int]:
    """Return images that a request names, all of which the caller works on.

    Raises:
        ValidationError: some are not, or there are none.
    """
    mine = set(policies.reviewable_images(request.user).filter(pk__in=keys).values_list("pk", flat=True))
    if missing := sorted(set(keys) - mine):
        numbers = "、".join(map(str, missing[:20]))
        raise ValidationError({"images": [_("没有编号为 %(keys)s 的图像，或不归您负责。") % {"keys": numbers}]})
    return sorted(mine)


class ImagesSerializer(Strict):
    """Images of one collection."""

    images = Keys(max_length=MOST_IMAGES, help_text=gettext_lazy("同一馆藏的图像编号。"))


class SplitSerializer(ImagesSerializer):
    """Which images leave a group."""

    together = StrictBoolean(default=False, help_text=gettext_lazy("移出的另成一组；否则不归任何组。"))


class MergeSerializer(Strict):
    """Which groups become one."""

    groups = Keys(max_length=MOST_IMAGES, help_text=gettext_lazy("同一馆藏的近似组编号，至少两个。"))


class NearGroupSerializer(serializers.ModelSerializer[NearGroup]):
    """A group, with those of its images that the caller may see."""

    collection = serializers.SlugRelatedField[Collection](slug_field="slug", read_only=True)
    images = serializers.SerializerMethodField(help_text=gettext_lazy("组里的图像，您看得到的。"))

    class Meta:
        model = NearGroup
        fields: ClassVar[list[str]] = ["id", "collection", "images", "created_at"]
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": {"type": "integer"}})
    def get_images(self, group: Any) -> list[int]:
        """Return the keys of the images."""
        return [image.pk for image in group.shown_images]


@extend_schema_view(
    list=extend_schema(summary=gettext_lazy("近似组列表")),
    retrieve=extend_schema(summary=gettext_lazy("一个近似组")),
)
class NearGroupViewSet(ReadViewSet):
    """Groups of the collections the caller works on."""

    queryset = NearGroup.objects.none()
    serializer_class = NearGroupSerializer
    filterset_class = NearGroupFilter
    parser_classes = (JSONParser,)
    lookup_value_regex = "[0-9]{1,18}"
    ordering_fields: ClassVar[list[str]] = ["id", "created_at"]

    def get_queryset(self) -> NearGroupQuerySet:
        """Return the groups the caller may know of."""
        user = self.request.user
        groups = policies.visible_groups(user).with_images(policies.member_images(user))
        return groups.select_related("collection").order_by("-pk")

    @extend_schema(
        summary=gettext_lazy("把几幅图像归为一个近似组"),
        request=ImagesSerializer,
        responses={201: NearGroupSerializer},
    )
    @once()
    def create(self, request: Request) -> Response:
        """Put images together; they leave the groups they were in."""
        user = writer(request)
        given = ImagesSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        images = images_of(request, given.validated_data["images"])
        return self._told(near_duplicates.put_together(images=images, user=user), status.HTTP_201_CREATED)

    @extend_schema(
        summary=gettext_lazy("从近似组移出图像"),
        request=SplitSerializer,
        responses={200: NearGroupSerializer, 204: None},
        description=gettext_lazy("返回移出的图像另成的组；没有另成一组时返回 204。"),
    )
    @action(detail=True, methods=["post"])
    def split(self, request: Request, pk: str) -> Response:
        """Take images out of a group."""
        found, user = self._mine(), writer(request)
        given = SplitSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        images, together = given.validated_data["images"], given.validated_data["together"]
        made = near_duplicates.split(group=found, images=images_of(request, images), user=user, together=together)
        return Response(status=status.HTTP_204_NO_CONTENT) if made is None else self._told(made)

    @extend_schema(
        summary=gettext_lazy("把几个近似组合为一组"), request=MergeSerializer, responses={200: NearGroupSerializer}
    )
    @action(detail=False, methods=["post"])
    @once()
    def merge(self, request: Request) -> Response:
        """Make one group of several."""
        user = writer(request)
        given = MergeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        keys = given.validated_data["groups"]
        found = list(self.get_queryset().filter(pk__in=keys))
        if missing := sorted(set(keys) - {group.pk for group in found}):
            numbers = "、".join(map(str, missing[:20]))
            raise ValidationError({"groups": [_("没有编号为 %(keys)s 的近似组，或您无权查看。") % {"keys": numbers}]})
        for group in found:
            allow(policies.can_catalogue(user, group.collection), _MEMBERS_ONLY)
        return self._told(near_duplicates.merge(groups=keys, user=user))

    def _mine(self) -> NearGroup:
        found: NearGroup = self.get_object()
        allow(policies.can_catalogue(self.request.user, found.collection), _MEMBERS_ONLY)
        return found

    def _told(self, group: NearGroup, status_code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=group.pk)).data, status=status_code)
