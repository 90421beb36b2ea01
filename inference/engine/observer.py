"""Who looks on while answers grow. The engine tells; what is made of it (the metrics, for one) is no affair of its."""

from typing import Protocol

from inference.engine.types import Answer, Request


class Observer(Protocol):
    """Is told by the engine's threads, at every token: it must be quick, and never raises."""

    def wrote(self, gap_s: float, tokens: int = 1) -> None:
        """Hear that an answer has grown by a token that is not its first.

        Args:
            gap_s: seconds since the token before it; 0 for tokens that nobody saw coming one by one.
            tokens: how many there were.
        """

    def answered(self, request: Request, answer: Answer) -> None:
        """Hear that an answer is complete, or was broken off.

        Args:
            request: what was asked.
            answer: to it.
        """


class Nobody:
    """The observer where nobody looks on."""

    def wrote(self, gap_s: float, tokens: int = 1) -> None:
        """Do nothing.

        Args:
            gap_s: seconds since the token before it.
            tokens: how many there were.
        """

    def answered(self, request: Request, answer: Answer) -> None:
        """Do nothing.

        Args:
            request: what was asked.
            answer: to it.
        """


NOBODY = Nobody()
