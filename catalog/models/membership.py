"""Memberships: who works on which collection, and in which role. Policies ask nothing else."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.collections import Collection
from catalog.vocabulary import Role, one_of


class Membership(models.Model):
    """A user's role in one collection, or in all of them where `collection` is empty.

    Who holds several roles has a row for each. Rows are written by `catalog.accounts.roles` alone, which logs them.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("用户"),
        on_delete=models.CASCADE,
        related_name="memberships",
    )
    collection = models.ForeignKey(
        Collection,
        verbose_name=_("馆藏"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="memberships",
        help_text=_("留空表示所有馆藏。"),
    )
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices, default=Role.CATALOGUER)
    created_at = models.DateTimeField(_("授予时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("成员")
        verbose_name_plural = _("成员")
        ordering = ["user_id", "collection_id", "role"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "collection", "role"],
                condition=Q(collection__isnull=False),
                name="membership_role_once_per_collection",
                violation_error_message=_("该用户在这个馆藏里已有这个角色。"),
            ),
            # NULLs are distinct in a unique index, so the role in all collections needs its own.
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=Q(collection__isnull=True),
                name="membership_role_once_in_all",
                violation_error_message=_("该用户在所有馆藏里已有这个角色。"),
            ),
            models.CheckConstraint(condition=one_of("role", Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        where = self.collection.title if self.collection else str(_("所有馆藏"))
        return f"{self.user} · {self.get_role_display()} · {where}"
