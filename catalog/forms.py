"""Form fields of the pages and the API: dates as people write them; and forms that pages and the workbench share."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog import dates
from catalog.vocabulary import Classification, Disclosure

LARGEST_KEY = 2**53 - 1
"""No record has a larger number; beyond it programs that read JSON's numbers as floating ones round them."""


class PartialDateField(forms.CharField):
    """A date text (1958, 1958-03, 五十年代), read as the first or the last day it covers."""

    default_error_messages = {
        "invalid_date": _("请写年份或日期，例如 1958、1958-03、1958年3月12日、五十年代。"),
    }

    def __init__(self, *, last_day: bool = False, **kwargs: Any) -> None:
        """Make the field.

        Args:
            last_day: read the text as the last day it may mean instead of the first.
            kwargs: what `forms.CharField` takes.
        """
        self.last_day = last_day
        super().__init__(**(kwargs | {"max_length": 40}))

    def clean(self, value: Any) -> date | None:
        """Return the day meant; None where nothing was written.

        Raises:
            ValidationError: it is no date, or one that is open to the side asked for (from 1949年以前).
        """
        text = super().clean(value)
        if not text:
            return None
        found = dates.parse(text)
        if found is None:
            raise forms.ValidationError(self.error_messages["invalid_date"], code="invalid_date")
        day = found.end if self.last_day else found.start
        if day is None:
            raise forms.ValidationError(self.error_messages["invalid_date"], code="invalid_date")
        return day


class KeyField(forms.CharField):
    """The number of a record: digits, as far as a database counts."""

    default_error_messages = {"invalid_key": _("请写编号，即 1 或更大的整数。")}

    def __init__(self, **kwargs: Any) -> None:
        """Make the field.

        Args:
            kwargs: what `forms.CharField` takes.
        """
        super().__init__(**(kwargs | {"strip": False}))

    def clean(self, value: Any) -> int | None:
        """Return the number, or None where nothing was written.

        Raises:
            ValidationError: it is none.
        """
        text = super().clean(value)
        if not text:
            return None
        digits = text.lstrip("0")
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else 0
        if not 0 < number <= LARGEST_KEY:
            raise forms.ValidationError(self.error_messages["invalid_key"], code="invalid_key")
        return number


class ProposalForm(forms.Form):
    """What a first examiner proposes of some records."""

    disclosure = forms.TypedChoiceField(
        label=_("开放标识"),
        choices=[(one.value, one.label) for one in Disclosure.decided()],
        coerce=Disclosure,
        widget=forms.RadioSelect,
        initial=Disclosure.OPEN.value,
    )
    until = forms.DateField(
        label=_("延期至"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("只用于延期开放。到了这一天不会自动开放，而是列入“到期待审”。"),
    )
    basis = forms.CharField(
        label=_("依据"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("写进每条记录，例如“形成满二十五年，无不宜开放内容”。"),
    )
    with_hints = forms.BooleanField(
        label=_("有提示的也列入"),
        required=False,
        help_text=_("不选时，要开放的清单里不列入带证件号、电话或敏感词的记录，留着单独审核。"),
    )


class ClearingForm(forms.Form):
    """Why a record that is held back as possibly classified may go on."""

    classification = forms.TypedChoiceField(
        label=_("密级"),
        required=False,
        choices=[(one.value, one.label) for one in (Classification.NONE, Classification.INTERNAL)],
        coerce=Classification,
        empty_value=Classification.NONE,
    )
    reason = forms.CharField(
        label=_("解除理由"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("例如“已于 1995 年解密，见解密通知”“题字里的‘机密’是剧名”。"),
    )
