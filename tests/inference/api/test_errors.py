"""Each failure has its status, its envelope, and a hint when to come again."""

import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NoReturn

import pytest
from django.db import OperationalError
from django.utils import translation
from pytest_django.fixtures import Settings

from inference.api.errors import from_engine
from inference.engine.errors import (
    Busy,
    Cancelled,
    CheckpointError,
    DeadlineExceeded,
    EngineError,
    GenerationFailed,
    ImageAspectRatio,
    InvalidRequest,
    NotReady,
    OutOfMemory,
    PromptTooLong,
    SchemaUnusable,
)
from inference.engine.sizes import check_aspect_ratio
from inference.providers import providers
from inference.service import Service
from tests.inference.api.conftest import Post, data_uri, error_of, events, scan, shown
from tests.inference.scripted import Gate, ScriptedModel, ask, picture

_URL = "messages[0].content[0].image_url.url"


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (InvalidRequest("top_p", "no"), 400, "invalid_request", None),
        (ImageAspectRatio(900, 3, 200), 422, "image_aspect_ratio", None),
        (PromptTooLong(70_000, 65_536), 422, "context_length_exceeded", None),
        (Busy(12), 429, "busy", 12),
        (Cancelled(), 499, "cancelled", None),
        (NotReady("loading"), 503, "not_ready", 5),
        (OutOfMemory(), 503, "out_of_memory", 5),
        (GenerationFailed(), 503, "generation_failed", 5),
        (CheckpointError("weights_incomplete", path="p"), 503, "weights_incomplete", 5),
        (DeadlineExceeded(30), 504, "deadline_exceeded", None),
    ],
)
def test_an_engines_error_in_the_terms_of_the_interface(
    error: EngineError, status: int, code: str, retry_after: int | None
) -> None:
    told = from_engine(error)
    response = told.response()

    assert (response.status_code, told.code) == (status, code)
    assert response.get("Retry-After") == (None if retry_after is None else str(retry_after))


def test_the_engines_names_of_fields_become_the_interfaces() -> None:
    told = from_engine(InvalidRequest("max_new_tokens", "no"))

    assert told.param == "max_tokens"
    assert "max_tokens" in told.message


def test_a_service_that_is_not_there_is_503(installed: Service, post: Post) -> None:
    response = post()

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert error_of(response)["type"] == "server_error"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("failure", "code"), [(MemoryError(), "out_of_memory"), (KeyError("x"), "generation_failed")])
def test_a_failure_before_the_first_word_is_told_by_the_status(
    service: Service, model: ScriptedModel, post: Post, failure: Exception, code: str, stream: bool
) -> None:
    model.script["石桥"] = [failure]

    response = post(stream=stream)

    assert response.status_code == 503
    assert "Retry-After" in response
    assert error_of(response)["code"] == code


def test_a_full_queue_is_429_with_a_hint(service: Service, model: ScriptedModel, gate: Gate, post: Post) -> None:
    model.before_token = gate
    with ThreadPoolExecutor(2) as clients:
        first = clients.submit(post)
        assert gate.reached.wait(30)
        waiting = service.stream(ask("等"))
        refused = post()
        waiting.close()
        gate.open()
        assert first.result(30).status_code == 200

    assert refused.status_code == 429
    assert int(refused["Retry-After"]) >= 1
    assert error_of(refused)["type"] == "rate_limit_error"


def test_a_service_that_stops_breaks_off_with_503(
    service: Service, model: ScriptedModel, gate: Gate, post: Post
) -> None:
    model.before_token = gate
    with ThreadPoolExecutor(2) as threads:
        running = threads.submit(post, text="长" * 90)
        assert gate.reached.wait(30)
        stopping = threads.submit(service.stop, 30)
        while not running.done():
            gate.let_through(1)
            time.sleep(0.05)
        response = running.result()
        assert stopping.result()

    assert response.status_code == 503
    assert error_of(response)["code"] == "not_ready"


@pytest.mark.parametrize("size", [(639, 480), (480, 639), (640, 479)])
def test_a_small_picture_is_refused_in_the_articles_words(service: Service, post: Post, size: tuple[int, int]) -> None:
    response = post(messages=shown(scan(*size)))

    error = error_of(response)
    assert response.status_code == 422
    assert error["message"] == "图片尺寸太小,请上传分辨率不低于640x480的JPEG文件"
    assert (error["code"], error["param"]) == ("image_too_small", _URL)


def test_the_least_size_is_enough_lying_or_standing(service: Service, post: Post) -> None:
    assert post(messages=shown(scan(640, 480))).status_code == 200
    assert post(messages=shown(scan(480, 640))).status_code == 200


def test_the_systems_own_processes_may_bring_small_pictures(service: Service, post: Post, settings: Settings) -> None:
    assert post(messages=shown(scan(100, 80)), key=settings.GLMV_INTERNAL_KEY).status_code == 200


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "image_empty"), (b"GIF89a or not", "image_undecodable"), (picture(800, 600)[:60], "image_undecodable")],
)
def test_an_unusable_picture_is_422(service: Service, post: Post, content: bytes, code: str) -> None:
    response = post(messages=shown(data_uri(content)))

    assert response.status_code == 422
    assert error_of(response)["code"] == code


