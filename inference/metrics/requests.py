"""Counts requests by address and by how they ended; a stream when it is over, with the status that it ended with."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from prometheus_client import Counter

from inference.metrics.registry import REGISTRY

GONE = 499
"""nginx's number for a client that hung up."""

REQUESTS = Counter(
    "vision_requests",
    "Requests to the model's addresses, by HTTP status; a stream counts at its end, 499 where the client hung up.",
    ["endpoint", "status"],
    registry=REGISTRY,
)

View = Callable[..., HttpResponseBase]


class Body(Protocol):
    """A streamed body that knows how it ended.

    Attributes:
        status: 499 until its end has been written, then 200, or what an error would have been answered with.
    """

    status: int

    def __iter__(self) -> Any: ...

    def __next__(self) -> bytes: ...

    def close(self) -> None:
        """Let go of everything."""


class CountedStream(StreamingHttpResponse):
    """A streamed answer. By the time that it ends its status line is long gone: it is counted with the body's."""

    def __init__(self, body: Body, **options: Any) -> None:
        """Answer with a stream.

        Args:
            body: is written piece by piece.
            options: Django's.
        """
        super().__init__(body, **options)
        self._body = body
        self._endpoint = ""

    def count_at_end(self, endpoint: str) -> None:
        """Have it counted when it is over.

        Args:
            endpoint: for which address.
        """
        self._endpoint = endpoint

    def close(self) -> None:
        """Let go of everything, and count."""
        super().close()
        endpoint, self._endpoint = self._endpoint, ""
        if endpoint:
            count(endpoint, self._body.status)


def counted(view: View) -> View:
    """Have the requests to a view counted.

    Args:
        view: any; its streams that are to count at their end are a :class:`CountedStream`.

    Returns:
        A view.
    """

    @wraps(view)
    def counting(request: HttpRequest, *parts: Any, **named: Any) -> HttpResponseBase:
        endpoint = _endpoint(request)
        try:
            response = view(request, *parts, **named)
        except Exception as error:  # counted, and raised again
            count(endpoint, _status(error))
            raise
        if isinstance(response, CountedStream):
            response.count_at_end(endpoint)
        else:
            count(endpoint, response.status_code)
        return response

    return counting


def count(endpoint: str, status: int) -> None:
    """Count one request.

    Args:
        endpoint: the name of its address.
        status: HTTP's.
    """
    REQUESTS.labels(endpoint, str(status)).inc()


def _endpoint(request: HttpRequest) -> str:
    """Return the name of an address: there are few of them, whatever clients ask for."""
    match = request.resolver_match
    return (match.url_name if match else None) or "other"


def _status(error: Exception) -> int:
    """Return what Django is going to answer."""
    if isinstance(error, Http404):
        return 404
    return 403 if isinstance(error, PermissionDenied) else 500
