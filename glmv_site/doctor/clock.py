"""The machine's clock: dates in the log, leases, keys and certificates all go by it."""

import shutil
import struct
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import Error
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Action, ImageFile
from glmv_site import RELEASED
from glmv_site.doctor.findings import Finding

_TOLERATED = timedelta(minutes=5)
_ASK_S = 5
_SET = _(
    "校准后再写入。可运行：sudo timedatectl set-ntp true；没有网络时：sudo date -s '2026-01-31 08:00'（写当时的时间）。"
)
_HALF_A_YEAR = timedelta(days=182)
_IN_CONTAINER = Path("/.dockerenv")
LOCALTIME = Path("/etc/localtime")
"""Where the system has its time zone."""


def clock() -> Iterator[Finding]:
    """Whether it may be right."""
    now = timezone.now()
    shown = f"{timezone.localtime(now):%Y-%m-%d %H:%M}"
    newest = _newest_row()
    if now < datetime.combine(RELEASED, datetime.min.time(), tzinfo=UTC):
        words = _("系统时间是 %(now)s，早于本软件的发布日期 %(released)s，多半是主板电池没电。请%(set)s")
        yield Finding("error", words % {"now": shown, "released": RELEASED, "set": _SET})
    elif newest is not None and newest > now + _TOLERATED:
        words = _("系统时间是 %(now)s，比数据库里最新的记录（%(newest)s）还早，时钟被拨回或走慢了。请%(set)s")
        told = {"now": shown, "newest": f"{timezone.localtime(newest):%Y-%m-%d %H:%M}", "set": _SET}
        yield Finding("error", words % told)
    else:
        yield Finding("ok", _("系统时间是 %(now)s，不早于已有的记录。") % {"now": shown})
    yield from _synchronised()
    if not _IN_CONTAINER.exists():  # nobody's crontab is there
        yield from zone_of_system(now)


def _newest_row() -> datetime | None:
    try:
        found = [
            Action.objects.aggregate(newest=Max("created_at"))["newest"],
            ImageFile.objects.aggregate(newest=Max("created_at"))["newest"],
        ]
    except Error:
        return None  # told of the database
    return max((moment for moment in found if moment is not None), default=None)


def _synchronised() -> Iterator[Finding]:
    """Say whether the clock is set by others, where systemd knows."""
    program = shutil.which("timedatectl")
    if program is None:
        return
    command = [program, "show", "--property=NTPSynchronized", "--value"]
    try:
        asked = subprocess.run(  # noqa: S603 - a fixed command, found on the PATH
            command, capture_output=True, text=True, check=False, timeout=_ASK_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return
    answer = asked.stdout.strip()
    if answer == "yes":
        yield Finding("ok", _("时钟由网络校准（NTP）。"))
    elif answer == "no":
        words = _(
            "时钟没有由网络校准。内网有时间服务器的，写进 /etc/systemd/timesyncd.conf 的 NTP=，再运行 sudo timedatectl "
            "set-ntp true；没有的，请每月对一次表。"
        )
        yield Finding("note", words)


def zone_of_system(now: datetime, localtime: Path = LOCALTIME) -> Iterator[Finding]:
    """Say where crontab and the site mean another hour by the same words.

    The system's file is read: in this process Django has made the site's zone the local one.

    Args:
        now: the time.
        localtime: the file with the system's zone; without it the system keeps UTC.
    """
    try:
        with localtime.open("rb") as file:
            of_system: tzinfo = ZoneInfo.from_file(file)
    except FileNotFoundError:
        of_system = UTC
    except (OSError, ValueError, struct.error):  # unreadable, or no file of that kind
        return
    # Where clocks are set forth in summer, the two may agree for half of the year.
    moments = (now, now + _HALF_A_YEAR)
    if all(moment.astimezone(of_system).utcoffset() == timezone.localtime(moment).utcoffset() for moment in moments):
        return
    words = _(
        "系统的时区与网站的（%(zone)s）不同：网页上的时间按后者，crontab 里写的钟点按前者。可运行：sudo timedatectl "
        "set-timezone %(zone)s"
    )
    yield Finding("note", words % {"zone": settings.TIME_ZONE})
