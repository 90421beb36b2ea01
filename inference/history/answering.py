"""Puts a question to the model, with what was said before it in the same conversation.

Of a long conversation the model is shown what fits: the oldest turns are left out first, and the user is told.
"""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from inference.engine.errors import PromptTooLong
from inference.history import pictures
from inference.models import Exchange, Owner, Picture
from inference.service import Service, Stream
from inference.types import ImagePart, Message, Request, TextPart

MOST_IMAGES = 16
"""How many pictures the model is shown at once, those of earlier turns included."""
MOST_TURNS = 50
"""How many earlier turns are put before a question."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer, as the model is shown them again.

    Attributes:
        messages: the user's and the model's.
        images: how many pictures are in them.
        unseen: how many more were asked about, of which no file was kept.
        weight: about how much of the prompt they take.
    """

    messages: tuple[Message, Message]
    images: int
    unseen: int
    weight: int


class Conversation:
    """A question, the turns before it, and how many of them the model is shown.

    Attributes:
        left_out: how many earlier turns the model is not shown.
    """

    def __init__(self, turns: Sequence[Turn], question: Message, *, thinking: bool) -> None:
        """Put a question after earlier turns.

        Args:
            turns: the earlier ones, the oldest first.
            question: the new one.
            thinking: whether the model is to reason before it answers.
        """
        self._turns = list(turns)
        self._question = question
        self._thinking = thinking
        self.left_out = 0
        images = sum(isinstance(part, ImagePart) for part in question.parts)
        while images + sum(turn.images for turn in self._turns) > MOST_IMAGES or len(self._turns) > MOST_TURNS:
            self._leave_out(1)

    @property
    def unseen(self) -> int:
        """How many pictures of the turns that the model is shown it cannot see: no file of them was kept."""
        return sum(turn.unseen for turn in self._turns)

    @property
    def request(self) -> Request:
        """What the model is asked, and how long somebody waits for the last word."""
        earlier = [message for turn in self._turns for message in turn.messages]
        deadline_s = settings.GLMV_DEADLINE_S or None
        return Request((*earlier, self._question), thinking=self._thinking, deadline_s=deadline_s)

    def shorten(self, error: PromptTooLong) -> bool:
        """Leave out as many of the oldest turns as the prompt is too long by, as far as that is known.

        Args:
            error: what the model said of the prompt.

        Returns:
            Whether there was anything to leave out.
        """
        if not self._turns:
            return False
        tokens, limit = error.params.get("tokens", 2), error.params.get("limit", 1)
        excess = (1 - limit / tokens) * sum(turn.weight for turn in self._turns)
        count = 1
        while count < len(self._turns) and sum(turn.weight for turn in self._turns[:count]) < excess:
            count += 1
        self._leave_out(count)
        return True

    def ask(self, service: Service) -> Stream:
        """Hand the question in; shortens the conversation where it is seen to be too long already.

        Args:
            service: who answers.

        Returns:
            The answer as it grows.

        Raises:
            EngineError: refused.
        """
        while True:
            try:
                return service.stream(self.request)
            except PromptTooLong as error:
                if not self.shorten(error):
                    raise

    def _leave_out(self, count: int) -> None:
        del self._turns[:count]
        self.left_out += count


def exists(owner: Owner, conversation: uuid.UUID) -> bool:
    """Tell whether an owner has a conversation.

    Args:
        owner: whose.
        conversation: which.
    """
    return Exchange.objects.of(owner).filter(conversation=conversation).exists()


def earlier_turns(owner: Owner, conversation: uuid.UUID) -> list[Turn]:
    """Read what was said before in a conversation.

    Args:
        owner: whose.
        conversation: which.

    Returns:
        The turns that have an answer, or part of one, the oldest first.
    """
    answered = (Exchange.State.ANSWERED, Exchange.State.STOPPED)
    exchanges = (
        Exchange.objects.of(owner)
        .filter(conversation=conversation, state__in=answered)
        .exclude(answer="")
        .order_by("-asked_at", "-pk")
        .prefetch_related("pictures")[:MOST_TURNS]
    )
    turns: list[Turn] = []
    before = 0
    for exchange in reversed(exchanges):
        brought = exchange.pictures.all()
        files = [file for picture in brought if (file := pictures.source_of(picture)) is not None]
        told = exchange.input_tokens + exchange.output_tokens
        messages = (question(exchange.question, files), Message("assistant", (TextPart(exchange.answer),)))
        # What a prompt took was read off when it was sent, less what the turns before it take.
        turns.append(Turn(messages, len(files), len(brought) - len(files), max(1, told - before)))
        before = told
    return turns


def question(text: str, files: Sequence[Path]) -> Message:
    """Write a user's turn.

    Args:
        text: the words.
        files: pictures, in order.

    Returns:
        The pictures, then the words.
    """
    return Message("user", (*(ImagePart(file) for file in files), TextPart(text)))


def chosen_pictures(owner: Owner, keys: Sequence[uuid.UUID]) -> list[Picture] | None:
    """Find the pictures that a question is about.

    Args:
        owner: whose they have to be.
        keys: theirs, in order.

    Returns:
        The pictures in the same order; None where one is not there.
    """
    found = {picture.pk: picture for picture in Picture.objects.of(owner).filter(pk__in=keys)}
    return [found[key] for key in keys] if len(found) == len(set(keys)) else None
