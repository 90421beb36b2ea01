"""The filters of the image list that are more than a column."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.models import Annotation, Image
from catalog.vocabulary import Dating, Evidence, Field, Flag, Source


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
        accepted = wanted.accepted()
        if self.value() == Source.MODEL:
            return queryset.filter(Exists(accepted.filter(ai_origin=True)))
        return queryset.filter(Exists(accepted.filter(source=self.value(), ai_origin=False)))


class DatingFilter(admin.SimpleListFilter):
    """Images by whether their date text was understood: what was not is found by no date."""

    title = _("时间的识别")
    parameter_name = "dating"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Return what can have become of a date text."""
        return [(dating.value, dating.label) for dating in Dating]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> QuerySet[Image]:
        """Keep the images of which that is so."""
        value = self.value()
        return queryset.with_dating(value) if value else queryset  # type: ignore[attr-defined]  # ours, not Django's


class _DraftFilter(admin.SimpleListFilter):
    """Images by something of a draft that waits."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> QuerySet[Image]:
        """Keep the images with such a draft."""
        value = self.value()
        return queryset.filter(Exists(self.drafts(value).filter(image=OuterRef("pk")))) if value else queryset

    def drafts(self, value: str) -> QuerySet[Annotation]:
        """Return the drafts with a value in the column that is named as the parameter."""
        return Annotation.objects.drafts().filter(**{str(self.parameter_name): value})


class DraftFieldFilter(_DraftFilter):
    """Images by the field for which a draft waits."""

    title = _("待审著录项")
    parameter_name = "draft"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Return the descriptive fields."""
        return [(field.value, field.label) for field in Field]

    def drafts(self, value: str) -> QuerySet[Annotation]:
        """Return the drafts for a field."""
        return Annotation.objects.drafts().filter(field=value)


class DraftFlagFilter(_DraftFilter):
    """Images by what a reviewer should know of a waiting draft: an invented name before all."""

    title = _("草稿提醒")
    parameter_name = "flag"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Return the flags."""
        return [(flag.value, flag.label) for flag in Flag.single()]

    def drafts(self, value: str) -> QuerySet[Annotation]:
        """Return the drafts that have a flag, beside others perhaps."""
        return Annotation.objects.drafts().filter(flag__in=Flag.containing(value))


class DraftEvidenceFilter(_DraftFilter):
    """Images by what a waiting draft rests on."""

    title = _("草稿依据")
    parameter_name = "evidence"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Return the kinds of evidence."""
        return [(kind.value, kind.label) for kind in Evidence if kind is not Evidence.NONE]
