"""Writes an answer for the question page as server-sent events, and its record when it ends, however that may be."""

import logging
import time
import uuid
from collections.abc import Generator, Iterator, Sequence
from typing import Any

from django.utils.translation import ngettext

from inference.api import wire
from inference.api.database import let_go_of_database
from inference.api.errors import from_engine
from inference.api.streaming import JOIN_S, require_finished
from inference.api.watcher import Watch
from inference.engine.errors import Cancelled, EngineError, GenerationFailed, PromptTooLong
from inference.history.answering import Conversation
from inference.history.recording import State, Transcript, corners, finish
from inference.history.rendering import to_html, worded
from inference.labels import ai_label
from inference.metrics.requests import GONE
from inference.models import Exchange
from inference.service import Service, Stream
from inference.types import Answer, Delta

_FIRST_LOOK_S = 0.1
_LOOK_EVERY_S = 0.3
QUIET_S = 10.0
"""After so long without a word a comment is sent, so that no proxy takes the connection for dead."""
_COMMENT = ": waiting\n\n"

logger = logging.getLogger(__name__)


class AnswerEvents(Iterator[bytes]):
    """The body of an answer that grows; closing it, read or not, stops the answer and keeps what there is of it.

    Attributes:
        watch: on the client; ends with the answer.
        status: how it ended, as HTTP would have said it.
    """

    watch: Watch | None = None
    status = GONE

    def __init__(
        self,
        service: Service,
        conversation: Conversation,
        stream: Stream,
        *,
        number: uuid.UUID | None,
        exchange: Exchange | None,
        transcript: Transcript,
    ) -> None:
        """Go on with a question that has been admitted.

        Args:
            service: who answers.
            conversation: what was asked.
            stream: where the answer comes from.
            number: the conversation's; None where there is none to go on with, as its only question is not recorded.
            exchange: the question's record; None where it could not be written.
            transcript: begun when the question came.
        """
        self._service = service
        self._conversation = conversation
        self._stream = stream
        self._names = {"conversation": str(number) if number else None, "exchange": exchange.pk if exchange else None}
        self._exchange = exchange
        self._transcript = transcript
        self._label = ai_label(source="model", reviewed=False)
        self._started = self._ended = self._given_up = False
        self._body = self._write()

    def __iter__(self) -> "AnswerEvents":
        return self

    def __next__(self) -> bytes:
        return next(self._body)

    def give_up(self) -> None:
        """Stop the answer; called from the watcher's thread when the client is gone."""
        self._given_up = True
        self._stream.close()

    def close(self) -> None:
        """Let go of the client's connection; an answer that is not complete is kept as it is."""
        if self.watch is not None:
            self.watch.close()
        if not self._ended:
            self._stream.close()
            self._hear_out()
            self._end(State.STOPPED)
        let_go_of_database()

    def _write(self) -> Iterator[bytes]:
        """Write one piece after another; each goes out at once."""
        try:
            for text in self._events():
                yield text.encode()
        except Cancelled:
            # Nobody reads any more.
            self._end(State.STOPPED)
        except EngineError as error:
            yield self._failed(error).encode()
        except Exception as error:  # whatever it is, the page must not wait for an end that never comes
            logger.exception("an answer broke off")
            self._stream.close()
            yield self._failed(GenerationFailed(type(error).__name__)).encode()

    def _events(self) -> Iterator[str]:
        events = yield from self._first()
        while True:
            self._transcript.add(events)
            text = self._start() + _delta(events)
            if self._transcript.answers:
                break
            if text:
                yield text
            events = self._stream.gather(JOIN_S)
        answer = self._transcript.answers[0]
        if self._given_up:
            raise Cancelled
        require_finished(answer)
        # First the record: whoever sees the end may look it up.
        self._end(State.ANSWERED)
        self.status = 200
        yield text + _event("done", self._done(answer))

    def _first(self) -> Generator[str, None, list[Delta | Answer]]:
        """Wait for the first words, and tell meanwhile how long the queue is; returns them."""
        while True:
            yield from self._waiting()
            try:
                return self._stream.gather()
            except PromptTooLong as error:
                if not self._conversation.shorten(error):
                    raise
                self._stream = self._conversation.ask(self._service)
                # The client may have gone before this stream was there to be closed.
                if self._given_up:
                    self._stream.close()

    def _waiting(self) -> Iterator[str]:
        told, written, pause_s = 0, time.monotonic(), _FIRST_LOOK_S
        while not self._stream.await_event(pause_s):
            pause_s = _LOOK_EVERY_S
            place = self._stream.place
            text = "" if place else self._start()
            if place != told and place:
                text = _event("queue", {**self._names, "place": place})
            told = place
            if not text and time.monotonic() - written >= QUIET_S:
                text = _COMMENT
            if text:
                written = time.monotonic()
                yield text

    def _start(self) -> str:
        if self._started:
            return ""
        self._started = True
        return _event("start", {**self._names, "label": self._label, "notice": self._notice})

    @property
    def _notice(self) -> str:
        """Tell what the model was not shown; empty where it was shown everything."""
        left_out, unseen = self._conversation.left_out, self._conversation.unseen
        notices = (
            (left_out, ngettext(
                "对话较长，最早的 %(count)d 轮没有再交给模型，仍保存在历史记录里。",
                "对话较长，最早的 %(count)d 轮没有再交给模型，仍保存在历史记录里。",
                left_out,
            )),
            (unseen, ngettext(
                "这段对话里有 %(count)d 张图片没有保存原图，模型看不到；要问它，请重新放入。",
                "这段对话里有 %(count)d 张图片没有保存原图，模型看不到；要问它们，请重新放入。",
                unseen,
            )),
        )  # fmt: skip
        return " ".join(words % {"count": count} for count, words in notices if count)

    def _done(self, answer: Answer) -> dict[str, Any]:
        boxes = corners(answer.boxes)
        return {
            **self._names,
            "text": answer.text,
            "reasoning": answer.reasoning,
            "words": worded(answer.text, boxes),
            "html": to_html(answer.text, boxes),
            "boxes": boxes,
            "finish_reason": answer.finish_reason,
            "model_version": answer.model_version,
            "input_tokens": answer.input_tokens,
            "output_tokens": answer.output_tokens,
            "seconds": round(self._transcript.total_s, 1),
            "label": self._label,
            "notice": self._notice,
        }

    def _failed(self, error: EngineError) -> str:
        told = from_engine(error)
        self._end(State.FAILED, told.message)
        self.status = told.status
        return _event("error", {"message": told.message, "code": told.code, "retry_after": told.retry_after_s})

    def _hear_out(self) -> None:
        """Take what the model had written when it was stopped."""
        try:
            while events := self._stream.gather():
                self._transcript.add(events)
        except EngineError as error:
            logger.debug("a stopped answer ended with %s", error)

    def _end(self, state: State, error: str = "") -> None:
        """Write the record, once."""
        if self._ended:
            return
        self._ended = True
        finish(self._exchange, self._transcript, state, error)
        let_go_of_database()


def _delta(events: Sequence[Delta | Answer]) -> str:
    words = [event for event in events if isinstance(event, Delta)]
    parts = {
        "text": "".join(event.text for event in words),
        "reasoning": "".join(event.reasoning for event in words),
    }
    told = {name: value for name, value in parts.items() if value}
    return _event("delta", told) if told else ""


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {wire.dumps(data)}\n\n"
