"""What another server refuses or fails at is an error of ours; what may go well later is asked for again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation

from inference.engine import errors
from inference.engine.types import Delta
from inference.errors import sentence
from inference.remote.failures import retry_after_s
from tests.inference.openai_server import Exchange, OpenAIServer, cut_short, refuses, says
from tests.inference.remote.conftest import Start, failure
from tests.inference.scripted import ask


@pytest.mark.parametrize("status", [429, 502, 503])
def test_a_server_that_is_busy_for_a_moment_is_asked_again(server: OpenAIServer, start: Start, status: int) -> None:
    server.plays(refuses(status), refuses(status), says("桥"))

    assert start().submit(ask("写")).result().text == "桥"
    assert len(server.asked) == 3


def test_after_four_tries_a_busy_server_is_busy(server: OpenAIServer, start: Start) -> None:
    server.plays(*[refuses(429)] * 5)

    assert isinstance(failure(start()), errors.Busy)
    assert len(server.asked) == 4


def test_a_server_that_wants_a_long_pause_is_not_waited_for(server: OpenAIServer, start: Start) -> None:
    server.plays(refuses(429, Retry_After="3600"))

    error = failure(start())

    assert isinstance(error, errors.Busy)
    assert (error.retry_after_s, len(server.asked)) == (3600, 1)


def test_a_pause_that_would_outlast_the_deadline_is_not_made(server: OpenAIServer, start: Start) -> None:
    server.plays(refuses(429, Retry_After="20"))

    assert isinstance(failure(start(), ask("写", deadline_s=15)), errors.Busy)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refuses(400, param="max_tokens"), errors.InvalidRequest),
        (refuses(400, "This model's maximum context length is 4096 tokens."), errors.PromptTooLong),
        (refuses(413), errors.ImageError),
        (refuses(422), errors.ImageUndecodable),
        (refuses(422, "太小", "image_too_small"), errors.ImageTooSmall),
        (refuses(422, "太长", "context_length_exceeded"), errors.PromptTooLong),
        (refuses(503, code="out_of_memory"), errors.OutOfMemory),
        (refuses(503, code="generation_failed"), errors.GenerationFailed),
        (refuses(503), errors.NotReady),
        (refuses(504), errors.DeadlineExceeded),
        (refuses(500), errors.GenerationFailed),
        (refuses(401), errors.CheckpointError),
        (refuses(403), errors.CheckpointError),
        (refuses(404), errors.CheckpointError),
        (lambda exchange: exchange.reply(400, b"<html>"), errors.InvalidRequest),
        (lambda exchange: exchange.reply(400, ["?"]), errors.InvalidRequest),
        (lambda exchange: exchange.reply(400, {"detail": "?"}), errors.InvalidRequest),
    ],
)
def test_what_the_server_refuses_is_an_error_of_ours_with_a_sentence(
    server: OpenAIServer, start: Start, answer: Any, kind: type[errors.EngineError]
) -> None:
    server.plays(*[answer] * 4)

    error = failure(start())

    assert isinstance(error, kind)
    with translation.override("zh-hans"):
        words = sentence(error)
    assert "模型服务出错" not in words
    assert "%(" not in words


def test_fields_are_called_by_our_names(server: OpenAIServer, start: Start) -> None:
    server.plays(refuses(400, param="max_tokens"))

    assert failure(start()).params["field"] == "max_new_tokens"


def test_the_servers_own_words_go_along_where_only_it_knows_the_numbers(server: OpenAIServer, start: Start) -> None:
    server.plays(refuses(422, "图片尺寸太小", "image_too_small"))

    with translation.override("zh-hans"):
        assert sentence(failure(start())) == "远程模型服务拒绝了这个请求：图片尺寸太小"


def breaks_off(exchange: Exchange) -> None:
    cut_short(exchange)
    exchange.event({"error": {"message": "boom", "code": None}})


def not_json(exchange: Exchange) -> None:
    cut_short(exchange)
    exchange.event("{")


def breaks_chunks(exchange: Exchange) -> None:
    exchange.send_response(200)
    exchange.send_header("Content-Length", "100000")
    exchange.end_headers()
    exchange.words("石")


@pytest.mark.parametrize("play", [cut_short, breaks_off, not_json, breaks_chunks])
def test_a_stream_that_breaks_is_a_failure_and_never_asked_for_twice(
    server: OpenAIServer, start: Start, play: Callable[[Exchange], None]
) -> None:
    server.plays(play)
    events = iter(start().submit(ask("写"), streaming=True))

    assert next(events) == Delta("石", "")
    with pytest.raises(errors.GenerationFailed):
        next(events)
    assert len(server.asked) == 1


def test_a_server_that_stops_before_it_is_done_is_told_by_its_error(server: OpenAIServer, start: Start) -> None:
    def play(exchange: Exchange) -> None:
        cut_short(exchange)
        exchange.event({"error": {"message": "服务正在停止", "code": "not_ready"}})

    server.plays(play)

    assert isinstance(failure(start()), errors.NotReady)


def test_one_requests_failure_is_one_requests_failure(server: OpenAIServer, start: Start) -> None:
    server.plays(cut_short)
    engine = start(rows=1)
    failure(engine)

    assert engine.submit(ask("写")).result().text == "好"


def test_an_event_that_nobody_foresaw_fails_its_request_only(server: OpenAIServer, start: Start) -> None:
    def play(exchange: Exchange) -> None:
        exchange.begin()
        exchange.event({"choices": 7})

    server.plays(play)
    engine = start(rows=1)

    assert isinstance(failure(engine), errors.GenerationFailed)
    assert engine.submit(ask("写")).result().text == "好"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0", 1), ("", None), ("soon", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 1)],
)
def test_the_wish_for_a_pause_is_read_as_seconds_or_a_date(header: str, seconds: int | None) -> None:
    assert retry_after_s({"retry-after": header}) == seconds
