"""What is said about many requests."""

import json
import math

import pytest

from benchmarks.serving.results import Outcome, Run, percentile, rounded


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(number) for number in range(20, 0, -1)]

    assert percentile(values, 0.5) == 10
    assert percentile(values, 0.95) == 19
    assert percentile(values, 1.0) == 20


def test_a_percentile_of_one_value_is_that_value() -> None:
    assert percentile([3.0], 0.05) == 3.0
    assert percentile([3.0], 0.95) == 3.0


def test_there_is_no_percentile_of_nothing() -> None:
    assert math.isnan(percentile([], 0.95))


def test_failed_requests_count_as_errors_and_not_as_throughput() -> None:
    run = Run(2.0, [Outcome(0.1, 0.5, 10), Outcome(0.3, 0.7, 30), Outcome(None, 9.0, error="status_429")])

    figures = run.figures()

    assert figures["requests"] == 3
    assert figures["requests_per_s"] == 1.0
    assert figures["tokens_per_s"] == 20.0
    assert figures["tokens_per_answer"] == 20.0
    assert figures["first_token_p95_ms"] == 300.0
    assert figures["total_p95_ms"] == 700.0
    assert figures["errors"] == 1
    assert figures["error_kinds"] == {"status_429": 1}


def test_a_run_in_which_everything_failed_can_still_be_printed() -> None:
    figures = Run(1.0, [Outcome(None, 0.1, error="ConnectionRefusedError")]).figures()

    assert json.loads(json.dumps(figures, allow_nan=False))["first_token_p50_ms"] is None


def test_turns_are_pooled() -> None:
    run = Run(1.0, [Outcome(0.1, 0.2, 5)])
    run.add(Run(3.0, [Outcome(0.2, 0.3, 7)]))

    assert run.seconds == 4.0
    assert run.per_s == 0.5
    assert [outcome.tokens for outcome in run.outcomes] == [5, 7]


def test_a_run_survives_the_way_between_processes() -> None:
    run = Run(1.5, [Outcome(0.1, 0.2, 5), Outcome(None, 0.4, error="timeout")])

    assert Run.from_json(json.loads(json.dumps(run.as_json()))) == run


@pytest.mark.parametrize(("value", "printed"), [(1.23456, 1.2346), (math.inf, None), (3, 3), ("text", "text")])
def test_figures_are_rounded_for_printing(value: object, printed: object) -> None:
    assert rounded(value) == printed
