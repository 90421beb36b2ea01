"""Readings: what a reader of pictures found written on one scan, line by line."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.images import ImageFile
from catalog.querysets import ReadingQuerySet


class Reading(models.Model):
    """What stands on one scan. One for each scan: reading it again replaces it.

    `lines` is a list of objects: page (from 0), text, quad (eight numbers, x and y from 0 to 1000 of the page's width
    and height), confidence, vertical; and where it is so is_seal, under_red (to be looked at, whatever the confidence),
    other (a second way to read it). `unread` is a list of what was lost: page, loss (a value of
    `inference.reading.types.Loss`), quad. Written by `catalog.reading.reading` alone.
    """

    file = models.OneToOneField(ImageFile, verbose_name=_("扫描件"), on_delete=models.CASCADE, related_name="reading")
    reader = models.CharField(_("识读程序"), max_length=100)
    version = models.CharField(_("版本"), max_length=50)
    lines = models.JSONField(_("文字行"), default=list)
    unread = models.JSONField(_("未读出之处"), default=list)
    text = models.TextField(_("文字"), blank=True)
    # A word may run over the end of a line, and of a column sooner still.
    searched = models.TextField(_("检索用文字"), blank=True, editable=False)
    confidence = models.FloatField(_("把握"), default=0.0)
    made_at = models.DateTimeField(_("识读时间"), auto_now=True)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        verbose_name = _("识读结果")
        verbose_name_plural = _("识读结果")
        ordering = ["file_id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1), name="reading_confidence_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_id}：{self.text[:40]}"
