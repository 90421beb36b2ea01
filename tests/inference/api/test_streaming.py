"""An answer that is read while it grows."""

from typing import Any

import pytest

from inference.api.parsing import Call
from inference.api.streaming import EventStream
from inference.api.watcher import Watcher
from inference.engine.errors import GenerationFailed, OutOfMemory
from inference.engine.handle import Handle
from inference.service import Service, Stream
from inference.types import Answer, Box, Delta
from tests.inference.api.conftest import Post, events, parsed
from tests.inference.api.test_chat import answer
from tests.inference.scripted import Gate, ScriptedModel, ask


class Line:
    """A stream whose events a test puts in by hand."""

    def __init__(self, *, n: int = 1, include_usage: bool = False) -> None:
        request = ask("石桥", n=n)
        self.handle = Handle(request, streaming=True, forget=lambda _handle: None)
        self._call = Call(request, stream=True, include_usage=include_usage)

    def put(self, *events: Any) -> None:
        for event in events:
            self.handle.put(event)

    def begin(self) -> EventStream:
        stream = Stream(self.handle)
        watch = Watcher().watch({}, stream.close)
        return EventStream(stream, stream.gather(), watch, self._call, "scripted")


def read(piece: bytes) -> list[Any]:
    return [parsed(line) for line in piece.decode().split("\n\n") if line]


def words(chunks: list[Any], index: int = 0) -> str:
    choices = [choice for chunk in chunks if chunk != "[DONE]" for choice in chunk["choices"]]
    return "".join(choice["delta"].get("content", "") for choice in choices if choice["index"] == index)


def test_a_stream_says_who_speaks_then_the_words_then_how_it_ended(service: Service, post: Post) -> None:
    response = post(stream=True)

    first, *middle, last, done = events(response)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/event-stream; charset=utf-8"
    assert (response["Cache-Control"], response["X-Accel-Buffering"]) == ("no-cache, private", "no")
    assert first["choices"] == [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]
    assert words(middle) == "石桥"
    assert last["choices"] == [{"index": 0, "delta": {}, "finish_reason": "stop"}]
    assert done == "[DONE]"


def test_every_chunk_carries_what_openais_do(service: Service, post: Post) -> None:
    *chunks, _done = events(post(stream=True))

    assert len({chunk["id"] for chunk in chunks}) == 1
    for chunk in chunks:
        assert (chunk["object"], chunk["model"]) == ("chat.completion.chunk", "scripted")
        assert isinstance(chunk["created"], int)
        assert "usage" not in chunk


def test_a_stream_carries_the_label_at_its_beginning_and_the_models_version_at_its_end(
    service: Service, post: Post
) -> None:
    first, *_middle, last, _done = events(post(stream=True))

    assert (first["aigc"]["label"], first["aigc"]["Label"]) == ("AI 生成", "1")
    assert first["aigc"]["ProduceID"] == first["id"]
    assert last["model_version"] == "scripted@0"


def test_the_numbers_of_tokens_come_last_where_they_are_wanted(service: Service, post: Post) -> None:
    *chunks, usage, _done = events(post(stream=True, stream_options={"include_usage": True}))

    assert usage["choices"] == []
    assert (usage["usage"]["prompt_tokens"], usage["usage"]["completion_tokens"]) == (7, 2)
    assert all(chunk["usage"] is None for chunk in chunks)


def test_the_first_word_is_not_held_back(service: Service, model: ScriptedModel, gate: Gate, post: Post) -> None:
    model.before_token = gate
    gate.let_through(1)

    # The engine stands before the second word, and will until the first has been read.
    pieces = iter(post(stream=True).streaming_content)
    first = read(next(pieces))
    gate.open()

    assert words(first) == "石"
    assert words([chunk for piece in pieces for chunk in read(piece)]) == "桥"


