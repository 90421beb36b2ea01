"""Just enough HTTP/1.1 and server-sent events for the client: bytes in, what they mean out. No sockets here."""

import json
from typing import Any

_MAX_HEAD = 64 * 1024


class ProtocolError(Exception):
    """The server's bytes are no answer."""


def request_bytes(host: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """Write a POST of JSON; the connection serves this one request.

    Args:
        host: with the port, as the header wants it.
        path: what is posted to.
        body: the JSON.
        headers: more of them.

    Returns:
        Head and body.
    """
    fields = {
        "Host": host,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Accept": "text/event-stream",
        "Connection": "close",
        **headers,
    }
    head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
    return head.encode("latin-1") + body


class ResponseReader:
    """Takes a response apart as it arrives: status, then the body without its transfer coding.

    Attributes:
        status: of the response; 0 until its head is there.
        done: whether the body is complete, where its framing can say so; a body without framing ends with the
            connection.
    """

    def __init__(self) -> None:
        """Begin before the first byte."""
        self.status = 0
        self.done = False
        self._pending = bytearray()
        self._chunked = False
        self._left: int | None = None

    def feed(self, data: bytes) -> bytes:
        """Take what has come.

        Args:
            data: bytes of the connection.

        Returns:
            What of the body has become known.

        Raises:
            ProtocolError: this is no HTTP.
        """
        self._pending += data
        if not self.status and not self._read_head():
            return b""
        return self._read_chunks() if self._chunked else self._read_plain()

    def end(self) -> bool:
        """Take the end of the connection.

        Returns:
            Whether the response was complete.
        """
        return self.done or (self.status != 0 and not self._chunked and self._left is None)

    def _read_head(self) -> bool:
        end = self._pending.find(b"\r\n\r\n")
        if end < 0:
            if len(self._pending) > _MAX_HEAD:
                raise ProtocolError("endless head")
            return False
        first, *lines = self._pending[:end].decode("latin-1").split("\r\n")
        words = first.split(" ", 2)
        if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdecimal():
            raise ProtocolError(f"no status line: {first[:80]}")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self._chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        length = headers.get("content-length")
        self._left = None if self._chunked or length is None else int(length)
        self.status = int(words[1])
        del self._pending[: end + 4]
        return True

    def _read_plain(self) -> bytes:
        body = bytes(self._pending)
        self._pending.clear()
        if self._left is not None:
            body = body[: self._left]
            self._left -= len(body)
            self.done = self._left == 0
        return body

    def _read_chunks(self) -> bytes:
        body = bytearray()
        position = 0
        while not self.done:
            line_end = self._pending.find(b"\r\n", position)
            if line_end < 0:
                break
            size = _chunk_size(self._pending[position:line_end])
            following = line_end + 2 + size + 2
            if len(self._pending) < following:
                break
            if size == 0:
                self.done = True
            body += self._pending[line_end + 2 : following - 2]
            position = following
        del self._pending[:position]
        return bytes(body)


def _chunk_size(line: bytes | bytearray) -> int:
    try:
        return int(line.split(b";", 1)[0], 16)
    except ValueError as error:
        raise ProtocolError(f"no chunk size: {bytes(line[:40])!r}") from error


class EventReader:
    """Cuts a stream of server-sent events into the data of each."""

    def __init__(self) -> None:
        """Begin before the first event."""
        self._pending = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take what has come.

        Args:
            data: bytes of the body.

        Returns:
            The data of every event that is complete now.
        """
        *lines, self._pending = (self._pending + data).replace(b"\r\n", b"\n").split(b"\n")
        return [line[5:].strip() for line in lines if line.startswith(b"data:")]


def has_text(event: bytes) -> bool:
    """Say whether an event brings words of the answer, not only its role or its end.

    Args:
        event: its data.

    Returns:
        Whether a reader sees something new.
    """
    if event == b"[DONE]":
        return False
    choices = _parsed(event).get("choices") or []
    deltas = [choice.get("delta") or {} for choice in choices]
    return any(delta.get("content") or delta.get("reasoning_content") for delta in deltas)


def summary(events: list[bytes]) -> tuple[int, str]:
    """Read a whole stream: how many tokens were generated, and what went wrong.

    Args:
        events: all of its data.

    Returns:
        The tokens (0 where the server does not say) and the error, empty where there is none.
    """
    tokens = 0
    # Not every server ends its stream with [DONE] (transformers serve does not), but each says why an answer ended.
    error = "unfinished"
    for event in events:
        if event == b"[DONE]":
            continue
        body = _parsed(event)
        if "error" in body:
            return tokens, "error_event"
        tokens = int((body.get("usage") or {}).get("completion_tokens") or tokens)
        if any(choice.get("finish_reason") for choice in body.get("choices") or []):
            error = ""
    return tokens, error


def _parsed(event: bytes) -> dict[str, Any]:
    try:
        body = json.loads(event)
    except ValueError as error:
        raise ProtocolError(f"no JSON in an event: {event[:80]!r}") from error
    if not isinstance(body, dict):
        raise ProtocolError(f"no object in an event: {event[:80]!r}")
    return body
