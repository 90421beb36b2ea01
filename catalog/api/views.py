"""The API's lists and records. Each queryset starts from a policy; what writes stands in modules of its own."""

from typing import Any, ClassVar

from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.viewsets import ReadOnlyModelViewSet

from catalog import policies
from catalog.api.parameters import KnownParameters, Order, Pagination, WordSearch
from catalog.api.serializers import AnnotationSerializer, CollectionSerializer, ImageSerializer
from catalog.api.uploads import UploadMixin
from catalog.filters import AnnotationFilter, CollectionFilter, ImageApiFilter
from catalog.models import Annotation, Collection, Image
from catalog.querysets import SEARCHED_COLUMNS, AnnotationQuerySet, CollectionQuerySet, ImageQuerySet
from catalog.vocabulary import State


class ReadViewSet(KnownParameters, ReadOnlyModelViewSet[Any]):
    """What the three lists share."""

    pagination_class = Pagination
    filter_backends = (DjangoFilterBackend, WordSearch, Order)


@extend_schema_view(
    list=extend_schema(summary=_("馆藏列表")),
    retrieve=extend_schema(summary=_("一份馆藏")),
)
class CollectionViewSet(ReadViewSet):
    """Collections: public ones, and those the caller works on."""

    queryset = Collection.objects.none()
    serializer_class = CollectionSerializer
    filterset_class = CollectionFilter
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]+"
    search_fields: ClassVar[list[str]] = ["slug", "title", "introduction", "fonds_number"]
    ordering_fields: ClassVar[list[str]] = ["slug", "title", "updated_at"]

    def get_queryset(self) -> CollectionQuerySet:
        """Return the collections the caller may see, with how many of their images they may see."""
        mine = policies.visible_images(self.request.user).filter(collection=OuterRef("pk"))
        counted = mine.order_by().values("collection").annotate(number=Count("pk")).values("number")
        collections = policies.visible_collections(self.request.user)
        return collections.annotate(image_count=Coalesce(Subquery(counted), 0)).order_by("slug")


@extend_schema_view(
    list=extend_schema(summary=_("图像列表")),
    retrieve=extend_schema(summary=_("一幅图像")),
)
class ImageViewSet(UploadMixin, ReadViewSet):
    """Images with their accepted values: open ones of public collections, and the caller's own."""

    queryset = Image.objects.none()
    serializer_class = ImageSerializer
    filterset_class = ImageApiFilter
    lookup_value_regex = "[0-9]{1,18}"
    search_fields: ClassVar[list[str]] = list(SEARCHED_COLUMNS)
    masked_by = ""
    ordering_fields: ClassVar[list[str]] = ["id", "identifier", "date_start", "updated_at"]

    def get_queryset(self) -> ImageQuerySet:
        """Return the images the caller may see, with what their records show."""
        user = self.request.user
        own = policies.member_images(user).filter(pk=OuterRef("pk"))
        images = policies.visible_images(user).annotate(is_own=Exists(own)).select_related("collection")
        return images.with_files().with_annotations([State.ACCEPTED]).order_by("collection_id", "identifier", "pk")


@extend_schema_view(
    list=extend_schema(summary=_("著录内容列表")),
    retrieve=extend_schema(summary=_("一条著录内容")),
)
class AnnotationViewSet(ReadViewSet):
    """Annotations: accepted ones of public images; members read drafts and what was rejected, too."""

    queryset = Annotation.objects.none()
    serializer_class = AnnotationSerializer
    filterset_class = AnnotationFilter
    lookup_value_regex = "[0-9]{1,18}"
    # Words run over the ends of the lines of a transcription.
    search_fields: ClassVar[list[str]] = ["value", "unbroken"]
    masked_by = "image__"
    ordering_fields: ClassVar[list[str]] = ["id", "created_at", "decided_at"]

    def get_queryset(self) -> AnnotationQuerySet:
        """Return the annotations the caller may read, with their provenance."""
        user = self.request.user
        own = policies.member_images(user).filter(pk=OuterRef("image_id"))
        annotations = policies.visible_annotations(user).annotate(is_own=Exists(own)).with_unbroken_value()
        return annotations.with_provenance().select_related("image__collection").order_by("pk")
