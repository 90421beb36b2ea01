"""Reads a stream of chat completion chunks: deltas as they come, the whole answers at the end."""

import time
from collections.abc import Mapping
from typing import Any

from inference.engine.errors import ConnectionCut, InvalidRequest
from inference.engine.handle import Handle
from inference.engine.output import OutputParser
from inference.engine.types import Answer, Box, Delta, FinishReason, Timings
from inference.remote.failures import from_event
from inference.remote.target import RemoteModel


class Reply:
    """The answers to one request, in the making. Belongs to the thread that asks.

    Attributes:
        begun: whether a word of any answer has come.
    """

    def __init__(self, handle: Handle, model: RemoteModel) -> None:
        """Begin.

        Args:
            handle: of the request.
            model: who is asked.
        """
        self._handle = handle
        self._version = model.version
        # Of another instance we know that its content holds no reasoning: nothing has to be waited for.
        thinking = handle.request.thinking and not model.is_ours
        self._choices = [_Choice(index, handle, thinking=thinking) for index in range(handle.request.n)]
        self._usage: Mapping[str, Any] = {}
        self._asked_at = time.monotonic()
        self._first_at: float | None = None

    @property
    def begun(self) -> bool:
        """Whether a word of any answer has come."""
        return self._first_at is not None

    def take(self, event: Mapping[str, Any]) -> None:
        """Take one event in, and hand out what it brought.

        Args:
            event: a ``chat.completion.chunk``, or an error.

        Raises:
            EngineError: the other server failed.
        """
        if event.get("error"):
            raise from_event(event["error"])
        usage = event.get("usage")
        if isinstance(usage, dict):
            self._usage = usage
        self._version = str(event.get("model_version") or self._version)
        for choice in event.get("choices") or ():
            index = choice.get("index") or 0
            if index < len(self._choices):
                self._choices[index].take(choice)
        if self._first_at is None and any(choice.pieces for choice in self._choices):
            self._first_at = time.monotonic()

    def finish(self) -> list[Answer]:
        """End the answers: the stream is over.

        Returns:
            All of them.

        Raises:
            ConnectionCut: the stream was cut.
            InvalidRequest: the server gave fewer answers than were asked for.
        """
        ended = [choice.reason is not None for choice in self._choices]
        if not ended[0] or any(choice.pieces and choice.reason is None for choice in self._choices):
            raise ConnectionCut("the remote server's stream was cut")
        if not all(ended):
            raise InvalidRequest("n", "the remote server gives one answer only")
        return self._answers()

    def break_off(self) -> list[Answer]:
        """End the answers where they are: nobody wants the rest.

        Returns:
            All of them, as far as they came.
        """
        for choice in self._choices:
            choice.reason = choice.reason or "cancelled"
        return self._answers()

    def _answers(self) -> list[Answer]:
        for choice in self._choices:
            choice.end()
        pieces = [choice.pieces for choice in self._choices]
        tokens = _shares(self._usage.get("completion_tokens"), pieces)
        # Some servers send several tokens at once; how many there were they say only now.
        if (unseen := sum(tokens) - sum(pieces)) > 0:
            self._handle.observer.wrote(0.0, unseen)
        read = int(self._usage.get("prompt_tokens") or 0)
        timings = self._timings()
        return [
            choice.answer(read, written, self._version, timings)
            for choice, written in zip(self._choices, tokens, strict=True)
        ]

    def _timings(self) -> Timings:
        now = time.monotonic()
        first_at = self._first_at or now
        decoding_s = self._handle.decoding_s
        queue_s = max(0.0, self._asked_at - self._handle.submitted - decoding_s)
        return Timings(queue_s, decoding_s, first_at - self._asked_at, now - first_at)


class _Choice:
    """One of the answers."""

    def __init__(self, index: int, handle: Handle, *, thinking: bool) -> None:
        self._index = index
        self._handle = handle
        self._thinking = thinking
        self._content: OutputParser | None = None
        self._reasoning = OutputParser(thinking=True, inside_reasoning=True)
        self._boxes: tuple[Box, ...] = ()
        self._latest_at: float | None = None
        self.pieces = 0
        self.reason: FinishReason | None = None

    def take(self, choice: Mapping[str, Any]) -> None:
        delta = choice.get("delta") or {}
        reasoning = delta.get("reasoning_content") or delta.get("reasoning") or ""
        content = delta.get("content") or ""
        if reasoning or content:
            self.pieces += 1
            self._observe()
        if reasoning:
            # A server that keeps reasoning apart leaves none in the content.
            self._thinking = False
            self._hand_out(self._reasoning.feed(reasoning))
        if content:
            self._hand_out(self._parser().feed(content))
        self._boxes = self._boxes or _boxes(delta.get("boxes"))
        if choice.get("finish_reason"):
            self.reason = "length" if choice["finish_reason"] == "length" else "stop"
        if self._parser_stopped():
            self.reason = "stop"

    def end(self) -> None:
        self._hand_out(self._reasoning.finish())
        self._hand_out(self._parser().finish())
        # Reasoning that never came to an answer was cut off, whatever the model thought of it.
        if self.reason == "stop" and self._parser().still_reasoning:
            self.reason = "length"

    def answer(self, read: int, written: int, version: str, timings: Timings) -> Answer:
        parser = self._parser()
        reasoning = "\n".join(filter(None, (self._reasoning.reasoning, parser.reasoning)))
        boxes = parser.boxes or self._boxes
        return Answer(
            parser.text, reasoning, boxes, self.reason or "stop", read, written, version, timings, self._index
        )

    def _observe(self) -> None:
        before, self._latest_at = self._latest_at, time.monotonic()
        if before is not None:
            self._handle.observer.wrote(self._latest_at - before)

    def _parser(self) -> OutputParser:
        """Return the reader of content; how it reads depends on what came before the first of it."""
        if self._content is None:
            self._content = OutputParser(thinking=self._thinking, stop=self._handle.request.stop)
        return self._content

    def _parser_stopped(self) -> bool:
        return self._content is not None and self._content.stopped

    def _hand_out(self, delta: Delta | None) -> None:
        if delta is not None and self._handle.streaming:
            self._handle.put(Delta(delta.text, delta.reasoning, self._index))


def _boxes(values: Any) -> tuple[Box, ...]:
    """Read the rectangles of another instance of this product."""
    if not isinstance(values, list):
        return ()
    return tuple(
        Box(*map(int, box))
        for box in values
        if isinstance(box, list) and len(box) == 4 and all(isinstance(side, int | float) for side in box)
    )


def _shares(total: Any, pieces: list[int]) -> list[int]:
    """Divide the tokens of all answers among them, as their events are; an event is about a token."""
    if not isinstance(total, int) or not sum(pieces):
        return pieces
    shares = [total * count // sum(pieces) for count in pieces]
    shares[0] += total - sum(shares)
    return shares