def test_a_picture_that_fails_only_when_it_is_decoded_is_422_too(service: Service, post: Post) -> None:
    whole = picture(800, 600, "JPEG")
    response = post(messages=[*shown(scan()), *shown(data_uri(whole[: len(whole) // 2]))])

    assert response.status_code == 422
    error = error_of(response)
    assert (error["code"], error["param"]) == ("image_undecodable", _URL.replace("messages[0]", "messages[1]"))


def header_only(width: int, height: int) -> bytes:
    """Write the beginning of a PNG that says how large it is."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    rest = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(header)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + rest


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(service: Service, post: Post) -> None:
    response = post(messages=shown(data_uri(header_only(20_000, 20_000))))

    error = error_of(response)
    assert response.status_code == 422
    assert (error["code"], error["param"]) == ("image_too_large", _URL)
    assert "400 百万像素" in error["message"]
    assert "178 百万像素" in error["message"]


def test_a_strip_is_refused(service: Service, model: ScriptedModel, post: Post) -> None:
    # Where the real model's pictures are taken in; nobody wants to send one of 97,000 pixels for this.
    model.before_decoding = partial(check_aspect_ratio, 97_000, 480)

    response = post(messages=shown(scan()))

    error = error_of(response)
    assert response.status_code == 422
    assert error["code"] == "image_aspect_ratio"
    assert "200 倍" in error["message"]


def test_a_prompt_over_the_context_is_422(service: Service, model: ScriptedModel, post: Post) -> None:
    model.script["石桥"] = [PromptTooLong(70_000, 65_536)]

    response = post()

    error = error_of(response)
    assert response.status_code == 422
    assert error["code"] == "context_length_exceeded"
    assert "70000" in error["message"]
    assert "65536" in error["message"]


@pytest.mark.parametrize("stream", [False, True])
def test_whoever_has_waited_too_long_is_told_so(
    service: Service, model: ScriptedModel, gate: Gate, post: Post, settings: Settings, stream: bool
) -> None:
    model.before_token = gate
    settings.GLMV_DEADLINE_S = 0.05

    response = post(stream=stream)

    error = error_of(response)
    assert response.status_code == 504
    assert (error["type"], error["code"]) == ("timeout_error", "deadline_exceeded")
    assert error["message"] == "等待超过 0.05 秒，没有得到完整的回答，请稍后重试。"


@pytest.mark.parametrize("stream", [False, True])
def test_a_schema_that_breaks_down_on_the_way_is_no_finished_answer(
    service: Service, model: ScriptedModel, post: Post, stream: bool
) -> None:
    model.script["石桥"] = ["{", SchemaUnusable("json_schema", "no answer could be completed")]

    response = post(stream=stream)

    error = events(response)[-1]["error"] if stream else error_of(response)
    assert response.status_code == (200 if stream else 400)
    assert (error["code"], error["param"]) == ("schema_unusable", "response_format.json_schema.schema")
    assert "no answer could be completed" in error["message"]


class _Locked:
    """A catalogue whose database does not answer."""

    def passages(self, *_question: object) -> NoReturn:
        raise OperationalError("database is locked")


def test_a_database_that_does_not_answer_is_503_too(service: Service, post: Post) -> None:
    before, providers.knowledge = providers.knowledge, _Locked()
    try:
        response = post(knowledge_base_id="local")
    finally:
        providers.knowledge = before

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert error_of(response)["code"] == "database_unavailable"


class _Unforeseen:
    """A catalogue with a fault that nobody thought of."""

    def passages(self, *_question: object) -> NoReturn:
        raise ZeroDivisionError("nobody thought of this")


def _decoder() -> NoReturn:
    raise ValueError("nobody thought of this")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("where", ["catalogue", "decoder"])
def test_what_nobody_thought_of_is_told_in_json_and_logged(
    service: Service, model: ScriptedModel, post: Post, caplog: pytest.LogCaptureFixture, where: str, stream: bool
) -> None:
    model.before_decoding = _decoder if where == "decoder" else None
    before, providers.knowledge = providers.knowledge, _Unforeseen()
    try:
        response = post(knowledge_base_id="local" if where == "catalogue" else None, stream=stream)
    finally:
        providers.knowledge = before

    error = error_of(response)
    assert response.status_code == 500
    assert response["Content-Type"] == "application/json"
    assert (error["type"], error["code"]) == ("server_error", "internal_error")
    assert "X-Request-ID" in error["message"]
    assert response["X-Request-ID"]
    assert "nobody thought of this" in caplog.text
    model.before_decoding = None
    assert post().status_code == 200


def test_errors_are_told_in_english_where_that_was_chosen() -> None:
    with translation.override("en"):
        assert from_engine(Busy(3)).message.isascii()
