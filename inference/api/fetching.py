"""Fetches pictures from the web sites that the administrator has named, and from nowhere else.

The one who asks chooses the address and this process opens the connection, so nothing the address says is believed:
only named hosts, only addresses of the public network, and the connection goes to the very address that was looked
at. A name that leads elsewhere a moment later leads nobody anywhere.
"""

import ssl
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from inference.api.errors import ApiError, invalid
from inference.outgoing.addresses import are_public
from inference.outgoing.asking import Asked, BrokenOff, Unreachable, ask
from inference.outgoing.hosts import PORTS, Host, NoSuchHost, Resolve, TooSlow, is_known, known_hosts, look_up, resolve

MOST_REDIRECTS = 3
SECONDS = 10.0
"""How long all pictures of one request may take together."""
_MOST_URL = 2048
_MB = 1024 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)
# Each one keeps a thread of the web server; most of them are for those who wait for the model.
_PLACES = threading.BoundedSemaphore(8)


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
        return known_hosts(self.hosts)

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
        if url.scheme not in PORTS or url.userinfo:
            _refuse(field, _("字段 %(field)s 的网址应以 http:// 或 https:// 开头，且不带用户名和密码。"))
        if not is_known(url, self._fetcher.known):
            _refuse(field, _("字段 %(field)s 的网址不在允许取图的网站之列，请改用内嵌的图片，或请管理员加入该网站。"))
        try:
            addresses = look_up(url, resolve=self._fetcher.resolve, within_s=self._left_s)
        except TooSlow as error:
            raise self._too_slow(field) from error
        except NoSuchHost as error:
            raise _unfetchable(field, _("找不到这个网站")) from error
        if not self._fetcher.allows(addresses):
            _refuse(field, _("字段 %(field)s 的网址指向内部网络，不能从那里取图，请改用内嵌的图片。"))
        return addresses

    def _ask(self, url: httpx.URL, addresses: Sequence[str], field: str) -> _Reply:
        headers = {
            "User-Agent": f"GLMV/{settings.GLMV_VERSION}",
            "Accept": "image/*",
            # Packed answers are not wanted: what they unpack to is not known before.
            "Accept-Encoding": "identity",
        }
        asked = Asked(url, headers=headers, certificates=self._fetcher.certificates)
        try:
            return ask(asked, addresses, within_s=self._left_s, read=lambda response: self._read(response, field))
        except TooSlow as error:
            raise self._too_slow(field) from error
        except BrokenOff as error:
            raise _unfetchable(field, _("连接中断，或网站的回答不合 HTTP 的规定")) from error
        except Unreachable as error:
            raise _unfetchable(field, _("连接不上这个网站")) from error

    def _read(self, response: httpx.Response, field: str) -> _Reply:
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
