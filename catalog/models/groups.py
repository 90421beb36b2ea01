"""Groups of images that look alike: bursts, and prints that were scanned twice."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.group_querysets import NearGroupQuerySet
from catalog.models.collections import Collection


class NearGroup(models.Model):
    """Images of one collection that show nearly the same. Written by `catalog.records.near_duplicates` alone.

    A group has two images or more; one that shrinks to a single image is dissolved.
    """

    collection = models.ForeignKey(
        Collection, verbose_name=_("馆藏"), on_delete=models.CASCADE, related_name="near_groups", editable=False
    )
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)

    objects = NearGroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("近似组")
        verbose_name_plural = _("近似组")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return str(_("近似组 %(pk)s") % {"pk": self.pk})
