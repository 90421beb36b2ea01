"""REST: groups of photographs of one event (照片组): made, confirmed, described, split, joined, taken apart."""

from collections.abc import Callable
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
from catalog.api.conditions import conditional, seen_by, tagged
from catalog.api.idempotency import once
from catalog.api.near_groups import ImagesSerializer, images_of
from catalog.api.parsing import JSONParser
from catalog.api.reading import ReadViewSet
from catalog.api.signed_in import Scoped, allow, writer
from catalog.api.strict import LARGEST_KEY, Strict, StrictInteger, StrictText
from catalog.exceptions import GroupChanged, GroupingRefused, VersionOutdated
from catalog.filters import PhotoGroupFilter
from catalog.group_querysets import PhotoGroupQuerySet
from catalog.models import Collection, PhotoGroup
from catalog.records import photo_group_texts, photo_groups, versions
from catalog.review.group_offers import accept_offers
from inference.labels import ai_label
from inference.models import Scope

_MEMBERS_ONLY = gettext_lazy("只有这份馆藏的编目员和审核员可以调整照片组。")


class PhotoGroupChangeSerializer(Strict):
    """What a group says; what is left out stays."""

    title = StrictText(max_length=2000, required=False, help_text=gettext_lazy("题名。"))
    event = StrictText(max_length=2000, required=False, help_text=gettext_lazy("事由。"))
    date = StrictText(max_length=200, required=False, help_text=gettext_lazy("时间。"))
    place = StrictText(max_length=2000, required=False, help_text=gettext_lazy("地点。"))
    background = StrictText(max_length=20_000, required=False, help_text=gettext_lazy("背景。"))
    year = StrictText(max_length=4, required=False, help_text=gettext_lazy("年度。"))
    number = StrictText(max_length=20, required=False, help_text=gettext_lazy("组号。"))


class PhotographSerializer(Strict):
    """One photograph of a group."""

    image = StrictInteger(min_value=1, max_value=LARGEST_KEY, help_text=gettext_lazy("图像编号。"))


class OffersSerializer(serializers.Serializer[Any]):
    """How many offers were accepted."""

    accepted = serializers.IntegerField(help_text=gettext_lazy("采用了几条。"))


