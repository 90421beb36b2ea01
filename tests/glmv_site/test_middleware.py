"""Each request has a name: in its answer, in all of its log lines, and as long as its answer is being written."""

import logging
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from rest_framework.authtoken.models import Token

from glmv_site.logs import RequestIds
from glmv_site.middleware import RequestIdMiddleware
from inference import request_ids
from inference.engine.engine import Engine
from inference.engine.types import Figures
from inference.service import Service, use_service
from tests.inference.scripted import ScriptedModel

log = logging.getLogger("tests.middleware")


@pytest.fixture
def named_lines(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Capture what is logged, with the filter that the site's handler has."""
    names = RequestIds()
    caplog.handler.addFilter(names)
    with caplog.at_level("DEBUG"):
        yield caplog
    caplog.handler.removeFilter(names)


def ask(view: object, given: str | None = None) -> HttpResponseBase:
    headers = {} if given is None else {"X-Request-ID": given}
    return RequestIdMiddleware(view)(RequestFactory().get("/", headers=headers))  # type: ignore[arg-type]


def plain(_request: HttpRequest) -> HttpResponse:
    log.info("inside")
    return HttpResponse("好")


def test_a_client_finds_the_name_it_gave() -> None:
    assert ask(plain, "trace-1.2_3:4")["X-Request-ID"] == "trace-1.2_3:4"


@pytest.mark.parametrize("given", [None, "", "a b", "x" * 129, "坏", "a\tb", "-", '"><script>'])
def test_a_request_without_a_sane_name_gets_one(given: str | None) -> None:
    name = ask(plain, given)["X-Request-ID"]

    assert re.fullmatch(r"[0-9a-f]{16}", name)


def test_every_request_gets_a_name_of_its_own() -> None:
    assert ask(plain)["X-Request-ID"] != ask(plain)["X-Request-ID"]


def test_lines_logged_inside_carry_the_name_and_later_ones_do_not(named_lines: pytest.LogCaptureFixture) -> None:
    ask(plain, "inner")
    log.info("outside")

    assert [(record.getMessage(), record.request_id) for record in named_lines.records] == [  # type: ignore[attr-defined]
        ("inside", "inner"),
        ("outside", ""),
    ]


@pytest.mark.django_db
def test_lines_logged_while_a_stream_is_written_or_closed_carry_the_name(
    named_lines: pytest.LogCaptureFixture,
) -> None:
    class Body(Iterator[bytes]):
        def __init__(self) -> None:
            self.left = 2

        def __next__(self) -> bytes:
            if not self.left:
                raise StopIteration
            self.left -= 1
            log.info("writing")
            return b"x"

        def close(self) -> None:
            log.info("closing")

    response = ask(lambda _request: StreamingHttpResponse(Body()), "streamed")
    log.info("between")
    assert b"".join(response) == b"xx"
    response.close()

    assert [(record.getMessage(), record.request_id) for record in named_lines.records] == [  # type: ignore[attr-defined]
        ("between", ""),
        ("writing", "streamed"),
        ("writing", "streamed"),
        ("closing", "streamed"),
    ]


def test_what_breaks_a_stream_says_in_which_request() -> None:
    def body() -> Iterator[bytes]:
        yield b"x"
        raise RuntimeError("gone")

    response = ask(lambda _request: StreamingHttpResponse(body()), "broken")

    with pytest.raises(RuntimeError) as caught:
        b"".join(response)
    assert caught.value.__notes__ == ["request=broken"]


def test_files_are_left_to_the_servers_faster_way() -> None:
    response = ask(lambda _request: FileResponse(BytesIO(b"scan")))

    assert isinstance(response, FileResponse)
    assert response.file_to_stream is not None
    assert response["X-Request-ID"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/health", "/nowhere/", "/v1/nothing"])
def test_pages_probes_and_errors_all_tell_their_name(client: Client, address: str) -> None:
    assert client.get(address, headers={"X-Request-ID": "t-1"})["X-Request-ID"] == "t-1"


@pytest.mark.django_db
def test_a_body_that_is_too_long_is_refused_with_a_name(client: Client) -> None:
    answer = client.post("/v1/chat/completions", b"{}", content_type="application/json", CONTENT_LENGTH=str(1 << 30))

    assert answer.status_code == 413
    assert answer["X-Request-ID"]


def test_a_failure_has_a_name_in_its_answer_and_in_djangos_line(
    client: Client, named_lines: pytest.LogCaptureFixture
) -> None:
    class Broken(Service):
        def figures(self) -> Figures:
            raise RuntimeError("unforeseen")

    client.raise_request_exception = False
    before = use_service(Broken(Engine(ScriptedModel), model_name="broken"))
    try:
        answer = client.get("/ready", headers={"X-Request-ID": "t-2"})
    finally:
        use_service(before)

    assert answer.status_code == 500
    assert answer["X-Request-ID"] == "t-2"
    [line] = [record for record in named_lines.records if record.levelname == "ERROR"]
    assert line.request_id == "t-2"  # type: ignore[attr-defined]


def test_djangos_line_about_a_missing_page_has_the_name_though_it_comes_late(
    client: Client, named_lines: pytest.LogCaptureFixture
) -> None:
    client.get("/v1/nothing", headers={"X-Request-ID": "t-3"})

    [line] = [record for record in named_lines.records if record.name == "django.request"]
    assert line.request_id == "t-3"  # type: ignore[attr-defined]


def test_http404_is_not_swallowed() -> None:
    def missing(_request: HttpRequest) -> HttpResponse:
        raise Http404

    with pytest.raises(Http404):
        ask(missing)
    assert request_ids.current() == ""


class Unfinished(BytesIO):
    """A body that the server waited for long enough."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise TimeoutError


def send_half(address: str, content_type: str, **headers: str) -> Any:
    body: dict[str, Any] = {"wsgi.input": Unfinished(), "CONTENT_LENGTH": "500", "CONTENT_TYPE": content_type}
    return Client().generic("POST", address, **(body | headers))


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_form_that_does_not_come_to_its_end_is_no_failure_of_ours(content_type: str) -> None:
    response = send_half("/login/", content_type)

    assert response.status_code == 408
    assert "请重新发送" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x"])
def test_a_program_whose_body_does_not_come_to_its_end_is_told_in_json(content_type: str) -> None:
    token = Token.objects.create(user=get_user_model().objects.create_superuser("boss"))
    address = "/api/v1/batches/" if content_type == "application/json" else "/api/v1/images/"

    response = send_half(address, content_type, HTTP_AUTHORIZATION=f"Token {token.key}")

    assert response.status_code == 408
    assert "请重新发送" in response.json()["detail"]
