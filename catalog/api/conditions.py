"""Writing only what one has seen: the version of a thing as its ETag, and the version that a writer saw as If-Match."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Collection, Image, PhotoGroup
from catalog.records.versions import version_of

HEADER = "If-Match"
ANY = "*"
PATTERN = r'^(\*|"[0-9a-f.]{10,200}")$'
_TAG = re.compile(r'"([0-9a-f.]{10,200})"\Z')
View = TypeVar("View", bound=Callable[..., Response])


class PreconditionRequired(APIException):
    """428: a write does not say which version it is about."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_code = "if_match_required"

    def __init__(self) -> None:
        super().__init__(
            _("请在 If-Match 里带上读取这条记录时得到的 ETag，免得盖掉别人的改动；不论现在是什么都要写，写 *。")
        )


class PreconditionFailed(APIException):
    """412: it is another version by now; says what has changed."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "outdated"

    def __init__(self, detail: str, *, changed: dict[str, Any], version: str) -> None:
        """Make the refusal.

        Args:
            detail: what is wrong and what to do.
            changed: name → what it says now, of what has changed.
            version: the version of now.
        """
        super().__init__(detail)
        self.more = {"changed": changed}
        self.headers = {"ETag": f'"{version}"'}


def conditional(view: View) -> View:
    """Mark an operation as one that needs If-Match, for the description."""
    view.needs_if_match = True  # type: ignore[attr-defined]  # read by the description
    return view


def seen_by(request: Request) -> str | None:
    """Return which version the writer saw.

    Args:
        request: says so by If-Match.

    Returns:
        The version; None where they write whatever it is by now.

    Raises:
        PreconditionRequired: they do not say.
        ValidationError: it is no ETag of ours.
    """
    given = request.headers.get(HEADER, "")
    if not given:
        raise PreconditionRequired
    return read_version(given, HEADER)


def read_version(given: str, name: str) -> str | None:
    """Return the version that an ETag says.

    Args:
        given: the ETag, or an asterisk.
        name: where it stands.

    Returns:
        The version; None for any.

    Raises:
        ValidationError: it is none.
    """
    if given == ANY:
        return None
    found = _TAG.match(given)
    if found is None:
        raise ValidationError({name: [_("请照原样写上读取时得到的 ETag，连同引号，或者写 *。")]})
    return found[1]


def tagged(response: Response, thing: Image | Collection | PhotoGroup) -> Response:
    """Let an answer say which version it tells, to those who may write.

    Nobody else learns it: digests of a number that is masked, or of notes that are not public, can be tried out.

    Args:
        response: the answer.
        thing: what it tells; `is_own`, where the view annotates it, says whether the caller is a member.
    """
    if getattr(thing, "is_own", True):
        response.headers["ETag"] = tag_of(thing)
    return response


def tag_of(thing: Image | Collection | PhotoGroup) -> str:
    """Return the ETag of a thing.

    Args:
        thing: as it is now.
    """
    return f'"{version_of(thing)}"'
