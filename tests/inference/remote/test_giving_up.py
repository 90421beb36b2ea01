"""Nobody is asked for longer than somebody waits for the answer."""

import threading

import pytest

from inference.engine import errors
from inference.engine.types import Answer, Delta
from tests.inference.openai_server import Exchange, OpenAIServer, cut_short, refuses
from tests.inference.remote.conftest import Start, failure
from tests.inference.scripted import ask


class Silence:
    """A script that says one word, or none, and then waits for the client to hang up."""

    def __init__(self, *, words: bool) -> None:
        self.words = words
        self.begun = threading.Event()
        self.left = threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        if self.words:
            cut_short(exchange)
        self.begun.set()
        if exchange.hung_up():
            self.left.set()


@pytest.mark.parametrize("words", [True, False])
def test_giving_up_hangs_up_on_the_server(server: OpenAIServer, start: Start, words: bool) -> None:
    silence = Silence(words=words)
    server.plays(silence)
    engine = start(rows=1)
    handle = engine.submit(ask("写"), streaming=True)
    assert silence.begun.wait(30)

    handle.cancel()

    assert silence.left.wait(30)
    assert engine.submit(ask("写")).result().text == "好"


@pytest.mark.parametrize("words", [True, False])
def test_a_deadline_is_kept_with_a_silent_server(server: OpenAIServer, start: Start, words: bool) -> None:
    silence = Silence(words=words)
    server.plays(silence)

    assert isinstance(failure(start(), ask("写", deadline_s=0.3)), errors.DeadlineExceeded)
    assert silence.left.wait(30)


def test_giving_up_ends_the_pause_before_another_try(server: OpenAIServer, start: Start) -> None:
    refused = threading.Event()

    def play(exchange: Exchange) -> None:
        refuses(429, Retry_After="25")(exchange)
        refused.set()

    server.plays(play)
    engine = start(rows=1)
    handle = engine.submit(ask("写"))
    assert refused.wait(30)

    handle.cancel()

    with pytest.raises(errors.Cancelled):
        handle.result()
    assert engine.submit(ask("写")).result().text == "好"


def test_a_request_that_still_waits_is_never_sent(server: OpenAIServer, start: Start) -> None:
    silence = Silence(words=False)
    server.plays(silence)
    engine = start(rows=1)
    running = engine.submit(ask("占"))
    assert silence.begun.wait(30)
    waiting = engine.submit(ask("忘"))

    waiting.cancel()
    running.cancel()

    assert silence.left.wait(30)
    assert len(server.asked) == 1


def test_stopping_ends_an_answer_where_it_is(server: OpenAIServer, start: Start) -> None:
    silence = Silence(words=True)
    server.plays(silence)
    engine = start()
    events = iter(engine.submit(ask("写"), streaming=True))
    assert next(events) == Delta("石", "")

    assert engine.stop(30)

    answer = next(events)
    assert isinstance(answer, Answer)
    assert (answer.text, answer.finish_reason) == ("石", "cancelled")
    assert silence.left.wait(30)


def test_stopping_refuses_what_has_not_begun(server: OpenAIServer, start: Start) -> None:
    silence = Silence(words=False)
    server.plays(silence)
    engine = start(rows=1)
    handles = [engine.submit(ask("一")), engine.submit(ask("二"))]
    assert silence.begun.wait(30)

    assert engine.stop(30)

    for handle in handles:
        with pytest.raises(errors.NotReady):
            handle.result()


def test_draining_answers_those_that_wait(server: OpenAIServer, start: Start) -> None:
    engine = start(rows=1)
    handles = [engine.submit(ask(f"{number}")) for number in range(3)]

    assert engine.drain(30)

    assert [handle.result().text for handle in handles] == ["好"] * 3
    assert engine.state == "stopped"
    with pytest.raises(errors.NotReady):
        engine.submit(ask("晚"))
