"""The demo model sees: a short form of ``make demo-model-eval``, and how answers are counted."""

import pytest

from demo.evaluation import CHECKPOINT, Tally, evaluate


def test_the_demo_model_keeps_its_promises_on_unseen_scans_and_foreign_pictures() -> None:
    tally = evaluate(scans=50, foreign=40)
    assert not tally.below_promise(), "\n".join([*tally.lines(), *tally.wrong])


def test_the_demo_model_is_small() -> None:
    assert sum(path.stat().st_size for path in CHECKPOINT.iterdir()) < 20 * 1024 * 1024


@pytest.mark.parametrize(("right", "kept"), [(95, True), (94, False)])
def test_a_figure_below_its_promise_is_named(right: int, kept: bool) -> None:
    tally = Tally()
    for index in range(100):
        tally.add("sentence.subject", index < right, "wrong")
    assert (tally.below_promise() == []) is kept
    assert len(tally.wrong) == 100 - right


def test_the_year_has_its_own_promise() -> None:
    tally = Tally()
    for index in range(100):
        tally.add("sentence.year", index < 90, "wrong")
    assert tally.below_promise() == []
