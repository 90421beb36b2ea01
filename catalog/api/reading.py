"""What the lists of the interface share: pages, filters, words, order."""

from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.viewsets import ReadOnlyModelViewSet

from catalog.api.parameters import KnownParameters, Order, Pagination, WordSearch


class ReadViewSet(KnownParameters, ReadOnlyModelViewSet[Any]):
    """A list, and one of its rows."""

    pagination_class = Pagination
    filter_backends = (DjangoFilterBackend, WordSearch, Order)
