"""Queries about groups of images: those that look alike, and photographs of one event."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Count, OuterRef, Prefetch, Subquery
from django.db.models.functions import Coalesce

from catalog.querysets import ImageQuerySet
from catalog.subqueries import all_of
from catalog.vocabulary import PhotoGroupState

if TYPE_CHECKING:
    from catalog import models as rows  # noqa: F401 - by name only, in strings: the models use these querysets


class NearGroupQuerySet(models.QuerySet["rows.NearGroup"]):
    """Queries about groups of images that look alike."""

    def with_images(self, images: ImageQuerySet) -> Self:
        """Prefetch the groups' images that are among `images`, with their scans, as `shown_images`."""
        wanted = images.with_files().order_by("pk")
        return self.prefetch_related(Prefetch("images", queryset=wanted, to_attr="shown_images"))


class PhotoGroupQuerySet(models.QuerySet["rows.PhotoGroup"]):
    """Queries about groups of photographs of one event."""

    def proposed(self) -> Self:
        """Keep what no person has confirmed yet."""
        return self.filter(state=PhotoGroupState.PROPOSED)

    def confirmed(self) -> Self:
        """Keep what a person has confirmed."""
        return self.filter(state=PhotoGroupState.CONFIRMED)

    def with_extent(self, images: ImageQuerySet) -> Self:
        """Add `image_count`, `first_number` and `last_number`, of those of the groups' photographs among `images`."""
        inside = images.filter(photo_group=OuterRef("pk")).order_by()
        counted = inside.values("photo_group").annotate(number=Count("*")).values("number")
        numbered = inside.exclude(identifier="")
        return self.annotate(
            image_count=Coalesce(Subquery(counted), 0),
            first_number=Subquery(numbered.order_by("identifier", "pk").values("identifier")[:1]),
            last_number=Subquery(numbered.order_by("-identifier", "-pk").values("identifier")[:1]),
        )

    def with_images(self, images: ImageQuerySet) -> Self:
        """Prefetch the groups' photographs that are among `images`, in order, with their scans, as `shown_images`."""
        files = all_of("ImageFile").only("image", "role", "sequence", "original_name", "thumbnail", "width", "height")
        columns = ("photo_group", "collection", "identifier", "title", "status")
        wanted = images.only(*columns).order_by("identifier", "pk").prefetch_related(Prefetch("files", queryset=files))
        return self.prefetch_related(Prefetch("images", queryset=wanted, to_attr="shown_images"))
