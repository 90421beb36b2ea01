"""Preparing an export: which records it has is frozen, and what its columns are; nothing is written yet."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.exceptions import ExportRefused
from catalog.exchange.exports.keeping import parts_of
from catalog.exchange.layouts import Preset, layout_of
from catalog.exchange.tables.limits import MOST_RECORDS_OF_XLSX
from catalog.models import Annotation, Export
from catalog.querysets import ImageQuerySet
from catalog.vocabulary import Field

if TYPE_CHECKING:
    from django.contrib.auth.models import User

AT_ONCE = 2000
"""Up to so many records a page waits for; more are left to the worker."""


def prepare(
    *,
    user: "User | None",
    images: ImageQuerySet,
    fmt: str,
    preset: Preset | None = None,
    words: str = "",
    background: bool | None = None,
) -> Export:
    """Freeze what a table has; it is to be made by `running.make_now`, or by the worker where it is `background`.

    Args:
        user: who asks for it, and may see the images; None for the command line.
        images: the records, in the order wanted.
        fmt: one of `Export.Format`.
        preset: the columns; None for the house's own.
        words: what was chosen, as a person reads it.
        background: whether the worker makes it; None where that is for its size to decide.

    Returns:
        The export.

    Raises:
        ExportRefused: there are more records than a file of this kind can hold.
    """
    keys = list(images.values_list("pk", flat=True))
    if fmt == Export.Format.XLSX and len(keys) > MOST_RECORDS_OF_XLSX:
        raise ExportRefused(
            _("Excel 工作簿最多容纳 %(most)s 条记录，所选有 %(number)s 条。请缩小范围分几次导出，或改用 CSV。"),
            most=MOST_RECORDS_OF_XLSX,
            number=len(keys),
        )
    export = Export(
        user=user,
        format=fmt,
        preset="" if preset is None else preset.name,
        layout=layout_of(preset, _drafted_fields(images)),
        language=get_language() or "",
        selection=words,
        background=len(keys) > AT_ONCE if background is None else background,
        records=len(keys),
        collections=sorted(set(images.order_by().values_list("collection", flat=True).distinct())),
        kept_until=timezone.now() + timedelta(days=settings.GLMV_EXPORT_KEPT_DAYS),
    )
    export.file_name = _file_name(export)
    with transaction.atomic():
        export.save(force_insert=True)
        export.parts.bulk_create(parts_of(export, keys), batch_size=50)
    return export


def _drafted_fields(images: ImageQuerySet) -> Sequence[Field]:
    """Return the fields that have drafts in the table: others need no column for them."""
    drafts = Annotation.objects.drafts().filter(image__in=images.order_by().values("pk"))
    found = set(drafts.order_by().values_list("field", flat=True).distinct())
    return [name for name in Field if name.value in found]


def _file_name(export: Export) -> str:
    """Return what the file is called: by the day, so that two of them can lie in one folder."""
    return f"catalogue-{timezone.localtime():%Y%m%d-%H%M%S}.{export.format}"
