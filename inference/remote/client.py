"""Speaks HTTP with an OpenAI-compatible server: looks whether it is there, asks, tries again, hangs up."""

import json
import logging
import random
import time
from collections.abc import Iterator
from typing import Any

import httpx

from inference.engine import request_log
from inference.engine.errors import (
    Busy,
    Cancelled,
    CheckpointError,
    ConnectionCut,
    EngineError,
    GenerationFailed,
    NotReady,
)
from inference.engine.handle import Handle
from inference.errors import sentence
from inference.outgoing.exchange import Exchange
from inference.remote.failures import WORTH_ANOTHER_TRY, from_answer, retry_after_s, unreachable
from inference.remote.target import RemoteModel, Target

_CONNECT_S = 5.0
_SILENCE_S = 120.0
_PROBE_S = 10.0
_TRIES = 4
_LONGEST_PAUSE_S = 30.0
_DONE = b"[DONE]"

logger = logging.getLogger(__name__)


class _TryAgainError(Exception):
    """This try failed in a way that the next one may not.

    Attributes:
        error: what to say if there is no next one.
        after_s: when the server wants to see the next one.
    """

    def __init__(self, error: EngineError, after_s: int | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.after_s = after_s


class Client:
    """Asks one server. All methods may be called from any thread."""

    def __init__(self, target: Target, *, first_pause_s: float = 0.5) -> None:
        """Prepare; nothing is sent.

        Args:
            target: who is asked.
            first_pause_s: how long to wait before the second try; twice as long before each further one.
        """
        self._target = target
        self._first_pause_s = first_pause_s
        headers = {"Authorization": target.authorization} if target.authorization else {}
        if target.beside:
            # Where the site stands behind an HTTPS proxy, it would send whoever comes without it to the proxy.
            headers["X-Forwarded-Proto"] = "https"
        # No connection is kept: see Exchange.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        # Reading the authorities' certificates takes half a second, and nobody asks for them without encryption.
        encrypted = target.url.lower().startswith("https:")
        self._http = httpx.Client(headers=headers, limits=limits, verify=encrypted, trust_env=not target.beside)

    def close(self) -> None:
        """Let go of everything."""
        self._http.close()

    def probe(self) -> RemoteModel:
        """Look whether the server is there, and what it has.

        Returns:
            Its model.

        Raises:
            EngineError: it is not there, or not ready, or wants another key.
        """
        target = self._target
        try:
            response = self._http.get(target.address("models"), timeout=httpx.Timeout(_PROBE_S, connect=_CONNECT_S))
        except httpx.HTTPError as error:
            raise unreachable(target, error) from error
        if response.status_code in (404, 405) and target.model:
            return RemoteModel(target.model, target.model)  # not everybody lists models
        if not response.is_success:
            raise from_answer(response.status_code, response.headers, response.content, target, 0.0)
        try:
            listed = [entry for entry in response.json()["data"] if entry["id"]]
        except (ValueError, KeyError, TypeError) as error:
            detail = f"{type(error).__name__}: {error}"[:200]
            raise CheckpointError("remote_unexpected", url=target.url, detail=detail) from error
        return _chosen(listed, target)

    def ask(self, body: bytes, exchange: Exchange, handle: Handle) -> Iterator[dict[str, Any]]:
        """Ask, again if need be, and follow the answer. No word is ever asked for twice.

        Args:
            body: the request as JSON.
            exchange: hangs up.
            handle: of the request; knows its deadline.

        Yields:
            The events of the stream.

        Raises:
            EngineError: refused, failed, or given up.
        """
        pause_s = self._first_pause_s
        for left in reversed(range(_TRIES)):
            begun = False
            try:
                for event in self._try(body, exchange, handle):
                    begun = True
                    yield event
                return
            except _TryAgainError as failed:
                if exchange.closed:
                    raise Cancelled from None
                if begun:
                    raise ConnectionCut(f"the remote server's stream was cut: {failed}") from failed
                # Nobody gains by all asking again in the same instant.
                wait_s = failed.after_s or pause_s * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
                if not left or wait_s > min(_LONGEST_PAUSE_S, handle.remaining_s):
                    raise failed.error from failed
                name = handle.request.id
                logger.info("request=%s asks again in %.1f s: %s", name, wait_s, failed, extra=request_log.tags(name))
                if not exchange.pause(wait_s):
                    raise Cancelled from None
            pause_s *= 2

    def _try(self, body: bytes, exchange: Exchange, handle: Handle) -> Iterator[dict[str, Any]]:
        handle.check()
        started = time.monotonic()
        read_s = min(_SILENCE_S, max(0.001, handle.remaining_s))
        timeout = httpx.Timeout(read_s, connect=min(_CONNECT_S, read_s), pool=None)
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream", **_named(handle.request.id)}
        try:
            with self._http.stream(
                "POST",
                self._target.address("chat/completions"),
                content=body,
                headers=headers,
                timeout=timeout,
                extensions={"trace": exchange.trace},
            ) as response:
                if response.status_code != httpx.codes.OK:
                    response.read()
                    raise self._refusal(response, time.monotonic() - started)
                yield from _events(response, handle)
        except httpx.ReadTimeout as error:
            if handle.overdue:
                raise handle.too_late() from error
            raise GenerationFailed(f"the remote server said nothing for {read_s:.0f} s") from error
        except httpx.HTTPError as error:
            gone = unreachable(self._target, error)
            raise _TryAgainError(NotReady("loading", sentence(gone))) from error

    def _refusal(self, response: httpx.Response, waited_s: float) -> Exception:
        error = from_answer(response.status_code, response.headers, response.content, self._target, waited_s)
        if response.status_code in WORTH_ANOTHER_TRY and isinstance(error, Busy | NotReady):
            return _TryAgainError(error, retry_after_s(response.headers))
        return error


def _named(request_id: str) -> dict[str, str]:
    """Tell the server the request's name: its log lines can be found by ours then."""
    return {"X-Request-ID": request_id} if request_id.isascii() and request_id.isprintable() else {}


def _events(response: httpx.Response, handle: Handle) -> Iterator[dict[str, Any]]:
    """Read server-sent events, up to the mark of the end."""
    for line in _lines(response.iter_bytes()):
        if handle.overdue:
            raise handle.too_late()
        # Anything else is a comment that keeps the connection alive, or a field that OpenAI's protocol has no use for.
        if not line.startswith(b"data:"):
            continue
        data = line[5:].strip()
        if data == _DONE:
            return
        try:
            event = json.loads(data)
        except ValueError as error:
            raise GenerationFailed("the remote server's stream holds something that is no JSON") from error
        if isinstance(event, dict):
            yield event


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Cut at line feeds only: JSON may hold the other characters that Python ends lines at."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
    if rest:
        yield rest


def _chosen(listed: list[dict[str, Any]], target: Target) -> RemoteModel:
    """Find the configured model in a list, or take the first one."""
    is_ours = any("model_version" in entry for entry in listed)
    named = next((entry for entry in listed if entry["id"] == target.model), None)
    entry = named or (listed[0] if listed and (is_ours or not target.model) else None)
    name = target.model or (str(entry["id"]) if entry else "")
    if not name:
        raise CheckpointError("remote_model_missing", url=target.url, model="*", detail="the list is empty")
    version = str((entry or {}).get("model_version") or "")
    if is_ours and not version:
        raise NotReady("loading")
    # A name that is not in the list may still be right: some list other names than they answer to.
    return RemoteModel(name, version or name, is_ours)
