"""What callers may ask of a list: pages, words, order. Nonsense is answered with 400 or 404, never with a crash."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.filters import SearchFilter
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request

from inference.words import MAX_QUERY_LENGTH, split_words


class Pagination(PageNumberPagination):
    """Numbered pages of 50, up to 200 rows where asked for."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class WordSearch(SearchFilter):
    """The pages' search: every word must occur, in any of the fields, from one Chinese character up."""

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


def refuse_nul(request: Request) -> None:
    """Refuse NUL characters in the query string: no text holds them and PostgreSQL raises on them.

    Raises:
        ValidationError: there is one; the parameter is named.
    """
    for name, values in request.query_params.lists():
        if any("\x00" in value for value in (name, *values)):
            raise ValidationError({name.replace("\x00", ""): [_("参数里有不允许的空字符。")]})
