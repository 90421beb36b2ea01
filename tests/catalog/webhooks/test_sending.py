"""Messages go to named hosts, at addresses that were looked at, and whatever else is tried, nowhere else."""

import ssl
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from catalog.webhooks.sending import Outcome, Sender
from tests.catalog.endpoints import HERE, HOST, sender
from tests.inference.web_site import Site, Visit, leads_to, make_certificate, serving, shows

BODY = b'{"type": "batch.ended"}'


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.pages["/glmv"] = shows("收到".encode())
        yield site


def send(site: Site, path: str = "/glmv", using: Sender | None = None) -> Outcome:
    name = f"{HOST}:{site.port}"
    return (using or sender(name)).send(f"http://{name}{path}", headers={"webhook-id": "1"}, body=BODY)


def test_a_message_arrives_as_it_is_with_its_headers(site: Site) -> None:
    outcome = send(site)

    assert (outcome.status, outcome.words, outcome.is_delivered) == (200, "收到", True)
    assert site.bodies == [BODY]
    assert site.visits == [(f"{HOST}:{site.port}", "/glmv")]
    headers = site.headers[0]
    assert headers["webhook-id"] == "1"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["Content-Length"] == str(len(BODY))


@pytest.mark.parametrize(
    "address",
    [
        "ftp://oa.example/", "file:///etc/passwd", "oa.example/glmv", "http://user:word@oa.example/", "http:///glmv",
        "", "http://[::1/", "http://oa.example:port/", "http://oa.example.evil/", "http://sub.oa.example/",
        "http://oa.example:8080/", "http://127.0.0.1/", "http://2130706433/", "http://[::1]/", "http://localhost/",
        "http://evil.example#oa.example", "http://evil.example\\@oa.example/",
    ],
)  # fmt: skip
def test_an_address_that_the_settings_do_not_name_is_refused_in_words(address: str) -> None:
    looked_up: list[str] = []

    def look_up(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return HERE

    refusing = sender(HOST, resolve=look_up)
    outcome = refusing.send(address, headers={}, body=BODY)
    assert outcome.status is None
    assert outcome.words == refusing.refusal(address) != ""
    assert looked_up == []


@pytest.mark.parametrize("address", ["https://oa.example/glmv", "http://OA.example:80/", "https://192.168.1.20:8443/x"])
def test_an_address_that_the_settings_name_is_taken(address: str) -> None:
    assert Sender([HOST, "192.168.1.20:8443"]).refusal(address) == ""


@pytest.mark.parametrize(
    "addresses",
    [HERE, ["10.1.2.3"], ["169.254.169.254"], ["::1"], ["::ffff:192.168.0.1"], ["8.8.8.8", "127.0.0.1"], ["nonsense"]],
)
def test_a_named_host_that_leads_inside_is_refused_unless_its_network_is_named(addresses: list[str]) -> None:
    elsewhere = Sender([HOST], [ip_network("192.168.1.0/24")], resolve=lambda *_: addresses)
    outcome = elsewhere.send(f"https://{HOST}/glmv", headers={}, body=BODY)
    assert outcome.status is None
    assert "GLMV_WEBHOOK_NETWORKS" in outcome.words
    assert not any(address in outcome.words for address in addresses)


def test_naming_a_host_by_its_private_address_is_not_enough(site: Site) -> None:
    address = f"127.0.0.1:{site.port}"
    assert "GLMV_WEBHOOK_NETWORKS" in Sender([address]).send(f"http://{address}/glmv", headers={}, body=BODY).words
    assert site.visits == []


def test_a_name_that_leads_elsewhere_a_moment_later_leads_nobody_there(site: Site) -> None:
    answers = iter([HERE, ["127.0.0.2"]])
    name = f"{HOST}:{site.port}"

    # The name itself is in no directory: the connection can only have gone to the address that was looked at.
    assert send(site, using=sender(name, resolve=lambda *_: next(answers))).is_delivered
    assert next(answers) == ["127.0.0.2"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_told_and_not_followed(site: Site, status: int) -> None:
    site.pages["/moved"] = leads_to("/glmv", status)

    outcome = send(site, "/moved")

    assert (outcome.status, outcome.is_delivered) == (status, False)
    assert "跳转" in outcome.words
    assert [path for _host, path in site.visits] == ["/moved"]


@pytest.mark.parametrize(
    ("status", "ailing"), [(400, False), (404, False), (410, False), (429, True), (500, True), (503, True)]
)
def test_an_answer_that_is_no_success_is_told_with_what_it_says(site: Site, status: int, ailing: bool) -> None:
    site.pages["/no"] = shows("不认识\0这个字段".encode(), status)

    outcome = send(site, "/no")

    assert (outcome.status, outcome.words, outcome.is_delivered) == (status, "不认识这个字段", False)
    assert outcome.is_ailing == ailing
    assert outcome.is_gone == (status == 410)


@pytest.mark.parametrize(("header", "pause_s"), [("120", 120), ("9999999", 86400), ("tomorrow", 0), ("-5", 0)])
def test_an_endpoint_says_when_it_wants_the_next_attempt(site: Site, header: str, pause_s: float) -> None:
    site.pages["/busy"] = shows(b"", 503, Retry_After=header)
    assert send(site, "/busy").pause_s == pause_s


def test_of_a_long_answer_the_beginning_is_kept(site: Site) -> None:
    site.pages["/long"] = shows("长".encode() * 100_000)
    assert send(site, "/long").words == "长" * 300


def test_one_that_takes_its_time_is_left(site: Site) -> None:
    def slow(visit: Visit) -> None:
        visit.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not visit.server.site.over.wait(0.05):
            visit.wfile.write(b"x")

    site.pages["/slow"] = slow
    outcome = send(site, "/slow", sender(f"{HOST}:{site.port}", seconds=0.5))
    assert (outcome.status, outcome.is_ailing) == (None, True)
    assert "0.5 秒" in outcome.words


def test_one_that_is_not_there_is_told() -> None:
    with serving() as closed:
        pass
    assert "连接不上" in send(closed).words

    def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    assert "找不到" in send(closed, using=sender(f"{HOST}:{closed.port}", resolve=unknown)).words


def test_one_that_speaks_something_else_is_told(site: Site) -> None:
    def speaks_otherwise(visit: Visit) -> None:
        visit.close_connection = True
        visit.wfile.write(b"SSH-2.0-OpenSSH\r\n")

    site.pages["/odd"] = speaks_otherwise
    assert "HTTP" in send(site, "/odd").words


def test_the_certificate_is_checked_against_the_name(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, HOST)
    trusted = ssl.create_default_context(cafile=str(certificate))
    with serving(certificate) as site:
        site.pages["/glmv"] = shows(b"")
        for name, delivered in ((HOST, True), ("other.example", False)):
            allowed = f"{name}:{site.port}"
            outcome = sender(allowed, certificates=trusted).send(f"https://{allowed}/glmv", headers={}, body=BODY)
            assert outcome.is_delivered == delivered
