"""Reads the fields of a JSON object, and says by its path which one is wrong. ``null`` is as good as missing."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inference.api.errors import ApiError, invalid, unsupported

# As large as anything that counts something can be meant.
MOST = 2**31 - 1
_TEXT = gettext_lazy("字符串")
_INTEGER = gettext_lazy("整数")
_NUMBER = gettext_lazy("数字")
_FLAG = gettext_lazy("布尔值")
_LIST = gettext_lazy("列表")
_OBJECT = gettext_lazy("JSON 对象")


class Fields:
    """A JSON object somewhere in a request.

    Attributes:
        path: where it is; empty for the request itself.
    """

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        """Look at an object.

        Args:
            values: its fields.
            path: where it is in the request.
        """
        self._values = values
        self.path = path

    def at(self, name: str) -> str:
        """Return a field's path.

        Args:
            name: the field's.
        """
        return f"{self.path}.{name}" if self.path else name

    def raw(self, name: str) -> Any:
        """Return a field's value, whatever it is; None where it is missing.

        Args:
            name: the field's.
        """
        return self._values.get(name)

    def text(self, name: str) -> str | None:
        """Read a string.

        Args:
            name: the field's.

        Returns:
            The string, or None where it is missing.

        Raises:
            ApiError: it is something else.
        """
        value = self.raw(name)
        return None if value is None else as_text(value, self.at(name))

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """Read one of a few words.

        Args:
            name: the field's.
            allowed: the words.
            default: the one meant where it is missing.

        Returns:
            One of them.

        Raises:
            ApiError: it is something else.
        """
        value = self.text(name)
        if value is None:
            return default
        if value not in allowed:
            raise invalid(
                self.at(name),
                _("字段 %(field)s 的值不可用，可用的值：%(allowed)s。")
                % {"field": self.at(name), "allowed": ", ".join(allowed)},
            )
        return value

    def integer(self, name: str, low: int, high: int = MOST) -> int | None:
        """Read a whole number; 3.0 is one too.

        Args:
            name: the field's.
            low: the least allowed.
            high: the most allowed.

        Returns:
            The number, or None where it is missing.

        Raises:
            ApiError: it is something else, or out of range.
        """
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise _wrong_type(self.at(name), _INTEGER)
        if not low <= value <= high:
            raise self._out_of_range(name, low, high)
        return value

    def number(self, name: str, low: float, high: float, default: float) -> float:
        """Read a number.

        Args:
            name: the field's.
            low: the least allowed.
            high: the most allowed.
            default: what is meant where it is missing.

        Returns:
            The number.

        Raises:
            ApiError: it is something else, or out of range.
        """
        value = self.raw(name)
        if value is None:
            return default
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise _wrong_type(self.at(name), _NUMBER)
        if not low <= value <= high:
            raise self._out_of_range(name, low, high)
        return float(value)

    def flag(self, name: str) -> bool:
        """Read true or false.

        Args:
            name: the field's.

        Returns:
            Its value; False where it is missing.

        Raises:
            ApiError: it is something else.
        """
        value = self.raw(name)
        if value is not None and not isinstance(value, bool):
            raise _wrong_type(self.at(name), _FLAG)
        return bool(value)

    def items(self, name: str) -> list[Any] | None:
        """Read a list.

        Args:
            name: the field's.

        Returns:
            The list, or None where it is missing.

        Raises:
            ApiError: it is something else.
        """
        value = self.raw(name)
        if value is not None and not isinstance(value, list):
            raise _wrong_type(self.at(name), _LIST)
        return value

    def inner(self, name: str) -> "Fields | None":
        """Read an object.

        Args:
            name: the field's.

        Returns:
            The object, or None where it is missing.

        Raises:
            ApiError: it is something else.
        """
        value = self.raw(name)
        return None if value is None else as_fields(value, self.at(name))

    def refuse(self, *names: str) -> None:
        """Refuse fields that are known but not supported; empty ones ask for nothing.

        Args:
            names: of the fields.

        Raises:
            ApiError: one of them asks for something.
        """
        for name in names:
            if self.raw(name):
                raise unsupported(self.at(name))

    def _out_of_range(self, name: str, low: float, high: float) -> ApiError:
        words = _("字段 %(field)s 应在 %(low)s 到 %(high)s 之间。")
        return invalid(self.at(name), words % {"field": self.at(name), "low": low, "high": high})


def as_fields(value: object, path: str) -> Fields:
    """Take a value for an object.

    Args:
        value: from the request.
        path: where it is.

    Returns:
        Its fields.

    Raises:
        ApiError: it is something else.
    """
    if not isinstance(value, dict):
        raise _wrong_type(path, _OBJECT)
    return Fields(value, path)


def as_text(value: object, path: str) -> str:
    """Take a value for a string.

    Args:
        value: from the request.
        path: where it is.

    Returns:
        The string; it can be written as UTF-8.

    Raises:
        ApiError: it is something else, or has halves of characters in it.
    """
    if not isinstance(value, str):
        raise _wrong_type(path, _TEXT)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise invalid(path, _("字段 %(field)s 含有不成对的代理字符，请检查编码。") % {"field": path}) from error
    return value


def missing(path: str) -> ApiError:
    """Tell about a field that has to be there.

    Args:
        path: of the field.

    Returns:
        The error, to be raised.
    """
    return invalid(path, _("缺少字段 %(field)s。") % {"field": path}, "missing_field")


def _wrong_type(path: str, expected: Promise) -> ApiError:
    words = _("字段 %(field)s 的类型应为%(expected)s。")
    return invalid(path, words % {"field": path, "expected": expected}, "invalid_type")
