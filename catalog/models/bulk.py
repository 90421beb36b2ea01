"""Bulk changes: decisions about many records at once, and the frozen lists of what their preview showed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.collections import Collection
from catalog.vocabulary import one_of


class BulkChange(models.Model):
    """One change of many records: looked at first, then carried out by the worker. Written by `catalog.review.bulk`.

    While it is running it carries a claim: a token only its owner knows, who the owner is, and until when the lease
    holds. Each chunk of it is carried out and marked in one transaction that checks the token, so that nothing is done
    twice whoever dies when.
    """

    class Kind(models.TextChoices):
        """What is done."""

        ACCEPT = "accept", _("采用草稿")
        REJECT = "reject", _("退回草稿")
        SET = "set", _("填写一项")
        REPLACE = "replace", _("查找替换")
        UNDO = "undo", _("撤销")

    class State(models.TextChoices):
        """Where it stands."""

        PREVIEW = "preview", _("预览，尚未执行")
        PENDING = "pending", _("等待")
        RUNNING = "running", _("进行中")
        DONE = "done", _("已完成")
        CANCELLED = "cancelled", _("已取消")
        FAILED = "failed", _("中途停止")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("用户"), on_delete=models.PROTECT, related_name="bulk_changes"
    )
    kind = models.CharField(_("操作"), max_length=20, choices=Kind.choices)
    parameters = models.JSONField(_("参数"), default=dict, blank=True)
    selection = models.TextField(_("范围"), blank=True)
    collections = models.ManyToManyField(Collection, verbose_name=_("馆藏"), related_name="+", blank=True)
    undoes = models.ForeignKey(
        "self", verbose_name=_("撤销的改动"), on_delete=models.SET_NULL, null=True, blank=True, related_name="undone_by"
    )
    state = models.CharField(_("状态"), max_length=20, choices=State.choices, default=State.PREVIEW)
    reason = models.TextField(_("说明"), blank=True)
    records = models.PositiveIntegerField(_("要改的记录数"), default=0)
    fields = models.PositiveIntegerField(_("要改的项数"), default=0)
    left_out = models.JSONField(_("预览时不改的"), default=dict, blank=True)
    done_records = models.PositiveIntegerField(_("已改的记录数"), default=0)
    done_fields = models.PositiveIntegerField(_("已改的项数"), default=0)
    skipped = models.JSONField(_("执行时跳过的"), default=dict, blank=True)
    attempts = models.PositiveIntegerField(_("尝试次数"), default=0)
    claim = models.UUIDField(_("认领令牌"), null=True, blank=True, editable=False)
    owner = models.CharField(_("认领进程"), max_length=200, blank=True, editable=False)
    lease_until = models.DateTimeField(_("租约到期"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)
    started_at = models.DateTimeField(_("开始时间"), null=True, blank=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("批量改动")
        verbose_name_plural = _("批量改动")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "id"], name="bulkchange_by_state")]
        constraints = [
            models.CheckConstraint(
                condition=one_of("kind", ["accept", "reject", "set", "replace", "undo"]), name="bulkchange_kind_known"
            ),
            models.CheckConstraint(
                condition=one_of("state", ["preview", "pending", "running", "done", "cancelled", "failed"]),
                name="bulkchange_state_known",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="running", claim__isnull=False, lease_until__isnull=False)
                    | (~Q(state="running") & Q(claim__isnull=True, lease_until__isnull=True))
                ),
                name="bulkchange_lease_only_while_running",
            ),
        ]

    def __str__(self) -> str:
        return str(_("批量改动 %(pk)s")) % {"pk": self.pk}

    @property
    def is_under_way(self) -> bool:
        """Tell whether the worker has it, or will."""
        return self.state in (self.State.PENDING, self.State.RUNNING)


class BulkChunk(models.Model):
    """Some of a change's records, as the preview saw them, and what became of them: one transaction of the worker.

    `records` holds a list for each: key of the image, of the drafts, of the accepted values and of the log entries
    that are the change's business. What is not in it is left alone.
    """

    change = models.ForeignKey(BulkChange, verbose_name=_("批量改动"), on_delete=models.CASCADE, related_name="chunks")
    position = models.PositiveIntegerField(_("次序"))
    records = models.JSONField(_("记录"), default=list)
    entries = models.JSONField(_("操作记录"), default=list, blank=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("批量改动的一段")
        verbose_name_plural = _("批量改动的各段")
        ordering = ["change_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["change", "position"], name="bulkchunk_position_once_per_change")
        ]

    def __str__(self) -> str:
        return f"{self.change_id}/{self.position}"
