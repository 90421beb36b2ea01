"""Annotations: proposals for one field of one image, and what became of them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.images import Image
from catalog.models.runs import Run
from catalog.querysets import AnnotationQuerySet
from catalog.vocabulary import Evidence, Field, Flag, Objection, Source, State, one_of


class Annotation(models.Model):
    """One proposal for one field of one image.

    An accepted empty value means "deliberately empty"; no accepted annotation means "not described yet".
    `decided_by` is the reviewer. A person's edit keeps the machine's words in `original_value`. `source` says who wrote
    this row, `ai_origin` whether its text began as a model's: that it stays, whoever edits it and whichever way it goes
    out and comes back. Rows are written by `catalog.records.annotations` alone, which decides the origin.

    `audit` is the audit by which a draft was accepted without a person looking at this very value; such a value is
    `held` back, and is in none of the image's columns, until a reviewer has its lot made public.
    """

    image = models.ForeignKey(Image, verbose_name=_("图像"), on_delete=models.CASCADE, related_name="annotations")
    field = models.CharField(_("著录项"), max_length=20, choices=Field.choices)
    value = models.TextField(_("内容"), blank=True)
    original_value = models.TextField(_("修改前的草稿"), null=True, blank=True)
    source = models.CharField(_("来源"), max_length=20, choices=Source.choices)
    ai_origin = models.BooleanField(_("出自 AI"), default=False, db_default=False)
    state = models.CharField(_("状态"), max_length=20, choices=State.choices, default=State.DRAFT)
    flag = models.CharField(_("提醒"), max_length=20, choices=Flag.choices, blank=True, default=Flag.NONE)
    evidence = models.CharField(
        _("依据"), max_length=20, choices=Evidence.choices, blank=True, default=Evidence.NONE, db_default=Evidence.NONE
    )
    run = models.ForeignKey(
        Run,
        verbose_name=_("模型回答"),
        # RESTRICT, not PROTECT: deleting the image may take both, deleting a run alone may not.
        on_delete=models.RESTRICT,
        null=True,
        blank=True,
        related_name="annotations",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("提出者"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("提出时间"), auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("审核者"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
    )
    decided_at = models.DateTimeField(_("审核时间"), null=True, blank=True)
    reason = models.TextField(_("退回原因"), blank=True)
    reason_code = models.CharField(
        _("退回的类别"),
        max_length=20,
        choices=Objection.choices,
        blank=True,
        default=Objection.NONE,
        db_default=Objection.NONE,
    )
    audit = models.ForeignKey(
        "catalog.Audit",
        verbose_name=_("抽检"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="annotations",
    )
    held = models.BooleanField(_("尚未公开"), default=False, db_default=False)

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        verbose_name = _("著录内容")
        verbose_name_plural = _("著录内容")
        ordering = ["image_id", "-pk"]
        indexes = [
            models.Index(fields=["image", "field", "state"], name="annotation_by_field"),
            models.Index(fields=["audit"], name="annotation_by_audit", condition=Q(audit__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["image", "field"],
                condition=Q(state=State.DRAFT),
                name="annotation_one_draft_per_field",
            ),
            models.UniqueConstraint(
                fields=["image", "field"],
                condition=Q(state=State.ACCEPTED),
                name="annotation_one_accepted_per_field",
            ),
            models.CheckConstraint(condition=one_of("field", Field.values), name="annotation_field_known"),
            models.CheckConstraint(condition=one_of("source", Source.values), name="annotation_source_known"),
            models.CheckConstraint(condition=one_of("state", State.values), name="annotation_state_known"),
            models.CheckConstraint(condition=one_of("flag", Flag.values), name="annotation_flag_known"),
            models.CheckConstraint(condition=one_of("evidence", Evidence.values), name="annotation_evidence_known"),
            models.CheckConstraint(condition=one_of("reason_code", Objection.values), name="annotation_reason_known"),
            models.CheckConstraint(
                condition=~Q(source=Source.MODEL) | Q(run__isnull=False),
                name="annotation_model_value_has_run",
            ),
            models.CheckConstraint(
                # Neither a model's own words nor an edit of them can lose their label.
                condition=(~Q(source=Source.MODEL) & Q(run__isnull=True)) | Q(ai_origin=True),
                name="annotation_ai_origin_kept",
            ),
            models.CheckConstraint(
                condition=~Q(source=Source.MODEL, state=State.ACCEPTED) | Q(decided_by__isnull=False),
                name="annotation_machine_writes_drafts_only",
                violation_error_message=_("模型的草稿须由人审核后才能采用。"),
            ),
            models.CheckConstraint(
                condition=Q(held=False) | Q(audit__isnull=False), name="annotation_held_by_an_audit"
            ),
            models.CheckConstraint(
                condition=~one_of("state", [State.ACCEPTED.value, State.REJECTED.value]) | Q(decided_at__isnull=False),
                name="annotation_decision_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_field_display()}:{self.value[:40]}"

    @property
    def is_edited(self) -> bool:
        """Tell whether a person changed the machine's words before accepting them."""
        return self.original_value is not None

    @property
    def is_held(self) -> bool:
        """Tell whether this is an accepted value that an audit accepted and nobody has made public yet."""
        return self.held and self.state == State.ACCEPTED
