"""Pictures from web sites: from the ones that are named, and whatever else is tried, from nowhere else."""

import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inference.api.errors import ApiError
from inference.api.fetching import MOST_REDIRECTS, Fetcher
from tests.inference.web_site import Site, Visit, leads_to, make_certificate, serving, shows

HOST = "pictures.example"
FIELD = "messages[0].content[0].image_url.url"
HERE = ["127.0.0.1"]
PICTURE = b"not looked at here" * 100


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.pages["/a.jpg"] = shows(PICTURE)
        yield site


def fetcher(*hosts: str, **options: Any) -> Fetcher:
    """Return one that takes this machine for the public network, and for every host."""
    options = {"most_bytes": 100_000, "resolve": lambda *_: HERE, "allows": lambda found: found == HERE, **options}
    return Fetcher(hosts, **options)


def fetch(url: str, *hosts: str, **options: Any) -> bytes:
    return fetcher(*hosts, **options).begin().get(url, FIELD)


def refusal(url: str, *hosts: str, **options: Any) -> ApiError:
    with pytest.raises(ApiError) as raised:
        fetch(url, *hosts, **options)
    error = raised.value
    assert error.param == FIELD
    assert FIELD in error.message
    return error


def test_a_picture_comes_from_a_named_host(site: Site) -> None:
    name = f"{HOST}:{site.port}"

    assert fetch(f"http://{name}/a.jpg", name) == PICTURE
    assert site.visits == [(name, "/a.jpg")]


def test_the_hosts_name_is_compared_without_case_and_in_its_form_for_the_wire(site: Site) -> None:
    site.pages["/"] = shows(PICTURE)

    assert fetch(f"http://Pictures.EXAMPLE:{site.port}/a.jpg", f"pictures.example:{site.port}") == PICTURE
    assert fetch(f"http://图片.example:{site.port}/", f"图片.Example:{site.port}") == PICTURE
    assert site.visits[-1][0] == f"xn--{'图片'.encode('punycode').decode()}.example:{site.port}"


@pytest.mark.parametrize(
    "url",
    [
        "http://other.example/a.jpg",
        "http://sub.pictures.example/a.jpg",
        "http://pictures.example.evil/a.jpg",
        "http://pictures.example./a.jpg",
        "http://pictures.example:8080/a.jpg",
        "https://pictures.example:80/a.jpg",
        "http://pictures.example@other.example/a.jpg",
        "http://pictures.example\\@other.example/a.jpg",
        "http://pictures.example%2eother.example/a.jpg",
        "http://other.example#pictures.example/a.jpg",
        "http://other.example?pictures.example",
        "http:///pictures.example/a.jpg",
        "http:pictures.example/a.jpg",
        "http://127.0.0.1/a.jpg",
        "http://2130706433/a.jpg",
        "http://0x7f000001/a.jpg",
        "http://127.1/a.jpg",
        "http://[::1]/a.jpg",
        "http://[::ffff:127.0.0.1]/a.jpg",
        "http://localhost/a.jpg",
    ],
)
def test_another_host_is_refused_however_it_is_written(url: str) -> None:
    looked_up: list[str] = []

    def look_up(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return HERE

    error = refusal(url, HOST, resolve=look_up)

    assert (error.status, error.code) == (400, "image_url_not_allowed")
    assert looked_up == []


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://pictures.example/a", "gopher://pictures.example/", "http://u:p@pictures.example/"],
)
def test_another_protocol_and_names_in_the_address_are_refused(url: str) -> None:
    assert refusal(url, HOST).code == "image_url_not_allowed"


@pytest.mark.parametrize(
    "url",
    [
        "http://0177.0.0.1/a.jpg",
        "http://pictures.example\t/a.jpg",
        "http://pictures.example:port/a.jpg",
        "http://[::1/a.jpg",
        "http://ｐictures.example/a.jpg",
        "http://pictures.example/\ud800",
        "http://pictures.example/" + "a" * 3000,
    ],
)
def test_an_address_that_cannot_be_meant_is_refused(url: str) -> None:
    error = refusal(url, HOST)

    assert (error.status, error.code) == (400, "invalid_image_url")


def test_a_name_without_a_port_stands_for_the_usual_ports_only() -> None:
    asked: list[tuple[str, int]] = []

    def nowhere(host: str, port: int) -> list[str]:
        asked.append((host, port))
        raise OSError

    for url in ("http://pictures.example/", "https://pictures.example/", "http://pictures.example:80/"):
        assert refusal(url, HOST, resolve=nowhere).status == 422
    assert asked == [(HOST, 80), (HOST, 443), (HOST, 80)]


