"""One request to addresses that were looked at: nothing on the way looks a name up once more."""

import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

import httpx

from inference.outgoing.exchange import Exchange
from inference.outgoing.hosts import TooSlow, name_in

Read = TypeVar("Read")

_CONNECT_S = 5.0


class Unreachable(Exception):
    """Nobody answers at any of the addresses."""


class BrokenOff(Exception):
    """The connection was cut, or what came is no HTTP."""


@cache
def _authorities() -> ssl.SSLContext:
    """Read whose certificates are believed; it takes half a second, so once, and only where it is needed."""
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request.

    Attributes:
        url: where the name leads that is asked for; certificates are checked against it.
        method: the method.
        headers: headers, apart from the host's name.
        body: what is sent.
        certificates: whose certificates are believed; None takes the public authorities'.
    """

    url: httpx.URL
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    certificates: ssl.SSLContext | None = None


def ask(asked: Asked, addresses: Sequence[str], *, within_s: float, read: Callable[[httpx.Response], Read]) -> Read:
    """Ask one address of a host after another, until one is there.

    Args:
        asked: the request.
        addresses: the addresses that its host was found to have, and that were let pass.
        within_s: how many seconds all of it may take.
        read: reads the answer; its content has not been read yet.

    Returns:
        What was read.

    Raises:
        BrokenOff: the connection was cut, or what came is no HTTP.
        TooSlow: it takes longer.
        Unreachable: nobody answers.
    """
    if within_s <= 0:
        raise TooSlow
    exchange, deadline = Exchange(), time.monotonic() + within_s
    # A site that sends a byte a second keeps every time-out of a single step; this one it does not keep.
    alarm = threading.Timer(within_s, exchange.close)
    alarm.daemon = True
    alarm.start()
    try:
        for address in addresses:
            try:
                return _ask_address(asked, address, exchange, deadline, read)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if exchange.closed:
                    break
    except (httpx.HTTPError, httpx.StreamError) as error:
        if not exchange.closed and time.monotonic() < deadline:
            raise BrokenOff from error
    finally:
        alarm.cancel()
    if exchange.closed or time.monotonic() >= deadline:
        raise TooSlow
    raise Unreachable


def _ask_address(
    asked: Asked, address: str, exchange: Exchange, deadline: float, read: Callable[[httpx.Response], Read]
) -> Read:
    encrypted = asked.url.scheme == "https"
    left_s = max(0.001, deadline - time.monotonic())
    # Not through a client: that one would keep cookies, look into redirects, and ask the environment for proxies,
    # which would look the name up once more and by their own rules.
    transport = httpx.HTTPTransport(
        verify=(asked.certificates or _authorities()) if encrypted else False, trust_env=False
    )
    request = httpx.Request(
        asked.method,
        asked.url.copy_with(host=address, fragment=None),
        headers={**asked.headers, "Host": asked.url.netloc.decode("ascii")},
        content=asked.body or None,
        extensions={
            "sni_hostname": name_in(asked.url),
            "timeout": httpx.Timeout(left_s, connect=min(left_s, _CONNECT_S)).as_dict(),
            "trace": exchange.trace,
        },
    )
    with transport:
        response = transport.handle_request(request)
        try:
            done = read(response)
        finally:
            response.close()
    if exchange.closed:  # whoever marks the end by hanging up cannot be told from the alarm
        raise TooSlow
    return done