def test_words_that_come_together_go_out_together() -> None:
    line = Line()
    line.put(Delta("一", ""))
    stream = line.begin()
    opening = read(next(stream))
    line.put(*[Delta(word, "") for word in "座很长的石桥"], answer())

    rest = read(next(stream))

    assert words(opening) == "一"
    assert [chunk["choices"][0]["delta"] for chunk in rest[:-1]] == [{"content": "座很长的石桥"}, {}]
    assert list(stream) == []


def test_reasoning_comes_before_the_answer() -> None:
    line = Line()
    line.put(Delta("", "想"), Delta("", "一想"), Delta("桥", ""), answer())

    [piece] = line.begin()

    assert read(piece)[1]["choices"][0]["delta"] == {"reasoning_content": "想一想", "content": "桥"}


def test_several_answers_are_told_apart() -> None:
    line = Line(n=2, include_usage=True)
    line.put(Delta("甲", ""), Delta("乙", "", 1), Delta("丙", "", 1), answer(index=1), Delta("丁", ""), answer())

    [piece] = line.begin()

    chunks = read(piece)
    openings = [chunk["choices"][0] for chunk in chunks[:2]]
    assert [(choice["index"], choice["delta"]["role"]) for choice in openings] == [(0, "assistant"), (1, "assistant")]
    assert (words(chunks, 0), words(chunks, 1)) == ("甲丁", "乙丙")
    assert chunks[-2]["usage"]["completion_tokens"] == 2
    assert chunks[-1] == "[DONE]"


def test_several_answers_come_in_one_stream(service: Service, post: Post) -> None:
    chunks = events(post(stream=True, n=2))

    assert (words(chunks, 0), words(chunks, 1)) == ("石桥", "石桥")
    assert chunks[-1] == "[DONE]"


def test_boxes_come_with_the_end() -> None:
    line = Line()
    line.put(Delta("桥", ""), answer(boxes=(Box(1, 2, 3, 4),)))

    [piece] = line.begin()

    assert read(piece)[-2]["choices"][0]["delta"] == {"boxes": [[1, 2, 3, 4]]}


def test_an_error_in_mid_stream_is_an_event_and_then_the_end() -> None:
    line = Line()
    line.put(Delta("一", ""), Delta("座", ""), OutOfMemory())

    first, last = line.begin()

    assert words(read(first)) == "一座"
    [event] = read(last)
    assert event["error"]["code"] == "out_of_memory"
    assert event["error"]["message"].startswith("内存")


def test_an_answer_broken_off_by_the_service_is_an_error_and_no_end() -> None:
    line = Line()
    line.put(Delta("一", ""), answer(finish_reason="cancelled"))

    [piece] = line.begin()

    assert read(piece)[-1]["error"]["code"] == "not_ready"


@pytest.mark.parametrize("read_first", [False, True])
def test_closing_the_stream_gives_the_request_up_begun_or_not(read_first: bool) -> None:
    line = Line()
    line.put(Delta("一", ""))
    stream = line.begin()
    if read_first:
        next(stream)

    stream.close()

    assert line.handle.cancelled


def test_a_visitor_who_leaves_makes_room(service: Service, model: ScriptedModel, gate: Gate, post: Post) -> None:
    model.before_token = gate
    gate.let_through(1)
    response = post(stream=True, text="一座很长的石桥")
    next(iter(response.streaming_content))

    response.close()
    gate.open()

    assert service.describe(ask("下")).text == "下"


def test_what_a_handle_gathers_ends_with_the_last_answer() -> None:
    line = Line(n=2)
    stream = Stream(line.handle)
    line.put(Delta("一", ""), answer())
    assert [type(event) for event in stream.gather()] == [Delta, Answer]
    line.put(answer(index=1))

    assert [event.index for event in stream.gather(30)] == [1]
    assert stream.gather() == []


def test_what_came_before_a_failure_is_given_out_first() -> None:
    line = Line()
    stream = Stream(line.handle)
    line.put(Delta("一", ""), GenerationFailed())

    assert stream.gather(30) == [Delta("一", "")]
    with pytest.raises(GenerationFailed):
        stream.gather(30)
    assert stream.gather(30) == []
