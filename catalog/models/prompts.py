"""Prompts and their versions. A version never changes: what was asked stays known for every draft."""

from typing import Any, NoReturn

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.append_only import PromptVersionQuerySet
from catalog.vocabulary import OutputForm, one_of

MOST_GROUP_PICTURES = 4
"""Other photographs of a group that are shown beside one; each costs as many tokens as the photograph asked about."""


class Prompt(models.Model):
    """A named question to the model; its wording lives in versions."""

    slug = models.SlugField(_("代号"), max_length=60, unique=True)
    name = models.CharField(_("名称"), max_length=100, unique=True)
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("提示词")
        verbose_name_plural = _("提示词")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def current(self) -> "PromptVersion | None":
        """Return the newest version."""
        return self.versions.order_by("-number").first()


class PromptVersion(models.Model):
    """One wording of a prompt with the form its answers take. Immutable, in Python and by trigger."""

    prompt = models.ForeignKey(Prompt, verbose_name=_("提示词"), on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("版本"), validators=[MinValueValidator(1)])
    text = models.TextField(_("正文"))
    form = models.CharField(_("回答形式"), max_length=20, choices=OutputForm.choices)
    schema = models.JSONField(_("回答结构"), null=True, blank=True, help_text=_("JSON Schema；一句话等形式留空。"))
    with_facts = models.BooleanField(
        _("附上已知信息"),
        default=True,
        db_default=False,
        help_text=_(
            "起草时把已采用的著录、编号、背面文字和馆藏的资料说明作为引文放在正文前面。抄录文字一类的提示词不要勾选。"
        ),
    )
    group_pictures = models.PositiveSmallIntegerField(
        _("附上同组照片"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(MOST_GROUP_PICTURES)],
        help_text=_("起草时最多附上几幅同一照片组里号码相邻的照片，供模型参照；0 表示不附。每多一幅，起草就慢一些。"),
    )
    max_new_tokens = models.PositiveIntegerField(_("最多生成词元数"), default=256)
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("建立者"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )

    objects = PromptVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("提示词版本")
        verbose_name_plural = _("提示词版本")
        ordering = ["prompt_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["prompt", "number"], name="promptversion_number_unique"),
            models.CheckConstraint(condition=one_of("form", OutputForm.values), name="promptversion_form_known"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="promptversion_number_positive"),
            models.CheckConstraint(condition=~models.Q(text=""), name="promptversion_text_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.prompt.name} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save a new version.

        Raises:
            TypeError: the version exists already.
        """
        if not self._state.adding:
            raise TypeError("A prompt version is immutable; add a new one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: drafts refer to the wording they answer."""
        raise TypeError("A prompt version is immutable and is never deleted.")

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the descriptive fields that answers to this version fill."""
        return tuple(str(field.value) for field in OutputForm(self.form).fields)
