"""The played collection: what it is made of, and that playing it adds up."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.acceptance import MEANS, PROMISE, WRONG, kinds, play
from catalog.vocabulary import Evidence


def test_a_quarter_of_the_drafts_is_wrong_and_most_of_that_was_guessed() -> None:
    material = kinds(80_000)
    drafts, wrong = (sum(part) for part in zip(*material.values(), strict=True))
    guessed = sum(bad for cell, (_number, bad) in material.items() if cell.evidence == Evidence.INFERENCE)
    assert drafts == 80_000
    assert wrong / drafts == pytest.approx(WRONG, abs=0.001)
    assert guessed / wrong > 0.75


def test_every_draft_is_accepted_reviewed_or_left_but_for_those_that_a_judge_found_wrong() -> None:
    played = play(kinds(80_000), PROMISE, MEANS, np.random.default_rng(1))
    assert 79_000 < played.accepted + played.reviewed + played.left <= 80_000
    assert 0 < played.passed <= played.audited
    assert played.judging_h + played.reviewing_h <= MEANS.people * MEANS.hours + 0.01


def test_the_same_dice_play_the_same() -> None:
    first, second = (play(kinds(8_000), PROMISE, MEANS, np.random.default_rng(7)) for _number in range(2))
    assert first == second


def test_with_more_time_less_is_left() -> None:
    few = play(kinds(80_000), PROMISE, MEANS, np.random.default_rng(1))
    many = play(kinds(80_000), PROMISE, replace(MEANS, people=20), np.random.default_rng(1))
    assert many.left < few.left
    assert many.left == 0


def test_what_a_sample_let_through_is_far_less_than_what_was_wrong() -> None:
    played = play(kinds(80_000), PROMISE, MEANS, np.random.default_rng(2))
    assert played.wrong_accepted / played.accepted < PROMISE.tolerable
