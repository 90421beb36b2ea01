"""The form above the history: days as calendars here count them, and words, be they single characters."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inference.models.exchanges import ExchangeQuerySet
from inference.words import MAX_QUERY_LENGTH, split_words

# Days beyond these are as good as no bound; some of them no clock can tell in another time zone.
_FIRST_DAY = date(1970, 1, 1)
_LAST_DAY = date(2999, 12, 31)
_FORMATS = ["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"]


def _day_field(label: Any) -> forms.DateField:
    return forms.DateField(
        required=False,
        label=label,
        input_formats=_FORMATS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": _("请写成 2026-03-08 这样的日期。")},
    )


class HistoryFilter(forms.Form):
    """Which questions are shown and exported."""

    q = forms.CharField(
        required=False,
        max_length=MAX_QUERY_LENGTH,
        label=_("关键词"),
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "placeholder": _("一个字也可以，几个词用空格隔开")}
        ),
    )
    date_from = _day_field(_("从"))
    date_to = _day_field(_("到"))

    def clean(self) -> dict[str, Any]:
        """See that the two days are in order."""
        cleaned = super().clean() or {}
        start, end = cleaned.get("date_from"), cleaned.get("date_to")
        if start and end and start > end:
            self.add_error("date_to", _("结束日期早于开始日期，请改其中一个。"))
        return cleaned

    @property
    def words(self) -> list[str]:
        """The words looked for; none where the form cannot be read."""
        return split_words(self.cleaned_data.get("q", "")) if self.is_valid() else []

    @property
    def is_narrow(self) -> bool:
        """Whether anything was filled in."""
        return any(self.data.get(name) for name in self.fields)

    def narrow(self, exchanges: ExchangeQuerySet) -> ExchangeQuerySet:
        """Keep what the form asks for.

        Args:
            exchanges: an owner's.

        Returns:
            Those of the days, both included, in which all words occur; none where the form cannot be read.
        """
        if not self.is_valid():
            return exchanges.none()
        first, last = self.cleaned_data.get("date_from"), self.cleaned_data.get("date_to")
        start = _midnight(first) if first else None
        end = _midnight(last, days=1) if last else None
        return exchanges.between(start, end).containing(self.words)


def _midnight(day: date, *, days: int = 0) -> datetime:
    """Return when a day, or one some days later, begins here."""
    within = min(max(day, _FIRST_DAY), _LAST_DAY) + timedelta(days=days)
    return timezone.make_aware(datetime.combine(within, time.min))
