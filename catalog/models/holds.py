"""Holds: which record is in front of which reviewer, so that a colleague gets the next one."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.images import Image


class ReviewHold(models.Model):
    """A lease of a record to a reviewer in one tab of their browser; over, it counts for nothing.

    Written by `catalog.review.holds` alone.
    """

    image = models.OneToOneField(
        Image, verbose_name=_("图像"), on_delete=models.CASCADE, related_name="review_hold", primary_key=True
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("用户"), on_delete=models.CASCADE, related_name="review_holds"
    )
    # Two tabs of one person are two places at the queue; empty for whoever names none.
    tab = models.CharField(_("标签页"), max_length=32, blank=True, default="", db_default="")
    until = models.DateTimeField(_("保留到"), db_index=True)

    class Meta:
        verbose_name = _("审核中的图像")
        verbose_name_plural = _("审核中的图像")

    def __str__(self) -> str:
        return f"{self.image_id} {self.user_id} {self.until:%H:%M:%S}"
