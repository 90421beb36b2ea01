"""Writes down what a program asked and was answered, where its key says so."""

from inference.access import Caller
from inference.engine.errors import Cancelled, EngineError
from inference.errors import sentence
from inference.history.recording import State, Transcript, record_call
from inference.models import ApiKey
from inference.service import Stream
from inference.types import Answer, Delta, Request


def recorded(stream: Stream, caller: Caller, request: Request) -> Stream:
    """Have a call written down when its stream is closed.

    Args:
        stream: the answer as it comes; whoever watches the client closes this one.
        caller: who asked.
        request: what was asked.

    Returns:
        What is read and closed in the stream's place; the stream itself where nothing is to be kept.
    """
    key = caller.key
    return _Recorded(stream, key, request) if key is not None and key.keeps_history else stream


class _Recorded(Stream):
    """Passes a stream on and remembers what came out of it."""

    def __init__(self, stream: Stream, key: ApiKey, request: Request) -> None:
        self._stream = stream
        self._key = key
        self._request = request
        self._transcript = Transcript()
        self._failure: EngineError | None = None
        self._closed = False

    def __next__(self) -> Delta | Answer:
        try:
            event = next(self._stream)
        except EngineError as error:
            self._failure = error
            raise
        self._transcript.add([event])
        return event

    def gather(self, pause_s: float = 0.0) -> list[Delta | Answer]:
        try:
            events = self._stream.gather(pause_s)
        except EngineError as error:
            self._failure = error
            raise
        self._transcript.add(events)
        return events

    def close(self) -> None:
        """Give the request up if it is not over, and write down what came of it: once, and after the last word."""
        self._stream.close()
        if self._closed:
            return
        self._closed = True
        told = sentence(self._failure) if self._failure else ""
        if isinstance(self._failure, Cancelled) or not (self._transcript.begun or self._failure):
            return  # nobody waited for it any more
        record_call(self._key, self._request, self._transcript, self._state(), told)

    def __del__(self) -> None:
        """Nothing: the stream itself is given up with its last reader."""

    def _state(self) -> State:
        if self._failure is not None:
            return State.FAILED
        answers = self._transcript.answers
        whole = len(answers) == self._request.n and all(answer.finish_reason != "cancelled" for answer in answers)
        return State.ANSWERED if whole else State.STOPPED
