"""Webhooks: who is told of events, the events, and what became of telling each.

Events are written by `catalog.records.outbox` in the transaction of what they tell of; the rest by `catalog.webhooks`.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.collections import Collection
from catalog.vocabulary import DeliveryState, EventKind, one_of


class WebhookEndpoint(models.Model):
    """An address of another system that events are sent to.

    The secret that signs them is not kept: it is derived from `SECRET_KEY` and `salt`. `digest` tells whether that
    still gives the one that was shown. For a day after it was replaced, the one before signs as well.
    """

    name = models.CharField(_("名称"), max_length=100, unique=True, help_text=_("发给谁，例如：档案管理系统。"))
    url = models.CharField(_("地址"), max_length=500)
    events = models.JSONField(_("事件"), default=list)
    collection = models.ForeignKey(
        Collection,
        verbose_name=_("馆藏"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("只发这份馆藏的事件；留空表示全部馆藏。"),
    )
    active = models.BooleanField(
        _("启用"), default=True, help_text=_("停用后不再产生新的推送，尚未送达的留着，启用后接着发。")
    )
    salt = models.CharField(max_length=64, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    previous_salt = models.CharField(max_length=64, blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, blank=True, editable=False)
    failures = models.PositiveIntegerField(_("连续失败次数"), default=0, editable=False)
    resting_until = models.DateTimeField(_("暂缓到"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("推送地址")
        verbose_name_plural = _("推送地址")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class WebhookEvent(models.Model):
    """Something that happened, as it is told: to every endpoint and at every attempt in the same bytes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("事件"), max_length=40, choices=EventKind.choices)
    body = models.TextField(_("内容"))
    created_at = models.DateTimeField(_("时间"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("事件")
        verbose_name_plural = _("事件")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=one_of("kind", EventKind.values), name="webhookevent_kind_known")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class WebhookDelivery(models.Model):
    """An event on its way to an endpoint.

    While it is being sent it carries a claim, as a bulk change does. `status` and `answer` are of the last attempt;
    `attempts` counts those since it was last asked for, `history` keeps the last ones of all.
    """

    event = models.ForeignKey(WebhookEvent, verbose_name=_("事件"), on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(
        WebhookEndpoint, verbose_name=_("推送地址"), on_delete=models.CASCADE, related_name="deliveries"
    )
    state = models.CharField(_("状态"), max_length=20, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(_("尝试次数"), default=0)
    due_at = models.DateTimeField(_("下次发送"), default=timezone.now)
    status = models.PositiveSmallIntegerField(_("回答"), null=True, blank=True)
    answer = models.TextField(_("对方的话"), blank=True)
    history = models.JSONField(_("历次尝试"), default=list, blank=True)
    claim = models.UUIDField(_("认领令牌"), null=True, blank=True, editable=False)
    owner = models.CharField(_("认领进程"), max_length=200, blank=True, editable=False)
    lease_until = models.DateTimeField(_("租约到期"), null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("推送记录")
        verbose_name_plural = _("推送记录")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="webhookdelivery_to_send",
                condition=one_of("state", [DeliveryState.WAITING.value, DeliveryState.SENDING.value]),
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="webhookdelivery_once_for_each"),
            models.CheckConstraint(condition=one_of("state", DeliveryState.values), name="webhookdelivery_state_known"),
            models.CheckConstraint(
                condition=(
                    Q(state=DeliveryState.SENDING.value, claim__isnull=False, lease_until__isnull=False)
                    | (~Q(state=DeliveryState.SENDING.value) & Q(claim__isnull=True, lease_until__isnull=True))
                ),
                name="webhookdelivery_lease_only_while_sending",
            ),
        ]

    def __str__(self) -> str:
        return str(_("推送 %(pk)s")) % {"pk": self.pk}
