"""The filters of the image list that are more than a column."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.models import Annotation, Image
from catalog.vocabulary import Evidence, Field, Flag, Source, State


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


class DraftFlagFilter(admin.SimpleListFilter):
    """Images by what a reviewer should know of a waiting draft: an invented name before all."""

    title = _("草稿提醒")
    parameter_name = "flag"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Return the flags."""
        return [(flag.value, flag.label) for flag in Flag.single()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> QuerySet[Image]:
        """Keep the images with a draft that has the flag."""
        chosen = self.value()
        if not chosen:
            return queryset
        flags = Flag.containing(chosen)
        return queryset.filter(Exists(Annotation.objects.drafts().filter(image=OuterRef("pk"), flag__in=flags)))


class DraftEvidenceFilter(admin.SimpleListFilter):
    """Images by what a waiting draft rests on."""

    title = _("草稿依据")
    parameter_name = "evidence"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Return the kinds of evidence."""
        return [(kind.value, kind.label) for kind in Evidence if kind is not Evidence.NONE]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> QuerySet[Image]:
        """Keep the images with a draft that rests on it."""
        if not self.value():
            return queryset
        return queryset.filter(Exists(Annotation.objects.drafts().filter(image=OuterRef("pk"), evidence=self.value())))
