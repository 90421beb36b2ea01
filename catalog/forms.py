"""Form fields and forms that several doors share: dates as people write them, changes and openings of many records."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog import dates
from catalog.models import BulkChange
from catalog.review.bulk.changes import Accepting, Change, Rejecting, Replacing, Setting
from catalog.texts import storable
from catalog.vocabulary import Classification, Disclosure, Field, Objection

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


LONGEST_VALUE = 20_000
"""Characters of a value, as where one is written by hand."""
USUAL_REASONS = tuple(code.label for code in Objection.offered() if code.words)
"""Why drafts are rejected, as most people put it; other words do as well."""


class BulkForm(forms.Form):
    """What a change of many records is asked for; each kind has one."""

    # The list has all of them in one form: a browser would demand the fields of those that are not sent.
    use_required_attribute = False

    def change(self) -> Change:
        """Return the change, of a form that is valid."""
        raise NotImplementedError


class AcceptForm(BulkForm):
    """Drafts are accepted as they are."""

    def change(self) -> Change:
        """Return the change."""
        return Accepting()


class RejectForm(BulkForm):
    """Drafts are rejected, with one reason for all."""

    reason = forms.CharField(
        label=_("退回原因"),
        max_length=1_000,
        widget=forms.TextInput(attrs={"list": "usual-reasons", "autocomplete": "off"}),
        help_text=_("记在每条草稿上；下次起草时作参考。"),
        error_messages={"required": _("请写退回原因，例如“人物不对”。")},
    )

    def change(self) -> Change:
        """Return the change."""
        return Rejecting(self.cleaned_data["reason"])


KEEP, OVERWRITE = "keep", "overwrite"


class SetForm(BulkForm):
    """One field is written."""

    set_field = forms.ChoiceField(choices=[("", "———"), *Field.choices], label=_("著录项"))
    set_value = forms.CharField(
        label=_("内容"),
        max_length=LONGEST_VALUE,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("请写要填的内容。")},
    )
    set_mode = forms.ChoiceField(
        choices=[(KEEP, _("已有内容的保留（待考的会填上）")), (OVERWRITE, _("已有内容的也覆盖"))],
        initial=KEEP,
        widget=forms.RadioSelect,
        label=_("已有内容"),
    )

    def clean_set_value(self) -> str:
        """Return the text as it is stored."""
        return storable(self.cleaned_data["set_value"]).strip()

    def change(self) -> Change:
        """Return the change."""
        given = self.cleaned_data
        return Setting(given["set_field"], given["set_value"], overwrite=given["set_mode"] == OVERWRITE)


VALUES, DRAFTS = "values", "drafts"


class ReplaceForm(BulkForm):
    """Words are replaced by others."""

    find = forms.CharField(
        label=_("查找"),
        max_length=LONGEST_VALUE,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("照原样查找，不是正则表达式；区分大小写和全角半角。"),
        error_messages={"required": _("请写要查找的文字。")},
    )
    replacement = forms.CharField(
        label=_("替换为"),
        required=False,
        max_length=LONGEST_VALUE,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("留空就是删去；整项都会删空的不改。"),
    )
    whole = forms.BooleanField(required=False, label=_("只替换整项内容与之完全相同的"))
    replace_in = forms.MultipleChoiceField(
        choices=[(VALUES, _("已采用的内容")), (DRAFTS, _("待审的草稿（改后仍待审）"))],
        initial=[VALUES, DRAFTS],
        widget=forms.CheckboxSelectMultiple,
        label=_("在哪里找"),
        error_messages={"required": _("请选择在哪里找：已采用的内容、待审的草稿，或两者。")},
    )
    replace_fields = forms.MultipleChoiceField(
        choices=Field.choices,
        widget=forms.CheckboxSelectMultiple,
        label=_("著录项"),
        error_messages={"required": _("请至少选一个著录项。")},
    )

    def clean(self) -> dict[str, Any]:
        """Refuse what would change nothing."""
        given = super().clean() or self.cleaned_data
        for name in ("find", "replacement"):
            given[name] = storable(given.get(name) or "")
        if given["find"] and given["find"] == given["replacement"]:
            self.add_error("replacement", _("与要查找的文字相同，没有可替换的。"))
        return given

    def change(self) -> Change:
        """Return the change."""
        given = self.cleaned_data
        return Replacing(
            fields=tuple(given["replace_fields"]),
            find=given["find"],
            replacement=given["replacement"],
            whole=given["whole"],
            in_values=VALUES in given["replace_in"],
            in_drafts=DRAFTS in given["replace_in"],
        )


BULK_FORMS: dict[str, type[BulkForm]] = {
    BulkChange.Kind.ACCEPT.value: AcceptForm,
    BulkChange.Kind.REJECT.value: RejectForm,
    BulkChange.Kind.SET.value: SetForm,
    BulkChange.Kind.REPLACE.value: ReplaceForm,
}
"""The kinds of changes that a selection is asked about, and the form of each."""


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
