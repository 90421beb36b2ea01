"""Names requests: one id in the answer's header and in every log line that a request leaves, in whichever thread."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "X-Request-ID"
ENVIRON = "glmv.request_id"
"""Where a request's ``META`` has it: some lines are logged when the request is over for the middleware."""

# What other systems make their ids of; nothing that could forge a log line or a header.
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:=/+-]{0,127}", re.ASCII)
_current: ContextVar[str] = ContextVar("glmv_request_id", default="")


def current() -> str:
    """Return the id of the request that this thread works on; empty where it works on none."""
    return _current.get()


def accept(given: str) -> str:
    """Take the id that a client or a proxy gave, or make one.

    Args:
        given: the header's value; empty without one.

    Returns:
        The same where it can stand in a log and in a header, otherwise a new one.
    """
    return given if _SANE.fullmatch(given) else secrets.token_hex(8)


@contextmanager
def working_on(request_id: str) -> Iterator[None]:
    """Give this thread's log lines an id for a while.

    Args:
        request_id: the request's.

    Yields:
        Nothing.
    """
    before = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(before)
