"""Collections: what an institution keeps together and publishes together."""

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.exceptions import NamePatternRefused, NumberPatternRefused
from catalog.naming import read_naming
from catalog.numbering import read_number_pattern
from catalog.querysets import CollectionQuerySet
from catalog.vocabulary import CollectionKind, RetentionPeriod, one_of


class Collection(models.Model):
    """A set of images with one policy: a fonds, a course's drawings, an exhibition."""

    slug = models.SlugField(
        _("代号"), max_length=60, unique=True, help_text=_("用在网址和命令里：英文字母、数字、短横线。")
    )
    title = models.CharField(_("名称"), max_length=200)
    kind = models.CharField(_("类型"), max_length=20, choices=CollectionKind.choices, default=CollectionKind.ARCHIVE)
    introduction = models.TextField(_("简介"), blank=True)
    notes = models.TextField(
        _("资料说明"),
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "起草时作为已知信息交给模型，例如拍摄的年代和范围、常见的地名和人名；不公开。只写可靠的内容：这里的人名算有依据。"
        ),
    )
    fonds_number = models.CharField(_("全宗号"), max_length=40, blank=True)
    creator = models.CharField(
        _("立档单位"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("这份馆藏是哪个单位形成的；导出时，没有责任者和摄影者的照片用它作责任者。"),
    )
    class_code = models.CharField(
        _("门类代码"),
        max_length=20,
        blank=True,
        default="",
        db_default="",
        help_text=_("用在编号里的 {门类}；照片档案通常写 ZP。"),
    )
    retention_period = models.CharField(_("保管期限"), max_length=20, choices=RetentionPeriod.choices, blank=True)
    is_public = models.BooleanField(
        _("公开"), default=False, db_index=True, help_text=_("公开后，任何人都能看到其中开放图像的已采用内容。")
    )
    prompt = models.ForeignKey(
        "catalog.Prompt",
        verbose_name=_("默认提示词"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="collections",
        help_text=_("批量起草时使用；留空则用“一句话描述”。"),
    )
    blind_first = models.BooleanField(
        _("先著录后看稿"),
        default=False,
        db_default=False,
        help_text=_("审核时先不显示 AI 草稿，等审核的人自己写过再显示。这样写下的内容算人工著录，也能量出草稿有多准。"),
    )
    number_pattern = models.CharField(
        _("编号规则"),
        max_length=100,
        blank=True,
        help_text=_(
            "如 {全宗号}-{保管期限}-{册号}-{张号:4}；还可以用 {门类}、{年度}、{组号}、{件号} 和 {序号}，"
            "冒号后面是位数。{组号} 是照片组的编号；{件号} 在编号的其余部分相同的照片里从 1 数起。"
        ),
    )
    name_pattern = models.TextField(
        _("命名规则"),
        blank=True,
        help_text=_(
            "哪些文件是同一张照片的背面、底片或各页，如“背面：*_v | *背”。“*”代表共有的名称，“#”代表页码。"
            "留空用通行的写法；写“无”则每个文件都算一张照片。"
        ),
    )
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)
    updated_at = models.DateTimeField(_("修改时间"), auto_now=True)

    objects = CollectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("馆藏")
        verbose_name_plural = _("馆藏")
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(condition=one_of("kind", CollectionKind.values), name="collection_kind_known"),
            models.CheckConstraint(
                condition=one_of("retention_period", ["", *RetentionPeriod.values]),
                name="collection_retention_known",
            ),
            models.CheckConstraint(condition=~models.Q(slug=""), name="collection_slug_not_empty"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address of the public page."""
        return reverse("catalog:collection", kwargs={"slug": self.slug})

    def clean(self) -> None:
        """Refuse patterns that cannot be read."""
        try:
            read_naming(self.name_pattern)
        except NamePatternRefused as error:
            raise ValidationError({"name_pattern": str(error)}) from error
        try:
            if self.number_pattern:
                read_number_pattern(self.number_pattern)
        except NumberPatternRefused as error:
            raise ValidationError({"number_pattern": str(error)}) from error
