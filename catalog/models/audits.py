"""Audits: lots of drafts that are accepted or refused by a sample, what is in them, and what was said of the sample.

Written by `catalog.review.acceptance` alone.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.audit_words import AuditState, Meanwhile, UnitOutcome, UnitVerdict, WrongReason
from catalog.models.annotations import Annotation
from catalog.models.collections import Collection
from catalog.models.images import Image
from catalog.vocabulary import Evidence, Field, one_of
from catalog.work_querysets import AuditQuerySet, AuditUnitQuerySet, ControlUnitQuerySet, SampledUnitQuerySet


class Audit(models.Model):
    """A lot of units, one field of one record each, and how a sample of them decides about all.

    Its key is its number (抽检号), which stands in the label of what it accepted. `criteria` says what the lot was cut
    by; its units are a list that was frozen when the lot was planned. `position` is the number of the last unit that
    the background is done with, in whatever it is at.
    """

    collection = models.ForeignKey(Collection, verbose_name=_("馆藏"), on_delete=models.PROTECT, related_name="audits")
    parent = models.ForeignKey(
        "self", verbose_name=_("拆分自"), on_delete=models.PROTECT, null=True, blank=True, related_name="parts"
    )
    criteria = models.JSONField(_("分批条件"), default=dict)
    tolerable = models.FloatField(_("容许的错误率"))
    expected = models.FloatField(_("预计的错误率"))
    beta = models.FloatField(_("误收风险"))
    alpha = models.FloatField(_("误拒风险"))
    floor = models.FloatField(_("最低抽样比例"))
    pass_share = models.FloatField(_("抽检合格率要求"))
    seed = models.CharField(_("随机种子"), max_length=64)
    state = models.CharField(_("状态"), max_length=20, choices=AuditState.choices, default=AuditState.LISTING)
    lot_size = models.PositiveIntegerField(_("批量"), default=0)
    sample_size = models.PositiveIntegerField(_("样本量"), default=0)
    # Known ones that are mixed into what the judges are shown; none of them counts for the lot.
    control_size = models.PositiveIntegerField(_("对照项"), default=0, db_default=0)
    allowed = models.PositiveIntegerField(_("合格判定数"), default=0)
    position = models.PositiveBigIntegerField(default=0)
    # People who asked for these drafts or worded their prompts: none of them judges.
    prompted_by = models.JSONField(default=list)
    # What the machine found of all records of the lot: kind → number of records.
    machine_faults = models.JSONField(default=dict)
    record_count = models.PositiveIntegerField(_("记录数"), default=0)
    drawn_before = models.PositiveIntegerField(_("以前入过抽检批的项"), default=0)
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("安排者"), on_delete=models.PROTECT, related_name="+"
    )
    planned_at = models.DateTimeField(_("安排时间"), auto_now_add=True)
    faults = models.PositiveIntegerField(_("判为不合格的项"), null=True, blank=True)
    stopped_early = models.BooleanField(_("提前结束"), default=False)
    decided_at = models.DateTimeField(_("判定时间"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("处置者"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    closed_at = models.DateTimeField(_("处置时间"), null=True, blank=True)
    remark = models.TextField(_("说明"), blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("公开者"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    released_at = models.DateTimeField(_("公开时间"), null=True, blank=True)
    recalled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("收回者"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )
    recalled_at = models.DateTimeField(_("收回时间"), null=True, blank=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = _("抽检")
        verbose_name_plural = _("抽检")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["collection", "state"], name="audit_by_state")]
        constraints = [
            models.CheckConstraint(condition=one_of("state", AuditState.values), name="audit_state_known"),
            models.CheckConstraint(
                condition=Q(expected__gte=0) & Q(expected__lt=F("tolerable")) & Q(tolerable__lt=1),
                name="audit_shares_ordered",
            ),
            models.CheckConstraint(condition=Q(sample_size__lte=F("lot_size")), name="audit_sample_within_lot"),
        ]

    def __str__(self) -> str:
        return str(_("第 %(number)s 号抽检") % {"number": self.pk})

    def get_absolute_url(self) -> str:
        """Return the address of the audit's page."""
        return reverse("catalog:audit", kwargs={"pk": self.pk})

    @property
    def is_at_work(self) -> bool:
        """Tell whether the background has something to do for it."""
        return self.state in AuditState.at_work()

    @property
    def is_judged(self) -> bool:
        """Tell whether its verdict stands."""
        return self.state in AuditState.judged()

    @property
    def is_recalled(self) -> bool:
        """Tell whether what it accepted is being taken back, or was."""
        return self.state in (AuditState.RECALLING, AuditState.RECALLED)

    @property
    def has_failed(self) -> bool:
        """Tell whether more of its sample was wrong than is allowed."""
        return self.faults is not None and self.faults > self.allowed


