"""Scans in the admin: below their image's page, and all of them in a list of their own."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from catalog import policies
from catalog.admin.access import OfImageAdmin, ReadOnlyInline, collections_filter
from catalog.models import ImageFile


class FileInline(ReadOnlyInline):
    """The scans of an image, and the document that they are pages of."""

    model = ImageFile
    fields = (
        "role", "sequence", "download", "format", "pages", "size", "defect", "sha256", "fixity", "fixity_checked_at",
    )  # fmt: skip
    readonly_fields = fields
    verbose_name_plural = _("扫描件")

    @admin.display(description=_("扫描原图"))
    def download(self, obj: ImageFile) -> SafeString:
        """Return a link to the master."""
        address = reverse("catalog:media", kwargs={"pk": obj.pk, "kind": "master"})
        return format_html('<a href="{}">{}</a>', address, obj.original_name)

    @admin.display(description=_("像素"))
    def size(self, obj: ImageFile) -> str:
        """Return width and height; a document has none."""
        return _pixels(obj)


@admin.register(ImageFile)
class ImageFileAdmin(OfImageAdmin[ImageFile]):
    """All scans, to find a file by its name or hash."""

    list_display = ("original_name", "record", "collection", "role", "format", "size", "byte_size", "fixity")
    list_filter = (collections_filter("collection"), "role", "format", "defect", "fixity")
    list_select_related = ("image", "collection")
    search_fields = ("original_name", "sha256", "image__identifier")

    def mine(self, request: HttpRequest) -> QuerySet[ImageFile]:
        """Return the scans of images the user may see as a member."""
        return super().mine(request).filter(image__in=policies.member_images(request.user))

    @admin.display(description=_("像素"))
    def size(self, obj: ImageFile) -> str:
        """Return width and height; a document has none."""
        return _pixels(obj)


def _pixels(file: ImageFile) -> str:
    return "" if file.is_document else f"{file.width} × {file.height}"
