"""Tokens are chosen as transformers chooses them, and each request has its own luck."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.inference.scripted import ask

torch = pytest.importorskip("torch")

CPU = torch.device("cpu")
SCORES = st.lists(st.floats(-8, 8, width=32), min_size=2, max_size=40, unique=True)


def sampler(vocab_size: int, prompt: tuple[int, ...] = (0,), index: int = 0, **options: Any) -> Any:
    from inference.engine.sampling import Sampler

    return Sampler(ask("?", **options), prompt, vocab_size, CPU, index)


def draw(scores: Any, chooser: Any, tokens: int = 1) -> list[int]:
    """Choose several tokens in a row, from the same scores."""
    from inference.engine.sampling import choose

    drawn = []
    for _ in range(tokens):
        drawn += choose(scores[None], [chooser])
        chooser.note(drawn[-1])
    return drawn


@settings(max_examples=100, deadline=None)
@given(scores=SCORES, top_k=st.integers(0, 50), top_p=st.floats(0.05, 1.0))
def test_the_same_tokens_are_left_as_in_transformers(scores: list[float], top_k: int, top_p: float) -> None:
    from transformers import TopKLogitsWarper, TopPLogitsWarper

    from inference.engine.sampling import keep

    logits = torch.tensor(scores)
    wanted = logits[None].clone()
    if top_k:
        wanted = TopKLogitsWarper(top_k)(None, wanted)
    if top_p < 1:
        wanted = TopPLogitsWarper(top_p)(None, wanted)
    likeliest_first, tokens = logits.sort(descending=True)

    kept = keep(likeliest_first[None], torch.tensor([[top_k or len(scores)]]), torch.tensor([[top_p]]))[0]

    reference = {place for place, score in enumerate(wanted[0].tolist()) if score > float("-inf")}
    # Rounding may decide otherwise at the very edge of the sum; never for more than the token on it.
    assert len(reference.symmetric_difference(tokens[kept].tolist())) <= 1


def test_greedy_takes_the_likeliest() -> None:
    assert draw(torch.tensor([0.1, 3.0, 2.9, -1.0]), sampler(4)) == [1]


def test_the_repetition_penalty_counts_prompt_and_answer() -> None:
    chooser = sampler(3, prompt=(0,), repetition_penalty=2.0)

    assert draw(torch.tensor([3.0, 2.0, 1.6]), chooser, 3) == [1, 2, 0]


def test_a_frequency_penalty_counts_each_time_that_a_token_was_written() -> None:
    chooser = sampler(2, prompt=(0, 0, 0), frequency_penalty=0.5)

    assert draw(torch.tensor([3.0, 2.2]), chooser, 6) == [0, 0, 1, 0, 1, 0]


def test_a_presence_penalty_counts_a_token_once() -> None:
    chooser = sampler(3, prompt=(0,), presence_penalty=1.5)

    assert draw(torch.tensor([3.0, 2.0, 1.0]), chooser, 5) == [0, 1, 0, 0, 0]


@settings(max_examples=50, deadline=None)
@given(
    scores=st.lists(st.floats(-8, 8, width=32), min_size=6, max_size=6),
    written=st.lists(st.integers(0, 5), max_size=20),
    frequency=st.floats(-2, 2),
    presence=st.floats(-2, 2),
)
def test_scores_are_lowered_as_openai_defines_it(
    scores: list[float], written: list[int], frequency: float, presence: float
) -> None:
    chooser = sampler(6, prompt=(0, 1, 2), frequency_penalty=frequency, presence_penalty=presence)
    for token in written:
        chooser.note(token)

    lowered = chooser.penalised(torch.tensor(scores)).tolist()

    wanted = [
        score - written.count(token) * frequency - (token in written) * presence for token, score in enumerate(scores)
    ]
    assert lowered == pytest.approx(wanted, abs=1e-4)


def test_below_zero_the_penalties_invite_to_repeat() -> None:
    scores = torch.tensor([1.0, 1.5])
    chooser = sampler(2, frequency_penalty=-1.0)
    chooser.note(0)

    assert draw(scores, chooser, 3) == [0, 0, 0]


def test_penalties_do_not_let_through_what_a_grammar_forbids() -> None:
    from inference.engine.sampling import choose

    chooser = sampler(3, frequency_penalty=2.0, presence_penalty=2.0, repetition_penalty=1.5)
    for _ in range(9):
        chooser.note(1)

    assert choose(torch.tensor([[9.0, 1.0, 8.0]]), [chooser], torch.tensor([[False, True, False]])) == [1]


def test_one_answers_penalties_are_no_other_answers_affair() -> None:
    from inference.engine.sampling import choose

    scores = torch.tensor([[3.0, 2.9], [3.0, 2.9], [3.0, 2.9]])
    careful, plain, other = sampler(2, presence_penalty=1.0), sampler(2), sampler(2, presence_penalty=1.0)
    careful.note(0)

    assert choose(scores, [careful, plain, other]) == [1, 0, 0]


def test_a_seed_repeats_itself_and_another_does_not() -> None:
    def drawn(seed: int | None, index: int = 0) -> list[int]:
        return draw(torch.zeros(1000), sampler(1000, temperature=1.0, seed=seed, index=index), 5)

    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)
    assert drawn(None) != drawn(None)
    assert drawn(7) != drawn(7, index=1), "several answers to one question would be one"


@pytest.mark.parametrize("seed", [-1, 2**64 + 5])
def test_any_whole_number_is_a_seed(seed: int) -> None:
    assert draw(torch.zeros(4), sampler(4, temperature=1.0, seed=seed))[0] in range(4)


def test_one_rows_luck_does_not_depend_on_the_others() -> None:
    from inference.engine.sampling import choose

    expected = draw(torch.zeros(1000), sampler(1000, temperature=1.0, seed=7), 5)

    one, greedy, other = sampler(1000, temperature=1.0, seed=7), sampler(1000), sampler(1000, temperature=3.0, seed=9)
    mixed = []
    for _ in range(5):
        tokens = choose(torch.zeros(3, 1000), [other, greedy, one])
        for chooser, token in zip((other, greedy, one), tokens, strict=True):
            chooser.note(token)
        mixed.append(tokens[2])

    assert mixed == expected


def test_a_token_may_be_drawn_a_second_time() -> None:
    chooser = sampler(1000, temperature=1.0, seed=7)
    from inference.engine.sampling import choose

    scores = torch.zeros(1, 1000)

    assert choose(scores, [chooser]) == choose(scores, [chooser])


def test_tokens_are_drawn_as_often_as_they_are_likely() -> None:
    scores = torch.tensor([0.6, 0.3, 0.1]).log()
    drawn = draw(scores, sampler(3, temperature=1.0, seed=3), 3000)

    shares = [drawn.count(token) / 3000 for token in range(3)]
    assert shares == pytest.approx([0.6, 0.3, 0.1], abs=0.03)


def test_a_mask_is_obeyed_greedily_and_by_luck() -> None:
    from inference.engine.sampling import choose

    allowed = torch.tensor([[False, True, False], [False, False, True]])
    scores = torch.tensor([[9.0, 1.0, 2.0], [9.0, 8.0, -5.0]])

    assert choose(scores, [sampler(3), sampler(3, temperature=1.0, seed=1)], allowed) == [1, 2]


def test_a_very_small_temperature_is_all_but_greedy() -> None:
    chooser = sampler(3, temperature=1e-4, seed=1)

    assert set(draw(torch.tensor([1.0, 2.0, 1.9]), chooser, 20)) == {1}
