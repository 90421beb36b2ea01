"""The port of the site: free, this site's own, or another program's; and who can reach it past the proxy."""

import errno
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from glmv_site import __version__
from glmv_site.doctor.findings import Finding
from glmv_site.parsing import host_in_url

_ASK_S = 3.0
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - what a setting may be
_LOOPBACK = ("127.", "::1", "localhost")
_IN_CONTAINER = Path("/.dockerenv")


def ports() -> Iterator[Finding]:
    """Whether the site can listen, or does."""
    host, port = settings.HOST.strip("[]"), settings.PORT
    place = {"host": host_in_url(host), "port": port}
    problem = _problem_of_binding(host, port)
    if problem is None:
        yield Finding("ok", _("端口 %(port)d 空着，网站可以在 %(host)s 上启动。") % place)
    elif problem == errno.EADDRINUSE:
        yield from _whose(host, place)
    elif problem == errno.EACCES:
        words = _("没有权限使用端口 %(port)d（小于 1024 的要管理员权限）。请改 PORT，例如 PORT=8080。")
        yield Finding("error", words % place)
    else:
        yield Finding("error", _("HOST=%(host)s 不是这台机器的地址。请改 HOST，例如 0.0.0.0 或 127.0.0.1。") % place)
    yield from _past_the_proxy(host, port)


def running_version() -> str:
    """Return the version of the site that answers at the port; empty where none does."""
    health = _health(settings.HOST.strip("[]"), settings.PORT)
    return str(health.get("version", "")) if _is_ours(health) else ""


def running_hours() -> str | None:
    """Return the hours that the site that answers at the port keeps; None where none does, or it does not tell."""
    hours = _answer(settings.HOST.strip("[]"), settings.PORT, "ready").get("hours")
    return hours if isinstance(hours, str) else None


def _problem_of_binding(host: str, port: int) -> int | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As the site does: connections of a site that was just stopped are in nobody's way.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except socket.gaierror:
        return errno.EADDRNOTAVAIL
    except OSError as error:
        return error.errno
    return None


def _whose(host: str, place: dict[str, Any]) -> Iterator[Finding]:
    if _is_ours(_health(host, place["port"])):
        yield Finding("ok", _("网站正在端口 %(port)d 上运行。") % place)
        return
    words = _(
        "端口 %(port)d 被别的程序占用，或网站在运行而没有应答。看是谁：sudo ss -ltnp 'sport = :%(port)d'；"
        "要换端口，请改 PORT。"
    )
    yield Finding("error", words % place)


def _health(host: str, port: int) -> dict[str, Any]:
    return _answer(host, port, "health")


def _answer(host: str, port: int, probe: str) -> dict[str, Any]:
    address = f"http://{host_in_url(_ANYWHERE.get(host, host))}:{port}/{probe}"
    try:
        answer = httpx.get(address, timeout=_ASK_S, trust_env=False).json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _is_ours(health: dict[str, Any]) -> bool:
    return {"status", "version", "uptime_seconds"} <= set(health)


def _past_the_proxy(host: str, port: int) -> Iterator[Finding]:
    """Point out that a site behind a proxy can be reached without it."""
    if not (settings.HTTPS or settings.GLMV_X_ACCEL_PREFIX) or host.startswith(_LOOPBACK) or _IN_CONTAINER.exists():
        return
    words = _("网站在代理（如 nginx）后面，但别的电脑可以绕过代理直接访问端口 %(port)d。请设置 HOST=127.0.0.1。")
    yield Finding("note", words % {"port": port})


def versions_differ() -> tuple[str, str] | None:
    """Return the version of the site that runs and the one installed here, where they differ."""
    running = running_version()
    return (running, __version__) if running and running != __version__ else None
