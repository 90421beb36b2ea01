"""Rounds in which masters were read again and held against their hashes."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class FixityCheck(models.Model):
    """One round: how many masters it read, and what it found. What is wrong with which, the scans themselves say."""

    started_at = models.DateTimeField(_("开始"), auto_now_add=True)
    finished_at = models.DateTimeField(
        _("结束"), null=True, blank=True, help_text=_("空着表示还在进行，或中途停下了。")
    )
    checked = models.PositiveIntegerField(_("校验"), default=0)
    intact = models.PositiveIntegerField(_("完好"), default=0)
    damaged = models.PositiveIntegerField(_("损坏"), default=0)
    replaced = models.PositiveIntegerField(_("被改动或替换"), default=0)
    missing = models.PositiveIntegerField(_("丢失"), default=0)
    unreadable = models.PositiveIntegerField(_("无法读取"), default=0)

    class Meta:
        verbose_name = _("完整性校验")
        verbose_name_plural = _("完整性校验")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return str(_("完整性校验 %(pk)s") % {"pk": self.pk})

    @property
    def faulty(self) -> int:
        """Return how many masters are not as they were taken in."""
        return self.damaged + self.replaced + self.missing + self.unreadable
