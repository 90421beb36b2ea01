"""The list of images, page by page: which records a page shows, and how many each filter would show.

With tens of thousands of records a list is fast where it reads an index and not the table: the keys of a page are
looked up first, then its rows; whatever is counted is counted from one query over what lists are narrowed down by
(ADR 55).
"""

from functools import cached_property
from typing import Any, cast

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import build_q_object_from_lookup_parameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import InvalidPage, Paginator
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse

from catalog import policies
from catalog.admin.listfilters import TalliedFilter
from catalog.models import Image
from catalog.querysets import ImageQuerySet, Tally


class ImageChangeList(ChangeList):
    """Django's list of objects, for images. All its filters are tallied ones."""

    def __init__(self, request: HttpRequest, *arguments: Any, **named: Any) -> None:
        self._request = request
        super().__init__(request, *arguments, **named)
        # Put into the address once: Django would resolve the address anew for each link.
        self._filters_to_keep, self.preserved_filters = self.preserved_filters, ""

    def get_filters(self, request: HttpRequest) -> Any:
        """Read the filters, and remember what else the address asks for."""
        found = super().get_filters(request)
        self._asked_beside: Any = found[2]
        return found

    def get_results(self, request: HttpRequest) -> None:
        """Count what there is, and find the page's rows by their keys."""
        self.paginator: Paginator[Image] = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        self.result_count = self.paginator.count = sum(tally.number for tally in self.tallies_beside(None))
        self.show_full_result_count, self.full_result_count, self.show_admin_actions = False, None, True
        self.can_show_all = self.result_count <= self.list_max_show_all
        self.multi_page = self.result_count > self.list_per_page
        found = self.queryset
        if self.multi_page and not (self.show_all and self.can_show_all):
            try:
                found = self.paginator.page(self.page_num).object_list
            except InvalidPage as error:
                raise IncorrectLookupParameters from error
        # How many there are is known: looking for them ends with the last, and not with the last record of all.
        page = found.prefetch_related(None).values_list("pk", flat=True)[: self.result_count]
        keys = list(page) if self.result_count else []
        shown = cast(ImageQuerySet, self.root_queryset).for_lists()
        rows = {image.pk: image for image in shown.filter(pk__in=keys)} if keys else {}
        self.result_list = [rows[key] for key in keys if key in rows]

    def url_for_result(self, result: Model) -> str:
        """Return the address of a record's page; each row has it twice."""
        return self._address.replace("/0/", f"/{result.pk}/", 1)

    @cached_property
    def _address(self) -> str:
        address = reverse("admin:catalog_image_change", args=[0], current_app=self.model_admin.admin_site.name)
        return str(add_preserved_filters({"preserved_filters": self._filters_to_keep, "opts": self.opts}, address))

    def tallies_beside(self, counted: TalliedFilter | None) -> list[Tally]:
        """Return what the filters leave.

        Args:
            counted: one that is left out, for its choices are counted.
        """
        specs = cast(list[TalliedFilter], self.filter_specs)
        chosen = [(spec, spec.value()) for spec in specs if spec is not counted]
        active = [(spec, value) for spec, value in chosen if value]
        return [tally for tally in self._tallies if all(spec.is_in(tally, value) for spec, value in active)]

    @cached_property
    def _tallies(self) -> list[Tally]:
        """What the search leaves of the user's images, whatever the filters are."""
        found = Image.objects.filter(build_q_object_from_lookup_parameters(self._asked_beside))
        searched, _twice = self.model_admin.get_search_results(self._request, found, self.query)
        sees = policies.sees_as_member(self._request.user)
        tallies = cast(ImageQuerySet, searched).tallied()
        return [tally for tally in tallies if sees(tally.collection, tally.access)]
