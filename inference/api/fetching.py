"""Fetches pictures from the web sites that the administrator has named, and from nowhere else.

The one who asks chooses the address and this process opens the connection, so nothing the address says is believed:
only named hosts, only addresses of the public network, and the connection goes to the very address that was looked
at. A name that leads elsewhere a moment later leads nobody anywhere.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NoReturn

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from inference.api.addresses import are_public
from inference.api.errors import ApiError, invalid
from inference.remote.client import Exchange

Resolve = Callable[[str, int], Sequence[str]]
"""Finds the addresses of a name."""
Host = tuple[str, int | None]
"""A name as it stands in a request, and a port; None means the scheme's own."""

MOST_REDIRECTS = 3
SECONDS = 10.0
"""How long all pictures of one request may take together."""
_CONNECT_S = 5.0
_MOST_URL = 2048
_MB = 1024 * 1024
_PORTS = {"http": 80, "https": 443}
_REDIRECTS = (301, 302, 303, 307, 308)
# Each one keeps a thread of the web server; most of them are for those who wait for the model.
_PLACES = threading.BoundedSemaphore(8)


def host_of(entry: str) -> Host | None:
    """Read one entry of ``GLMV_IMAGE_URL_HOSTS``.

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
    return None if extra or not url.raw_host else (_name_in(url), url.port)


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


@cache
def _authorities() -> ssl.SSLContext:
    """Read whose certificates are believed; it takes half a second, so once, and only where it is needed."""
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True)
class Fetcher:
    """Where pictures may be fetched from, and how much of them.

    Attributes:
        hosts: entries of ``GLMV_IMAGE_URL_HOSTS``.
        most_bytes: how much all pictures of one request may have together.
        seconds: how long they may take together.
        resolve: finds the addresses of a name.
        allows: judges all addresses of a name together.
        certificates: whose certificates are believed; None takes the public authorities'.
        places: how many requests may fetch at the same time.
    """

    hosts: Collection[str]
    most_bytes: int
    seconds: float = SECONDS
    resolve: Resolve = resolve
    allows: Callable[[Sequence[str]], bool] = are_public
    certificates: ssl.SSLContext | None = None
    places: threading.Semaphore = _PLACES

    @classmethod
    def configured(cls) -> "Fetcher":
        """Return the one that the settings describe."""
        return cls(settings.GLMV_IMAGE_URL_HOSTS, settings.GLMV_MAX_REQUEST_MB * _MB)

    @cached_property
    def known(self) -> frozenset[Host]:
        """The hosts, as requests are compared with them."""
        return frozenset(host for entry in self.hosts if (host := host_of(entry)) is not None)

    def begin(self) -> "Round":
        """Begin with the pictures of one request; the time runs from here."""
        return Round(self)


@dataclass(frozen=True, slots=True)
class _Reply:
    """What came back: a picture, or the address where it is to be found."""

    body: bytes = b""
    location: str = ""


class Round:
    """The pictures of one request, which share its time and its bytes."""

    def __init__(self, fetcher: Fetcher) -> None:
        """Take the whole allowance.

        Args:
            fetcher: what is allowed.
        """
        self._fetcher = fetcher
        self._bytes_left = fetcher.most_bytes
        self._deadline = time.monotonic() + fetcher.seconds

    def get(self, address: str, field: str) -> bytes:
        """Fetch a picture. Hold no database connection meanwhile.

        Args:
            address: as the request says.
            field: path of the field that says it.

        Returns:
            What is there, whatever it is.

        Raises:
            ApiError: 400 where it may not be fetched, 422 where it cannot be, 429 where too many are being fetched.
        """
        if not self._fetcher.places.acquire(timeout=max(0.0, self._left_s)):
            message = _("字段 %(field)s：正在取的网络图片太多，请稍后重试。") % {"field": field}
            raise ApiError(429, message, "rate_limit_error", field, "too_many_image_urls", retry_after_s=5)
        try:
            body = self._follow(_parsed(address, field), field)
        finally:
            self._fetcher.places.release()
        self._bytes_left -= len(body)
        return body

    @property
    def _left_s(self) -> float:
        return self._deadline - time.monotonic()

    def _follow(self, url: httpx.URL, field: str) -> bytes:
        """Fetch, going where the site sends us as long as that is allowed too."""
        for _hop in range(MOST_REDIRECTS + 1):
            reply = self._ask(url, self._addresses(url, field), field)
            if not reply.location:
                return reply.body
            try:
                url = url.join(reply.location)
            except (httpx.InvalidURL, ValueError) as error:
                raise _unfetchable(field, _("网站给出的跳转网址有误")) from error
        raise _unfetchable(field, _("网站跳转的次数太多"))

    def _addresses(self, url: httpx.URL, field: str) -> Sequence[str]:
        """Return where a URL leads, all of it checked."""
        host, port = _name_in(url), url.port
        if url.scheme not in _PORTS or url.userinfo:
            _refuse(field, _("字段 %(field)s 的网址应以 http:// 或 https:// 开头，且不带用户名和密码。"))
        standard = port is None or port == _PORTS[url.scheme]
        if (host, port) not in self._fetcher.known and not (standard and (host, None) in self._fetcher.known):
            _refuse(field, _("字段 %(field)s 的网址不在允许取图的网站之列，请改用内嵌的图片，或请管理员加入该网站。"))
        addresses = self._resolved(host, port or _PORTS[url.scheme], field)
        if not self._fetcher.allows(addresses):
            _refuse(field, _("字段 %(field)s 的网址指向内部网络，不能从那里取图，请改用内嵌的图片。"))
        return addresses

    def _resolved(self, host: str, port: int, field: str) -> Sequence[str]:
        """Look a name up. The system's own look-up has no time limit of ours, so it is left behind when time is up."""
        found: list[Sequence[str] | Exception] = []

        def look_up() -> None:
            try:
                found.append(self._fetcher.resolve(host, port))
            except (OSError, ValueError) as error:  # ValueError: a label that is too long, or empty
                found.append(error)

        thread = threading.Thread(target=look_up, name="image-url-lookup", daemon=True)
        thread.start()
        thread.join(max(0.0, self._left_s))
        if not found:
            raise self._too_slow(field)
        if isinstance(found[0], Exception) or not found[0]:
            raise _unfetchable(field, _("找不到这个网站"))
        return found[0]

    def _ask(self, url: httpx.URL, addresses: Sequence[str], field: str) -> _Reply:
        """Ask one address of the host after another, until one is there."""
        exchange = Exchange()
        left_s = self._left_s
        if left_s <= 0:
            raise self._too_slow(field)
        # A site that sends a byte a second keeps every time-out of a single step; this one it does not keep.
        alarm = threading.Timer(left_s, exchange.close)
        alarm.daemon = True
        alarm.start()
        try:
            for address in addresses:
                try:
                    return self._ask_address(url, address, exchange, field)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    if exchange.closed:
                        break
        except (httpx.HTTPError, httpx.StreamError) as error:
            if not exchange.closed and self._left_s > 0:
                raise _unfetchable(field, _("连接中断，或网站的回答不合 HTTP 的规定")) from error
        finally:
            alarm.cancel()
        if exchange.closed or self._left_s <= 0:
            raise self._too_slow(field)
        raise _unfetchable(field, _("连接不上这个网站"))

    def _ask_address(self, url: httpx.URL, address: str, exchange: Exchange, field: str) -> _Reply:
        encrypted = url.scheme == "https"
        left_s = max(0.001, self._left_s)
        # Not through a client: that one would keep cookies, look into redirects, and ask the environment for proxies,
        # which would look the name up once more and by their own rules.
        transport = httpx.HTTPTransport(
            verify=(self._fetcher.certificates or _authorities()) if encrypted else False, trust_env=False
        )
        request = httpx.Request(
            "GET",
            url.copy_with(host=address, fragment=None),
            headers={
                "Host": url.netloc.decode("ascii"),
                "User-Agent": f"GLMV/{settings.GLMV_VERSION}",
                "Accept": "image/*",
                # Packed answers are not wanted: what they unpack to is not known before.
                "Accept-Encoding": "identity",
            },
            extensions={
                "sni_hostname": _name_in(url),
                "timeout": httpx.Timeout(left_s, connect=min(left_s, _CONNECT_S)).as_dict(),
                "trace": exchange.trace,
            },
        )
        with transport:
            response = transport.handle_request(request)
            try:
                return self._read(response, exchange, field)
            finally:
                response.close()

    def _read(self, response: httpx.Response, exchange: Exchange, field: str) -> _Reply:
        if response.status_code in _REDIRECTS and (location := response.headers.get("Location")):
            return _Reply(location=location)
        if response.status_code != httpx.codes.OK:
            raise _unfetchable(field, _("网站的回答是 HTTP %(status)s") % {"status": response.status_code})
        if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
            raise _unfetchable(field, _("网站发来的是压缩过的内容"))
        if response.headers.get("Content-Length", "").isdecimal():
            self._check_size(int(response.headers["Content-Length"]), field)
        body = bytearray()
        for piece in response.iter_raw():
            body += piece
            self._check_size(len(body), field)
        if exchange.closed:  # whoever marks the end by hanging up cannot be told from the alarm
            raise self._too_slow(field)
        return _Reply(body=bytes(body))

    def _check_size(self, size: int, field: str) -> None:
        if size > self._bytes_left:
            limit = self._fetcher.most_bytes / _MB
            words = _("字段 %(field)s：一次请求里的网络图片合计不能超过 %(limit)s MB，请缩小后再试。")
            raise ApiError(
                422, words % {"field": field, "limit": f"{limit:g}"}, param=field, code="image_url_too_large"
            )

    def _too_slow(self, field: str) -> ApiError:
        reason = _("%(seconds)s 秒内没有取完") % {"seconds": f"{self._fetcher.seconds:g}"}
        return _unfetchable(field, reason)


def _name_in(url: httpx.URL) -> str:
    """Return the name of a URL's host as it is written on the wire."""
    return url.raw_host.decode("ascii").lower()


def _parsed(address: str, field: str) -> httpx.URL:
    try:
        if len(address) <= _MOST_URL:
            return httpx.URL(address)
    except (httpx.InvalidURL, ValueError) as error:
        raise _malformed(field) from error
    raise _malformed(field)


def _malformed(field: str) -> ApiError:
    return invalid(field, _("字段 %(field)s 的网址有误或过长，请检查后重试。") % {"field": field}, "invalid_image_url")


def _refuse(field: str, words: str) -> NoReturn:
    raise invalid(field, words % {"field": field}, "image_url_not_allowed")


def _unfetchable(field: str, reason: str) -> ApiError:
    words = _("字段 %(field)s 的图片没有取到：%(reason)s。请检查网址，或改用内嵌的图片。")
    return ApiError(422, words % {"field": field, "reason": reason}, param=field, code="image_url_unfetchable")
