"""Classification marks (绝密★, 机密★, 秘密★) that were met on records, and what a person made of them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.images import Image
from catalog.vocabulary import MarkPlace, one_of


class SecrecyMark(models.Model):
    """One mark, at one place of a record. Written by `catalog.records.secrecy` alone, with `Image.secrecy_hold`.

    One that was cleared stays, so that the same mark, met again, does not stop the record a second time.
    """

    image = models.ForeignKey(Image, verbose_name=_("图像"), on_delete=models.CASCADE, related_name="secrecy_marks")
    place = models.CharField(_("位置"), max_length=20, choices=MarkPlace.choices)
    text = models.CharField(_("标志"), max_length=100)
    found_at = models.DateTimeField(_("发现时间"), auto_now_add=True)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("解除人"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    cleared_at = models.DateTimeField(_("解除时间"), null=True, blank=True)
    clearing_reason = models.CharField(_("解除理由"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("密级标志")
        verbose_name_plural = _("密级标志")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["image", "place", "text"], name="secrecymark_once_at_a_place"),
            models.CheckConstraint(condition=one_of("place", MarkPlace.values), name="secrecymark_place_known"),
            models.CheckConstraint(
                condition=Q(cleared_at__isnull=True, cleared_by__isnull=True, clearing_reason="")
                | Q(cleared_at__isnull=False, cleared_by__isnull=False) & ~Q(clearing_reason=""),
                name="secrecymark_cleared_by_somebody_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_place_display()} {self.text}"
