"""Tables that come back: what was uploaded, what its check found, and the frozen lists of what it changes."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.collections import Collection
from catalog.vocabulary import one_of


class TableImport(models.Model):
    """One table that comes back: checked first, then applied, and undone as a whole. Written by `catalog.exchange`.

    While it is checked, applied or undone it carries a claim: a token only its owner knows, who the owner is, and until
    when the lease holds. Each chunk is applied, or undone, and marked in one transaction that checks the token.
    """

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", _("等待检查")
        CHECKING = "checking", _("正在检查")
        UNREADABLE = "unreadable", _("读不了")
        CHECKED = "checked", _("已检查，尚未导入")
        PENDING = "pending", _("等待导入")
        RUNNING = "running", _("正在导入")
        DONE = "done", _("已导入")
        CANCELLED = "cancelled", _("已取消")
        FAILED = "failed", _("中途停止")
        UNDO_PENDING = "undo_pending", _("等待撤销")
        UNDOING = "undoing", _("正在撤销")
        UNDONE = "undone", _("已撤销")

        @classmethod
        def at_work(cls) -> "list[TableImport.State]":
            """Return the states in which a process has it in hand."""
            return [cls.CHECKING, cls.RUNNING, cls.UNDOING]

        @classmethod
        def waiting(cls) -> "list[TableImport.State]":
            """Return the states in which it waits for a process."""
            return [cls.WAITING, cls.PENDING, cls.UNDO_PENDING]

    key = models.UUIDField(_("标识"), unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("用户"), on_delete=models.PROTECT, related_name="table_imports"
    )
    undoer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("撤销者"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    # None where the table itself says of each row which collection it is of.
    collection = models.ForeignKey(
        Collection, verbose_name=_("馆藏"), on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    collections = models.ManyToManyField(Collection, verbose_name=_("涉及的馆藏"), related_name="+", blank=True)
    file_name = models.CharField(_("文件名"), max_length=300)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    state = models.CharField(_("状态"), max_length=20, choices=State.choices, default=State.WAITING)
    reason = models.TextField(_("说明"), blank=True)
    rows = models.PositiveIntegerField(_("表格行数"), default=0)
    checked_rows = models.PositiveIntegerField(_("已检查行数"), default=0)
    records = models.PositiveIntegerField(_("要改的记录数"), default=0)
    cells = models.PositiveIntegerField(_("要改的格数"), default=0)
    conflicts = models.PositiveIntegerField(_("冲突的格数"), default=0)
    # How the file was read, its headings, and how often what was refused or ignored, with the first rows of each.
    findings = models.JSONField(_("检查结果"), default=dict, blank=True)
    done_records = models.PositiveIntegerField(_("已改的记录数"), default=0)
    done_cells = models.PositiveIntegerField(_("已改的格数"), default=0)
    done_conflicts = models.PositiveIntegerField(_("已列出的冲突"), default=0)
    undone_cells = models.PositiveIntegerField(_("已撤销的格数"), default=0)
    skipped = models.JSONField(_("导入时跳过的"), default=dict, blank=True)
    kept = models.JSONField(_("撤销时保留的"), default=dict, blank=True)
    attempts = models.PositiveIntegerField(_("尝试次数"), default=0)
    claim = models.UUIDField(_("认领令牌"), null=True, blank=True, editable=False)
    owner = models.CharField(_("认领进程"), max_length=200, blank=True, editable=False)
    lease_until = models.DateTimeField(_("租约到期"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)
    started_at = models.DateTimeField(_("开始时间"), null=True, blank=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("表格导入")
        verbose_name_plural = _("表格导入")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "id"], name="tableimport_by_state")]
        constraints = [
            models.CheckConstraint(
                condition=one_of(
                    "state",
                    [
                        "waiting",
                        "checking",
                        "unreadable",
                        "checked",
                        "pending",
                        "running",
                        "done",
                        "cancelled",
                        "failed",
                        "undo_pending",
                        "undoing",
                        "undone",
                    ],
                ),
                name="tableimport_state_known",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state__in=["checking", "running", "undoing"], claim__isnull=False, lease_until__isnull=False)
                    | (
                        ~Q(state__in=["checking", "running", "undoing"])
                        & Q(claim__isnull=True, lease_until__isnull=True)
                    )
                ),
                name="tableimport_lease_only_at_work",
            ),
        ]

    def __str__(self) -> str:
        return str(_("表格导入 %(pk)s")) % {"pk": self.pk}

    @property
    def is_under_way(self) -> bool:
        """Tell whether a process has it in hand, or will."""
        return self.state in (*self.State.at_work(), *self.State.waiting())


class TableImportChunk(models.Model):
    """Some of a table's records with what changes in them, and what became of it: one transaction of the worker.

    `records` holds a list for each: key of the image, number of the row, and the cells, each a list of the column's
    key, what was exported, what the catalogue held when it was checked, what the table says, whether it is a conflict,
    and whether the table says that it began as a model's text.
    """

    table = models.ForeignKey(TableImport, verbose_name=_("表格导入"), on_delete=models.CASCADE, related_name="chunks")
    position = models.PositiveIntegerField(_("次序"))
    records = models.JSONField(_("记录"), default=list)
    entries = models.JSONField(_("操作记录"), default=list, blank=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    undone_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("表格导入的一段")
        verbose_name_plural = _("表格导入的各段")
        ordering = ["table_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["table", "position"], name="tableimportchunk_position_once_per_table")
        ]

    def __str__(self) -> str:
        return f"{self.table_id}/{self.position}"
