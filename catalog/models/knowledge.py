"""Knowledge bases: what an institution knows beside its records, for the model to look up before it answers."""

from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.collections import Collection
from catalog.querysets import KnowledgeBaseQuerySet, KnowledgeEntryQuerySet

MOST_CHARACTERS = 20_000
"""How long an entry may be."""


class KnowledgeBase(models.Model):
    """Entries under one name; with a collection, its accepted records too."""

    slug = models.SlugField(
        _("代号"), max_length=60, unique=True, help_text=_("提问的程序用它指明知识库：英文字母、数字、短横线。")
    )
    title = models.CharField(_("名称"), max_length=200)
    notes = models.TextField(_("说明"), blank=True, help_text=_("给同事看的；不会交给模型。"))
    collection = models.ForeignKey(
        Collection,
        verbose_name=_("馆藏"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="knowledge_bases",
        help_text=_("选定后，这份馆藏里提问者有权查看的已采用内容也一并查阅。"),
    )
    is_public = models.BooleanField(
        _("公开"), default=False, help_text=_("公开后，任何能提问的人都可以使用，并看到所引资料的标题。")
    )
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)
    updated_at = models.DateTimeField(_("修改时间"), auto_now=True)

    objects = KnowledgeBaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("知识库")
        verbose_name_plural = _("知识库")
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(slug=""), name="knowledgebase_slug_not_empty"),
        ]

    def __str__(self) -> str:
        return self.title


class KnowledgeEntry(models.Model):
    """One thing that is known: a note on an exhibit, the history of a place, a typical error."""

    base = models.ForeignKey(KnowledgeBase, verbose_name=_("知识库"), on_delete=models.CASCADE, related_name="entries")
    title = models.CharField(_("标题"), max_length=200)
    text = models.TextField(
        _("正文"), validators=[MaxLengthValidator(MOST_CHARACTERS)], help_text=_("一条只讲一件事，短一些更容易查到。")
    )
    source = models.CharField(
        _("出处"), max_length=500, blank=True, help_text=_("书名、档号或网址；网址会随回答一起给出。")
    )
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)
    updated_at = models.DateTimeField(_("修改时间"), auto_now=True)

    objects = KnowledgeEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("知识条目")
        verbose_name_plural = _("知识条目")
        ordering = ["base_id", "title", "pk"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(text=""), name="knowledgeentry_text_not_empty"),
        ]

    def __str__(self) -> str:
        return self.title
