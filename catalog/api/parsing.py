"""Reading what is sent: where it cannot be read, that is said in the reader's language, not in the library's."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import parsers
from rest_framework.exceptions import ParseError


class JSONParser(parsers.JSONParser):
    """Reads JSON."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        """Return what was sent.

        Raises:
            ParseError: it is no JSON.
        """
        try:
            return super().parse(*args, **kwargs)
        except (ParseError, RecursionError) as error:  # the latter of brackets within brackets within brackets
            raise ParseError(_("请求体不是有效的 JSON，请检查后重新发送。")) from error


class MultiPartParser(parsers.MultiPartParser):
    """Reads forms with files."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        """Return what was sent.

        Raises:
            ParseError: it is no such form.
        """
        try:
            return super().parse(*args, **kwargs)
        except ParseError as error:
            raise ParseError(_("请求体不是完整的 multipart/form-data 表单，请检查后重新发送。")) from error
