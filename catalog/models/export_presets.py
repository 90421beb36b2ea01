"""Presets of columns that reviewers wrote: of their own, or in place of a shipped one of the same key."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ExportPreset(models.Model):
    """Columns of a table for another system, as `catalog.exchange.presets` reads them.

    A shipped preset is no row; where a row has its key, the row is used, and deleting the row brings the shipped one
    back. Written by `catalog.exchange.presets.keeping` alone.
    """

    key = models.SlugField(_("代号"), max_length=60, unique=True)
    name = models.CharField(_("名称"), max_length=120)
    about = models.TextField(_("说明"), blank=True)
    definition = models.JSONField(_("栏目"), default=dict)
    revision = models.PositiveIntegerField(_("版次"), default=1, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("修改者"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    changed_at = models.DateTimeField(_("修改时间"), auto_now=True)

    class Meta:
        verbose_name = _("导出预设")
        verbose_name_plural = _("导出预设")
        ordering = ["name", "pk"]
        constraints = [models.CheckConstraint(condition=~models.Q(key=""), name="exportpreset_key_not_empty")]

    def __str__(self) -> str:
        return self.name
