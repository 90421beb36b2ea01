"""Images and their files: the record of one photograph, and the scans that show it."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.collections import Collection
from catalog.models.groups import NearGroup
from catalog.models.photo_groups import PhotoGroup
from catalog.paths import LONGEST, recorded_path
from catalog.perceptual import BANDS, bands
from catalog.querysets import ImageFileQuerySet, ImageQuerySet
from catalog.vocabulary import (
    Access,
    Classification,
    Disclosure,
    Field,
    FileDefect,
    FileRole,
    Fixity,
    ImageStatus,
    one_of,
)


def _examiner(name: Any) -> Any:
    """Return the column of an examiner; no index, for nothing is looked up by it."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=name,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        related_name="+",
    )


class Image(models.Model):
    """One photograph, drawing or exhibit.

    The descriptive columns hold accepted values only. They, `transcription_searched`, `status`, `facets` and
    `revision` are written by `catalog.records.annotations` alone, in the transaction that changes the annotations they
    derive from.
    """

    collection = models.ForeignKey(Collection, verbose_name=_("馆藏"), on_delete=models.PROTECT, related_name="images")
    identifier = models.CharField(_("照片号"), max_length=100, blank=True)
    negative_number = models.CharField(_("底片号"), max_length=100, blank=True)
    see_also = models.CharField(_("参见号"), max_length=200, blank=True)
    volume = models.CharField(_("册号"), max_length=40, blank=True)
    sheet = models.CharField(_("张号"), max_length=40, blank=True)
    access = models.CharField(_("内部可见"), max_length=20, choices=Access.choices, default=Access.INTERNAL)
    # Written by `catalog.review.disclosure` alone, but for what an import says of records that stay closed.
    disclosure = models.CharField(
        _("开放标识"),
        max_length=20,
        choices=Disclosure.choices,
        default=Disclosure.UNEXAMINED,
        db_default=Disclosure.UNEXAMINED,
        editable=False,
    )
    disclosure_until = models.DateField(_("延期至"), null=True, blank=True, editable=False)
    disclosure_basis = models.CharField(
        _("开放依据"), max_length=300, blank=True, default="", db_default="", editable=False
    )
    disclosure_decided_on = models.DateField(_("审定日期"), null=True, blank=True, editable=False)
    disclosure_first_examiner = _examiner(_("初审"))
    disclosure_second_examiner = _examiner(_("复审"))
    # Public before there were examiners; the upgrade left it so and says so, instead of inventing any.
    disclosure_before_upgrade = models.BooleanField(_("升级前已公开"), default=False, db_default=False, editable=False)
    classification = models.CharField(
        _("密级"),
        max_length=20,
        choices=Classification.choices,
        blank=True,
        default=Classification.NONE,
        db_default=Classification.NONE,
    )
    # Whether some mark of `SecrecyMark` is not cleared; written by `catalog.records.secrecy` alone.
    secrecy_hold = models.BooleanField(_("疑似涉密"), default=False, db_default=False, editable=False)
    rights = models.CharField(_("权利说明"), max_length=200, blank=True)
    responsibility = models.CharField(
        _("责任者"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("对照片内容负责的个人或单位。空着时，导出用摄影者，没有摄影者再用馆藏的立档单位。"),
    )
    near_group = models.ForeignKey(
        NearGroup,
        verbose_name=_("近似组"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="images",
    )
    photo_group = models.ForeignKey(
        PhotoGroup,
        verbose_name=_("照片组"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        # Found by the index that has a group's photographs in order.
        db_index=False,
        related_name="images",
    )
    grouped_by_person = models.BooleanField(
        _("人工分组"), default=False, editable=False, help_text=_("人分过组的图像，导入时不再自动改动。")
    )

    title = models.TextField(_("题名"), blank=True, editable=False)
    description = models.TextField(_("文字说明"), blank=True, editable=False)
    event = models.TextField(_("事由"), blank=True, editable=False)
    date_text = models.TextField(_("时间"), blank=True, editable=False)
    date_start = models.DateField(_("时间起"), null=True, blank=True, editable=False)
    date_end = models.DateField(_("时间止"), null=True, blank=True, editable=False)
    # The text means some date, but it was not understood: it is found by no date until a person rewords it.
    date_unread = models.BooleanField(_("时间未识别"), default=False, editable=False)
    place = models.TextField(_("地点"), blank=True, editable=False)
    people = models.TextField(_("人物"), blank=True, editable=False)
    background = models.TextField(_("背景"), blank=True, editable=False)
    photographer = models.TextField(_("摄影者"), blank=True, editable=False)
    keywords = models.TextField(_("关键词"), blank=True, editable=False)
    transcription = models.TextField(_("文字转录"), blank=True, editable=False)
    # The same without line breaks: a transcription keeps the lines of the original, and words run over their ends.
    transcription_searched = models.TextField(_("检索用文字"), blank=True, editable=False)
    tone = models.TextField(_("色调"), blank=True, editable=False)
    notes = models.TextField(_("附注"), blank=True, editable=False)
    # All of these as the public reads and searches them, where some hold a personal number; else empty.
    masked_text = models.TextField(blank=True, default="", db_default="", editable=False)

    status = models.CharField(
        _("状态"),
        max_length=20,
        choices=ImageStatus.choices,
        default=ImageStatus.UNDESCRIBED,
        editable=False,
    )
    # Bits, see `catalog.facets`: lists are filtered and counted by an index over them.
    facets = models.BigIntegerField(default=0, db_default=0, editable=False)
    revision = models.PositiveIntegerField(_("版次"), default=0, editable=False)
    created_at = models.DateTimeField(_("导入时间"), auto_now_add=True)
    updated_at = models.DateTimeField(_("修改时间"), auto_now=True)

    objects = ImageQuerySet.as_manager()

    class Meta:
        verbose_name = _("图像")
        verbose_name_plural = _("图像")
        ordering = ["collection_id", "identifier", "pk"]
        indexes = [
            models.Index(fields=["collection", "status"], name="image_by_status"),
            # With all that lists are filtered by, so that looking for a page's records touches no row of the table.
            models.Index(
                fields=[
                    "collection",
                    "identifier",
                    "id",
                    "access",
                    "disclosure",
                    "secrecy_hold",
                    "status",
                    "facets",
                ],
                name="image_in_order",
            ),
            models.Index(
                fields=["collection", "disclosure", "secrecy_hold", "access", "status", "facets"],
                name="image_by_facets",
            ),
            models.Index(
                fields=["disclosure_until"], name="image_deferred_until", condition=Q(disclosure=Disclosure.DEFERRED)
            ),
            models.Index(fields=["collection", "id"], name="image_held", condition=Q(secrecy_hold=True)),
            models.Index(fields=["date_start", "date_end"], name="image_by_date"),
            # The reviewers' queue, the doubtful first: no longer than what waits.
            models.Index(
                fields=["id", "collection", "access", "facets"],
                name="image_waiting",
                condition=Q(status=ImageStatus.TO_REVIEW),
            ),
            models.Index(fields=["photo_group", "identifier", "id"], name="image_in_photo_group"),
            models.Index(fields=["collection", "id"], name="image_by_unread_date", condition=Q(date_unread=True)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["collection", "identifier"],
                condition=~Q(identifier=""),
                name="image_identifier_unique_in_collection",
                violation_error_message=_("同一馆藏里已有这个照片号。"),
            ),
            models.CheckConstraint(condition=one_of("access", Access.values), name="image_access_known"),
            models.CheckConstraint(condition=one_of("status", ImageStatus.values), name="image_status_known"),
            models.CheckConstraint(condition=one_of("disclosure", Disclosure.values), name="image_disclosure_known"),
            models.CheckConstraint(
                condition=one_of("classification", Classification.values), name="image_classification_known"
            ),
            models.CheckConstraint(
                condition=~Q(disclosure=Disclosure.OPEN)
                | Q(disclosure_decided_on__isnull=False)
                & ~Q(disclosure_basis="")
                & (
                    Q(disclosure_before_upgrade=True)
                    | Q(disclosure_first_examiner__isnull=False, disclosure_second_examiner__isnull=False)
                    & ~Q(disclosure_first_examiner=F("disclosure_second_examiner"))
                ),
                name="image_opened_by_two_people",
                violation_error_message=_("开放须有依据、日期和两名不同的审核人（初审、复审）。"),
            ),
            models.CheckConstraint(
                condition=~Q(disclosure=Disclosure.OPEN) | ~Q(access=Access.RESTRICTED),
                name="image_open_is_not_restricted",
                violation_error_message=_("仅审核员可见的记录不能开放。"),
            ),
            models.CheckConstraint(
                condition=~Q(disclosure=Disclosure.DEFERRED) | Q(disclosure_until__isnull=False),
                name="image_deferred_until_a_day",
                violation_error_message=_("延期开放须写明延到哪一天。"),
            ),
            models.CheckConstraint(
                condition=~one_of("classification", [grade.value for grade in Classification.state_secrets()])
                | Q(secrecy_hold=True),
                name="image_state_secret_is_held",
                violation_error_message=_("标为绝密、机密、秘密的记录须停用。"),
            ),
            models.CheckConstraint(
                # 1949年以前 has no first day, 1966年以后 no last one.
                condition=Q(date_start__isnull=True) | Q(date_end__isnull=True) | Q(date_start__lte=F("date_end")),
                name="image_date_range_ordered",
            ),
            models.CheckConstraint(
                condition=Q(date_start__isnull=True, date_end__isnull=True) | (~Q(date_text="") & Q(date_unread=False)),
                name="image_date_range_of_a_text_that_was_read",
            ),
            models.CheckConstraint(
                condition=Q(date_unread=False) | ~Q(date_text=""), name="image_date_unread_where_there_is_a_text"
            ),
        ]

    def __str__(self) -> str:
        return self.identifier or self.title or str(_("图像 %(pk)s") % {"pk": self.pk})

    def get_absolute_url(self) -> str:
        """Return the address of the public page."""
        return reverse("catalog:image", kwargs={"pk": self.pk})

    @property
    def is_public(self) -> bool:
        """Tell whether everybody may see it; `ImageQuerySet.public` is the same question of many."""
        return self.is_opened and self.collection.is_public

    @property
    def is_opened(self) -> bool:
        """Tell whether everybody may see it once its collection is public."""
        return self.disclosure == Disclosure.OPEN and not self.secrecy_hold

    def accepted_value(self, field: str) -> str:
        """Return the accepted text of a descriptive field; empty where it is not described.

        Raises:
            ValueError: `field` is not a descriptive field.
        """
        return str(getattr(self, Field(field).column))

    @property
    def scans(self) -> "list[ImageFile]":
        """Return the files that show the image, using prefetched ones where there are any."""
        return [file for file in self.files.all() if not file.is_document]

    @property
    def documents(self) -> "list[ImageFile]":
        """Return the documents that the image's pages were drawn from, using prefetched files where there are any."""
        return [file for file in self.files.all() if file.is_document]

    @property
    def front(self) -> "ImageFile | None":
        """Return the scan that stands for the image, using prefetched files where there are any."""
        order = {FileRole.FRONT: 0, FileRole.PAGE: 1, FileRole.NEGATIVE: 2, FileRole.VERSO: 3}
        return min(self.scans, key=lambda file: (order[FileRole(file.role)], file.sequence, file.pk), default=None)

    @property
    def file_name(self) -> str:
        """Return what people at the files know it by: the name of its first scan, or else its own."""
        front = self.front
        return front.original_name if front else str(self)

    @property
    def reference(self) -> str:
        """Return what members call it: its number, or else the name of its first scan. The public never sees that."""
        return self.identifier or self.file_name

    @property
    def verso(self) -> "ImageFile | None":
        """Return the scan of the back, where there is one."""
        return next((file for file in self.files.all() if file.role == FileRole.VERSO), None)


class ImageFile(models.Model):
    """One scan of an image: a master that is never altered, and derivatives made once from it.

    The PDF whose pages are an image's scans stands beside them, with a role of its own: a master without derivatives,
    without a size in pixels and without anything to be looked at or compared.

    The collection is repeated here because the same bytes may not enter one collection twice, and a constraint
    cannot look through the image.
    """

    image = models.ForeignKey(Image, verbose_name=_("图像"), on_delete=models.CASCADE, related_name="files")
    collection = models.ForeignKey(
        Collection, verbose_name=_("馆藏"), on_delete=models.PROTECT, related_name="files", editable=False
    )
    role = models.CharField(_("部位"), max_length=20, choices=FileRole.choices, default=FileRole.FRONT)
    sequence = models.PositiveIntegerField(_("序号"), default=1)
    original_name = models.CharField(_("文件名"), max_length=500)
    # The same for all scans of one photograph, read from their names by the collection's pattern.
    join_key = models.CharField(max_length=600, blank=True, editable=False)
    master = models.FileField(_("扫描原图"), max_length=300, blank=True)
    source_path = models.CharField(
        _("扫描原图位置"), max_length=LONGEST, blank=True, help_text=_("原地引用的文件；系统从不改动它。")
    )
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    perceptual_hash = models.CharField(_("感知哈希"), max_length=16, blank=True)
    # The hash cut into parts that an index can find; null where it says too little to be compared.
    band_0 = models.PositiveIntegerField(null=True, blank=True, editable=False)
    band_1 = models.PositiveIntegerField(null=True, blank=True, editable=False)
    band_2 = models.PositiveIntegerField(null=True, blank=True, editable=False)
    band_3 = models.PositiveIntegerField(null=True, blank=True, editable=False)
    byte_size = models.PositiveBigIntegerField(_("字节数"))
    width = models.PositiveIntegerField(_("宽"))
    height = models.PositiveIntegerField(_("高"))
    format = models.CharField(_("格式"), max_length=20)
    pages = models.PositiveIntegerField(_("页数"), default=1)
    exif = models.JSONField(_("EXIF"), default=dict, blank=True)
    defect = models.CharField(
        _("文件缺陷"), max_length=20, choices=FileDefect.choices, blank=True, default=FileDefect.NONE
    )
    thumbnail = models.FileField(_("缩略图"), max_length=300, blank=True)
    screen = models.FileField(_("屏幕图"), max_length=300, blank=True)
    fixity_checked_at = models.DateTimeField(_("最近校验"), default=timezone.now)
    fixity = models.CharField(_("校验结果"), max_length=20, choices=Fixity.choices, blank=True, default=Fixity.UNKNOWN)
    # When the master was last written, by its own clock: a changed file with the old time was changed by nobody.
    master_modified_ns = models.BigIntegerField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("导入时间"), auto_now_add=True)

    objects = ImageFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("扫描件")
        verbose_name_plural = _("扫描件")
        ordering = ["image_id", "role", "sequence"]
        indexes = [
            models.Index(fields=["collection", "join_key"], name="imagefile_by_join_key", condition=~Q(join_key="")),
            models.Index(fields=["fixity_checked_at", "id"], name="imagefile_by_fixity_check"),
            *(
                # With everything that the search for look-alikes reads, so that it touches no row of the table.
                models.Index(
                    fields=["collection", band, "role", "image", "perceptual_hash"],
                    name=f"imagefile_near_by_{band}",
                    condition=Q(**{f"{band}__isnull": False}),
                )
                for band in BANDS
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["collection", "sha256"], name="imagefile_content_unique_in_collection"),
            models.UniqueConstraint(fields=["image", "role", "sequence"], name="imagefile_one_per_role_and_sequence"),
            models.CheckConstraint(condition=one_of("role", FileRole.values), name="imagefile_role_known"),
            models.CheckConstraint(condition=one_of("fixity", Fixity.values), name="imagefile_fixity_known"),
            models.CheckConstraint(condition=one_of("defect", FileDefect.values), name="imagefile_defect_known"),
            models.CheckConstraint(
                condition=(Q(master="") & ~Q(source_path="")) | (~Q(master="") & Q(source_path="")),
                name="imagefile_copied_or_in_place",
            ),
            models.CheckConstraint(
                condition=(
                    Q(width__gt=0, height__gt=0) & ~Q(role=FileRole.DOCUMENT)
                    | Q(width=0, height=0, thumbnail="", screen="", perceptual_hash="", role=FileRole.DOCUMENT)
                ),
                name="imagefile_has_size",
            ),
        ]

    def __str__(self) -> str:
        return self.original_name

    def save(self, *args: object, **kwargs: object) -> None:
        """Save with the image's collection and the parts of the hash."""
        self.collection_id = self.image.collection_id
        for name, value in zip(BANDS, bands(self.perceptual_hash), strict=True):
            setattr(self, name, value)
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came

    @property
    def is_document(self) -> bool:
        """Tell whether this is a document, which shows nothing itself."""
        return self.role == FileRole.DOCUMENT

    @property
    def place_outside(self) -> Path | None:
        """Return where a master referenced in place lies, possibly on a share; None where it is a copy of our own."""
        return None if self.master else recorded_path(self.source_path)

    @property
    def master_path(self) -> Path:
        """Return where the master lies: the copy under MEDIA_ROOT, or the file referenced in place."""
        return Path(self.master.path) if self.master else recorded_path(self.source_path)