@pytest.mark.parametrize(
    "addresses",
    [
        HERE, ["10.1.2.3"], ["169.254.169.254"], ["::1"], ["::ffff:192.168.0.1"], ["8.8.8.8", "127.0.0.1"],
    ],
)  # fmt: skip
def test_a_named_host_that_leads_inside_is_refused_without_saying_where(addresses: list[str]) -> None:
    with pytest.raises(ApiError) as raised:
        Fetcher([HOST], 1000, resolve=lambda *_: addresses).begin().get(f"http://{HOST}/a.jpg", FIELD)

    assert (raised.value.status, raised.value.code) == (400, "image_url_not_allowed")
    assert not any(address in raised.value.message for address in addresses)


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "localhost", "[::1]"])
def test_even_an_administrator_opens_no_way_to_this_machine(site: Site, host: str) -> None:
    with pytest.raises(ApiError) as raised:
        Fetcher([f"{host}:{site.port}"], 1000).begin().get(f"http://{host}:{site.port}/a.jpg", FIELD)

    assert raised.value.status in (400, 422)
    assert site.visits == []


def test_a_name_that_leads_elsewhere_a_moment_later_leads_nobody_there(site: Site) -> None:
    answers = iter([HERE, ["127.0.0.2"], ["127.0.0.2"]])
    name = f"{HOST}:{site.port}"

    # The name itself is in no directory: the connection can only have gone to the address that was looked at.
    assert fetch(f"http://{name}/a.jpg", name, resolve=lambda *_: next(answers)) == PICTURE
    assert next(answers) == ["127.0.0.2"]


def test_a_name_that_changes_between_two_hops_is_looked_at_again(site: Site) -> None:
    answers = iter([HERE, ["10.0.0.1"]])
    name = f"{HOST}:{site.port}"
    site.pages["/moved"] = leads_to("/a.jpg")

    assert refusal(f"http://{name}/moved", name, resolve=lambda *_: next(answers)).code == "image_url_not_allowed"
    assert [path for _, path in site.visits] == ["/moved"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_a_named_host_is_followed(site: Site, status: int) -> None:
    names = (f"{HOST}:{site.port}", f"other.example:{site.port}")
    site.pages["/moved"] = leads_to(f"http://{names[1]}/a.jpg", status)

    assert fetch(f"http://{names[0]}/moved", *names) == PICTURE
    assert site.visits == [(names[0], "/moved"), (names[1], "/a.jpg")]


@pytest.mark.parametrize(
    "location",
    [
        "http://other.example/a.jpg", "//other.example/a.jpg", "http://127.0.0.1/a.jpg",
        "http://169.254.169.254/latest", "file:///etc/passwd", "ftp://pictures.example/a.jpg", "http://u@pictures.example/a.jpg",
        "data:image/png;base64,",
    ],
)  # fmt: skip
def test_a_redirect_elsewhere_is_refused(site: Site, location: str) -> None:
    name = f"{HOST}:{site.port}"
    site.pages["/moved"] = leads_to(location)

    assert refusal(f"http://{name}/moved", name).code == "image_url_not_allowed"
    assert len(site.visits) == 1


def test_a_redirect_nowhere_is_told(site: Site) -> None:
    name = f"{HOST}:{site.port}"
    site.pages["/moved"] = leads_to("http://[::1/")

    assert refusal(f"http://{name}/moved", name).code == "image_url_unfetchable"


def test_redirects_in_a_circle_come_to_an_end(site: Site) -> None:
    name = f"{HOST}:{site.port}"
    site.pages["/round"] = leads_to("/round")

    assert refusal(f"http://{name}/round", name).status == 422
    assert len(site.visits) == MOST_REDIRECTS + 1


@pytest.mark.parametrize("status", [204, 304, 403, 404, 500])
def test_an_answer_that_is_no_file_is_told_with_its_number(site: Site, status: int) -> None:
    name = f"{HOST}:{site.port}"
    site.pages["/a.jpg"] = shows(b"", status)

    error = refusal(f"http://{name}/a.jpg", name)
    assert (error.status, error.code) == (422, "image_url_unfetchable")
    assert str(status) in error.message


def test_a_site_that_is_not_there_is_told() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with serving() as closed:
        port = closed.port
    assert refusal(f"http://{HOST}:{port}/", f"{HOST}:{port}").code == "image_url_unfetchable"
    assert refusal(f"http://{HOST}/", HOST, resolve=unknown).code == "image_url_unfetchable"
    assert refusal(f"http://{HOST}/", HOST, resolve=lambda *_: []).code == "image_url_unfetchable"


def test_the_next_address_is_tried_where_one_does_not_answer(site: Site) -> None:
    name = f"{HOST}:{site.port}"
    two = ["127.0.0.9", "127.0.0.1"]

    assert fetch(f"http://{name}/a.jpg", name, resolve=lambda *_: two, allows=lambda found: found == two) == PICTURE


@pytest.mark.parametrize("stated", [True, False], ids=["stated", "not stated"])
def test_a_file_over_the_limit_is_not_read_to_its_end(site: Site, stated: bool) -> None:
    name = f"{HOST}:{site.port}"
    sent = threading.Event()

    def endless(visit: Visit) -> None:
        visit.send_response(200)
        if stated:
            visit.send_header("Content-Length", str(10**12))
        visit.end_headers()
        try:
            while not visit.server.site.over.is_set():
                visit.wfile.write(b"x" * 65536)
        finally:
            sent.set()

    site.pages["/endless"] = endless
    error = refusal(f"http://{name}/endless", name)
    assert (error.status, error.code) == (422, "image_url_too_large")
    assert sent.wait(30)


def test_the_pictures_of_one_request_share_its_bytes(site: Site) -> None:
    name = f"{HOST}:{site.port}"
    site.pages["/half"] = shows(b"x" * 60_000)
    together = fetcher(name).begin()

    assert len(together.get(f"http://{name}/half", FIELD)) == 60_000
    with pytest.raises(ApiError) as raised:
        together.get(f"http://{name}/half", FIELD)
    assert raised.value.code == "image_url_too_large"


def test_what_came_packed_is_refused(site: Site) -> None:
    name = f"{HOST}:{site.port}"
    site.pages["/packed"] = shows(b"\x1f\x8b", Content_Encoding="gzip")

    assert refusal(f"http://{name}/packed", name).code == "image_url_unfetchable"
    assert site.headers[0]["Accept-Encoding"] == "identity"


def drip(visit: Visit, head: bytes) -> None:
    """Send something and then, for ever, a byte now and then."""
    visit.wfile.write(head)
    while not visit.server.site.over.wait(0.05):
        visit.wfile.write(b"x")
        visit.wfile.flush()


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n"],
    ids=["in its headers", "in its body", "in a body without length"],
)
def test_a_site_that_keeps_us_waiting_byte_by_byte_is_left(site: Site, head: bytes) -> None:
    name = f"{HOST}:{site.port}"
    site.pages["/slow"] = lambda visit: drip(visit, head)

    error = refusal(f"http://{name}/slow", name, seconds=0.5)
    assert (error.status, error.code) == (422, "image_url_unfetchable")
    assert "0.5 秒" in error.message


