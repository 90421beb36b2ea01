"""Forms that know what the person was shown: they write what the person changed, and nothing else.

A form may stay open for an hour. Compared with the record as it is when the form comes back, everything a colleague
changed meanwhile would look like the person's own change, and saving would undo it, closed access included.
"""

from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

Row = TypeVar("Row", bound=Model)


class SeenValuesForm(forms.ModelForm[Row]):
    """A form that carries the values it was opened with, and refuses to replace a colleague's value unseen."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # Django compares with the value in the hidden input instead of the record's.
            field.show_hidden_initial = self.instance.pk is not None

    def clean(self) -> dict[str, Any] | None:
        """Refuse changes to what somebody else changed since the form was opened."""
        cleaned = super().clean()
        if self.instance.pk is None:
            return cleaned
        for name in self.changed_data:
            if name in self.cleaned_data and not self._was_seen(name):
                self.add_error(name, _("这一项刚刚被别人改过，没有保存。请重新打开本页，对照现在的内容再改。"))
        return cleaned

    def _was_seen(self, name: str) -> bool:
        """Tell whether the form was opened with the value that the record has now, or asks for that value anyway."""
        field, current = self.fields[name], getattr(self.instance, name)
        hidden = field.hidden_widget().value_from_datadict(self.data, self.files, self[name].html_initial_name)
        try:
            shown = field.to_python(hidden)
        except ValidationError:
            return False
        return _alike(shown, current) or _alike(self.cleaned_data[name], current)


def _alike(one: Any, other: Any) -> bool:
    """Compare two values as a browser sends them: with either kind of line break, nothing being empty."""
    return bool(_plain(one) == _plain(other))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    return "" if value is None else value
