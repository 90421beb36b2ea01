"""What the scheduler asks of a model, whatever is inside. Tests put a scripted one in its place."""

from collections.abc import Mapping, Sequence
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


class Model(Protocol):
    """A loaded model. All but :meth:`prepare` is called in the engine's thread only.

    Attributes:
        name: for people.
        version: name and fingerprint.
        most_rows: how many answers it can write at once.
    """

    name: str
    version: str
    most_rows: int

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

    def begin(self, request: Request, prepared: Any) -> Sequence[Row]:
        """Write the prompt, compute nothing yet.

        Args:
            request: what was asked.
            prepared: what :meth:`prepare` returned for it.

        Returns:
            The request's ``n`` answers, at their beginning.

        Raises:
            PromptTooLong: it does not fit.
            InvalidRequest: its schema or its pictures cannot be used.
        """
        ...

    def admit(self, row: Any) -> bool:
        """Reserve the memory for an answer, its longest possible end included.

        Args:
            row: from :meth:`begin`; new, or suspended.

        Returns:
            Whether there is room beside the answers that are being written.
        """
        ...

    def prefill(self, row: Any) -> str | None:
        """Read the prompt, and what there is of the answer, and generate the next token.

        Args:
            row: admitted.

        Returns:
            The text that it completes, possibly none; None where the answer has ended.
        """
        ...

    def step(self, rows: Sequence[Any]) -> list[str | None]:
        """Generate one token for each of several answers. Where it raises, no answer has changed.

        Args:
            rows: prefilled.

        Returns:
            One piece each, as :meth:`prefill`.
        """
        ...

    def release(self, row: Any) -> None:
        """Give the memory of an answer back. It is over, or suspended: then :meth:`admit` may be called again.

        Args:
            row: any; nothing happens where it has none.
        """
        ...

    def recover(self) -> None:
        """Give memory back after a request ran out of it: everything that is kept only for speed."""
        ...

    def figures(self) -> Mapping[str, float]:
        """Return what the metrics tell about memory and caches."""
        ...
