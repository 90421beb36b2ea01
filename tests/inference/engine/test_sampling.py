"""Tokens are chosen as transformers chooses them, and each request has its own luck."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.inference.scripted import ask

torch = pytest.importorskip("torch")

CPU = torch.device("cpu")
SCORES = st.lists(st.floats(-8, 8, width=32), min_size=2, max_size=40, unique=True)


def sampler(vocab_size: int, prompt: tuple[int, ...] = (0,), **options: Any) -> Any:
    from inference.engine.sampling import Sampler

    return Sampler(ask("?", **options), prompt, vocab_size, CPU)


@settings(max_examples=100, deadline=None)
@given(scores=SCORES, top_k=st.integers(0, 50), top_p=st.floats(0.05, 1.0))
def test_the_same_tokens_are_left_as_in_transformers(scores: list[float], top_k: int, top_p: float) -> None:
    from transformers import TopKLogitsWarper, TopPLogitsWarper

    from inference.engine.sampling import candidates

    logits = torch.tensor(scores)
    wanted = logits[None].clone()
    if top_k:
        wanted = TopKLogitsWarper(top_k)(None, wanted)
    if top_p < 1:
        wanted = TopPLogitsWarper(top_p)(None, wanted)

    kept, tokens = candidates(logits, top_k, top_p)

    reference = {place for place, score in enumerate(wanted[0].tolist()) if score > float("-inf")}
    difference = reference.symmetric_difference(tokens.tolist())
    # Rounding may decide otherwise at the very edge of the sum; never for more than the token on it.
    assert len(difference) <= 1
    assert torch.equal(logits[tokens], kept)


def test_greedy_takes_the_likeliest() -> None:
    assert sampler(4).choose(torch.tensor([0.1, 3.0, 2.9, -1.0])) == 1


def test_the_repetition_penalty_counts_prompt_and_answer() -> None:
    chooser = sampler(3, prompt=(0,), repetition_penalty=2.0)
    scores = torch.tensor([3.0, 2.0, 1.6])

    assert [chooser.choose(scores) for _ in range(3)] == [1, 2, 0]


def test_a_seed_repeats_itself_and_another_does_not() -> None:
    scores = torch.zeros(1000)

    def draw(seed: int | None) -> list[int]:
        chooser = sampler(1000, temperature=1.0, seed=seed)
        return [chooser.choose(scores) for _ in range(5)]

    assert draw(7) == draw(7)
    assert draw(7) != draw(8)
    assert draw(None) != draw(None)


@pytest.mark.parametrize("seed", [-1, 2**64 + 5])
def test_any_whole_number_is_a_seed(seed: int) -> None:
    assert sampler(4, temperature=1.0, seed=seed).choose(torch.zeros(4)) in range(4)


def test_one_requests_luck_does_not_depend_on_another() -> None:
    scores = torch.zeros(1000)
    alone = sampler(1000, temperature=1.0, seed=7)
    expected = [alone.choose(scores) for _ in range(5)]

    one, other = sampler(1000, temperature=1.0, seed=7), sampler(1000, temperature=1.0, seed=9)
    mixed = []
    for _ in range(5):
        mixed.append(one.choose(scores))
        other.choose(scores)

    assert mixed == expected


def test_a_very_small_temperature_is_all_but_greedy() -> None:
    chooser = sampler(3, temperature=1e-4, seed=1)

    assert {chooser.choose(torch.tensor([1.0, 2.0, 1.9])) for _ in range(20)} == {1}
