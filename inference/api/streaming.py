"""Writes an answer as server-sent events while it grows.

An event costs as much as a token does on a small model, so what comes within some tens of milliseconds goes out as
one. The first words are never held back.
"""

import time
from collections.abc import Iterator, Sequence
from itertools import groupby

from inference.api import wire
from inference.api.errors import from_engine
from inference.api.parsing import Call
from inference.api.responses import aigc, boxes, cited, usage
from inference.api.watcher import Watch
from inference.engine.errors import Cancelled, EngineError, NotReady
from inference.metrics.requests import GONE, Body, CountedStream
from inference.service import Stream
from inference.types import Answer, Delta

JOIN_S = 0.04
"""How long words are gathered before they go out together."""
_DONE = "data: [DONE]\n\n"


def event_stream(body: Body) -> CountedStream:
    """Answer with server-sent events that pass every proxy at once.

    Args:
        body: writes them.

    Returns:
        The response.
    """
    response = CountedStream(body, content_type="text/event-stream; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    # nginx would gather the events into a page full.
    response.headers["X-Accel-Buffering"] = "no"
    return response


class Chunks:
    """Writes the events of one stream; what is the same in all of them is written once."""

    def __init__(self, call: Call, model: str) -> None:
        """Prepare for a stream.

        Args:
            call: what was asked.
            model: the model's name.
        """
        constant = {
            "id": call.id,
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": model,
        }
        self._id = call.id
        self._include_usage = call.include_usage
        self._citations = "" if call.citations is None else f',"citations":{wire.dumps(cited(call.citations))}'
        self._start = f"data: {wire.dumps(constant)[:-1]},"
        # Where the numbers are wanted, OpenAI says in every other event that they are not there yet.
        self._end = ',"usage":null}\n\n' if call.include_usage else "}\n\n"

    def opening(self, answers: int) -> str:
        """Write who speaks, and that it is a machine: whoever shows the first word can show the label with it.

        Args:
            answers: how many there are going to be.

        Returns:
            An event for each.
        """
        label = f',"aigc":{wire.dumps(aigc(self._id))}'
        role = '{"role":"assistant","content":""}'
        return "".join(self._choice(index, role, "null", label) for index in range(answers))

    def words(self, deltas: Sequence[Delta]) -> str:
        """Write what has been added to one answer.

        Args:
            deltas: one after another.

        Returns:
            One event.
        """
        text = "".join([delta.text for delta in deltas])
        reasoning = "".join([delta.reasoning for delta in deltas])
        parts = []
        if reasoning:
            parts.append(f'"reasoning_content":{wire.dumps(reasoning)}')
        if text:
            parts.append(f'"content":{wire.dumps(text)}')
        return self._choice(deltas[0].index, "{" + ",".join(parts) + "}", "null")

    def ending(self, answer: Answer) -> str:
        """Write how an answer ended.

        Args:
            answer: complete.

        Returns:
            One event.
        """
        extra = f',"model_version":{wire.dumps(answer.model_version)}{self._citations}'
        delta = wire.dumps({"boxes": boxes(answer.boxes)} if answer.boxes else {})
        return self._choice(answer.index, delta, f'"{answer.finish_reason}"', extra)

    def closing(self, answers: Sequence[Answer]) -> str:
        """Write what comes after the last word.

        Args:
            answers: all of them.

        Returns:
            The numbers of tokens, if they are wanted, and the mark of the end.
        """
        if not self._include_usage:
            return _DONE
        return f'{self._start}"choices":[],"usage":{wire.dumps(usage(answers))}}}\n\n{_DONE}'

    def _choice(self, index: int, delta: str, reason: str, extra: str = "") -> str:
        choice = f'"choices":[{{"index":{index},"delta":{delta},"finish_reason":{reason}}}]'
        return f"{self._start}{choice}{extra}{self._end}"


class EventStream(Iterator[bytes]):
    """The body of a streamed answer; closing it, read or not, gives the request up.

    Attributes:
        status: how it ended, as HTTP would have said it.
    """

    status = GONE

    def __init__(self, stream: Stream, first: Sequence[Delta | Answer], watch: Watch, call: Call, model: str) -> None:
        """Go on with a request whose first words are there.

        Args:
            stream: where the rest comes from.
            first: what has come already; a failure before it is an HTTP error, not an event.
            watch: on the client; ends with the stream.
            call: what was asked.
            model: the model's name.
        """
        self._stream = stream
        self._watch = watch
        self._answers_due = call.request.n
        self._chunks = Chunks(call, model)
        self._answers: list[Answer] = []
        self._body = self._write(first)

    def __iter__(self) -> "EventStream":
        return self

    def __next__(self) -> bytes:
        return next(self._body)

    def close(self) -> None:
        """Let go of the client's connection and of the request."""
        self._watch.close()
        self._stream.close()

    def _write(self, events: Sequence[Delta | Answer]) -> Iterator[bytes]:
        """Write one piece after another; each goes out at once."""
        text = self._chunks.opening(self._answers_due)
        try:
            while True:
                # What comes out now has been broken off, and not because the service is being stopped.
                if self._watch.gone:
                    raise Cancelled
                text += self._told(events)
                if len(self._answers) == self._answers_due:
                    break
                yield text.encode()
                text = ""
                events = self._stream.gather(JOIN_S)
            text += self._chunks.closing(self._answers)
            self.status = 200
        except EngineError as error:
            if self._watch.gone:
                return  # nobody reads any more, and the request counts as that
            # The status has been sent long ago: all that is left is to say it here.
            told = from_engine(error)
            self.status = told.status
            text += f"data: {wire.dumps(told.envelope)}\n\n"
        yield text.encode()

    def _told(self, events: Sequence[Delta | Answer]) -> str:
        written = []
        for (kind, _index), group in groupby(events, key=lambda event: (type(event), event.index)):
            run = list(group)
            if kind is Delta:
                written.append(self._chunks.words([event for event in run if isinstance(event, Delta)]))
                continue
            for answer in run:
                if not isinstance(answer, Answer):
                    continue
                require_finished(answer)
                self._answers.append(answer)
                written.append(self._chunks.ending(answer))
        return "".join(written)


def require_finished(answer: Answer) -> None:
    """Refuse an answer that was broken off though its client is there: the service is being stopped.

    Args:
        answer: any.

    Raises:
        NotReady: it was broken off.
    """
    if answer.finish_reason == "cancelled":
        raise NotReady("draining")
