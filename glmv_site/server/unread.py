"""What becomes of a body that nobody has read: a key was refused, a form has expired, a file is too long.

The next request on a connection begins where the body of the last one ends. A short rest is read, and the connection
kept. Of a longer one the answer says that the connection is closed, so that nobody sends anything after it; then the
client is listened to for a while: many read no answer before they have sent everything, and hanging up at once would
destroy it on its way.
"""

import math
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from django.conf import settings
from gunicorn.http.body import ChunkedReader, LengthReader
from gunicorn.http.parser import Parser

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

MOST_KEPT_FOR = 64 * 1024 - 1
"""How much is read so that a connection can be kept; gunicorn gives up at one byte more."""
# How much, and for how long, is listened to where it is not kept: other limits are lower, and nobody sends for ever.
_MOST_LIMITS_READ = 3
_LISTENING_S = 5.0
_MB = 1024 * 1024


def closing_after_long_bodies(application: Application) -> Application:
    """Make answers say that their connection is closed where more of the body is left than is worth reading.

    Args:
        application: the site.

    Returns:
        The same, for gunicorn, whose own headers these are: an application has no say in them.
    """

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            if _left(environ["wsgi.input"]) > MOST_KEPT_FOR:
                start_response.__self__.force_close()  # type: ignore[attr-defined]  # a method of gunicorn's response
            return start_response(status, headers, *error)

        return application(environ, start)

    return answer


def read_out(parser: Parser) -> None:
    """Listen to a client whose answer has been sent and whose connection is closed next.

    Args:
        parser: the connection's.
    """
    if not _left(parser.mesg.body):
        return
    most = _MOST_LIMITS_READ * settings.GLMV_MAX_UPLOAD_MB * _MB
    with suppress(Exception):  # whatever goes wrong, the answer has been given
        parser.finish_body(deadline=time.monotonic() + _LISTENING_S, max_bytes=most)


def _left(body: Any) -> float:
    """Return how much of a body has not been read: infinity where nobody can tell."""
    reader = getattr(body, "reader", None)
    if isinstance(reader, LengthReader):
        return float(reader.length)
    if isinstance(reader, ChunkedReader):
        return math.inf if reader.parser is not None else 0.0
    return 0.0
