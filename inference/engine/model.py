"""What the scheduler asks of a model, whatever is inside. Tests put a scripted one in its place."""

from typing import Any, Protocol

from inference.engine.types import Request


class Row(Protocol):
    """One answer being generated. Belongs to the engine's thread.

    Attributes:
        input_tokens: tokens of the prompt, pictures included.
        token_budget: most tokens that this answer may have.
        opens_reasoning: the prompt ends inside the reasoning.
        vision_s: seconds that the vision encoder took.
    """

    input_tokens: int
    token_budget: int
    opens_reasoning: bool
    vision_s: float

    def next_piece(self) -> str | None:
        """Generate one token.

        Returns:
            The text that it completes, possibly none; None where the answer has ended.
        """
        ...


class Model(Protocol):
    """A loaded model.

    Attributes:
        name: for people.
        version: name and fingerprint.
    """

    name: str
    version: str

    def prepare(self, request: Request) -> Any:
        """Do what can be done outside the engine's thread: decode pictures, cut them into patches.

        Args:
            request: what was asked.

        Returns:
            Whatever :meth:`begin` wants to have.

        Raises:
            ImageError: a picture cannot be used.
        """
        ...

    def begin(self, request: Request, prepared: Any) -> Row:
        """Read the prompt. Called in the engine's thread only.

        Args:
            request: what was asked.
            prepared: what :meth:`prepare` returned for it.

        Returns:
            The answer, at its beginning.

        Raises:
            PromptTooLong: it does not fit.
        """
        ...

    def recover(self) -> None:
        """Give memory back after a request ran out of it. Called in the engine's thread only."""
        ...
