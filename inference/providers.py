"""What the catalogue offers to the model service: its pictures, and what is known about them.

The model service never imports the catalogue; the catalogue registers itself here when Django is set up.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from inference.types import Message

User = AbstractBaseUser | AnonymousUser


@dataclass(frozen=True, slots=True)
class Passage:
    """Something that is known, and where it stands.

    Attributes:
        title: what it is about.
        text: what is known.
        url: path of the page where people can read it; empty where there is none.
    """

    title: str
    text: str
    url: str = ""


class ImageProvider(Protocol):
    """Knows the pictures of a catalogue."""

    def image_file(self, image_id: int, user: User) -> Path | None:
        """Return the file of a picture that ``user`` may see, as it may be shown to the model; None otherwise."""


class KnowledgeProvider(Protocol):
    """Knows what an institution knows."""

    def passages(
        self, base_id: str, messages: Sequence[Message], image_ids: Sequence[int], user: User
    ) -> list[Passage] | None:
        """Find what a knowledge base has to say about a conversation.

        Args:
            base_id: what the base is called.
            messages: the conversation.
            image_ids: which images of the catalogue it shows.
            user: on whose behalf.

        Returns:
            A few short passages, the best first; None where the user knows of no such base.
        """


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are of something, for the metrics.

    Attributes:
        name: the metric's.
        words: what is counted.
        label: by what.
        numbers: how many there are of each.
    """

    name: str
    words: str
    label: str
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was last done, for the metrics.

    Attributes:
        name: the metric's.
        words: what was done.
        at: the moment; None: never.
    """

    name: str
    words: str
    at: datetime | None


class Registry:
    """Where providers are found; empty in an installation without a catalogue."""

    images: ImageProvider | None = None
    knowledge: KnowledgeProvider | None = None
    counts: Callable[[], Sequence[Count]] | None = None
    moments: Callable[[], Sequence[Moment]] | None = None


providers = Registry()
"""This process's."""
