"""What the review page keeps: who has seen which drafts, what is to be drafted again for whom, and each one's keys."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.annotations import Annotation
from catalog.models.images import Image
from catalog.vocabulary import Field, one_of


class DraftsShown(models.Model):
    """That somebody had a record's drafts before their eyes. Written by `catalog.review.blind` alone."""

    image = models.ForeignKey(Image, verbose_name=_("图像"), on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("用户"), on_delete=models.CASCADE, related_name="+"
    )
    shown_at = models.DateTimeField(_("看到的时间"))

    class Meta:
        verbose_name = _("看过的草稿")
        verbose_name_plural = _("看过的草稿")
        constraints = [models.UniqueConstraint(fields=["image", "user"], name="draftsshown_once")]

    def __str__(self) -> str:
        return f"{self.image_id} {self.user_id} {self.shown_at:%Y-%m-%d %H:%M}"


class Redraft(models.Model):
    """A draft that its reviewer rejected and wants anew; what comes of it is theirs to look at first.

    Written by `catalog.review.redrafts` alone. Open until they have decided about the new draft.
    """

    image = models.ForeignKey(Image, verbose_name=_("图像"), on_delete=models.CASCADE, related_name="redrafts")
    rejected = models.OneToOneField(
        Annotation, verbose_name=_("退回的草稿"), on_delete=models.CASCADE, related_name="redraft"
    )
    # The rejected draft's: repeated, so that what came of it is found without a look at all drafts.
    field = models.CharField(_("著录项"), max_length=20, choices=Field.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("用户"), on_delete=models.CASCADE, related_name="redrafts"
    )
    asked_at = models.DateTimeField(_("要求的时间"), auto_now_add=True)
    closed_at = models.DateTimeField(_("了结的时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("退回重拟")
        verbose_name_plural = _("退回重拟")
        indexes = [
            models.Index(fields=["user", "image"], name="redraft_open", condition=Q(closed_at__isnull=True)),
        ]
        constraints = [models.CheckConstraint(condition=one_of("field", Field.values), name="redraft_field_known")]

    def __str__(self) -> str:
        return f"{self.image_id} {self.user_id}"


class ReviewSettings(models.Model):
    """How somebody likes the review page: which key does what, where it is not the page's own choice."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("用户"),
        on_delete=models.CASCADE,
        related_name="review_settings",
        primary_key=True,
    )
    keys = models.JSONField(_("按键"), default=dict, blank=True)

    class Meta:
        verbose_name = _("审核页设置")
        verbose_name_plural = _("审核页设置")

    def __str__(self) -> str:
        return str(self.user)
