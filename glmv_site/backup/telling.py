"""Tells the metrics and the workbench how old the latest backup is."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.workbench import Notice
from glmv_site.backup import status
from inference.providers import Moment

TOO_OLD = timedelta(days=2)
"""After which somebody is to look why none was made."""


def moments() -> Sequence[Moment]:
    """Return when the latest complete backup was made, for the metrics."""
    latest = status.recorded()
    words = "When the latest complete backup was finished; 0 where there is none."
    return [Moment("glmv_backup_last_success_timestamp_seconds", words, latest.finished_at if latest else None)]


def notices() -> Sequence[Notice]:
    """Return how old the latest backup is, for the first page of the workbench."""
    latest = status.recorded()
    if latest is None:
        told = _("还没有备份。请运行 %(manage)s backup，或设置 GLMV_BACKUP_AT 每夜自动备份。")
        return [Notice(told % {"manage": settings.GLMV_MANAGE}, urgent=True)]
    words = {
        "when": date_format(timezone.localtime(latest.finished_at), "DATETIME_FORMAT"),
        "age": age_of(latest),
        "manage": settings.GLMV_MANAGE,
    }
    if timezone.now() - latest.finished_at > TOO_OLD:
        told = _("最近一次备份是 %(age)s（%(when)s），太久了。请运行 %(manage)s doctor，看为什么没有做。")
        return [Notice(told % words, urgent=True)]
    if latest.lacking:
        return [Notice(lacking_words(latest.lacking), urgent=True)]
    return [Notice(_("最近一次备份：%(age)s（%(when)s）。") % words)]


def lacking_words(number: int) -> str:
    """Return what is said of a backup that has not all files that its database names."""
    return _(
        "最近一次备份缺 %(n)d 个文件：数据库里有，图片文件夹里没有或读不了，恢复时也找不回来。"
        "请运行 %(manage)s verify_files 查看。"
    ) % {"n": number, "manage": settings.GLMV_MANAGE}


def age_of(backup: status.Backup, now: datetime | None = None) -> str:
    """Return how long ago a backup was made, in words.

    Args:
        backup: that backup.
        now: the time, as somebody else tells it.
    """
    minutes = ((now or timezone.now()) - backup.finished_at) // timedelta(minutes=1)
    if minutes < 1:
        return _("刚刚")
    if minutes < 60:
        return ngettext("%(number)d 分钟前", "%(number)d 分钟前", minutes) % {"number": minutes}
    hours = minutes // 60
    if hours < 24:
        return ngettext("%(number)d 小时前", "%(number)d 小时前", hours) % {"number": hours}
    return ngettext("%(number)d 天前", "%(number)d 天前", hours // 24) % {"number": hours // 24}
