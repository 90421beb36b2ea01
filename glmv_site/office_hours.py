"""Office hours: when work in the background may take something new, and when it goes on. Read from GLMV_HOURS.

The times are the wall's, in the site's time zone. Nothing is remembered: a clock that is set forth or back, a machine
that was off, a setting that was changed are all answered by looking at the clock again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from glmv_site import RELEASED

WINDING_DOWN = timedelta(minutes=5)
"""So long before the end nothing new is taken: time enough for one answer, or one page to be read."""
EARLIEST = datetime.combine(RELEASED, time.min)
"""A clock that says less has lost its time with its battery, or is set wrong; no hours can be kept by it."""

_DAY = timedelta(days=1)
_SHORTEST = 2 * WINDING_DOWN
_MINUTES_OF_DAY = 24 * 60
_FORM = " 08:00-18:00、08:00-12:00,13:30-18:00 或 周一-周五 08:00-18:00 这样的时段，每段至少 10 分钟"
_DAYS = {name: number for number, names in enumerate((
    ("周一", "mon"), ("周二", "tue"), ("周三", "wed"), ("周四", "thu"), ("周五", "fri"), ("周六", "sat"),
    ("周日", "sun", "周天"),
)) for name in names}  # fmt: skip
_SPAN = re.compile(
    r"(?:(?P<first>\S+?)(?:[-–—~～至到](?P<last>\S+?))?\s+)?"
    r"(?P<from_h>\d{1,2}):(?P<from_m>\d{2})\s*[-–—~～至到]\s*(?P<to_h>\d{1,2}):(?P<to_m>\d{2})"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A time of the day, on some days of the week.

    Attributes:
        days: on which it begins; 0 is Monday.
        start: minutes after midnight.
        end: likewise; up to `start` on the next day.
    """

    days: frozenset[int]
    start: int
    end: int

    @property
    def minutes(self) -> int:
        """Return how long it is."""
        return (self.end - self.start) % _MINUTES_OF_DAY or _MINUTES_OF_DAY


@dataclass(frozen=True)
class OfficeHours:
    """When work in the background is done; without any spans always.

    Attributes:
        spans: as they were written.
    """

    spans: tuple[Span, ...] = ()

    def end(self, now: datetime) -> datetime | None:
        """Return when the hours that it is now end.

        Args:
            now: the wall's time.

        Returns:
            The moment, beyond any spans that join on; None outside the hours, and where they never end.
        """
        reached, limit = now, now + 8 * _DAY
        while reached < limit:
            later = [until for begin, until in self._around(reached) if begin <= reached < until]
            if not later:
                return reached if reached > now else None
            reached = max(later)
        return None

    def is_open(self, now: datetime | None = None) -> bool:
        """Tell whether it is within the hours, or the clock cannot be asked.

        Args:
            now: the wall's time; None for what it is.
        """
        now = now or wall_clock()
        if not self.spans or now < EARLIEST:
            return True
        return any(begin <= now < until for begin, until in self._around(now))

    def takes_new_work(self, now: datetime) -> bool:
        """Tell whether something may be begun: it is within the hours, and not just before their end.

        Args:
            now: the wall's time.
        """
        if not self.is_open(now):
            return False
        end = self.end(now) if self.spans and now >= EARLIEST else None
        return end is None or now < end - WINDING_DOWN

    def next_start(self, now: datetime) -> datetime | None:
        """Return when work goes on.

        Args:
            now: the wall's time.

        Returns:
            The next moment at which hours begin; None where there are none.
        """
        begins = [begin for begin, _until in self._around(now, days=8) if begin > now]
        return min((begin for begin in begins if not self.is_open(begin - timedelta(seconds=1))), default=None)

    def sentence(self, now: datetime | None = None) -> str:
        """Return why nothing new is begun now, and when it goes on; empty where it may be.

        Args:
            now: the wall's time; None for what it is.
        """
        now = now or wall_clock()
        if self.takes_new_work(now):
            return ""
        start = self.next_start(now)
        moment = _moment(start, now) if start else ""
        if self.is_open(now):
            return _("工作时段快结束了，后台不再处理新的图像，%(when)s继续。") % {"when": moment}
        return _("现在不在工作时段，后台处理已停下，%(when)s自动继续。") % {"when": moment}

    @property
    def in_words(self) -> str:
        """Return the hours as people write them."""
        return "、".join(
            f"{_days(span.days)}{_clock(span.start)}–{_clock(span.end or _MINUTES_OF_DAY)}" for span in self.spans
        )

    def _around(self, now: datetime, days: int = 1) -> Sequence[tuple[datetime, datetime]]:
        """Return the hours of yesterday, which may last into today, of today, and of some days more."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return [
            (begin, begin + timedelta(minutes=span.minutes))
            for day in (midnight + number * _DAY for number in range(-1, days + 1))
            for span in self.spans
            if day.weekday() in span.days
            for begin in (day + timedelta(minutes=span.start),)
        ]


def wall_clock() -> datetime:
    """Return what the clock on the wall says, without its zone."""
    return timezone.localtime().replace(tzinfo=None)


def office_hours(text: str) -> OfficeHours:
    """Read hours.

    Args:
        text: ``08:00-18:00``; several separated by commas; before each the days, as ``周一-周五`` or ``Mon-Fri``, that
            also count for those after it. Empty for always.

    Returns:
        The hours.

    Raises:
        ValueError: they cannot be meant.
    """
    plain = text.strip().translate(str.maketrans("，；;：、", ",,,:,"))
    spans: list[Span] = []
    days = frozenset(range(7))
    for part in filter(None, (part.strip() for part in plain.split(","))):
        match = _SPAN.fullmatch(part)
        if match is None:
            raise ValueError(_FORM)
        if match["first"]:
            days = _days_between(match["first"], match["last"] or match["first"])
        begin, end = _minutes(match["from_h"], match["from_m"]), _minutes(match["to_h"], match["to_m"])
        span = Span(days, begin % _MINUTES_OF_DAY, end % _MINUTES_OF_DAY)
        # A whole day is written 00:00-24:00; 08:00-08:00 and 24:00-00:00 would be slips.
        if begin in {end, _MINUTES_OF_DAY} or timedelta(minutes=span.minutes) < _SHORTEST:
            raise ValueError(_FORM)
        spans.append(span)
    return OfficeHours(tuple(spans))


def _minutes(hours: str, minutes: str) -> int:
    total = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or total > _MINUTES_OF_DAY:
        raise ValueError(_FORM)
    return total


def _days_between(first: str, last: str) -> frozenset[int]:
    try:
        begin, end = (_DAYS[name.lower().replace("星期", "周").replace("礼拜", "周")] for name in (first, last))
    except KeyError:
        raise ValueError(_FORM) from None
    return frozenset((begin + number) % 7 for number in range((end - begin) % 7 + 1))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _days(days: frozenset[int]) -> str:
    if len(days) == 7:
        return ""
    names = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
    first = next(day for day in sorted(days) if (day - 1) % 7 not in days)
    last = (first + len(days) - 1) % 7
    return f"{names[first]} " if first == last else f"{names[first]}–{names[last]} "


def _moment(start: datetime, now: datetime) -> str:
    clock = f"{start:%H:%M}"
    if start.date() == now.date():
        return _("今天 %(time)s ") % {"time": clock}
    if start.date() == now.date() + _DAY:
        return _("明天 %(time)s ") % {"time": clock}
    return _("%(month)d 月 %(day)d 日 %(time)s ") % {"month": start.month, "day": start.day, "time": clock}
