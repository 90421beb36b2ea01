"""What the verdicts on a sample say: how often drafts are right, how much of what was due is there.

*Accuracy* is right ÷ drafts judged; *recall* is right ÷ (right + missing + wrong where a value was due). A unit that is
empty and had to be is in neither: it says that nothing was invented, and nothing of values.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What a judge said of a unit."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judged unit.

    Attributes:
        record: key of the record that the field is one of.
        outcome: what the judge said.
        drafted: whether there was a draft; a unit without one is right where there was nothing to say, else missing.
        due: whether there was something to say; of a wrong draft, whether a right one was possible.
        required: whether a wrong value makes the record fail.
    """

    record: int
    outcome: Outcome
    drafted: bool = True
    due: bool = True
    required: bool = False

    def __post_init__(self) -> None:
        if self.outcome is Outcome.MISSING and (self.drafted or not self.due):
            raise ValueError("what is missing was due and has no draft")
        if self.outcome is Outcome.WRONG and not self.drafted:
            raise ValueError("only a draft can be wrong")


@dataclass(frozen=True, slots=True)
class Ratio:
    """So many of so many.

    Attributes:
        hits: how many count.
        judged: of how many.
    """

    hits: int
    judged: int

    @property
    def share(self) -> float | None:
        """Return the share; None where nothing was judged."""
        return self.hits / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a set of verdicts comes to.

    Attributes:
        accuracy: right drafts of those judged.
        recall: right values of those that were due.
        faults: units that count against the lot: wrong ones and missing ones.
        records: records without a fault in a required field, of those judged (抽检合格率).
    """

    accuracy: Ratio
    recall: Ratio
    faults: int
    records: Ratio


def figures(verdicts: Iterable[Verdict]) -> Figures:
    """Count verdicts.

    Args:
        verdicts: of one lot, or of one field of it.
    """
    given = list(verdicts)
    drafted = [verdict for verdict in given if verdict.drafted]
    right = sum(verdict.outcome is Outcome.RIGHT for verdict in drafted)
    due = [verdict for verdict in given if verdict.due]
    present = sum(verdict.outcome is Outcome.RIGHT and verdict.drafted for verdict in due)
    failed = {verdict.record for verdict in given if verdict.required and verdict.outcome is not Outcome.RIGHT}
    records = {verdict.record for verdict in given}
    return Figures(
        accuracy=Ratio(right, len(drafted)),
        recall=Ratio(present, len(due)),
        faults=sum(verdict.outcome is not Outcome.RIGHT for verdict in given),
        records=Ratio(len(records - failed), len(records)),
    )
