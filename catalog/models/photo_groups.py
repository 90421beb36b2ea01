"""Groups of photographs of one event (照片组), each with the description that GB/T 11821 wants of it.

They are apart from groups of look-alikes (`NearGroup`): photographs of one meeting need not look alike, and two scans
of one print are one photograph.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.group_querysets import PhotoGroupQuerySet
from catalog.models.collections import Collection
from catalog.vocabulary import Field, GroupingReason, PhotoGroupState, one_of


class PhotoGroup(models.Model):
    """Photographs of one event. Written by `catalog.records.photo_groups` alone, its text with its members' offers.

    The first and last number and the count are those of its photographs and stand nowhere else. `position` is the key
    of the first of them, so that groups come in the order in which their photographs came in.
    """

    collection = models.ForeignKey(
        Collection, verbose_name=_("馆藏"), on_delete=models.CASCADE, related_name="photo_groups", editable=False
    )
    state = models.CharField(
        _("状态"), max_length=20, choices=PhotoGroupState.choices, default=PhotoGroupState.PROPOSED, editable=False
    )
    number = models.CharField(_("组号"), max_length=20, blank=True)
    year = models.CharField(_("年度"), max_length=4, blank=True)
    title = models.TextField(_("题名"), blank=True)
    event = models.TextField(_("事由"), blank=True)
    date_text = models.TextField(_("时间"), blank=True)
    date_start = models.DateField(_("时间起"), null=True, blank=True, editable=False)
    date_end = models.DateField(_("时间止"), null=True, blank=True, editable=False)
    place = models.TextField(_("地点"), blank=True)
    background = models.TextField(_("背景"), blank=True)
    # Names of fields whose text began as a model's: such a text stays one, see `catalog.records.origins`.
    ai_fields = models.JSONField(default=list, blank=True, editable=False)
    # What spoke for it when it was proposed, and the folder that its files came from.
    reasons = models.JSONField(default=list, blank=True, editable=False)
    folder = models.CharField(max_length=500, blank=True, editable=False)
    position = models.BigIntegerField(default=0, editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("著录者"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    written_at = models.DateTimeField(_("著录时间"), null=True, blank=True, editable=False)

    objects = PhotoGroupQuerySet.as_manager()

    OFFERED = (Field.EVENT, Field.DATE, Field.PLACE, Field.BACKGROUND)
    """The fields whose value holds for each photograph of a group."""
    DESCRIPTIVE = (Field.TITLE, *OFFERED)

    class Meta:
        verbose_name = _("照片组")
        verbose_name_plural = _("照片组")
        ordering = ["collection_id", "position", "pk"]
        indexes = [models.Index(fields=["collection", "position", "id"], name="photogroup_in_order")]
        constraints = [
            models.CheckConstraint(condition=one_of("state", PhotoGroupState.values), name="photogroup_state_known"),
            models.UniqueConstraint(
                fields=["collection", "year", "number"],
                condition=~Q(number=""),
                name="photogroup_number_unique",
                violation_error_message=_("这份馆藏的同一年度里已有这个组号。"),
            ),
            models.CheckConstraint(
                condition=Q(date_start__isnull=True) | Q(date_end__isnull=True) | Q(date_start__lte=F("date_end")),
                name="photogroup_date_range_ordered",
            ),
        ]

    def __str__(self) -> str:
        if self.title:
            return self.title
        name = self.number or self.folder.rpartition("/")[2]
        return str(_("照片组 %(name)s") % {"name": name or self.pk or ""}).strip()

    @property
    def is_confirmed(self) -> bool:
        """Tell whether a person has confirmed the group."""
        return self.state == PhotoGroupState.CONFIRMED

    @property
    def why(self) -> str:
        """Return what spoke for the proposal, in words; empty where a person made the group."""
        known = [str(GroupingReason(reason).label) for reason in self.reasons if reason in GroupingReason.values]
        return "、".join([f"{known[0]}“{self.folder}”", *known[1:]]) if known and self.folder else "、".join(known)

    def value_of(self, field: str) -> str:
        """Return what the group says of a field; empty where it says nothing.

        Args:
            field: one of `DESCRIPTIVE`.
        """
        return str(getattr(self, Field(field).column))
