"""Keys by name: who calls the interfaces, and what they may do there."""

import hashlib
import secrets
from collections.abc import Collection

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

PREFIX = "glmv-"
"""How every key begins, so that one can tell it from the placeholders that clients send where no key is asked for."""
_BYTES = 32
_SHOWN = len(PREFIX) + 6


class Scope(models.TextChoices):
    """What a key is good for."""

    ASK = "ask", _("提问")
    BATCH = "batch", _("批量（低优先级）")
    READ = "read", _("读取目录")
    WRITE = "write", _("写入目录")
    DECIDE = "decide", _("审核与公开")
    MEMBERS = "members", _("管理成员")


def fingerprint(token: str) -> str:
    """Return what is kept of a key.

    A key is 256 random bits: nobody guesses it, so that a plain hash is as good as a slow one and can be looked up.

    Args:
        token: the key.

    Returns:
        SHA-256 as 64 hexadecimal digits.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class ApiKeyManager(models.Manager["ApiKey"]):
    """Makes keys and finds them."""

    def issue(self, name: str, scopes: Collection[str], **values: object) -> tuple["ApiKey", str]:
        """Make a key.

        Args:
            name: what people call it.
            scopes: what it is good for.
            **values: of other fields.

        Returns:
            What is kept of it, and the key itself, which nobody can find out later.
        """
        key = self.model(name=name, scopes=sorted(scopes), **values)
        token = key.renew()
        key.save(force_insert=True)
        return key, token

    def replace(self, key: "ApiKey") -> str | None:
        """Put a new key in the place of one, which is worth nothing from then on.

        Args:
            key: the one that is given up; holds its successor afterwards.

        Returns:
            The new key, which nobody can find out later; None where it has been replaced already, or deleted.
        """
        given_up = key.digest
        token = key.renew()
        kept = {"digest": key.digest, "beginning": key.beginning, "last_used_at": None}
        # Compared by the database: of two people who replace it at once, one learns that the other was faster.
        replaced = self.filter(pk=key.pk, digest=given_up).update(**kept)
        return token if replaced else None

    def find(self, token: str) -> "ApiKey | None":
        """Find a key that is in force.

        Args:
            token: what a caller brought.

        Returns:
            The key; None where there is none, or it has been switched off.
        """
        found: ApiKey | None = (
            self.filter(digest=fingerprint(token), active=True)
            .filter(models.Q(owner=None) | models.Q(owner__is_active=True))
            .select_related("owner")
            .first()
        )
        return found


class ApiKey(models.Model):
    """A key: only its fingerprint is kept."""

    name = models.CharField(
        _("名称"), max_length=100, unique=True, help_text=_("给谁、在哪里用，例如：小程序、扫描工作站。")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("代表的用户"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="api_keys",
        help_text=_("持此密钥的程序可以看到这位用户能看到的图像；留空则只看得到公开内容。"),
    )
    scopes = models.JSONField(_("权限"), default=list)
    rate_per_minute = models.PositiveIntegerField(
        _("每分钟次数上限"), null=True, blank=True, help_text=_("留空表示不限。")
    )
    keeps_history = models.BooleanField(
        _("记录问答"), default=False, help_text=_("勾选后，用此密钥的提问与回答会保存在历史记录中。")
    )
    active = models.BooleanField(_("启用"), default=True)
    beginning = models.CharField(_("密钥开头"), max_length=20, editable=False)
    digest = models.CharField(_("指纹"), max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("最近使用"), null=True, blank=True, editable=False)

    objects = ApiKeyManager()

    class Meta:
        verbose_name = _("API 密钥")
        verbose_name_plural = _("API 密钥")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def renew(self) -> str:
        """Take on a new key, not saved yet.

        Returns:
            The key itself; nothing but its fingerprint and its first characters stay with this object.
        """
        token = PREFIX + secrets.token_urlsafe(_BYTES)
        self.digest, self.beginning = fingerprint(token), token[:_SHOWN]
        self.last_used_at = None
        return token

    def allows(self, scope: Scope) -> bool:
        """Tell whether the key is good for something.

        Args:
            scope: what is wanted.
        """
        return scope in self.scopes
