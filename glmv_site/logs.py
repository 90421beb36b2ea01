"""Log lines: for the naked eye (time, ``[TAG]``, who, what) or as JSON, with the request's id and without secrets."""

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from inference import request_ids

_ACCESS = "gunicorn.access"
_ID_ATOM = "{x-request-id}o"
# What gunicorn knows of an answer, under the names that it has in JSON.
_ACCESS_FIELDS = {"h": "client", "m": "method", "path": "path", "s": "status", "B": "bytes", "L": "seconds"}
_NUMBERS = {"s": int, "L": float}
_SERVER = "gunicorn.error"
_ON_PURPOSE = (408, 499, 503, 504)
# What gunicorn could not read it quotes, and there may be anything in it. What is kept says who it was, and what kind.
_UNREADABLE = re.compile(r"(Invalid request from ip=.*?: [^:'\"]*).*", re.DOTALL)
_SHORTEST_SECRET = 8
# Nothing logs these on purpose. Errors quote what they were given, though, and so do libraries on their lower levels.
_SECRETS = (
    (re.compile(r"data:[^,\s\"']{0,200};base64,[^\s\"'<>]*", re.IGNORECASE), "data:…"),
    (re.compile(r"\bb(?:'(?:[^'\\]|\\.){64,}'|\"(?:[^\"\\]|\\.){64,}\")"), "b'…'"),
    (re.compile(r"[A-Za-z0-9+/_-]{256,}={0,2}"), "…"),
    (re.compile(r"\b(bearer\s+)[^\s\"',;<>]+", re.IGNORECASE), r"\1***"),
    (re.compile(r"\bglmv-[A-Za-z0-9_-]{32,}"), "glmv-***"),
    # In addresses of databases and of remote models.
    (re.compile(r"(//[^\s/:@\"'<>]*):[^\s/\"'<>]+@"), r"\1:***@"),
    (re.compile(r"((?:\b|_)(?:key|token|password|secret|sessionid)=)[^&\s\"',;<>)]+", re.IGNORECASE), r"\1***"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")


def redacted(text: str, secrets: Sequence[str] = ()) -> str:
    """Take pictures and keys out of what is going to be logged, and characters that a terminal would obey.

    Args:
        text: anything.
        secrets: this installation's own.

    Returns:
        The same with ``…``, ``***`` and escapes in their places.
    """
    for secret in secrets:
        text = text.replace(secret, "***")
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class NoQueries(logging.Filter):
    """Takes query strings out of what gunicorn logs: they hold keys, and the words that people search for."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record.

        Args:
            record: what was logged.

        Returns:
            True.
        """
        if record.name == _SERVER:
            record.msg = _UNREADABLE.sub(lambda found: found[1].rstrip(), str(record.msg))
            if isinstance(record.args, tuple):
                record.args = tuple(arg.partition("?")[0] if isinstance(arg, str) else arg for arg in record.args)
        elif record.name == _ACCESS and isinstance(record.args, Mapping):
            method, _space, rest = str(record.args.get("r", "")).partition(" ")
            address, _space, protocol = rest.rpartition(" ")
            path = address.partition("?")[0]
            record.args = _Atoms({**record.args, "r": f"{method} {path} {protocol}", "path": path, "q": "", "f": "-"})
        return True


class _Atoms(dict[str, Any]):
    """Like gunicorn's own: what it does not know of an answer is a dash."""

    def __missing__(self, name: str) -> Any:
        return self.get(name.lower(), "-")


class RequestIds(logging.Filter):
    """Gives each record the id of the request that it belongs to, as ``request_id``."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record.

        Args:
            record: what was logged; by the engine with an id, by others in the thread that works on the request.

        Returns:
            True.
        """
        if not getattr(record, "request_id", ""):
            record.request_id = request_ids.current() or _of_request(record) or _of_answer(record)
        return True


class TaggedFormatter(logging.Formatter):
    """``2026-05-01 08:00:00 [INFO] catalog.importing.importing: request=5f0c… …``.

    The tag is the level; a record may bring its own (``extra={"tag": "DEBUG-VISION"}``).
    """

    default_time_format = "%Y-%m-%d %H:%M:%S"
    default_msec_format = ""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        """Set the layout of a line.

        Args:
            secrets: what no line may hold.
        """
        super().__init__("%(asctime)s [%(tag)s] %(name)s: %(named)s%(message)s")
        self._secrets = _worth_hiding(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Write one record.

        Args:
            record: what was logged; gets a ``tag`` where it has none.

        Returns:
            The line, with the traceback below it if there is one.
        """
        record.tag = _tag(record)
        name = getattr(record, "request_id", "")
        # Some say it themselves, for those who use the engine without this formatter.
        record.named = f"request={name} " if name and "request=" not in record.getMessage() else ""
        return redacted(super().format(record), self._secrets)


class JsonLines(JsonFormatter):
    """One JSON object a line: ``time``, ``level``, ``tag``, ``logger``, ``request_id``, ``message``, ``exc_info``.

    Only these, and of the access log what a program wants to count: an unknown attribute might hold a whole request.
    """

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        """Write characters as they are.

        Args:
            secrets: what no line may hold.
        """
        super().__init__(json_ensure_ascii=False)
        self._secrets = _worth_hiding(secrets)

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Choose what is told.

        Args:
            log_data: gets the fields.
            record: what was logged.
            message_dict: the traceback, if there is one.
        """
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data |= {"level": record.levelname, "tag": _tag(record), "logger": record.name}
        name = getattr(record, "request_id", "")
        if name:
            log_data["request_id"] = name
        log_data["message"] = redacted(record.getMessage(), self._secrets)
        if record.name == _ACCESS and isinstance(record.args, Mapping):
            log_data |= {field: _number(atom, record.args.get(atom)) for atom, field in _ACCESS_FIELDS.items()}
        log_data |= {field: redacted(str(value), self._secrets) for field, value in message_dict.items()}


class NoRefusals(logging.Filter):
    """Drops what Django logs as an error although there is none.

    503 while the model is loading, 504 for an answer that took too long, 408 and 499 for who was too slow or hung up.
    A probe asks every few seconds; the access log has the line already.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is kept.

        Args:
            record: what was logged.

        Returns:
            False for Django's line about one of these.
        """
        return not (record.name == "django.request" and getattr(record, "status_code", None) in _ON_PURPOSE)


def _worth_hiding(secrets: Sequence[str]) -> tuple[str, ...]:
    """Leave out what is not set, and what is too short to be told from other words."""
    return tuple(secret for secret in secrets if len(secret) >= _SHORTEST_SECRET)


def _number(atom: str, value: Any) -> Any:
    """Return a number where gunicorn writes one in letters, so that programs can reckon with it."""
    try:
        return _NUMBERS.get(atom, lambda same: same)(value)
    except (TypeError, ValueError):  # it does not know
        return value


def _tag(record: logging.LogRecord) -> str:
    return getattr(record, "tag", "") or record.levelname


def _of_request(record: logging.LogRecord) -> str:
    """Return the id of the request that Django logs about, which is over by then."""
    meta = getattr(getattr(record, "request", None), "META", None)
    return str(meta.get(request_ids.ENVIRON, "")) if isinstance(meta, dict) else ""


def _of_answer(record: logging.LogRecord) -> str:
    """Return the id that gunicorn finds in the header of an answer, for its access log."""
    if record.name != _ACCESS or not isinstance(record.args, Mapping):
        return ""
    name = record.args.get(_ID_ATOM, "-")
    return "" if name == "-" else str(name)
