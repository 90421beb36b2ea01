"""The filters of the image list that are more than a column."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.models import Annotation, Image
from catalog.vocabulary import Field, Source, State


class SourceFilter(admin.SimpleListFilter):
    """Images by where their words come from."""

    title = _("来源")
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Return the choices: a waiting draft, or accepted values of each source."""
        return [
            ("draft", _("有模型草稿")),
            (Source.MODEL, _("已采用：AI 生成 · 人工审核")),
            (Source.PERSON, _("已采用：人工著录")),
            (Source.IMPORT, _("已采用：导入")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> QuerySet[Image]:
        """Keep the images with such an annotation."""
        if not self.value():
            return queryset
        wanted = Annotation.objects.filter(image=OuterRef("pk"))
        if self.value() == "draft":
            return queryset.filter(Exists(wanted.drafts()))
        return queryset.filter(Exists(wanted.filter(state=State.ACCEPTED, source=self.value())))


class DraftFieldFilter(admin.SimpleListFilter):
    """Images by the field for which a draft waits."""

    title = _("待审著录项")
    parameter_name = "draft"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Return the descriptive fields."""
        return [(field.value, field.label) for field in Field]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> QuerySet[Image]:
        """Keep the images with a draft for the field."""
        if not self.value():
            return queryset
        return queryset.filter(Exists(Annotation.objects.drafts().filter(image=OuterRef("pk"), field=self.value())))
