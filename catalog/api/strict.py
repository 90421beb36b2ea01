"""Fields of what is sent as JSON that take what their description says and nothing else.

Django REST Framework's own take ``"5"`` for 5 and ``"yes"`` for true, and pass over names that they do not know: of a
misspelt ``filters`` a batch of everything would come.
"""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.drainage import set_override
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from catalog.api.conditions import PATTERN, read_version
from catalog.filters import DATE_FORMAT, NO_NUL, SLUG_FORMAT, ImageBatchFilter
from catalog.forms import LARGEST_KEY as LARGEST_KEY
from catalog.models import Prompt
from catalog.vocabulary import Field as DescriptiveField
from catalog.vocabulary import Flag, ImageStatus
from inference.words import MAX_QUERY_LENGTH

_LONGEST_VALUE = 200
MOST_TEXT = 20_000
"""Characters of one descriptive field, as on the pages."""
PROMPT_FORMAT = "prompt"
"""What the description calls a prompt's slug."""
ACCOUNT_FORMAT = "account-name"
"""What the description calls a user name."""


class Strict(serializers.Serializer[Any]):
    """Refuses names that it does not know."""

    def to_internal_value(self, data: Any) -> Any:
        """Read what was sent.

        Raises:
            ValidationError: a name is unknown, or a value makes no sense.
        """
        if isinstance(data, dict) and (unknown := [name for name in data if name not in self.fields]):
            known = "、".join(self.fields)
            words = _("没有这一项，可用的有：%(known)s。") % {"known": known}
            raise ValidationError({str(name): [words] for name in unknown})
        return super().to_internal_value(data)


class StrictBoolean(serializers.BooleanField):
    """Takes true and false."""

    def to_internal_value(self, data: Any) -> bool:
        """Return the value.

        Raises:
            ValidationError: it is another.
        """
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictInteger(serializers.IntegerField):
    """Takes JSON's numbers."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number.

        Raises:
            ValidationError: it is none, or has a fraction.
        """
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictFloat(serializers.FloatField):
    """Takes JSON's numbers."""

    def to_internal_value(self, data: Any) -> float:
        """Return the number.

        Raises:
            ValidationError: it is none.
        """
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "minLength": 1, "maxLength": 100, "pattern": NO_NUL})
class StrictChar(serializers.CharField):
    """Takes JSON's strings, as they are."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return the text.

        Raises:
            ValidationError: it is none.
        """
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class BlankOrChar(StrictChar):
    """Takes an empty string for none, as forms send it."""

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)
        set_override(self, "field", {"type": "string", "maxLength": max_length, "pattern": NO_NUL})

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the text.

        Raises:
            ValidationError: it is none.
        """
        return "" if data == "" else super().run_validation(data)


@extend_schema_field({"type": "string", "format": SLUG_FORMAT})
class StrictSlug(StrictChar, serializers.SlugField):
    """Takes a slug, with nothing around it."""


_TEXT = {"type": "string", "minLength": 1, "pattern": NO_NUL}
_DATE = {"type": "string", "format": DATE_FORMAT}


@extend_schema_field(
    {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {
            "q": {**_TEXT, "maxLength": MAX_QUERY_LENGTH},
            "date_from": _DATE,
            "date_to": _DATE,
            "identifier": {**_TEXT, "maxLength": 100},
            "status": {"type": "string", "enum": list(ImageStatus.values)},
            "flag": {"type": "string", "enum": [flag.value for flag in Flag.single()]},
        },
    }
)
class Filters(serializers.DictField):
    """Takes the conditions that images are chosen by, each a string; `ImageBatchFilter` says which there are."""

    def __init__(self, **kwargs: Any) -> None:
        value = StrictChar(max_length=_LONGEST_VALUE)
        super().__init__(child=value, allow_empty=False, **kwargs)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        """Return the conditions.

        Raises:
            ValidationError: they are no object of strings, or a name is unknown.
        """
        read: dict[str, str] = super().to_internal_value(data)
        unknown = [name for name in read if name not in ImageBatchFilter.base_filters]
        if unknown:
            words = _("没有这个条件，可用的有：%(known)s。") % {"known": "、".join(ImageBatchFilter.base_filters)}
            raise ValidationError({name: [words] for name in unknown})
        return read


class StrictText(StrictChar):
    """Takes a text of several lines; says how long it may be."""

    def __init__(self, *, max_length: int, allow_blank: bool = True, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, allow_blank=allow_blank, **kwargs)
        least = {} if allow_blank else {"minLength": 1}
        told = {"type": "string", "pattern": NO_NUL, "maxLength": max_length, **least}
        set_override(self, "field", told | ({"nullable": True} if kwargs.get("allow_null") else {}))


class StrictChoice(serializers.ChoiceField):
    """Takes one of some words, as a string: 30 is not the period "30"."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the word.

        Raises:
            ValidationError: it is none of them.
        """
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "pattern": PATTERN, "maxLength": 210})
class VersionField(StrictChar):
    """Takes an ETag, or an asterisk."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=210, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return the ETag.

        Raises:
            ValidationError: it is none of ours.
        """
        given = super().to_internal_value(data)
        read_version(given, self.field_name or "")
        return given


@extend_schema_field({"type": "string", "format": PROMPT_FORMAT, "nullable": True})
class PromptSlug(StrictChar):
    """Takes a prompt's slug."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=60, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the prompt.

        Raises:
            ValidationError: there is none.
        """
        slug = super().run_validation(data)
        if slug is None:
            return None
        found = Prompt.objects.filter(slug=slug).first()
        if found is None:
            raise ValidationError(_("没有代号为“%(slug)s”的提示词。") % {"slug": data})
        return found


class Keys(serializers.ListField):
    """Takes numbers of records."""

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        child = StrictInteger(min_value=1, max_value=LARGEST_KEY)
        super().__init__(child=child, allow_empty=False, max_length=max_length, **kwargs)
        items = {"type": "integer", "minimum": 1, "maximum": LARGEST_KEY}
        told = {"type": "array", "items": items, "minItems": 1, "maxItems": max_length}
        set_override(self, "field", told)


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            field.value: {"type": "string", "maxLength": MOST_TEXT, "pattern": NO_NUL} for field in DescriptiveField
        },
    }
)
class Texts(serializers.DictField):
    """Takes texts of descriptive fields."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=StrictText(max_length=MOST_TEXT), **kwargs)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        """Return the texts.

        Raises:
            ValidationError: they are no object of strings, or a field is unknown.
        """
        read: dict[str, str] = super().to_internal_value(data)
        if unknown := [name for name in read if name not in DescriptiveField.values]:
            words = _("没有这个著录项，可用的有：%(known)s。") % {"known": "、".join(DescriptiveField.values)}
            raise ValidationError({name: [words] for name in unknown})
        return read


@extend_schema_field({"type": "string", "format": ACCOUNT_FORMAT})
class AccountName(StrictChar):
    """Takes a user name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=150, **kwargs)