class AuditUnit(models.Model):
    """One field of one record, drafted or empty, as it was when its lot was listed.

    It outlives what it tells of: a record that is deleted stays in the list.
    """

    audit = models.ForeignKey(Audit, verbose_name=_("抽检"), on_delete=models.CASCADE, related_name="units")
    number = models.PositiveIntegerField(_("序号"))
    image = models.ForeignKey(
        Image,
        verbose_name=_("图像"),
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="audit_units",
    )
    field = models.CharField(_("著录项"), max_length=20, choices=Field.choices)
    annotation = models.ForeignKey(
        Annotation,
        verbose_name=_("草稿"),
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="audit_units",
    )
    # Whether the draft proposes anything: one that says 待考 is as good as none.
    drafted = models.BooleanField(_("有内容"), default=False)
    digest = models.CharField(_("草稿摘要"), max_length=64, blank=True, help_text=_("草稿文字的 SHA-256。"))
    volume = models.CharField(_("册号"), max_length=40, blank=True)
    outcome = models.CharField(
        _("结果"), max_length=20, choices=UnitOutcome.choices, blank=True, default=UnitOutcome.NONE
    )

    objects = AuditUnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("抽检批的项")
        verbose_name_plural = _("抽检批的项")
        ordering = ["audit_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["audit", "number"], name="auditunit_number_unique"),
            models.UniqueConstraint(fields=["audit", "image", "field"], name="auditunit_once_in_its_lot"),
            models.CheckConstraint(condition=one_of("field", Field.values), name="auditunit_field_known"),
            models.CheckConstraint(condition=one_of("outcome", UnitOutcome.values), name="auditunit_outcome_known"),
        ]

    def __str__(self) -> str:
        return f"{self.audit_id} {self.number}"


class Judged(models.Model):
    """What a judge is shown, and what they said of it.

    `label` and `value` are copies: what was judged stays to be read, whatever becomes of record and draft. `held_until`
    keeps it before one judge at a time.
    """

    label = models.CharField(_("记录"), max_length=300, blank=True)
    value = models.TextField(_("草稿"), blank=True)
    evidence = models.CharField(_("依据"), max_length=20, choices=Evidence.choices, blank=True)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("正在判定"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    held_until = models.DateTimeField(null=True)
    blind_value = models.TextField(_("看稿前写下的"), null=True)
    blind_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("写下者"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    blind_at = models.DateTimeField(_("写下时间"), null=True)
    verdict = models.CharField(_("判定"), max_length=20, choices=UnitVerdict.choices, blank=True, default="")
    reason = models.CharField(_("错误原因"), max_length=20, choices=WrongReason.choices, blank=True, default="")
    remark = models.CharField(_("说明"), max_length=500, blank=True)
    judge = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("判定者"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    judged_at = models.DateTimeField(_("判定时间"), null=True)

    class Meta:
        abstract = True


class SampledUnit(Judged):
    """A unit that was drawn, as it was then, and what a judge said of it."""

    unit = models.OneToOneField(
        AuditUnit, verbose_name=_("项"), on_delete=models.CASCADE, related_name="sampled", primary_key=True
    )
    audit = models.ForeignKey(Audit, verbose_name=_("抽检"), on_delete=models.CASCADE, related_name="sample")
    position = models.PositiveIntegerField(_("次序"))
    # What the machine found of the record: names of `RecordFault`.
    record_faults = models.JSONField(default=list)
    meanwhile = models.CharField(
        _("判定时草稿的情形"), max_length=20, choices=Meanwhile.choices, blank=True, default=""
    )

    objects = SampledUnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("抽检样本")
        verbose_name_plural = _("抽检样本")
        ordering = ["audit_id", "position"]
        indexes = [models.Index(fields=["audit", "verdict", "position"], name="sampledunit_by_verdict")]
        constraints = [
            models.UniqueConstraint(fields=["audit", "position"], name="sampledunit_position_unique"),
            models.CheckConstraint(
                condition=one_of("verdict", ["", *UnitVerdict.values]), name="sampledunit_verdict_known"
            ),
            models.CheckConstraint(
                condition=one_of("reason", ["", *WrongReason.values]), name="sampledunit_reason_known"
            ),
            models.CheckConstraint(
                condition=~Q(verdict=UnitVerdict.WRONG) | ~Q(reason=""), name="sampledunit_wrong_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(verdict="") | Q(judged_at__isnull=False), name="sampledunit_verdict_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.audit_id} {self.position}"


class ControlUnit(Judged):
    """A draft of which it is known whether it is right, mixed into a sample to see how judges judge.

    A person had accepted or rejected it before. It belongs to no lot and counts for none. `place` is where it stands
    among all that the judges are shown; the units of the sample stand at the other places, in their order.
    """

    audit = models.ForeignKey(Audit, verbose_name=_("抽检"), on_delete=models.CASCADE, related_name="controls")
    place = models.PositiveIntegerField(_("次序"))
    image = models.ForeignKey(
        Image, verbose_name=_("图像"), on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    field = models.CharField(_("著录项"), max_length=20, choices=Field.choices)
    annotation = models.ForeignKey(
        Annotation,
        verbose_name=_("草稿"),
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    known = models.CharField(_("已知"), max_length=20, choices=UnitVerdict.choices)

    objects = ControlUnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("抽检对照项")
        verbose_name_plural = _("抽检对照项")
        ordering = ["audit_id", "place"]
        constraints = [
            models.UniqueConstraint(fields=["audit", "place"], name="controlunit_place_unique"),
            models.CheckConstraint(condition=one_of("field", Field.values), name="controlunit_field_known"),
            models.CheckConstraint(
                condition=one_of("known", [UnitVerdict.RIGHT, UnitVerdict.WRONG]), name="controlunit_known_is_known"
            ),
            models.CheckConstraint(
                condition=one_of("verdict", ["", *UnitVerdict.values]), name="controlunit_verdict_known"
            ),
            models.CheckConstraint(
                condition=one_of("reason", ["", *WrongReason.values]), name="controlunit_reason_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.audit_id} {self.place}"

    @property
    def unit(self) -> "ControlUnit":
        """Return what is judged: it is a unit of no lot, so it is its own."""
        return self

    @property
    def drafted(self) -> bool:
        """Tell that there is a draft."""
        return True
