"""What callers may ask of an address: pages, words, order, filters. What is not understood is refused with a sentence.

Each of these says in the description exactly what it takes, so that nothing is taken that is not described.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.viewsets import GenericViewSet

from catalog.api.cursor import CURSOR, START, page_after
from catalog.filters import NO_NUL
from inference.access import standing_of
from inference.models import ApiKey
from inference.words import MAX_QUERY_LENGTH, split_words

_WHOLE_NUMBER = re.compile(r"0*[1-9][0-9]*\Z")
_DIGITS = 12  # beyond what any list has; a longer number is as good as this many nines


class Pagination(PageNumberPagination):
    """Numbered pages of 50, up to 200 rows where asked for; or, by a cursor, one row after the other."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    last_page_strings = ()
    page_query_description = gettext_lazy("第几页，从 1 起。")  # type: ignore[assignment]  # put in words later
    page_size_query_description = gettext_lazy("每页多少条；最多 200，更大的按 200 算。")  # type: ignore[assignment]  # put in words later

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """Return the rows of the page asked for.

        Raises:
            ValidationError: the page or its size is no number.
            NotFound: there is no such page.
        """
        for name in (self.page_query_param, self.page_size_query_param):
            if not _WHOLE_NUMBER.match(request.query_params.get(name, "1")):
                raise ValidationError({name: [_("请写 1 或更大的整数。")]})
        self.by_cursor = CURSOR in request.query_params
        if not self.by_cursor:
            return super().paginate_queryset(queryset, request, view)
        if self.page_query_param in request.query_params:
            raise ValidationError({CURSOR: [_("page 和 cursor 只能写一个。")]})
        self.address = request.build_absolute_uri()
        rows, self.next_cursor = page_after(queryset, request, self.get_page_size(request))
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        """Return a page; by a cursor nothing is counted, and there is no way back."""
        if not self.by_cursor:
            return super().get_paginated_response(data)
        address = None
        if self.next_cursor is not None:
            address = replace_query_param(self.address, CURSOR, self.next_cursor)
        return Response({"next": address, "results": data})

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        """Describe a page of either kind."""
        described = super().get_paginated_response_schema(schema)
        return {**described, "required": ["results"]}

    def get_page_number(self, request: Request, paginator: Any) -> str:
        """Return the page asked for, no longer than numbers are read."""
        return _shortened(request.query_params.get(self.page_query_param, "1"))

    def get_page_size(self, request: Request) -> int:
        """Return how many rows a page has."""
        asked = request.query_params.get(self.page_size_query_param)
        return self.page_size if asked is None else min(int(_shortened(asked)), self.max_page_size)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe both: numbers from 1 up."""
        described = super().get_schema_operation_parameters(view)
        numbers = [{**each, "schema": {"type": "integer", "minimum": 1}} for each in described]
        # Which cursors there are no description can say; a list is begun with an asterisk.
        cursor = {"type": "string", "enum": [START], "x-more": "next"}
        words = _("从头到尾逐页取：第一页写 *，以后照 next 里的地址取。不计总数，取的过程中有增减也不重复、不遗漏。")
        return [*numbers, {"name": CURSOR, "in": "query", "required": False, "schema": cursor, "description": words}]


class WordSearch(SearchFilter):
    """The pages' search: every word must occur, in any of the fields, from one Chinese character up."""

    search_description = gettext_lazy("检索词，用空格隔开的几个词须同时出现；一个汉字也可以。")  # type: ignore[assignment]  # put in words later

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        """Keep what has every word; personal numbers are found by their masked figures, but in the caller's own images.

        The view says by `masked_by` where the image's masked text is, and annotates `is_own`.
        """
        found = super().filter_queryset(request, queryset, view)
        path = getattr(view, "masked_by", None)
        if path is None:
            return found
        for word in self.get_search_terms(request):
            if any(map(str.isdigit, word)):
                in_masked = Q(**{f"{path}masked_text__icontains": word}) | Q(**{f"{path}identifier__icontains": word})
                found = found.filter(Q(is_own=True) | Q(**{f"{path}masked_text": ""}) | in_masked)
        return found

    def get_search_terms(self, request: Request) -> list[str]:
        """Return the words asked for.

        Raises:
            ValidationError: the query is longer than `MAX_QUERY_LENGTH`.
        """
        query = request.query_params.get(self.search_param, "")
        if len(query) > MAX_QUERY_LENGTH:
            message = _("检索词最多 %(limit)d 个字符。") % {"limit": MAX_QUERY_LENGTH}
            raise ValidationError({self.search_param: [message]})
        return split_words(query)

    def get_search_fields(self, view: Any, request: Request) -> list[str] | None:
        """Return the fields searched, as the view names them."""
        return getattr(view, "search_fields", None)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the words, where a list is searched by any."""
        if not getattr(view, "search_fields", None):
            return []
        [described] = super().get_schema_operation_parameters(view)
        return [{**described, "schema": {"type": "string", "maxLength": MAX_QUERY_LENGTH, "pattern": NO_NUL}}]


class Order(OrderingFilter):
    """The order of a list: by the columns that its view names, downwards with a minus before the name."""

    ordering_description = gettext_lazy("按什么排序，可写几个，用英文逗号隔开；前面加 - 表示倒序。")  # type: ignore[assignment]  # put in words later

    def remove_invalid_fields(self, queryset: Any, fields: Iterable[str], view: Any, request: Request) -> list[str]:
        """Return the columns asked for.

        Raises:
            ValidationError: one is none that the list can be ordered by.
        """
        known, asked = self._known(view), list(fields)
        if unknown := [name for name in asked if name not in known]:
            words = _("不能按“%(name)s”排序，可用的有：%(known)s。")
            told = words % {"name": unknown[0], "known": "、".join(view.ordering_fields)}
            raise ValidationError({self.ordering_param: [told]})
        return asked

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the columns."""
        [described] = super().get_schema_operation_parameters(view)
        columns = {"type": "array", "minItems": 1, "items": {"type": "string", "enum": self._known(view)}}
        return [{**described, "schema": columns, "style": "form", "explode": False}]

    def _known(self, view: Any) -> list[str]:
        return [sign + name for name in view.ordering_fields for sign in ("", "-")]


