"""One message to one address: only to hosts that the settings name, at addresses that were looked at.

Receivers stand inside the institution as often as outside, so private addresses are possible, but only in networks
that `GLMV_WEBHOOK_NETWORKS` names: an entry of `GLMV_WEBHOOK_HOSTS` alone never leads inside, whatever its name is
made to resolve to. The connection goes to the address that was looked at; redirects are told, not followed.
"""

import ssl
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_address

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from catalog.texts import storable
from inference.outgoing.addresses import is_public
from inference.outgoing.asking import Asked, BrokenOff, Unreachable, ask
from inference.outgoing.hosts import PORTS, Host, NoSuchHost, Resolve, TooSlow, is_known, known_hosts, look_up, resolve

SECONDS = 10.0
"""How long an endpoint may take to answer, its name's look-up included."""
_KEPT_BYTES = 2000
_KEPT_CHARACTERS = 300
_LONGEST_PAUSE_S = 24 * 3600
_BUSY = (429, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt.

    Attributes:
        status: the answer's HTTP status; None where there was no answer.
        words: the beginning of the answer, or why there is none.
        pause_s: for how many seconds the endpoint asks to be left alone.
    """

    status: int | None
    words: str
    pause_s: float = 0.0

    @property
    def is_delivered(self) -> bool:
        """Tell whether the endpoint has taken the message."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Tell whether the endpoint wants no messages any more."""
        return self.status == 410

    @property
    def is_ailing(self) -> bool:
        """Tell whether it is the endpoint that ails, rather than this one message that it does not take."""
        return self.status is None or self.status >= 500 or self.status in _BUSY


@dataclass(frozen=True)
class Sender:
    """Where messages may go.

    Attributes:
        hosts: entries of `GLMV_WEBHOOK_HOSTS`.
        networks: networks that are not public and may be reached all the same.
        seconds: how long an endpoint may take.
        resolve: finds the addresses of a name.
        certificates: whose certificates are believed; None takes the public authorities'.
    """

    hosts: Collection[str]
    networks: Collection[IPv4Network | IPv6Network] = ()
    seconds: float = SECONDS
    resolve: Resolve = resolve
    certificates: ssl.SSLContext | None = field(default=None)

    @classmethod
    def configured(cls) -> "Sender":
        """Return the one that the settings describe."""
        return cls(settings.GLMV_WEBHOOK_HOSTS, settings.GLMV_WEBHOOK_NETWORKS)

    @cached_property
    def known(self) -> frozenset[Host]:
        """The hosts, as addresses are compared with them."""
        return known_hosts(self.hosts)

    def refusal(self, address: str) -> str:
        """Return why nothing is sent to an address, in a sentence; empty where it may be.

        Args:
            address: the address, as somebody wrote it; its name is not looked up.
        """
        try:
            url = httpx.URL(address)
        except (httpx.InvalidURL, ValueError):
            return _("这不是可用的网址，请检查后重填。")
        if url.scheme not in PORTS or url.userinfo or not url.raw_host:
            return _("网址应以 http:// 或 https:// 开头，且不带用户名和密码。")
        if not is_known(url, self.known):
            words = _("主机“%(host)s”不在允许推送之列。请先把它写进设置 GLMV_WEBHOOK_HOSTS，再重新启动。")
            return words % {"host": url.netloc.decode("ascii")}
        return ""

    def send(self, address: str, *, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Send a message. Hold no database connection meanwhile.

        Args:
            address: where to.
            headers: what goes before it.
            body: the message.

        Returns:
            What came of it; whatever goes wrong is told in a sentence.
        """
        if refused := self.refusal(address):
            return Outcome(None, refused)
        url, deadline = httpx.URL(address), time.monotonic() + self.seconds
        fixed = {
            "User-Agent": f"GLMV/{settings.GLMV_VERSION}",
            "Content-Type": "application/json; charset=utf-8",
            "Accept-Encoding": "identity",
        }
        asked = Asked(url, "POST", {**fixed, **headers}, body, self.certificates)
        try:
            addresses = look_up(url, resolve=self.resolve, within_s=self.seconds)
            if not self._allows(addresses):
                return Outcome(
                    None, _("主机指向内部网络。要推送到单位内部，请把所在网段写进设置 GLMV_WEBHOOK_NETWORKS。")
                )
            return ask(asked, addresses, within_s=deadline - time.monotonic(), read=_read)
        except NoSuchHost:
            return Outcome(None, _("找不到这个主机，请检查网址和域名解析。"))
        except TooSlow:
            return Outcome(None, _("%(seconds)s 秒内没有答复。") % {"seconds": f"{self.seconds:g}"})
        except Unreachable:
            return Outcome(None, _("连接不上，请检查对方是否在运行、证书是否有效、防火墙是否放行。"))
        except BrokenOff:
            return Outcome(None, _("连接中断，或对方的回答不合 HTTP 的规定。"))

    def _allows(self, addresses: Sequence[str]) -> bool:
        """Tell whether all addresses of a name may be reached; one that may not spoils the name."""
        return all(is_public(address) or self._is_inside(address) for address in addresses)

    def _is_inside(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.networks)


def _read(response: httpx.Response) -> Outcome:
    """Read the beginning of an answer: what is behind it nobody needs."""
    status, pause_s = response.status_code, _pause_of(response.headers.get("Retry-After", ""))
    if 300 <= status < 400:
        return Outcome(status, _("对方要求转到别处；推送不跟随跳转，请把地址改成最终的网址。"), pause_s)
    kept = bytearray()
    for piece in response.iter_raw():
        kept += piece
        if len(kept) >= _KEPT_BYTES:
            break
    words = storable(kept.decode("utf-8", errors="replace")).strip()[:_KEPT_CHARACTERS]
    return Outcome(status, words, pause_s)


def _pause_of(header: str) -> float:
    """Return for how many seconds an endpoint asks to be left alone; dates are not read."""
    return float(min(int(header), _LONGEST_PAUSE_S)) if header.isascii() and header.isdecimal() else 0.0