def test_a_look_up_that_takes_too_long_is_left() -> None:
    over = threading.Event()

    def slow(host: str, port: int) -> list[str]:
        over.wait(30)
        return HERE

    error = refusal(f"http://{HOST}/", HOST, seconds=0.2, resolve=slow)
    over.set()

    assert error.code == "image_url_unfetchable"


def test_the_pictures_of_one_request_share_its_time(site: Site) -> None:
    name = f"{HOST}:{site.port}"
    site.pages["/slow"] = lambda visit: drip(visit, b"HTTP/1.0 200 OK\r\n\r\n")
    together = fetcher(name, seconds=0.4).begin()

    for address in ("/slow", "/a.jpg"):
        with pytest.raises(ApiError) as raised:
            together.get(f"http://{name}{address}", FIELD)
        assert raised.value.code in ("image_url_unfetchable", "too_many_image_urls")
    assert [path for _, path in site.visits] == ["/slow"]


def test_who_comes_when_too_many_are_fetching_is_asked_to_come_again() -> None:
    error = refusal(f"http://{HOST}/", HOST, seconds=0.1, places=threading.Semaphore(0))

    assert (error.status, error.code, error.retry_after_s) == (429, "too_many_image_urls", 5)


def test_a_place_is_given_back_however_the_fetching_ended(site: Site) -> None:
    name = f"{HOST}:{site.port}"
    places = threading.Semaphore(1)

    refusal(f"http://{name}.evil/", name, places=places)
    assert fetch(f"http://{name}/a.jpg", name, places=places) == PICTURE
    assert places.acquire(blocking=False)


def test_no_proxy_of_the_environment_is_asked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"{HOST}:{site.port}"
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9/")

    assert fetch(f"http://{name}/a.jpg", name) == PICTURE


def test_an_encrypted_site_has_to_be_who_it_says_it_is(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, HOST)
    trusting = ssl.create_default_context(cafile=certificate)
    with serving(certificate) as site:
        site.pages["/a.jpg"] = shows(PICTURE)
        names = (f"{HOST}:{site.port}", f"other.example:{site.port}")

        assert fetch(f"https://{names[0]}/a.jpg", *names, certificates=trusting) == PICTURE
        error = refusal(f"https://{names[1]}/a.jpg", *names, certificates=trusting)
        unknown = refusal(f"https://{names[0]}/a.jpg", *names)

    assert site.visits == [(names[0], "/a.jpg")]
    assert (error.code, unknown.code) == ("image_url_unfetchable", "image_url_unfetchable")
