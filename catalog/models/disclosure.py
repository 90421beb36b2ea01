"""Opening records to the public: lists between two examiners, and the words that speak against it.

Which record is open is a column of the record itself (`Image.disclosure`).
"""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.examination_words import ExaminationState, ExaminedState, HintKind
from catalog.models.collections import Collection
from catalog.models.images import Image
from catalog.vocabulary import Disclosure, one_of

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Examination(models.Model):
    """A list of records of one collection that a first examiner (初审) proposes for a second one (复审) to confirm.

    Written by `catalog.review.disclosure` alone.
    """

    collection = models.ForeignKey(
        Collection, verbose_name=_("馆藏"), on_delete=models.CASCADE, related_name="examinations"
    )
    disclosure = models.CharField(
        _("开放标识"), max_length=20, choices=[(one.value, one.label) for one in Disclosure.decided()]
    )
    until = models.DateField(_("延期至"), null=True, blank=True)
    basis = models.CharField(_("依据"), max_length=300)
    with_hints = models.BooleanField(
        _("有提示的也列入"), default=False, help_text=_("不选则有提示的记录不列入，留着逐幅审核。")
    )
    state = models.CharField(
        _("状态"), max_length=20, choices=ExaminationState.choices, default=ExaminationState.FILLING
    )
    reason = models.TextField(_("说明"), blank=True)
    first_examiner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("初审"), on_delete=models.PROTECT, related_name="+"
    )
    second_examiner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("复审"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("提出时间"), auto_now_add=True)
    decided_at = models.DateTimeField(_("复审时间"), null=True, blank=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    if TYPE_CHECKING:
        items: RelatedManager["ExaminedImage"]

    class Meta:
        verbose_name = _("开放审核清单")
        verbose_name_plural = _("开放审核清单")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["id"],
                name="examination_at_work",
                condition=one_of("state", [state.value for state in ExaminationState.at_work()]),
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=one_of("disclosure", [one.value for one in Disclosure.decided()]),
                name="examination_disclosure_known",
            ),
            models.CheckConstraint(condition=one_of("state", ExaminationState.values), name="examination_state_known"),
            models.CheckConstraint(condition=~Q(basis=""), name="examination_has_a_basis"),
            models.CheckConstraint(
                condition=~Q(disclosure=Disclosure.DEFERRED) | Q(until__isnull=False),
                name="examination_deferred_until_a_day",
            ),
            models.CheckConstraint(
                condition=Q(second_examiner__isnull=True) | ~Q(second_examiner=F("first_examiner")),
                name="examination_by_two_people",
            ),
            models.CheckConstraint(
                condition=~one_of("state", [ExaminationState.CONFIRMING.value, ExaminationState.DONE.value])
                | Q(second_examiner__isnull=False, decided_at__isnull=False),
                name="examination_confirmed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return str(_("%(collection)s：%(disclosure)s（第 %(pk)s 号清单）")) % {
            "collection": self.collection,
            "disclosure": self.get_disclosure_display(),
            "pk": self.pk,
        }

    @property
    def is_at_work(self) -> bool:
        """Tell whether something is left to the worker."""
        return self.state in ExaminationState.at_work()


class ExaminedImage(models.Model):
    """One record of such a list, and what the examiner had before them."""

    examination = models.ForeignKey(Examination, on_delete=models.CASCADE, related_name="items")
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="examined")
    state = models.CharField(_("状态"), max_length=20, choices=ExaminedState.choices, default=ExaminedState.PENDING)
    reason = models.CharField(_("原因"), max_length=300, blank=True)
    # What the record said and what hints there were, when it was last looked at: what changed since is told.
    revision = models.PositiveIntegerField(_("版次"), default=0)
    hint_digests = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("开放审核清单中的图像")
        verbose_name_plural = _("开放审核清单中的图像")
        ordering = ["pk"]
        indexes = [models.Index(fields=["examination", "state", "id"], name="examinedimage_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["examination", "image"], name="examinedimage_once_in_a_list"),
            models.CheckConstraint(condition=one_of("state", ExaminedState.values), name="examinedimage_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.examination_id} {self.image_id} {self.state}"


class SensitiveWord(models.Model):
    """A word that speaks against opening a record in which it stands. Reviewers edit the list."""

    word = models.CharField(_("词"), max_length=40, unique=True)
    kind = models.CharField(
        _("类别"), max_length=20, choices=[(kind.value, kind.label) for kind in HintKind.of_words()]
    )
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("开放审核词")
        verbose_name_plural = _("开放审核词表")
        ordering = ["kind", "word"]
        constraints = [
            models.CheckConstraint(
                condition=one_of("kind", [kind.value for kind in HintKind.of_words()]), name="sensitiveword_kind_known"
            ),
            models.CheckConstraint(condition=~Q(word=""), name="sensitiveword_not_empty"),
        ]

    def __str__(self) -> str:
        return self.word
