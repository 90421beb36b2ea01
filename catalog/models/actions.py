"""The action log: who did what, and when; and the digests that chain its entries.

Append-only, in Python and by trigger.
"""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.append_only import ActionDigestQuerySet, ActionQuerySet
from catalog.vocabulary import Verb, one_of


class Action(models.Model):
    """One thing somebody did. Written by `catalog.records.action_log.record` alone.

    The log outlives what it tells of, so its pointers carry no database constraint and are left alone when their
    target goes; `label` keeps the target's name.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("用户"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="actions",
        help_text=_("留空表示在命令行完成。"),
    )
    verb = models.CharField(_("动作"), max_length=40, choices=Verb.choices)
    label = models.CharField(_("对象"), max_length=300, blank=True)
    collection = models.ForeignKey(
        "catalog.Collection",
        verbose_name=_("馆藏"),
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="actions",
    )
    image = models.ForeignKey(
        "catalog.Image",
        verbose_name=_("图像"),
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="actions",
    )
    details = models.JSONField(_("细节"), default=dict, blank=True)
    created_at = models.DateTimeField(_("时间"), auto_now_add=True, db_index=True)

    objects = ActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("操作记录")
        verbose_name_plural = _("操作记录")
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=one_of("verb", Verb.values), name="action_verb_known")]

    def __str__(self) -> str:
        return f"{self.get_verb_display()} {self.label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save a new entry.

        Raises:
            TypeError: the entry exists already.
        """
        if not self._state.adding:
            raise TypeError("The action log is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: the log is append-only."""
        raise TypeError("The action log is append-only.")


class ActionDigest(models.Model):
    """A link of the chain over the action log. Written by `catalog.records.log_chain` alone.

    Apart from the entry, which is not written twice: the chain follows the log a minute later, so that whoever records
    something need not wait for everybody else who does.
    """

    position = models.PositiveBigIntegerField(_("次序"), primary_key=True)
    action = models.OneToOneField(
        Action,
        verbose_name=_("操作记录"),
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="digest",
    )
    digest = models.CharField(_("摘要"), max_length=64)

    objects = ActionDigestQuerySet.as_manager()

    class Meta:
        verbose_name = _("操作记录的摘要")
        verbose_name_plural = _("操作记录的摘要")
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.position} {self.digest[:12]}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save a new link.

        Raises:
            TypeError: the link exists already.
        """
        if not self._state.adding:
            raise TypeError("The chain of the action log is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: the chain is append-only."""
        raise TypeError("The chain of the action log is append-only.")
