"""Conflicts: a value that came from outside and one that stands in the record, of which a person has to choose one."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.images import Image
from catalog.models.table_imports import TableImport
from catalog.vocabulary import ConflictState, one_of


class Conflict(models.Model):
    """Three texts of one field: what somebody began from, what the record says, and what they brought.

    It is a row of its own: it replaces no draft and no value. Written by `catalog.records.conflicts` alone.
    """

    image = models.ForeignKey(Image, verbose_name=_("图像"), on_delete=models.CASCADE, related_name="conflicts")
    # A descriptive field, or a column of the record such as its 册号.
    field = models.CharField(_("著录项"), max_length=40)
    base = models.TextField(_("原来的"), null=True, blank=True)
    theirs = models.TextField(_("目录里的"), blank=True)
    mine = models.TextField(_("带来的"), blank=True)
    ai_origin = models.BooleanField(_("出自 AI"), default=False, db_default=False)
    table = models.ForeignKey(
        TableImport, verbose_name=_("表格导入"), on_delete=models.SET_NULL, null=True, blank=True, related_name="found"
    )
    origin = models.CharField(_("来自"), max_length=300, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("带来的人"), on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(_("状态"), max_length=20, choices=ConflictState.choices, default=ConflictState.OPEN)
    created_at = models.DateTimeField(_("发现时间"), auto_now_add=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("处理者"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    settled_at = models.DateTimeField(_("处理时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("冲突")
        verbose_name_plural = _("冲突")
        ordering = ["image_id", "pk"]
        indexes = [models.Index(fields=["image", "id"], name="conflict_open", condition=Q(state="open"))]
        constraints = [
            models.CheckConstraint(
                condition=one_of("state", ["open", "kept", "taken", "withdrawn"]), name="conflict_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="open", settled_at__isnull=True) | (~Q(state="open") & Q(settled_at__isnull=False)),
                name="conflict_settled_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field}：{self.mine[:40]}"