class PhotoGroupSerializer(serializers.ModelSerializer[PhotoGroup]):
    """A group, with what it says and those of its photographs that the caller may see."""

    collection = serializers.SlugRelatedField[Collection](slug_field="slug", read_only=True)
    date = serializers.CharField(source="date_text", read_only=True, help_text=gettext_lazy("时间，按原文。"))
    images = serializers.SerializerMethodField(help_text=gettext_lazy("组里的照片，您看得到的，按照片号。"))
    ai_labels = serializers.SerializerMethodField(
        help_text=gettext_lazy("著录项到 AI 标识的对应；由人著录的不列出。转载这些内容时须一并标明。")
    )

    class Meta:
        model = PhotoGroup
        fields: ClassVar[list[str]] = [
            "id",
            "collection",
            "state",
            "year",
            "number",
            "title",
            "event",
            "date",
            "date_start",
            "date_end",
            "place",
            "background",
            "ai_labels",
            "images",
            "revision",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": {"type": "integer"}})
    def get_images(self, group: Any) -> list[int]:
        """Return the keys of the photographs."""
        return [image.pk for image in group.shown_images]

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
    def get_ai_labels(self, group: PhotoGroup) -> dict[str, str]:
        """Return the AI labels of what it says."""
        label = ai_label(source="model", reviewed=True)
        return {field.value: label for field in PhotoGroup.DESCRIPTIVE if field in group.ai_fields}


_ACT: dict[str, Any] = {"request": None, "responses": {200: PhotoGroupSerializer}}


@extend_schema_view(
    list=extend_schema(summary=gettext_lazy("照片组列表")),
    retrieve=extend_schema(summary=gettext_lazy("一个照片组")),
)
class PhotoGroupViewSet(Scoped, ReadViewSet):
    """Groups of the collections the caller works on."""

    queryset = PhotoGroup.objects.none()
    serializer_class = PhotoGroupSerializer
    filterset_class = PhotoGroupFilter
    parser_classes = (JSONParser,)
    lookup_value_regex = "[0-9]{1,18}"
    ordering_fields: ClassVar[list[str]] = ["id", "position", "created_at"]
    scopes: ClassVar[dict[str, Scope]] = {"accept": Scope.DECIDE, "partial_update": Scope.DECIDE}

    def get_queryset(self) -> PhotoGroupQuerySet:
        """Return the groups the caller may know of."""
        user = self.request.user
        groups = policies.visible_photo_groups(user).with_images(policies.member_images(user))
        return groups.select_related("collection").order_by("collection_id", "position", "pk")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tell of one, with its version."""
        return self._told(self.get_object())

    @extend_schema(
        summary=gettext_lazy("把几幅照片归为一个照片组"),
        request=ImagesSerializer,
        responses={201: PhotoGroupSerializer},
    )
    @once()
    def create(self, request: Request) -> Response:
        """Make a group; the photographs leave the groups they were in."""
        user = writer(request)
        given = ImagesSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        made = photo_groups.put_together(images=images_of(request, given.validated_data["images"]), user=user)
        return self._told(made, status.HTTP_201_CREATED)

    @extend_schema(
        summary=gettext_lazy("写照片组的说明"),
        request=PhotoGroupChangeSerializer,
        responses={200: PhotoGroupSerializer},
        description=gettext_lazy("建议的组写了说明即为确认。"),
    )
    @conditional
    def partial_update(self, request: Request, pk: str) -> Response:
        """Write what a group says."""
        found, user, seen = self._mine(), writer(request), seen_by(request)
        given = PhotoGroupChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        versions.require_version(found, seen)
        try:
            written = photo_group_texts.describe(
                group=found, values=given.validated_data, user=user, seen=found.revision
            )
        except GroupChanged as error:
            now = self.get_object()
            changed = versions.changed_since(now, seen or "")
            raise VersionOutdated(changed=changed, version=versions.version_of(now)) from error
        return self._told(written)

    @extend_schema(summary=gettext_lazy("解散照片组"), responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take a group apart; its photographs are in none."""
        photo_groups.dissolve(group=self._mine_whole(), user=writer(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(summary=gettext_lazy("确认照片组"), **_ACT)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Confirm that the photographs belong together."""
        return self._do(lambda group, user: photo_groups.confirm(group=group, user=user))

    @extend_schema(summary=gettext_lazy("与后面的照片组合并"), **_ACT)
    @action(detail=True, methods=["post"])
    def join(self, request: Request, pk: str) -> Response:
        """Make one group of this and the next."""

        def join(group: PhotoGroup, user: Any) -> PhotoGroup:
            if (after := photo_groups.following(group)) is not None:
                photo_groups.require_all_seen(after, policies.reviewable_images(user))
            return photo_groups.join(group=group, user=user)

        return self._do(join)

    @extend_schema(
        summary=gettext_lazy("从一幅照片起分成两组"),
        request=PhotographSerializer,
        responses={200: PhotoGroupSerializer},
        description=gettext_lazy("返回新分出的组。"),
    )
    @action(detail=True, methods=["post"])
    def split(self, request: Request, pk: str) -> Response:
        """Make a group of its own of a photograph and all that follow it."""
        return self._do(lambda group, user: photo_groups.split(group=group, image=self._photograph(), user=user))

    @extend_schema(
        summary=gettext_lazy("把一幅照片放进照片组"),
        request=PhotographSerializer,
        responses={200: PhotoGroupSerializer},
    )
    @action(detail=True, methods=["post"])
    def add(self, request: Request, pk: str) -> Response:
        """Put a photograph into the group; it leaves the one it was in."""

        def add(group: PhotoGroup, user: Any) -> PhotoGroup:
            photo_groups.move(image=self._photograph(), to=group, user=user)
            return group

        return self._do(add)

    @extend_schema(summary=gettext_lazy("从照片组移出一幅照片"), request=PhotographSerializer, responses={204: None})
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, pk: str) -> Response:
        """Take a photograph out of the group."""
        group, user, image = self._mine_whole(), writer(request), self._photograph()
        if not group.images.filter(pk=image).exists():
            raise GroupingRefused(_("这幅照片不在这个组里。"))
        photo_groups.move(image=image, to=None, user=user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(summary=gettext_lazy("采用照片组给各幅照片的建议"), request=None, responses={200: OffersSerializer})
    @action(detail=True, methods=["post"])
    @conditional
    def accept(self, request: Request, pk: str) -> Response:
        """Accept what the group offers its photographs."""
        group, user = self._mine(), writer(request)
        versions.require_version(group, seen_by(request))
        mine = policies.reviewable_images(user)
        accepted = accept_offers(group=group, seen=group.revision, images=mine, user=user)
        return Response({"accepted": accepted})

    def _do(self, change: Callable[[PhotoGroup, Any], PhotoGroup]) -> Response:
        return self._told(change(self._mine_whole(), writer(self.request)))

    def _mine(self) -> PhotoGroup:
        found: PhotoGroup = self.get_object()
        allow(policies.can_catalogue(self.request.user, found.collection), _MEMBERS_ONLY)
        return found

    def _mine_whole(self) -> PhotoGroup:
        """Return a group all of whose photographs the caller sees: nobody regroups what they do not see."""
        found = self._mine()
        photo_groups.require_all_seen(found, policies.reviewable_images(self.request.user))
        return found

    def _photograph(self) -> int:
        given = PhotographSerializer(data=self.request.data)
        given.is_valid(raise_exception=True)
        [key] = _one_of(self.request, given.validated_data["image"])
        return key

    def _told(self, group: PhotoGroup, status_code: int = status.HTTP_200_OK) -> Response:
        found = self.get_queryset().get(pk=group.pk)
        return tagged(Response(self.get_serializer(found).data, status=status_code), found)


def _one_of(request: Request, key: int) -> list[int]:
    try:
        return images_of(request, [key])
    except ValidationError as error:
        raise ValidationError({"image": error.detail["images"]}) from error  # type: ignore[call-overload]  # as raised
