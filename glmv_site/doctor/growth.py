"""How fast the data folder grows, and when its disk will be full at that rate.

The database knows which masters came in on which day and how large they are; nothing has to be recorded for it. What
is made of a master is seen on the newest ones.
"""

import math
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import Error
from django.db.models import Min, Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from catalog.models import ImageFile
from glmv_site.doctor.findings import Finding

_GB = 1_000_000_000
_DAYS = 30
_SOON = timedelta(days=7)
_LATER = timedelta(days=90)
_SAMPLE = 50
_FAR = 100 * 365


def growth() -> Iterator[Finding]:
    """How much comes in a day, and on which day the disk will be full."""
    try:
        per_day = bytes_per_day()
    except Error:
        return  # told of the database
    if not per_day:
        yield Finding("ok", _("最近 %(days)d 天没有存入扫描件，磁盘用量没有增长。") % {"days": _DAYS})
        return
    media = Path(settings.MEDIA_ROOT)
    try:
        free = shutil.disk_usage(media if media.is_dir() else settings.DATA_DIR).free
    except OSError:
        return  # told of the data folder
    left = timedelta(days=min(_FAR, math.floor(free / per_day)))
    day = date_format(timezone.localdate() + left, "DATE_FORMAT")
    numbers = {"days": _DAYS, "growth": f"{per_day / _GB:.2f}", "day": day, "left": left.days}
    if left.days >= _FAR:
        words = _("按最近 %(days)d 天存入的扫描件推算，磁盘每天增加 %(growth)s GB，短期内不会满。")
        yield Finding("ok", words % numbers)
    elif left >= _LATER:
        words = _(
            "按最近 %(days)d 天存入的扫描件推算，磁盘每天增加 %(growth)s GB，%(day)s前后会满（还有 %(left)d 天）。"
        )
        yield Finding("ok", words % numbers)
    else:
        words = _(
            "按最近 %(days)d 天存入的扫描件推算，磁盘每天增加 %(growth)s GB，%(day)s前后会满（还有 %(left)d 天）。"
            "请清理或换更大的磁盘；大量扫描件也可以留在 NAS 上，用 --in-place 导入。"
        )
        yield Finding("error" if left < _SOON else "note", words % numbers)


def bytes_per_day() -> float:
    """Return by how much the data folder grew a day lately, with what is made of the masters.

    Raises:
        Error: the database does not work.
    """
    now = timezone.now()
    since = now - timedelta(days=_DAYS)
    recent = ImageFile.objects.filter(created_at__gt=since, created_at__lte=now)
    masters = recent.exclude(master="").aggregate(sum=Sum("byte_size"))["sum"] or 0
    copies = _bytes_of_copies(list(recent.order_by("-pk")[:_SAMPLE])) * recent.count()
    # A new installation has not been growing for all that time.
    first = ImageFile.objects.aggregate(first=Min("created_at"))["first"] or now
    days = max(1.0, min(_DAYS, (now - first) / timedelta(days=1)))
    return float(masters + copies) / days


def _bytes_of_copies(files: list[ImageFile]) -> float:
    """Return how large the pictures made of one master are, on an average."""
    total = 0
    for file in files:
        for picture in (file.thumbnail, file.screen):
            try:
                total += picture.size if picture else 0
            except OSError:
                continue
    return total / len(files) if files else 0.0
