"""Requests that create something, sent twice and carried out once: what an `Idempotency-Key` does to a view."""

import hashlib
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from catalog.exceptions import KeyAtWork, KeyUsedOtherwise
from catalog.records import idempotency

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
PATTERN = r"^[!-~]{1,100}$"
_KEY = re.compile(r"[!-~]{1,100}\Z")
_KEPT_HEADERS = ("ETag", "Location")
_RETRY_AFTER_S = 5
Create = Callable[..., Response]


class ReusedKey(APIException):
    """422: the key was given to another request."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = KeyUsedOtherwise.code


class AtWork(APIException):
    """409: the same request is being carried out."""

    status_code = status.HTTP_409_CONFLICT
    default_code = KeyAtWork.code
    headers = {"Retry-After": str(_RETRY_AFTER_S)}


def once(*, together: bool = True) -> Callable[[Create], Create]:
    """Have a view answer a request that it has answered with what it answered then.

    Args:
        together: whether what it does and its answer are one transaction. Where that would take too long, it has to be
            harmless to do it again, should the process die in between.

    Returns:
        The decorator.
    """

    def decorate(view: Create) -> Create:
        @wraps(view)
        def answered(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
            given = request.headers.get(HEADER)
            if given is None or not request.user.is_authenticated:
                return view(self, request, *args, **kwargs)
            if not _KEY.match(given):
                raise ValidationError({HEADER: [_("键须是 1 到 100 个可见的 ASCII 字符，例如一个 UUID。")]})
            claimed = _claim(request, given)
            if isinstance(claimed, idempotency.Answer):
                return _again(claimed)
            try:
                if together:
                    with transaction.atomic():
                        return _kept(claimed, view(self, request, *args, **kwargs))
                return _kept(claimed, view(self, request, *args, **kwargs))
            except KeyAtWork as error:
                raise AtWork(str(error)) from error
            except BaseException:
                idempotency.let_go(claimed)
                raise

        answered.is_once = True  # type: ignore[attr-defined]  # read by the description
        return answered

    return decorate


def _claim(request: Request, key: str) -> idempotency.Claim | idempotency.Answer:
    try:
        return idempotency.claim(user=request.user, key=key, digest=_digest(request))  # type: ignore[arg-type]  # asked before
    except KeyUsedOtherwise as error:
        raise ReusedKey(str(error)) from error
    except KeyAtWork as error:
        raise AtWork(str(error)) from error


def _kept(claimed: idempotency.Claim, response: Response) -> Response:
    body = "" if response.data is None else json.dumps(response.data, cls=JSONEncoder, ensure_ascii=False)
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    idempotency.keep(claimed, idempotency.Answer(response.status_code, headers, body))
    return response


def _again(answer: idempotency.Answer) -> Response:
    data = json.loads(answer.body) if answer.body else None
    return Response(data, answer.status, headers={**answer.headers, REPLAYED: "true"})


def _digest(request: Request) -> str:
    """Return a digest of the method, the address and all that was sent."""
    told = [request.method, request.get_full_path(), _told(request.data)]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def _told(data: Any) -> Any:
    if not hasattr(data, "lists"):
        return data
    return {name: [_content(value) for value in values] for name, values in data.lists()}


def _content(value: Any) -> Any:
    if not isinstance(value, UploadedFile):
        return value
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return [value.name, digest.hexdigest()]
