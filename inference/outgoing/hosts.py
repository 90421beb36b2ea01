"""Names of hosts: how settings name them, how addresses on the web are compared with them, and where they lead."""

import socket
import threading
from collections.abc import Callable, Collection, Sequence

import httpx

Resolve = Callable[[str, int], Sequence[str]]
"""Finds the addresses of a name."""
Host = tuple[str, int | None]
"""A name as it stands in a request, and a port; None means the scheme's own."""

PORTS = {"http": 80, "https": 443}
"""The schemes that are spoken, and the port that goes without saying."""


class NoSuchHost(Exception):
    """Nobody knows the name."""


class TooSlow(Exception):
    """There is no answer within the time."""


def host_of(entry: str) -> Host | None:
    """Read one entry of a setting that names hosts.

    Args:
        entry: a name, or a name and a port after a colon.

    Returns:
        The host as requests are compared with it; None where the entry is no host.
    """
    try:
        # No scheme that is known: each of those has a port that would go without saying.
        url = httpx.URL(f"host://{entry.strip()}")
    except httpx.InvalidURL:
        return None
    extra = url.userinfo or url.query or url.fragment or url.path != "/" or entry.strip().endswith("/")
    return None if extra or not url.raw_host else (name_in(url), url.port)


def known_hosts(entries: Collection[str]) -> frozenset[Host]:
    """Return the hosts that a setting names; what is no host is passed over."""
    return frozenset(host for entry in entries if (host := host_of(entry)) is not None)


def is_known(url: httpx.URL, hosts: Collection[Host]) -> bool:
    """Tell whether a URL leads to one of some hosts: by its very name and port.

    Args:
        url: the URL, of a scheme of `PORTS`.
        hosts: the hosts; one without a port stands for the usual ports only.
    """
    host, port = name_in(url), url.port
    standard = port is None or port == PORTS[url.scheme]
    return (host, port) in hosts or (standard and (host, None) in hosts)


def name_in(url: httpx.URL) -> str:
    """Return the name of a URL's host as it is written on the wire."""
    return url.raw_host.decode("ascii").lower()


def resolve(host: str, port: int) -> list[str]:
    """Ask the system for the addresses of a name.

    Args:
        host: the name.
        port: where the connection will go.

    Returns:
        The addresses, the preferred one first.

    Raises:
        OSError: there is no such name.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def look_up(url: httpx.URL, *, resolve: Resolve, within_s: float) -> Sequence[str]:
    """Find the addresses of a URL's host.

    The system's own look-up has no time limit of ours, so it is left behind when time is up.

    Args:
        url: the URL, of a scheme of `PORTS`.
        resolve: finds the addresses of a name.
        within_s: how many seconds it may take.

    Returns:
        The addresses, at least one.

    Raises:
        NoSuchHost: there are none.
        TooSlow: it takes longer.
    """
    found: list[Sequence[str] | Exception] = []

    def ask() -> None:
        try:
            found.append(resolve(name_in(url), url.port or PORTS[url.scheme]))
        except (OSError, ValueError) as error:  # ValueError: a label that is too long, or empty
            found.append(error)

    thread = threading.Thread(target=ask, name="host-lookup", daemon=True)
    thread.start()
    thread.join(max(0.0, within_s))
    if not found:
        raise TooSlow
    if isinstance(found[0], Exception) or not found[0]:
        raise NoSuchHost
    return found[0]
