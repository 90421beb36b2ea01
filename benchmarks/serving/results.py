"""What a client measured of one request, and what is said about many of them."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """One request, as its client saw it.

    Attributes:
        first_s: seconds from the connection's opening to the first words; None where none came.
        total_s: seconds to the end of the answer.
        tokens: generated, as the server says.
        error: what went wrong; empty where nothing did.
    """

    first_s: float | None
    total_s: float
    tokens: int = 0
    error: str = ""


@dataclass(slots=True)
class Run:
    """Requests of one kind at one number of clients, of one or more turns.

    Attributes:
        seconds: how long the turns took, together.
        outcomes: of all requests.
    """

    seconds: float = 0.0
    outcomes: list[Outcome] = field(default_factory=list)

    def add(self, other: "Run") -> None:
        """Take another turn in.

        Args:
            other: measured under the same conditions.
        """
        self.seconds += other.seconds
        self.outcomes += other.outcomes

    @property
    def good(self) -> list[Outcome]:
        """The requests that were answered."""
        return [outcome for outcome in self.outcomes if not outcome.error]

    @property
    def per_s(self) -> float:
        """Requests answered a second."""
        return len(self.good) / self.seconds if self.seconds else 0.0

    @property
    def tokens_per_s(self) -> float:
        """Tokens of answers a second."""
        return sum(outcome.tokens for outcome in self.good) / self.seconds if self.seconds else 0.0

    def first_ms(self, share: float) -> float:
        """Return a percentile of the time to the first words, in milliseconds.

        Args:
            share: 0.5 for the median.
        """
        return 1000 * percentile((outcome.first_s for outcome in self.good if outcome.first_s is not None), share)

    def total_ms(self, share: float) -> float:
        """Return a percentile of the time to the end, in milliseconds.

        Args:
            share: 0.5 for the median.
        """
        return 1000 * percentile((outcome.total_s for outcome in self.good), share)

    def figures(self) -> dict[str, Any]:
        """Return everything that is printed about it; a figure without a value is null, which JSON can hold."""
        good = self.good
        errors = Counter(outcome.error for outcome in self.outcomes if outcome.error)
        figures: dict[str, Any] = {
            "requests": len(self.outcomes),
            "seconds": self.seconds,
            "requests_per_s": self.per_s,
            "tokens_per_s": self.tokens_per_s,
            "tokens_per_answer": sum(outcome.tokens for outcome in good) / len(good) if good else math.nan,
            "first_token_p50_ms": self.first_ms(0.5),
            "first_token_p95_ms": self.first_ms(0.95),
            "total_p50_ms": self.total_ms(0.5),
            "total_p95_ms": self.total_ms(0.95),
            "errors": sum(errors.values()),
        }
        if errors:
            figures["error_kinds"] = dict(errors)
        return {name: rounded(value) for name, value in figures.items()}

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {"seconds": self.seconds, "outcomes": [asdict(outcome) for outcome in self.outcomes]}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Run":
        """Read what :meth:`as_json` gave.

        Args:
            values: from JSON.

        Returns:
            The run.
        """
        return cls(values["seconds"], [Outcome(**outcome) for outcome in values["outcomes"]])


def percentile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that at least a share of all values do not exceed.

    Args:
        values: in any order.
        share: over 0, at most 1.

    Returns:
        One of the values; not a number where there are none.
    """
    ordered: Sequence[float] = sorted(values)
    if not ordered:
        return math.nan
    # A share such as 0.95 × 20 is a hair over 19 in binary.
    return ordered[max(0, math.ceil(share * len(ordered) - 1e-9) - 1)]


def rounded(value: Any) -> Any:
    """Round for printing.

    Args:
        value: of a figure.

    Returns:
        Four decimals; None for what is not a number, which JSON does not know; anything but a float as it is.
    """
    if not isinstance(value, float):
        return value
    return round(value, 4) if math.isfinite(value) else None
