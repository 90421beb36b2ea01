"""REST: images, their numbers and values, and their scans. Members write; what comes in comes by the usual import."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import policies
from catalog.api.bulk import BulkSerializer, each, items_of
from catalog.api.conditions import conditional, read_version, seen_by, tag_of, tagged
from catalog.api.idempotency import once
from catalog.api.parsing import JSONParser
from catalog.api.reading import ReadViewSet
from catalog.api.serializers import ImageSerializer
from catalog.api.signed_in import Scoped, allow, reviewable, writer
from catalog.api.strict import LARGEST_KEY, MOST_TEXT, Strict, StrictChoice, StrictInteger, StrictText, VersionField
from catalog.api.uploads import UploadMixin
from catalog.filters import ImageApiFilter
from catalog.models import Image
from catalog.querysets import SEARCHED_COLUMNS, ImageQuerySet
from catalog.records.entries import IMAGE_COLUMNS
from catalog.review import record_writing
from catalog.vocabulary import Access, Classification, Field, State
from inference.models import Scope

_FOR_REVIEWERS = ("access", "classification")


class ImageChangeSerializer(Strict):
    """What people write about an image; what is left out stays, an empty value means deliberately empty."""

    identifier = StrictText(max_length=100, required=False, help_text=gettext_lazy("照片号。"))
    negative_number = StrictText(max_length=100, required=False, help_text=gettext_lazy("底片号。"))
    see_also = StrictText(max_length=200, required=False, help_text=gettext_lazy("参见号。"))
    volume = StrictText(max_length=40, required=False, help_text=gettext_lazy("册号。"))
    sheet = StrictText(max_length=40, required=False, help_text=gettext_lazy("张号。"))
    rights = StrictText(max_length=200, required=False, help_text=gettext_lazy("权利说明。"))
    access = StrictChoice(
        choices=Access.choices, required=False, help_text=gettext_lazy("内部可见；只有审核员可以改。")
    )
    classification = StrictChoice(
        choices=Classification.choices,
        required=False,
        allow_blank=True,
        help_text=gettext_lazy("密级；只有审核员可以改。"),
    )

    def get_fields(self) -> dict[str, Any]:
        """Return the columns, and the descriptive fields, which the vocabulary knows."""
        described = {
            field.value: StrictText(max_length=MOST_TEXT, required=False, help_text=field.label) for field in Field
        }
        return {**super().get_fields(), **described}


class ImageItemSerializer(ImageChangeSerializer):
    """The same of one of several images."""

    id = StrictInteger(min_value=1, max_value=LARGEST_KEY, help_text=gettext_lazy("图像编号。"))
    if_match = VersionField(help_text=gettext_lazy("读取时得到的 ETag，连同引号；不论现在是什么都要写，写 *。"))


class ImageBulkSerializer(Strict):
    """Changes of several images."""

    items = items_of(ImageItemSerializer)


@extend_schema_view(
    list=extend_schema(summary=gettext_lazy("图像列表")),
    retrieve=extend_schema(summary=gettext_lazy("一幅图像")),
)
class ImageViewSet(Scoped, UploadMixin, ReadViewSet):
    """Images with their accepted values: open ones of public collections, and the caller's own."""

    queryset = Image.objects.none()
    serializer_class = ImageSerializer
    filterset_class = ImageApiFilter
    lookup_value_regex = "[0-9]{1,18}"
    search_fields: ClassVar[list[str]] = list(SEARCHED_COLUMNS)
    masked_by = ""
    ordering_fields: ClassVar[list[str]] = ["id", "identifier", "date_start", "updated_at"]
    scopes: ClassVar[dict[str, Scope]] = {"partial_update": Scope.DECIDE, "bulk": Scope.DECIDE}

    def get_parsers(self) -> list[BaseParser]:
        """Take a form with a file where one is uploaded, JSON elsewhere."""
        name = getattr(self, "action", None) or self.action_map.get((self.request.method or "").lower(), "")
        return super().get_parsers() if name == "create" else [JSONParser()]

    def get_queryset(self) -> ImageQuerySet:
        """Return the images the caller may see, with what their records show."""
        user = self.request.user
        own = policies.member_images(user).filter(pk=OuterRef("pk"))
        images = policies.visible_images(user).annotate(is_own=Exists(own)).select_related("collection")
        return images.with_files().with_annotations([State.ACCEPTED]).order_by("collection_id", "identifier", "pk")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tell of one, with its version."""
        found = self.get_object()
        return tagged(Response(self.get_serializer(found).data), found)

    @extend_schema(
        summary=gettext_lazy("修改一幅图像的登记项和著录内容"),
        request=ImageChangeSerializer,
        responses={200: ImageSerializer},
        description=gettext_lazy("由人著录：等着的草稿由写入的内容取代，AI 标识按内容的由来判定，与在页面上写的一样。"),
    )
    @conditional
    def partial_update(self, request: Request, pk: str) -> Response:
        """Write numbers and values, all or nothing."""
        found, seen = self.get_object(), seen_by(request)
        allow(policies.can_review(request.user, found), _("您不负责这条记录，不能改动。"))
        given = ImageChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        self._write(found, given.validated_data, seen)
        written = self.get_object()
        return tagged(Response(self.get_serializer(written).data, status=status.HTTP_200_OK), written)

    @extend_schema(
        summary=gettext_lazy("一次修改多幅图像"), request=ImageBulkSerializer, responses={200: BulkSerializer}
    )
    @action(detail=False, methods=["post"])
    @once()
    def bulk(self, request: Request) -> Response:
        """Write several images, each by itself."""
        given = ImageBulkSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return each(request, given.validated_data["items"], self._write_item)

    def _write_item(self, item: dict[str, Any]) -> dict[str, Any]:
        changes = {name: value for name, value in item.items() if name not in ("id", "if_match")}
        found = reviewable(self.request, item["id"], "id")
        written = self._write(found, changes, read_version(item["if_match"], "if_match"))
        return {"id": written.pk, "revision": written.revision, "etag": tag_of(written)}

    def _write(self, found: Image, changes: Mapping[str, Any], seen: str | None) -> Image:
        user = writer(self.request)
        columns = {name: value for name, value in changes.items() if name in IMAGE_COLUMNS}
        if any(name in columns for name in _FOR_REVIEWERS):
            allow(policies.can_publish(user, found.collection), _("内部可见和密级须由这份馆藏的审核员来改。"))
        values = {name: value for name, value in changes.items() if name in Field.values}
        return record_writing.write_record(image=found, user=user, columns=columns, values=values, seen=seen)
