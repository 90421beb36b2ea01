"""REST: scans, to be looked up: by their record, by their content, by what the last check of the masters found."""

from typing import ClassVar

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view

from catalog import policies
from catalog.api.reading import ReadViewSet
from catalog.api.serializers import FileSerializer
from catalog.filters import FileFilter
from catalog.models import ImageFile
from catalog.querysets import ImageFileQuerySet


@extend_schema_view(
    list=extend_schema(summary=_("扫描件列表"), description=_("按 sha256 查，可知一个文件是否已在馆藏里。")),
    retrieve=extend_schema(summary=_("一个扫描件")),
)
class FileViewSet(ReadViewSet):
    """Scans of the images that the caller may see; documents for members."""

    queryset = ImageFile.objects.none()
    serializer_class = FileSerializer
    filterset_class = FileFilter
    lookup_value_regex = "[0-9]{1,18}"
    ordering_fields: ClassVar[list[str]] = ["id", "byte_size", "created_at"]

    def get_queryset(self) -> ImageFileQuerySet:
        """Return the scans the caller may know of."""
        user = self.request.user
        own = Exists(policies.member_images(user).filter(pk=OuterRef("image_id")))
        files = ImageFile.objects.filter(image__in=policies.visible_images(user)).annotate(is_own=own)
        known = files.filter(Q(is_own=True) | Q(pk__in=ImageFile.objects.scans().values("pk")))
        return known.select_related("collection").order_by("pk")
