"""Exports: tables that left the catalogue, how far their making is, and what each row said when it left."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.vocabulary import one_of


class Export(models.Model):
    """One table of chosen records. Written by `catalog.exchange.exports`.

    Which records it has is frozen when it is prepared. While it is being made it carries a claim: a token only its
    owner knows, who the owner is, and until when the lease holds. What is not `background` is made by whoever asked
    for it, a page or a command, and is never taken over: somebody waits for it, or nobody does any more.
    """

    class Format(models.TextChoices):
        """The kinds of files."""

        CSV = "csv", _("CSV")
        XLSX = "xlsx", _("Excel 工作簿（XLSX）")
        JSONL = "jsonl", _("JSON Lines")

    class State(models.TextChoices):
        """Where it stands."""

        PENDING = "pending", _("等待")
        RUNNING = "running", _("进行中")
        DONE = "done", _("已完成")
        FAILED = "failed", _("失败")
        CANCELLED = "cancelled", _("已取消")
        EXPIRED = "expired", _("文件已过期")

    key = models.UUIDField(_("编号"), primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("用户"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="exports",
    )
    format = models.CharField(_("格式"), max_length=20, choices=Format.choices)
    preset = models.CharField(_("方案"), max_length=200, blank=True, default="")
    # What the columns are made by again: the preset as it was, and the fields that had drafts.
    layout = models.JSONField(_("列"), default=dict, blank=True)
    language = models.CharField(_("语言"), max_length=20, blank=True, default="")
    selection = models.TextField(_("范围"), blank=True)
    state = models.CharField(_("状态"), max_length=20, choices=State.choices, default=State.PENDING)
    reason = models.TextField(_("说明"), blank=True)
    background = models.BooleanField(_("后台"), default=False)
    records = models.PositiveIntegerField(_("记录数"), default=0)
    done_records = models.PositiveIntegerField(_("已写的记录数"), default=0)
    left_out = models.PositiveIntegerField(_("未写入的记录数"), default=0)
    # Keys of the collections it has records of, and of those of which it has restricted ones.
    collections = models.JSONField(_("馆藏"), default=list, blank=True)
    restricted = models.JSONField(_("含仅审核员可见记录的馆藏"), default=list, blank=True)
    attempts = models.PositiveIntegerField(_("尝试次数"), default=0)
    claim = models.UUIDField(_("认领令牌"), null=True, blank=True, editable=False)
    owner = models.CharField(_("认领进程"), max_length=200, blank=True, editable=False)
    lease_until = models.DateTimeField(_("租约到期"), null=True, blank=True, editable=False)
    file_name = models.CharField(_("文件名"), max_length=200, blank=True)
    size = models.PositiveBigIntegerField(_("字节数"), default=0)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)
    started_at = models.DateTimeField(_("开始时间"), null=True, blank=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    expires_at = models.DateTimeField(_("下载期限"), null=True, blank=True)
    kept_until = models.DateTimeField(_("导出值保留到"), null=True, blank=True)

    class Meta:
        verbose_name = _("导出")
        verbose_name_plural = _("导出")
        ordering = ["-created_at", "pk"]
        indexes = [
            models.Index(fields=["state", "created_at"], name="export_by_state"),
            models.Index(fields=["user", "created_at"], name="export_by_user"),
        ]
        constraints = [
            models.CheckConstraint(condition=one_of("format", ["csv", "xlsx", "jsonl"]), name="export_format_known"),
            models.CheckConstraint(
                condition=one_of("state", ["pending", "running", "done", "failed", "cancelled", "expired"]),
                name="export_state_known",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="running", claim__isnull=False, lease_until__isnull=False)
                    | (~Q(state="running") & Q(claim__isnull=True, lease_until__isnull=True))
                ),
                name="export_lease_only_while_running",
            ),
        ]

    def __str__(self) -> str:
        return str(_("导出 %(key)s")) % {"key": str(self.key)[:8]}

    @property
    def is_under_way(self) -> bool:
        """Tell whether somebody makes it, or will."""
        return self.state in (self.State.PENDING, self.State.RUNNING)


class ExportPart(models.Model):
    """Some of an export's records: their keys, in order, and once they are written what each cell said.

    Both are compressed JSON; `catalog.exchange.exports.keeping` reads and writes them.
    """

    export = models.ForeignKey(Export, verbose_name=_("导出"), on_delete=models.CASCADE, related_name="parts")
    position = models.PositiveIntegerField(_("次序"))
    number = models.PositiveIntegerField(_("记录数"))
    images = models.BinaryField(_("记录"))
    kept = models.BinaryField(_("导出值"), null=True, blank=True)

    class Meta:
        verbose_name = _("导出的一段")
        verbose_name_plural = _("导出的各段")
        ordering = ["export_id", "position"]
        # The constraint's own index serves the foreign key, too.
        constraints = [
            models.UniqueConstraint(fields=["export", "position"], name="exportpart_position_once_per_export")
        ]

    def __str__(self) -> str:
        return f"{self.export_id}/{self.position}"