class KnownParameters(GenericViewSet[Any]):
    """Refuses parameters that an address does not have: a misspelt filter would answer with everything."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the query string before anything reads it."""
        # Of a method that the address does not have, that is what is said.
        if self.action not in (None, "metadata"):
            _require_known(request.query_params.lists(), self._parameters())
        super().initial(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Tell with each answer how often the key may still be used."""
        return tell_rate(request, super().finalize_response(request, response, *args, **kwargs))

    def get_object(self) -> Any:
        """Return the record that the address is about.

        Raises:
            NotFound: there is none, or it is not to be seen by whoever asks.
        """
        try:
            return super().get_object()
        except Http404 as error:
            raise NotFound(_("没有这条记录，或您无权查看。")) from error

    def _parameters(self) -> list[str]:
        if self.action != "list":
            return []
        own = list(getattr(self, "filterset_class").base_filters)  # noqa: B009 - each list has one
        searched = [WordSearch.search_param] if getattr(self, "search_fields", None) else []
        paged = [Pagination.page_query_param, "page_size", CURSOR]
        return [*own, *searched, Order.ordering_param, *paged]


def tell_rate(request: Request, response: Response) -> Response:
    """Tell with an answer how often the caller's key may still be used: `RateLimit-Limit`, `-Remaining`, `-Reset`.

    Args:
        request: its ``auth`` is the key, if it came with one.
        response: the answer.

    Returns:
        The answer.
    """
    # Where the key was not recognised, there is nobody whose calls are counted.
    key = getattr(request, "_auth", None)
    standing = standing_of(key) if isinstance(key, ApiKey) else None
    if standing is not None:
        response["RateLimit-Limit"] = str(standing.limit)
        response["RateLimit-Remaining"] = str(standing.left)
        response["RateLimit-Reset"] = str(standing.reset_s)
    return response


def _require_known(given: Any, known: list[str]) -> None:
    """Refuse what is unknown, written twice, empty, or has NUL characters, which PostgreSQL raises on.

    Raises:
        ValidationError: there is such a parameter; it is named.
    """
    errors: dict[str, list[str]] = {}
    for name, values in given:
        reason = _objection(name, values, known)
        if reason:
            errors[name.replace("\x00", "")] = [reason]
    if errors:
        raise ValidationError(errors)


def _objection(name: str, values: list[str], known: list[str]) -> str:
    if name not in known:
        available: Mapping[str, str] = {"name": name.replace("\x00", ""), "known": "、".join(known)}
        if not known:
            return _("这个地址没有名为“%(name)s”的参数，也不用别的参数。") % available
        return _("没有名为“%(name)s”的参数，可用的有：%(known)s。") % available
    if len(values) > 1:
        return _("这个参数写了不止一次，请只写一次。")
    if "\x00" in values[0]:
        return _("参数里有不允许的空字符。")
    if not values[0] and name != WordSearch.search_param:
        return _("这个参数是空的；不需要时请去掉。")
    return ""


def _shortened(number: str) -> str:
    """Return a number as written, or as many nines as are needed to be beyond any list."""
    plain = number.lstrip("0")
    return plain if len(plain) <= _DIGITS else "9" * _DIGITS
