"""What verdicts come to: accuracy of what is there, recall of what was due, records without a fault."""

from typing import Any

import pytest

from catalog.review.acceptance.figures import Outcome, Ratio, Verdict, figures

RIGHT = Verdict(1, Outcome.RIGHT)
RIGHTLY_EMPTY = Verdict(2, Outcome.RIGHT, drafted=False, due=False)
WRONG = Verdict(3, Outcome.WRONG)
INVENTED = Verdict(4, Outcome.WRONG, due=False)
MISSING = Verdict(5, Outcome.MISSING, drafted=False)


def test_accuracy_is_of_the_drafts_and_recall_of_what_was_due() -> None:
    found = figures([RIGHT, RIGHT, RIGHTLY_EMPTY, WRONG, INVENTED, MISSING])
    assert found.accuracy == Ratio(2, 4)
    assert found.recall == Ratio(2, 4)
    assert found.faults == 3


def test_what_is_rightly_empty_counts_for_neither() -> None:
    found = figures([RIGHTLY_EMPTY])
    assert found.accuracy.share is None
    assert found.recall.share is None
    assert found.faults == 0


def test_an_invented_value_makes_nothing_missing() -> None:
    assert figures([RIGHT, INVENTED]).recall == Ratio(1, 1)
    assert figures([RIGHT, INVENTED]).accuracy == Ratio(1, 2)


def test_one_wrong_required_field_fails_the_record() -> None:
    verdicts = [
        Verdict(1, Outcome.RIGHT, required=True),
        Verdict(1, Outcome.WRONG, required=True),
        Verdict(2, Outcome.RIGHT, required=True),
        Verdict(2, Outcome.WRONG),
        Verdict(3, Outcome.MISSING, drafted=False, required=True),
    ]
    assert figures(verdicts).records == Ratio(1, 3)


@pytest.mark.parametrize(
    "said",
    [
        {"outcome": Outcome.MISSING, "drafted": True},
        {"outcome": Outcome.MISSING, "drafted": False, "due": False},
        {"outcome": Outcome.WRONG, "drafted": False},
    ],
)
def test_what_cannot_be_said_of_a_unit_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"missing|wrong"):
        Verdict(1, **said)
