"""Batches: one prompt version, or the reader, goes over chosen images; and the leases that keep that safe."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.collections import Collection
from catalog.models.images import Image
from catalog.models.prompts import PromptVersion
from catalog.vocabulary import BatchState, ItemState, Selection, one_of
from catalog.work_querysets import BatchItemQuerySet, BatchQuerySet


class Batch(models.Model):
    """A run over images of one collection: of a prompt version, or, without one, of the reader of their writing."""

    collection = models.ForeignKey(Collection, verbose_name=_("馆藏"), on_delete=models.CASCADE, related_name="batches")
    prompt_version = models.ForeignKey(
        PromptVersion,
        verbose_name=_("提示词版本"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="batches",
        help_text=_("没有提示词的批次识读图上的文字，不用大模型。"),
    )
    selection = models.CharField(_("范围"), max_length=20, choices=Selection.choices, default=Selection.MISSING)
    criteria = models.JSONField(_("条件"), default=dict, blank=True, editable=False)
    replace_accepted = models.BooleanField(
        _("重新起草已采用的 AI 内容"),
        default=False,
        help_text=_(
            "也为已采用、未经人改动的 AI 内容起草新的草稿；采用新草稿之前，原来的内容不变。人写的、改过的从不重新起草。"
        ),
    )
    background = models.BooleanField(
        _("由后台进程处理"), default=False, help_text=_("否：由运行中的命令处理，命令停下就停下。")
    )
    state = models.CharField(_("状态"), max_length=20, choices=BatchState.choices, default=BatchState.PENDING)
    reason = models.TextField(_("说明"), blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("建立者"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)
    started_at = models.DateTimeField(_("开始时间"), null=True, blank=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("批次")
        verbose_name_plural = _("批次")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=one_of("state", BatchState.values), name="batch_state_known"),
            models.CheckConstraint(condition=one_of("selection", Selection.values), name="batch_selection_known"),
            # Two commands started together must share one batch, not draft everything twice.
            models.UniqueConstraint(
                fields=["collection", "prompt_version", "selection"],
                condition=one_of("state", [state.value for state in BatchState.unfinished()])
                & one_of("selection", [selection.value for selection in Selection.of_a_collection()]),
                name="batch_one_unfinished_of_a_kind",
            ),
            models.UniqueConstraint(
                fields=["collection", "selection"],
                condition=one_of("state", [state.value for state in BatchState.unfinished()])
                & one_of("selection", [selection.value for selection in Selection.of_a_collection()])
                & Q(prompt_version__isnull=True),
                name="batch_one_unfinished_reading",
            ),
            models.CheckConstraint(
                condition=Q(prompt_version__isnull=False)
                | one_of("selection", [selection.value for selection in Selection.of_a_reading()]),
                name="batch_reading_needs_no_prompt",
            ),
        ]

    def __str__(self) -> str:
        return str(_("批次 %(pk)s")) % {"pk": self.pk}

    @property
    def reads(self) -> bool:
        """Whether it reads the writing on the images, rather than asks the model about them."""
        return self.prompt_version_id is None

    @property
    def task(self) -> str:
        """Return what is done with the images, in words."""
        return str(self.prompt_version) if self.prompt_version else str(_("识读文字"))


class BatchItem(models.Model):
    """One image of a batch.

    While it is running it carries a claim: a token only its owner knows, who the owner is, and until when the
    lease holds. Whoever writes a result checks the token again in the writing transaction.
    """

    batch = models.ForeignKey(Batch, verbose_name=_("批次"), on_delete=models.CASCADE, related_name="items")
    image = models.ForeignKey(Image, verbose_name=_("图像"), on_delete=models.CASCADE, related_name="batch_items")
    state = models.CharField(_("状态"), max_length=20, choices=ItemState.choices, default=ItemState.PENDING)
    attempts = models.PositiveIntegerField(_("尝试次数"), default=0)
    error = models.TextField(_("原因"), blank=True)
    claim = models.UUIDField(_("认领令牌"), null=True, blank=True, editable=False)
    owner = models.CharField(_("认领进程"), max_length=200, blank=True, editable=False)
    lease_until = models.DateTimeField(_("租约到期"), null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    objects = BatchItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("批次项")
        verbose_name_plural = _("批次项")
        ordering = ["batch_id", "pk"]
        indexes = [models.Index(fields=["batch", "state", "attempts", "id"], name="batchitem_next_in_turn")]
        constraints = [
            models.UniqueConstraint(fields=["batch", "image"], name="batchitem_image_once_per_batch"),
            models.UniqueConstraint(
                fields=["image"],
                condition=Q(state=ItemState.RUNNING),
                name="batchitem_one_lease_per_image",
            ),
            models.CheckConstraint(condition=one_of("state", ItemState.values), name="batchitem_state_known"),
            models.CheckConstraint(
                condition=(
                    Q(state=ItemState.RUNNING, claim__isnull=False, lease_until__isnull=False)
                    | (~Q(state=ItemState.RUNNING) & Q(claim__isnull=True, lease_until__isnull=True))
                ),
                name="batchitem_lease_only_while_running",
            ),
            models.CheckConstraint(
                condition=~Q(state=ItemState.FAILED) | ~Q(error=""), name="batchitem_failure_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.image_id}"
