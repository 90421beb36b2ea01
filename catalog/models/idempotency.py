"""What a program was answered when it created something, so that asking again creates nothing twice."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class IdempotencyKey(models.Model):
    """A name that a program gave to one request, and the answer to it. Written by `catalog.records.idempotency` alone.

    While `status` is empty the request is at work, or its process died: then `claimed_until` says from when on another
    one may take over.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("用户"), on_delete=models.CASCADE, related_name="+"
    )
    key = models.CharField(_("幂等键"), max_length=100)
    # Of the method, the address and all that was sent: the same name for something else is a mistake.
    digest = models.CharField(_("请求摘要"), max_length=64)
    status = models.PositiveSmallIntegerField(_("状态码"), null=True, blank=True)
    headers = models.JSONField(_("响应头"), default=dict, blank=True)
    body = models.TextField(_("响应体"), blank=True)
    claim = models.UUIDField(_("认领令牌"), null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(_("认领到期"), null=True, blank=True)
    expires_at = models.DateTimeField(_("保存到"))

    class Meta:
        verbose_name = _("幂等键")
        verbose_name_plural = _("幂等键")
        indexes = [models.Index(fields=["expires_at"], name="idempotencykey_expiry")]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotencykey_once"),
            models.CheckConstraint(
                condition=models.Q(status__isnull=False) | models.Q(claim__isnull=False, claimed_until__isnull=False),
                name="idempotencykey_answered_or_claimed",
            ),
        ]

    def __str__(self) -> str:
        return self.key
