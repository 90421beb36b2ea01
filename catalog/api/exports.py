"""REST: tables out. Members choose records, wait, fetch the file; making it is `catalog.exchange`'s."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import FileResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from catalog import policies
from catalog.api.description import REFUSALS
from catalog.api.idempotency import once
from catalog.api.parsing import JSONParser
from catalog.api.reading import ReadViewSet
from catalog.api.signed_in import allow, writer
from catalog.api.strict import Filters, Keys, Strict, StrictChoice, StrictSlug
from catalog.exceptions import ExportRefused, FilterRefused
from catalog.exchange.exports import claims, places
from catalog.exchange.exports.policies import can_fetch, visible_exports
from catalog.exchange.exports.running import export_chosen
from catalog.exchange.presets.keeping import preset_named
from catalog.filters import ExportFilter, ImageBatchFilter
from catalog.models import Export
from catalog.querysets import ImageQuerySet

MOST_IMAGES = 10_000
_TYPES = {
    Export.Format.CSV: "text/csv; charset=utf-8",
    Export.Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Export.Format.JSONL: "application/jsonl; charset=utf-8",
}


class ExportInputSerializer(Strict):
    """Which records leave, and as what; all that the caller works on, where nothing narrows them."""

    format = StrictChoice(choices=Export.Format.choices, help_text=gettext_lazy("格式。"))
    preset = StrictSlug(required=False, help_text=gettext_lazy("导出预设的代号；不填用本系统的栏目。"))
    collection = StrictSlug(required=False, help_text=gettext_lazy("馆藏代号；不填不限。"))
    images = Keys(required=False, max_length=MOST_IMAGES, help_text=gettext_lazy("图像编号；不填不限。"))
    filters = Filters(
        required=False,
        help_text=gettext_lazy("筛选条件：q、date_from、date_to、identifier、status、flag。"),
    )


class ExportSerializer(serializers.ModelSerializer[Export]):
    """An export, how far it is, and where its file is."""

    user = serializers.CharField(default=None, read_only=True, allow_null=True)
    file = serializers.SerializerMethodField(help_text=gettext_lazy("文件的地址；还没有、已过期或您不能取时为 null。"))

    class Meta:
        model = Export
        fields: ClassVar[list[str]] = [
            "key",
            "user",
            "format",
            "preset",
            "selection",
            "state",
            "reason",
            "records",
            "done_records",
            "left_out",
            "file_name",
            "size",
            "sha256",
            "file",
            "created_at",
            "finished_at",
            "expires_at",
        ]
        read_only_fields = fields

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_file(self, export: Export) -> str | None:
        """Return the address of the file."""
        request = self.context["request"]
        if not is_there(export) or not can_fetch(request.user, export):
            return None
        return reverse("catalog:api-export-file", kwargs={"pk": export.pk}, request=request)


@extend_schema_view(
    list=extend_schema(summary=gettext_lazy("导出列表")),
    retrieve=extend_schema(summary=gettext_lazy("一次导出的进度")),
)
class ExportViewSet(ReadViewSet):
    """The caller's exports; administrators know of all."""

    queryset = Export.objects.none()
    serializer_class = ExportSerializer
    filterset_class = ExportFilter
    parser_classes = (JSONParser,)
    lookup_value_regex = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    ordering_fields: ClassVar[list[str]] = ["created_at", "records"]

    def get_queryset(self) -> QuerySet[Export]:
        """Return the exports the caller may know of."""
        if not self.request.user.is_authenticated:
            return Export.objects.none()
        return visible_exports(self.request.user).select_related("user").order_by("-created_at", "pk")

    @extend_schema(
        summary=gettext_lazy("导出为表格"),
        request=ExportInputSerializer,
        responses={201: ExportSerializer},
        description=gettext_lazy("记录少的当场做好；多的由后台做，照 key 查进度，state 为 done 后取 file。"),
    )
    # Not in one transaction: the file is written meanwhile. Done twice there are two exports, which harms nobody.
    @once(together=False)
    def create(self, request: Request) -> Response:
        """Export records."""
        user = writer(request)
        allow(policies.is_member(user), _("只有编目员、审核员和管理员可以导出。"))
        given = ExportInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        images = self._chosen(data).order_by("collection_id", "identifier", "pk")
        preset = preset_named(data["preset"]).preset if "preset" in data else None
        made = export_chosen(user=user, images=images, fmt=data["format"], preset=preset, words=_in_words(data))
        return self._told(made, status.HTTP_201_CREATED)

    @extend_schema(summary=gettext_lazy("取消导出"), request=None, responses={200: ExportSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop an export; no file is left."""
        return self._told(claims.cancel(export=self.get_object(), user=writer(request)))

    @extend_schema(
        summary=gettext_lazy("取导出的文件"),
        responses={(200, kind.partition(";")[0]): OpenApiTypes.BINARY for kind in _TYPES.values()},
        extensions={REFUSALS: {409: gettext_lazy("没有可以下载的文件，或下载的期限已过。")}},
        description=gettext_lazy("请求头的 Accept 不写，或写 */*。"),
    )
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: str) -> FileResponse:
        """Send the file."""
        found: Export = self.get_object()
        allow(can_fetch(writer(request), found), _("您不再负责其中的馆藏，不能取这个文件。"))
        if not is_there(found):
            raise ExportRefused(_("这次导出没有可以下载的文件，或下载的期限已过。需要的话请重新导出。"))
        try:
            content = places.path_of(found).open("rb")
        except FileNotFoundError as error:
            raise ExportRefused(_("这次导出的文件已经删除。需要的话请重新导出。")) from error
        response = FileResponse(content, as_attachment=True, filename=found.file_name)
        response.headers["Content-Type"] = _TYPES[Export.Format(found.format)]
        response.headers["Cache-Control"] = "private, no-store"
        return response

    def _chosen(self, data: dict[str, Any]) -> ImageQuerySet:
        """Return the records that are chosen, of those that the caller sees as a member.

        Raises:
            ValidationError: a collection or an image is none of theirs, or a condition makes no sense.
        """
        user = self.request.user
        images = policies.member_images(user)
        if "collection" in data:
            found = policies.member_collections(user).filter(slug=data["collection"]).first()
            if found is None:
                raise ValidationError({"collection": [_("没有这个馆藏，或不归您负责。")]})
            images = images.filter(collection=found)
        if "images" in data:
            images = images.filter(pk__in=data["images"])
            there = set(images.values_list("pk", flat=True))
            if missing := sorted(set(data["images"]) - there):
                numbers = "、".join(map(str, missing[:20]))
                raise ValidationError({"images": [_("没有编号为 %(keys)s 的图像，或不归您负责。") % {"keys": numbers}]})
        if "filters" in data:
            try:
                images = ImageBatchFilter(data["filters"], queryset=images, request=self.request).chosen()
            except FilterRefused as error:
                raise ValidationError({"filters": [str(error)]}) from error
        return images

    def _told(self, export: Export, status_code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(export).data, status=status_code)


def is_there(export: Export) -> bool:
    """Tell whether an export has a file that can be fetched now."""
    return export.state == Export.State.DONE and export.expires_at is not None and export.expires_at > timezone.now()


def _in_words(data: dict[str, Any]) -> str:
    """Return what was chosen as a person reads it."""
    parts = [_("馆藏：%(slug)s") % {"slug": data["collection"]}] if "collection" in data else []
    if "images" in data:
        parts.append(_("%(number)s 个编号") % {"number": len(data["images"])})
    parts += [f"{name}={value}" for name, value in data.get("filters", {}).items()]
    return "；".join(parts)
