"""What was asked and answered, and the pictures that it was about."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inference.models.api_keys import ApiKey

SUMMARY_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose questions: a user's, wherever they sign in, or those of one browser.

    Attributes:
        user_id: of somebody who is signed in; None for a visitor.
        visitor: fingerprint of the browser's cookie; empty for a user.
    """

    user_id: int | None
    visitor: str = ""

    @property
    def condition(self) -> Q:
        """What rows of this owner have in common."""
        if self.user_id is not None:
            return Q(user_id=self.user_id)
        # Nobody owns what has neither a user nor a browser: calls of programs.
        return Q(user=None, visitor=self.visitor) & ~Q(visitor="")


class ExchangeQuerySet(models.QuerySet["Exchange"]):
    """Questions and answers by owner, words and time."""

    def of(self, owner: Owner) -> "ExchangeQuerySet":
        """Keep an owner's.

        Args:
            owner: whose.
        """
        return self.filter(owner.condition)

    def containing(self, words: Sequence[str]) -> "ExchangeQuerySet":
        """Keep those in whose question or answer all words occur, be they single characters.

        Args:
            words: what is looked for.
        """
        found = self
        for word in words:
            found = found.filter(Q(question__icontains=word) | Q(answer__icontains=word))
        return found

    def between(self, start: datetime | None, end: datetime | None) -> "ExchangeQuerySet":
        """Keep those of a stretch of time.

        Args:
            start: the first moment; None: from the beginning.
            end: the first moment after it; None: up to now.
        """
        found = self
        if start is not None:
            found = found.filter(asked_at__gte=start)
        if end is not None:
            found = found.filter(asked_at__lt=end)
        return found


class PictureQuerySet(models.QuerySet["Picture"]):
    """Pictures by owner."""

    def of(self, owner: Owner) -> "PictureQuerySet":
        """Keep an owner's.

        Args:
            owner: whose.
        """
        return self.filter(owner.condition)


class Exchange(models.Model):
    """A question and its answer; several with one ``conversation`` follow each other."""

    class State(models.TextChoices):
        """How it ended."""

        RUNNING = "running", _("回答中")
        ANSWERED = "answered", _("已回答")
        STOPPED = "stopped", _("已停止")
        FAILED = "failed", _("未完成")

    conversation = models.UUIDField(_("对话"), default=uuid.uuid4)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("用户"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="exchanges",
    )
    visitor = models.CharField(_("访客"), max_length=64, blank=True, default="", editable=False)
    key = models.ForeignKey(
        ApiKey,
        verbose_name=_("API 密钥"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="exchanges",
    )
    asked_at = models.DateTimeField(_("提问时间"), auto_now_add=True, db_index=True)
    summary = models.CharField(_("问题摘要"), max_length=SUMMARY_LENGTH, blank=True)
    question = models.TextField(_("问题"))
    answer = models.TextField(_("回答"), blank=True, default="")
    reasoning = models.TextField(_("思考过程"), blank=True, default="")
    boxes = models.JSONField(_("位置框"), default=list, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.RUNNING)
    error = models.TextField(_("未完成的原因"), blank=True, default="")
    model_version = models.CharField(_("模型版本"), max_length=200, blank=True, default="")
    input_tokens = models.PositiveIntegerField(_("输入词元"), default=0)
    output_tokens = models.PositiveIntegerField(_("输出词元"), default=0)
    queue_s = models.FloatField(_("排队秒数"), default=0.0)
    first_token_s = models.FloatField(_("首字秒数"), default=0.0)
    total_s = models.FloatField(_("总秒数"), default=0.0)

    objects = ExchangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("问答")
        verbose_name_plural = _("问答")
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(fields=["user", "-asked_at"], name="exchange_user_time"),
            models.Index(fields=["visitor", "-asked_at"], name="exchange_visitor_time"),
            models.Index(fields=["conversation", "asked_at"], name="exchange_conversation"),
        ]

    def __str__(self) -> str:
        return self.summary or self.question[:SUMMARY_LENGTH]


class Picture(models.Model):
    """A picture that somebody asked about; it waits without an exchange until the question is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    exchange = models.ForeignKey(
        Exchange,
        verbose_name=_("问答"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="pictures",
    )
    position = models.PositiveSmallIntegerField(_("次序"), default=0)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("用户"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    visitor = models.CharField(_("访客"), max_length=64, blank=True, default="", editable=False)
    name = models.CharField(_("文件名"), max_length=255, blank=True)
    format = models.CharField(_("格式"), max_length=20)
    width = models.PositiveIntegerField(_("宽"))
    height = models.PositiveIntegerField(_("高"))
    pages = models.PositiveIntegerField(_("页数"), default=1)
    page = models.PositiveIntegerField(_("所用的页"), default=0, help_text=_("从 0 数起。"))
    size = models.PositiveBigIntegerField(_("字节数"))
    # Paths below MEDIA_ROOT. Empty: not kept, or not made yet.
    original = models.CharField(_("上传的文件"), max_length=200, blank=True, default="", editable=False)
    converted = models.CharField(_("转换后的文件"), max_length=200, blank=True, default="", editable=False)
    shown = models.CharField(_("屏幕图"), max_length=200, blank=True, default="", editable=False)
    thumbnail = models.CharField(_("缩略图"), max_length=200, blank=True, default="", editable=False)
    created_at = models.DateTimeField(_("上传时间"), auto_now_add=True, db_index=True)

    objects = PictureQuerySet.as_manager()

    class Meta:
        verbose_name = _("提问图片")
        verbose_name_plural = _("提问图片")
        ordering = ["exchange", "position", "created_at"]

    def __str__(self) -> str:
        return self.name or str(_("图片"))

    @property
    def files(self) -> list[str]:
        """Paths below MEDIA_ROOT of all that is kept."""
        values: list[Any] = [self.original, self.converted, self.shown, self.thumbnail]
        return sorted({value for value in values if value})
