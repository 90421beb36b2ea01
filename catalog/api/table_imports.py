"""REST: tables that come back: taken in, checked by the worker, begun, watched, undone. `catalog.exchange` does it."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import FileResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import policies
from catalog.api.description import REFUSALS
from catalog.api.idempotency import once
from catalog.api.parsing import JSONParser, MultiPartParser
from catalog.api.reading import ReadViewSet
from catalog.api.signed_in import Scoped, allow, writer
from catalog.api.strict import Strict, StrictSlug
from catalog.api.uploads import Upload
from catalog.exceptions import TableRefused
from catalog.exchange.imports import running
from catalog.exchange.imports.files import refusals_of
from catalog.exchange.imports.policies import can_cancel, can_undo, visible_imports
from catalog.filters import TableImportFilter
from catalog.models import Collection, TableImport
from inference.models import Scope


class TableSerializer(Strict):
    """A table, and which collection it is for."""

    file = Upload(help_text=gettext_lazy("改好的表格：XLSX 或 CSV。"), max_length=255)
    collection = StrictSlug(required=False, help_text=gettext_lazy("只改这个馆藏；不填时各行按编号或“馆藏”一列。"))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse an empty slug, which a form passes over: nobody is to change all collections by a slip."""
        if self.initial_data.get("collection") == "":
            raise ValidationError({"collection": [_("这一项是空的；不需要时请去掉。")]})
        return attrs


class TableImportSerializer(serializers.ModelSerializer[TableImport]):
    """An import: what its check found, how far it is."""

    user = serializers.CharField(read_only=True)
    collection = serializers.CharField(source="collection.slug", default=None, read_only=True, allow_null=True)
    state = serializers.ChoiceField(choices=TableImport.State.choices, read_only=True)

    class Meta:
        model = TableImport
        fields: ClassVar[list[str]] = [
            "id",
            "user",
            "collection",
            "file_name",
            "sha256",
            "state",
            "reason",
            "rows",
            "checked_rows",
            "records",
            "cells",
            "conflicts",
            "done_records",
            "done_cells",
            "done_conflicts",
            "undone_cells",
            "created_at",
            "finished_at",
        ]
        read_only_fields = fields


_ACT: dict[str, Any] = {"request": None, "responses": {200: TableImportSerializer}}


@extend_schema_view(
    list=extend_schema(summary=gettext_lazy("表格导入列表")),
    retrieve=extend_schema(summary=gettext_lazy("一次表格导入的进度")),
)
class TableImportViewSet(Scoped, ReadViewSet):
    """The caller's imports, and for reviewers those of their collections."""

    queryset = TableImport.objects.none()
    serializer_class = TableImportSerializer
    filterset_class = TableImportFilter
    lookup_value_regex = "[0-9]{1,18}"
    ordering_fields: ClassVar[list[str]] = ["id", "created_at"]
    scope = Scope.DECIDE

    def get_parsers(self) -> list[BaseParser]:
        """Take a form with a file where one is uploaded, JSON elsewhere."""
        name = getattr(self, "action", None) or self.action_map.get((self.request.method or "").lower(), "")
        return [MultiPartParser()] if name == "create" else [JSONParser()]

    def get_queryset(self) -> QuerySet[TableImport]:
        """Return the imports the caller may know of."""
        if not self.request.user.is_authenticated:
            return TableImport.objects.none()
        return visible_imports(self.request.user).select_related("user", "collection").order_by("-pk")

    @extend_schema(
        summary=gettext_lazy("交回一份表格"),
        request={"multipart/form-data": TableSerializer},
        responses={201: TableImportSerializer},
        description=gettext_lazy("由后台检查，什么也不改；state 为 checked 后看过数目和 refusals，再用 start 导入。"),
    )
    # Not in one transaction: the file is kept meanwhile. Done twice there are two checks, which change nothing.
    @once(together=False)
    def create(self, request: Request) -> Response:
        """Take a table in."""
        user = writer(request)
        allow(policies.works_anywhere(user), _("只有编目员和审核员可以导入表格。"))
        given = TableSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        upload = given.validated_data["file"]
        collection = self._collection(given.validated_data.get("collection"))
        try:
            made = running.take_in(user=user, collection=collection, name=upload.name or "", pieces=upload.chunks())
        except TableRefused as error:
            raise ValidationError({"file": [str(error)]}) from error
        return self._told(made, status.HTTP_201_CREATED)

    @extend_schema(summary=gettext_lazy("开始导入检查过的表格"), **_ACT)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """Have a table applied that was checked."""
        found, user = self.get_object(), writer(request)
        allow(found.user_id == user.pk, _("只有交回表格的人可以开始导入。"))
        return self._told(running.start(table=found, user=user))

    @extend_schema(summary=gettext_lazy("停止导入"), **_ACT)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop an import; what is done stays done, and can be undone."""
        found, user = self.get_object(), writer(request)
        allow(can_cancel(user, found), _("只有交回表格的人和这些馆藏的审核员可以停止。"))
        return self._told(running.cancel(table=found, user=user))

    @extend_schema(summary=gettext_lazy("整体撤销导入"), **_ACT)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Have a table taken back as a whole."""
        found, user = self.get_object(), writer(request)
        allow(can_undo(user, found), _("只有交回表格的人和这些馆藏的审核员可以撤销。"))
        return self._told(running.undo(table=found, user=user))

    @extend_schema(
        summary=gettext_lazy("没有采纳的内容"),
        responses={(200, "text/csv"): OpenApiTypes.BINARY},
        extensions={REFUSALS: {409: gettext_lazy("没有未采纳的内容可以下载，或者还没有检查完。")}},
        description=gettext_lazy("CSV，一行一处：行号、列、内容、原因。请求头的 Accept 不写，或写 */*。"),
    )
    @action(detail=True, methods=["get"])
    def refusals(self, request: Request, pk: str) -> FileResponse:
        """Send the table of what was not taken."""
        found: TableImport = self.get_object()
        try:
            content = refusals_of(found).open("rb")
        except FileNotFoundError as error:
            raise TableRefused(_("没有未采纳的内容可以下载，或者还没有检查完。")) from error
        response = FileResponse(content, as_attachment=True, filename=f"refusals-{found.pk}.csv")
        response.headers["Content-Type"] = "text/csv; charset=utf-8"
        response.headers["Cache-Control"] = "private, no-store"
        return response

    def _collection(self, slug: str | None) -> Collection | None:
        if slug is None:
            return None
        found = policies.working_collections(self.request.user).filter(slug=slug).first()
        if found is None:
            raise ValidationError({"collection": [_("没有这个馆藏，或不归您负责。")]})
        return found

    def _told(self, table: TableImport, status_code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(table).data, status=status_code)
