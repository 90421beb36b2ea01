"""Runs: what the model was asked about one image, and what it answered, word for word."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.batches import BatchItem
from catalog.models.images import Image
from catalog.models.prompts import PromptVersion


class Run(models.Model):
    """One answer of the model. Every draft points at the run it was read from.

    It stands apart from the batch item because an item may be asked twice, one answer may fill six fields, and an
    answer that could not be read is kept too. A reader of pictures is asked nothing: its runs have no prompt.
    """

    image = models.ForeignKey(Image, verbose_name=_("图像"), on_delete=models.CASCADE, related_name="runs")
    prompt_version = models.ForeignKey(
        PromptVersion,
        verbose_name=_("提示词版本"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="runs",
    )
    batch_item = models.ForeignKey(
        BatchItem,
        verbose_name=_("批次项"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="runs",
    )
    model_name = models.CharField(_("模型"), max_length=200)
    model_version = models.CharField(_("模型版本"), max_length=200, blank=True)
    parameters = models.JSONField(_("参数"), default=dict)
    raw_text = models.TextField(_("回答原文"), blank=True)
    finish_reason = models.CharField(_("结束原因"), max_length=20, blank=True)
    input_tokens = models.PositiveIntegerField(_("输入词元数"), default=0)
    output_tokens = models.PositiveIntegerField(_("输出词元数"), default=0)
    timings = models.JSONField(_("用时（秒）"), default=dict)
    created_at = models.DateTimeField(_("时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("模型回答")
        verbose_name_plural = _("模型回答")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.model_name} · {self.prompt_version_id} · {self.image_id}"
