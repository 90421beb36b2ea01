"""A queue of batches that wait for the same resource: the site's model, say, or the reader of this machine."""

from contextlib import AbstractContextManager
from typing import Protocol

from catalog.batches.attempts import Work
from catalog.work_querysets import BatchQuerySet


class QueueUnavailable(Exception):
    """Nothing of a queue can be done now.

    Args:
        reason: why, in a sentence.
        hopeless: whether waiting is in vain until a person does something about it.
    """

    def __init__(self, reason: str, *, hopeless: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hopeless = hopeless


class Queue(Protocol):
    """The batches of one kind, and what is done with their images."""

    def batches(self) -> BatchQuerySet:
        """Return the batches that are to be worked on now, oldest first."""

    def open(self) -> AbstractContextManager[Work]:
        """Give what is to be done with their images.

        Raises:
            QueueUnavailable: not now.
            EngineError: not at all.
        """
