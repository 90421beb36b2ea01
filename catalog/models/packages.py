"""Packages: scans with their descriptions, made by the worker for other systems and archives."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models.collections import Collection
from catalog.vocabulary import one_of


class Package(models.Model):
    """One package: looked over first, then confirmed by a person, then made. Written by `catalog.exchange.packages`.

    Which records are in it is frozen as their keys. While the worker looks it over or makes it, it carries a claim: a
    token only its owner knows, who the owner is, and until when the lease holds. What it is made of lies in a folder of
    its own, see `catalog.exchange.packages.workplace`.
    """

    class Kind(models.TextChoices):
        """What it is."""

        ATTACH = "attach", _("挂接包")
        COPIES = "copies", _("嵌入说明的副本")
        BAG = "bag", _("BagIt 移交包")

    class Grouping(models.TextChoices):
        """Which folders its scans lie in."""

        VOLUME = "volume", _("全宗 / 年度 / 册")
        GROUP = "group", _("全宗 / 年度 / 照片组")

    class Table(models.TextChoices):
        """Which kind of table lies beside the scans."""

        XLSX = "xlsx", "XLSX"
        CSV = "csv", "CSV"

    class WrongNames(models.TextChoices):
        """What is done with files that cannot be called by their number as it is."""

        UNDECIDED = "", _("还没有决定")
        SUBSTITUTE = "substitute", _("用代替的名称写入")
        SKIP = "skip", _("跳过这些记录")

    class State(models.TextChoices):
        """Where it stands."""

        CHECKING = "checking", _("正在核对")
        READY = "ready", _("核对完毕，等待确认")
        PENDING = "pending", _("等待")
        RUNNING = "running", _("进行中")
        DONE = "done", _("已完成")
        CANCELLED = "cancelled", _("已取消")
        FAILED = "failed", _("中途停止")
        EXPIRED = "expired", _("已到期删除")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("用户"), on_delete=models.PROTECT, related_name="packages"
    )
    kind = models.CharField(_("种类"), max_length=20, choices=Kind.choices)
    grouping = models.CharField(_("文件夹"), max_length=20, choices=Grouping.choices, default=Grouping.VOLUME)
    table = models.CharField(_("目录表"), max_length=20, choices=Table.choices, default=Table.XLSX)
    wrong_names = models.CharField(
        _("名称有问题的"), max_length=20, choices=WrongNames.choices, blank=True, default=WrongNames.UNDECIDED
    )
    # What is kept of the table's columns, see `catalog.exchange.layouts`.
    layout = models.JSONField(_("栏目"), default=dict, blank=True)
    selection = models.TextField(_("范围"), blank=True)
    collections = models.ManyToManyField(Collection, verbose_name=_("馆藏"), related_name="+", blank=True)
    # Keys of the records, packed.
    images = models.BinaryField(editable=False)
    # Keys of the collections of which it has records for reviewers only: who fetches it has to be one there.
    restricted = models.JSONField(_("含仅审核员可见记录的馆藏"), default=list, blank=True)
    language = models.CharField(_("语言"), max_length=20, blank=True, default="")
    name = models.CharField(_("名称"), max_length=200, blank=True)
    report = models.JSONField(_("核对结果"), default=dict, blank=True)
    left_out = models.JSONField(_("没有写入的"), default=dict, blank=True)
    state = models.CharField(_("状态"), max_length=20, choices=State.choices, default=State.CHECKING)
    reason = models.TextField(_("说明"), blank=True)
    records = models.PositiveIntegerField(_("记录数"), default=0)
    files = models.PositiveIntegerField(_("文件数"), default=0)
    bytes = models.PositiveBigIntegerField(_("字节数"), default=0)
    done_records = models.PositiveIntegerField(_("已处理的记录数"), default=0)
    done_bytes = models.PositiveBigIntegerField(_("已处理的字节数"), default=0)
    attempts = models.PositiveIntegerField(_("尝试次数"), default=0)
    claim = models.UUIDField(_("认领令牌"), null=True, blank=True, editable=False)
    owner = models.CharField(_("认领进程"), max_length=200, blank=True, editable=False)
    lease_until = models.DateTimeField(_("租约到期"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)
    started_at = models.DateTimeField(_("开始时间"), null=True, blank=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("移交包")
        verbose_name_plural = _("移交包")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "id"], name="package_by_state")]
        constraints = [
            models.CheckConstraint(condition=one_of("kind", ["attach", "copies", "bag"]), name="package_kind_known"),
            models.CheckConstraint(condition=one_of("grouping", ["volume", "group"]), name="package_grouping_known"),
            models.CheckConstraint(condition=one_of("table", ["xlsx", "csv"]), name="package_table_known"),
            models.CheckConstraint(
                condition=one_of("wrong_names", ["", "substitute", "skip"]), name="package_wrong_names_known"
            ),
            models.CheckConstraint(
                condition=one_of(
                    "state",
                    ["checking", "ready", "pending", "running", "done", "cancelled", "failed", "expired"],
                ),
                name="package_state_known",
            ),
            models.CheckConstraint(
                condition=(
                    Q(claim__isnull=True, lease_until__isnull=True)
                    | Q(state__in=["checking", "running"], claim__isnull=False, lease_until__isnull=False)
                ),
                name="package_lease_only_at_work",
            ),
        ]

    def __str__(self) -> str:
        return str(_("移交包 %(pk)s")) % {"pk": self.pk}

    def get_absolute_url(self) -> str:
        """Return the address of its page."""
        return reverse("catalog:package", args=[self.pk])

    @property
    def is_under_way(self) -> bool:
        """Tell whether the worker has it, or will."""
        return self.state in (self.State.CHECKING, self.State.PENDING, self.State.RUNNING)
