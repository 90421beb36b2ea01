"""The filters of the image list. Each knows of a tally whether it is in: all are counted from one query (ADR 55)."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog import facets
from catalog.admin.access import MyCollectionsFilter, my_collections
from catalog.examination_words import HintKind
from catalog.facets import Facet
from catalog.models import Image
from catalog.querysets import Tally
from catalog.vocabulary import Access, Dating, Disclosure, Evidence, Field, Flag, ImageStatus, Source


class TalliedFilter(admin.SimpleListFilter):
    """A filter that is counted from the list's tallies, not by queries of its own."""

    def is_in(self, tally: Tally, value: str) -> bool:
        """Tell whether the filter keeps the images of a tally.

        Args:
            tally: images that are alike.
            value: what is chosen.
        """
        raise NotImplementedError

    def get_facet_queryset(self, changelist: Any) -> dict[str, int]:
        """Return how many images each choice would show, by the names that Django gives them."""
        left = changelist.tallies_beside(self)
        return {
            f"{place}__c": sum(tally.number for tally in left if self.is_in(tally, value))
            for place, (value, _title) in enumerate(self.lookup_choices)
        }


class CollectionFilter(TalliedFilter, MyCollectionsFilter):
    """Images by their collection, among the user's own."""

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        """Return the collections to choose from, and remember their keys: the list then joins no table."""
        found = list(my_collections(request))
        self.keys = {item.slug: item.pk for item in found}
        return [(item.slug, item.title) for item in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the images of the collection chosen."""
        value = self.value()
        return queryset.filter(collection=self.keys.get(value, 0)) if value else queryset

    def is_in(self, tally: Tally, value: str) -> bool:
        """Tell whether the images are the collection's."""
        return tally.collection == self.keys.get(value)


class _ColumnFilter(TalliedFilter):
    """Images by a column with choices, under the address that Django's own filter has."""

    column: str
    choices_of_column: Any

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Return the column's choices."""
        return list(self.choices_of_column.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> QuerySet[Image]:
        """Keep the images with the value."""
        value = self.value()
        return queryset.filter(**{self.column: value}) if value else queryset

    def is_in(self, tally: Tally, value: str) -> bool:
        """Tell whether the images have the value."""
        return bool(getattr(tally, self.column) == value)


class StatusFilter(_ColumnFilter):
    """Images by where they stand."""

    title = _("状态")
    parameter_name = "status__exact"
    column = "status"
    choices_of_column = ImageStatus


class AccessFilter(_ColumnFilter):
    """Images by who in the house may look at them."""

    title = _("内部可见")
    parameter_name = "access__exact"
    column = "access"
    choices_of_column = Access


class DisclosureFilter(_ColumnFilter):
    """Images by what was decided about the public."""

    title = _("开放标识")
    parameter_name = "disclosure__exact"
    column = "disclosure"
    choices_of_column = Disclosure


class SecrecyFilter(TalliedFilter):
    """Images that are held back as possibly classified."""

    title = _("涉密")
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Return the one choice."""
        return [("1", _("疑似涉密，已停用"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> QuerySet[Image]:
        """Keep the images that are held."""
        return queryset.filter(secrecy_hold=True) if self.value() else queryset

    def is_in(self, tally: Tally, value: str) -> bool:
        """Tell whether the images are held."""
        return bool(tally.secrecy_hold)


class HintFilter(TalliedFilter):
    """Images by the personal numbers that stand in their values and readings."""

    title = _("个人信息")
    parameter_name = "hint"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Return the kinds of numbers."""
        return [(kind.value, kind.label) for kind in HintKind.of_numbers()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> QuerySet[Image]:
        """Keep the images with such a number; a kind that nobody knows is in none."""
        value = self.value()
        if not value:
            return queryset
        kinds = [kind for kind in HintKind.of_numbers() if kind == value]
        return queryset.with_numbers(kinds)  # type: ignore[attr-defined, no-any-return]  # ours, not Django's

    def is_in(self, tally: Tally, value: str) -> bool:
        """Tell whether the images have such a number."""
        return bool(tally.facets & facets.hint_mask(kind for kind in HintKind.of_numbers() if kind == value))


class _FacetFilter(TalliedFilter):
    """Images by one of their facets."""

    facets: Mapping[Any, Facet]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> QuerySet[Image]:
        """Keep the images of which it is so; a value that nobody knows is so of none."""
        if not self.value():
            return queryset
        facet = self.facets.get(self.value())
        return queryset.with_facet(facet) if facet else queryset.none()  # type: ignore[attr-defined]  # ours, not Django's

    def is_in(self, tally: Tally, value: str) -> bool:
        """Tell whether it is so of the images."""
        facet = self.facets.get(value)
        return not value or (facet is not None and facet.is_in(tally.facets))


class SourceFilter(_FacetFilter):
    """Images by where their words come from."""

    title = _("来源")
    parameter_name = "source"
    facets = facets.ACCEPTED_FROM | {"draft": facets.ANY_DRAFT}

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Return the choices: a waiting draft, or accepted values of each source."""
        return [
            ("draft", _("有模型草稿")),
            (Source.MODEL, _("已采用：AI 生成 · 人工审核")),
            (Source.PERSON, _("已采用：人工著录")),
            (Source.IMPORT, _("已采用：导入")),
            (Source.GROUP, _("已采用：照片组")),
        ]


class DatingFilter(_FacetFilter):
    """Images by whether their date text was understood: what was not is found by no date."""

    title = _("时间的识别")
    parameter_name = "dating"
    facets = facets.DATED

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Return what can have become of a date text."""
        return [(dating.value, dating.label) for dating in Dating]


class DraftFieldFilter(_FacetFilter):
    """Images by the field for which a draft waits."""

    title = _("待审著录项")
    parameter_name = "draft"
    facets = facets.DRAFTED

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Return the descriptive fields."""
        return [(field.value, field.label) for field in Field]


class DraftFlagFilter(_FacetFilter):
    """Images by what a reviewer should know of a waiting draft: an invented name before all."""

    title = _("草稿提醒")
    parameter_name = "flag"
    facets = facets.FLAGGED

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Return the flags."""
        return [(flag.value, flag.label) for flag in Flag.single()]


class DraftEvidenceFilter(_FacetFilter):
    """Images by what a waiting draft rests on."""

    title = _("草稿依据")
    parameter_name = "evidence"
    facets = facets.RESTING_ON

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Return the kinds of evidence."""
        return [(kind.value, kind.label) for kind in Evidence if kind is not Evidence.NONE]
