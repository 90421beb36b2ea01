"""The hours of work in the background: which they are, and what does not go together with them."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from glmv_site.doctor.findings import Finding
from glmv_site.doctor.ports import running_hours
from glmv_site.office_hours import EARLIEST, OfficeHours, wall_clock


def hours() -> Iterator[Finding]:
    """Which hours are kept, and whether it is within them now; and whether the site that runs keeps the same."""
    kept: OfficeHours = settings.GLMV_HOURS
    yield from _of_the_settings(kept)
    running = running_hours()
    if running is not None and running != kept.in_words:
        words = _(
            "正在运行的网站的工作时段是：%(running)s；设置里的是：%(set)s。改了 GLMV_HOURS 以后要重新启动网站才起作用。"
        )
        always = _("全天")
        yield Finding("note", words % {"running": running or always, "set": kept.in_words or always})


def _of_the_settings(kept: OfficeHours) -> Iterator[Finding]:
    if not kept.spans:
        yield Finding("ok", _("没有设置 GLMV_HOURS，后台随时处理批次。"))
        return
    now = wall_clock()
    if now < EARLIEST:
        words = _("机器的时钟是 %(now)s，显然不对（主板电池可能没电了），工作时段无法执行。请校准时钟。")
        yield Finding("error", words % {"now": f"{now:%Y-%m-%d %H:%M}"})
        return
    state = kept.sentence(now) or _("现在在工作时段内。")
    yield Finding("ok", _("后台只在 %(hours)s 处理批次。%(state)s") % {"hours": kept.in_words, "state": state})
    yield from _backup(kept, now)


def _backup(kept: OfficeHours, now: datetime) -> Iterator[Finding]:
    """Whether the machine is on when a backup is due."""
    at: time | None = settings.GLMV_BACKUP_AT
    if at is None or any(kept.is_open(datetime.combine(now.date() + timedelta(days=day), at)) for day in range(7)):
        return
    words = _(
        "自动备份的时间 %(at)s 不在工作时段 %(hours)s 内：机器那时若已关机，就不会按时备份。"
        "请把 GLMV_BACKUP_AT 改到工作时段里，或让机器在那时开着。"
    )
    yield Finding("note", words % {"at": f"{at:%H:%M}", "hours": kept.in_words})
