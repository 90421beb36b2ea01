"""HTTP and server-sent events, as the client reads them."""

import pytest

from benchmarks.serving.wire import EventReader, ProtocolError, ResponseReader, has_text, request_bytes, summary

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n7;name=value\r\n, world\r\n0\r\n\r\n"
)


def test_a_request_tells_its_length() -> None:
    head, _, body = request_bytes("host:1", "/path", b"{}", {"Authorization": "Bearer key"}).partition(b"\r\n\r\n")

    assert head.startswith(b"POST /path HTTP/1.1\r\n")
    assert b"Content-Length: 2" in head
    assert b"Authorization: Bearer key" in head
    assert body == b"{}"


@pytest.mark.parametrize("step", [1, 2, 7, len(CHUNKED)])
def test_a_chunked_body_is_read_however_it_arrives(step: int) -> None:
    reader = ResponseReader()

    body = b"".join(reader.feed(CHUNKED[at : at + step]) for at in range(0, len(CHUNKED), step))

    assert (reader.status, body, reader.done) == (200, b"hello, world", True)


def test_a_body_with_a_length_ends_there() -> None:
    reader = ResponseReader()

    body = reader.feed(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n\r\n{}more")

    assert (reader.status, body, reader.done) == (429, b"{}", True)


def test_a_body_without_framing_ends_with_the_connection() -> None:
    reader = ResponseReader()

    assert reader.feed(b"HTTP/1.0 200 OK\r\n\r\nhello") == b"hello"
    assert not reader.done
    assert reader.end()


def test_a_connection_lost_inside_a_chunked_body_is_no_answer() -> None:
    reader = ResponseReader()
    reader.feed(CHUNKED[:-5])

    assert not reader.end()


def test_a_connection_lost_before_the_head_is_no_answer() -> None:
    assert not ResponseReader().end()


@pytest.mark.parametrize("data", [b"SSH-2.0\r\n\r\n", b"HTTP/1.1 OK\r\n\r\n", CHUNKED.replace(b"5\r\n", b"x\r\n")])
def test_what_is_no_http_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        ResponseReader().feed(data)


def test_events_are_cut_apart_wherever_the_bytes_were() -> None:
    reader = EventReader()
    stream = 'data: {"a": "桥"}\r\n\r\n: comment\n\ndata: [DONE]\n\n'.encode()

    events = [event for at in range(len(stream)) for event in reader.feed(stream[at : at + 1])]

    assert events == ['{"a": "桥"}'.encode(), b"[DONE]"]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (b'{"choices": [{"delta": {"role": "assistant"}}]}', False),
        (b'{"choices": [{"delta": {"role": "assistant", "content": ""}}]}', False),
        (b'{"choices": [{"delta": {"content": "a"}}]}', True),
        (b'{"choices": [{"delta": {"reasoning_content": "a"}}]}', True),
        (b'{"choices": [], "usage": {"completion_tokens": 3}}', False),
        (b"[DONE]", False),
    ],
)
def test_the_first_token_is_the_first_that_says_something(event: bytes, expected: bool) -> None:
    assert has_text(event) is expected


FINISHED = b'{"choices": [{"delta": {}, "finish_reason": "length"}]}'
USAGE = b'{"choices": [], "usage": {"completion_tokens": 64}}'


def test_tokens_are_those_that_the_server_counted() -> None:
    assert summary([FINISHED, USAGE, b"[DONE]"]) == (64, "")


def test_a_stream_may_end_without_done() -> None:
    assert summary([FINISHED]) == (0, "")


def test_a_stream_that_never_says_why_it_ended_is_an_error() -> None:
    assert summary([b'{"choices": [{"delta": {"content": "a"}}]}', b"[DONE]"])[1] == "unfinished"
    assert summary([])[1] == "unfinished"


def test_an_error_inside_a_stream_is_an_error() -> None:
    assert summary([b'{"error": {"message": "no"}}', FINISHED, b"[DONE]"])[1] == "error_event"


@pytest.mark.parametrize("event", [b"not json", b"[1]"])
def test_an_event_that_is_no_object_is_refused(event: bytes) -> None:
    with pytest.raises(ProtocolError):
        has_text(event)
