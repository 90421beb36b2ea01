"""Writes down what was asked and answered. A record that fails is logged, and never costs anybody the answer.

No connection to the database is held while the model works: a question is written before, its answer after.
"""

import logging
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from inference.engine.errors import EngineError
from inference.errors import sentence
from inference.history import pictures
from inference.models import ApiKey, Exchange, Owner, Picture
from inference.models.exchanges import SUMMARY_LENGTH
from inference.types import Answer, Box, Delta, ImagePart, Request, TextPart

State = Exchange.State
_BETWEEN_ANSWERS = "\n\n———\n\n"

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Transcript:
    """What has been written of an answer so far, and when.

    Attributes:
        answers: those that are complete, or were broken off.
    """

    answers: list[Answer] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _reasoning: list[str] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)
    _first: float | None = None

    def add(self, events: Iterable[Delta | Answer]) -> None:
        """Take events in.

        Args:
            events: as they come from the model.
        """
        for event in events:
            if self._first is None:
                self._first = time.monotonic()
            if isinstance(event, Answer):
                self.answers.append(event)
            elif event.index == 0:
                self._text.append(event.text)
                self._reasoning.append(event.reasoning)

    @property
    def begun(self) -> bool:
        """Whether the model has said anything."""
        return self._first is not None

    @property
    def text(self) -> str:
        """The answer; of several, one after the other."""
        if not self.answers:
            return "".join(self._text)
        return _BETWEEN_ANSWERS.join(answer.text for answer in sorted(self.answers, key=lambda answer: answer.index))

    @property
    def reasoning(self) -> str:
        """What was thought before it."""
        return self.answers[0].reasoning if self.answers else "".join(self._reasoning)

    @property
    def first_token_s(self) -> float:
        """Seconds until the first words came; 0 where none have."""
        return 0.0 if self._first is None else self._first - self._began

    @property
    def total_s(self) -> float:
        """Seconds since the question."""
        return time.monotonic() - self._began


def begin(
    *,
    owner: Owner,
    question: str,
    conversation: uuid.UUID,
    chosen: Sequence[Picture] = (),
    key: ApiKey | None = None,
) -> Exchange | None:
    """Write down a question.

    Args:
        owner: who asks.
        question: the words.
        conversation: that it belongs to.
        chosen: the owner's pictures that it is about, in order.
        key: by which a program asked.

    Returns:
        The exchange, running; None where it could not be written.
    """
    try:
        with transaction.atomic():
            exchange = Exchange.objects.create(
                conversation=conversation, user_id=owner.user_id, visitor=owner.visitor, key=key,
                question=_storable(question), summary=summary_of(question),
            )  # fmt: skip
            attached = pictures.attach(exchange, chosen)
        pictures.drop_originals(attached)
    except Exception:  # as said above: never at the cost of the answer
        logger.exception("a question could not be recorded")
        return None
    return exchange


def finish(exchange: Exchange | None, transcript: Transcript, state: "Exchange.State", error: str = "") -> None:
    """Write down how a question ended.

    Args:
        exchange: as :func:`begin` returned it.
        transcript: what was written of the answer.
        state: how it ended.
        error: what the user was told where it did not end well.
    """
    if exchange is None:
        return
    values = {**outcome(transcript), "state": state, "error": _storable(error)}
    for name, value in values.items():
        setattr(exchange, name, value)
    try:
        # Not save(): an exchange that was erased meanwhile must not come back.
        Exchange.objects.filter(pk=exchange.pk).update(**values)
    except Exception:  # as said above
        logger.exception("exchange=%d: its answer could not be recorded", exchange.pk)


def record_call(
    key: ApiKey, request: Request, transcript: Transcript, state: "Exchange.State", error: str = ""
) -> None:
    """Write down what a program asked, where its key says so: the last turn, its pictures as thumbnails.

    Args:
        key: that it brought.
        request: what it asked.
        transcript: the answers.
        state: how it ended.
        error: what the program was told where it did not end well.
    """
    if not key.keeps_history:
        return
    parts = request.messages[-1].parts
    question = "\n".join(part.text for part in parts if isinstance(part, TextPart))
    exchange = begin(owner=Owner(key.owner_id), question=question, conversation=uuid.uuid4(), key=key)
    finish(exchange, transcript, state, error)
    if exchange is None:
        return
    for position, part in enumerate(part for part in parts if isinstance(part, ImagePart)):
        try:
            pictures.keep_thumbnail(exchange, position, part.source)
        except EngineError as problem:
            logger.warning("exchange=%d: no thumbnail: %s", exchange.pk, sentence(problem))
        except Exception:  # as said above
            logger.exception("exchange=%d: a thumbnail could not be kept", exchange.pk)


def outcome(transcript: Transcript) -> dict[str, Any]:
    """Say what is known of an answer in the terms of its record.

    Args:
        transcript: complete or not.

    Returns:
        Values of an exchange's fields.
    """
    values: dict[str, Any] = {
        "answer": _storable(transcript.text),
        "reasoning": _storable(transcript.reasoning),
        "first_token_s": round(transcript.first_token_s, 3),
        "total_s": round(transcript.total_s, 3),
    }
    if transcript.answers:
        answer = transcript.answers[0]
        values |= {
            "boxes": corners(answer.boxes),
            "model_version": answer.model_version[:200],
            "input_tokens": answer.input_tokens,
            "output_tokens": sum(each.output_tokens for each in transcript.answers),
            "queue_s": round(answer.timings.queue_s, 3),
        }
    return values


def corners(boxes: Iterable[Box]) -> list[dict[str, int]]:
    """Write rectangles as pages read them.

    Args:
        boxes: in thousandths of the picture.
    """
    return [{"x1": box.x1, "y1": box.y1, "x2": box.x2, "y2": box.y2} for box in boxes]


def summary_of(question: str) -> str:
    """Return the beginning of a question, on one line.

    Args:
        question: the words.
    """
    line = " ".join(_storable(question).split())
    return line if len(line) <= SUMMARY_LENGTH else line[: SUMMARY_LENGTH - 1] + "…"


def _storable(text: str) -> str:
    """Leave out what PostgreSQL takes in no text."""
    return text.replace("\0", "")
