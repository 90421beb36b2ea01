"""Rows are given away within the budget, and what they hold is found again."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from inference.engine.cache import BLOCK, RowCache, Slot, common_prefix  # noqa: E402 - needs torch


def cache(rows: int = 4, budget: int = 4 * BLOCK) -> RowCache:
    return RowCache(
        layers=2, heads=1, head_dim=2, dtype=torch.float32, device=torch.device("cpu"), rows=rows, budget=budget
    )


def content(first: int, size: int = 100) -> np.ndarray:
    return np.arange(size, dtype=np.int64) + 1000 * first


def take(kept: RowCache, what: np.ndarray, needed: int = 150) -> tuple[Slot, int]:
    """Take a row and read everything into it."""
    taken = kept.take(what, needed)
    assert taken is not None
    slot, shared = taken
    for buffer in kept.keys:
        buffer[slot.index, 0, shared : len(what), 0] = torch.from_numpy(what[shared:]).float()
    slot.length = len(what)
    return slot, shared


def held(kept: RowCache, slot: Slot) -> list[float]:
    values: list[float] = kept.keys[1][slot.index, 0, : slot.length, 0].tolist()
    return values


def test_there_are_no_more_rows_than_fit() -> None:
    kept = cache(rows=4, budget=2 * BLOCK)
    take(kept, content(1))
    take(kept, content(2))

    assert kept.take(content(3), 150) is None
    assert kept.capacity * len(kept.slots) <= kept.budget


def test_rows_grow_with_longer_prompts_and_keep_what_they_hold() -> None:
    kept = cache(budget=8 * BLOCK)
    first, _ = take(kept, content(1))

    second, _ = take(kept, content(2, 2 * BLOCK), needed=3 * BLOCK)

    assert kept.capacity == 3 * BLOCK
    assert len(kept.slots) == 2, "rows were traded for length"
    assert held(kept, first) == content(1).tolist()
    assert held(kept, second) == content(2, 2 * BLOCK).tolist()


def test_a_prompt_too_long_beside_others_waits_for_them() -> None:
    kept = cache()
    first, _ = take(kept, content(1))

    assert kept.take(content(2, 3 * BLOCK), 4 * BLOCK) is None
    kept.give_back(first, content(1))
    assert kept.take(content(2, 3 * BLOCK), 4 * BLOCK) is not None


def test_rows_come_back_when_length_is_needed_no_more() -> None:
    kept = cache()
    long, _ = take(kept, content(1, 3 * BLOCK), needed=4 * BLOCK)
    assert len(kept.slots) == 1

    kept.give_back(long, content(1, 3 * BLOCK))

    assert [kept.take(content(n), 150) is not None for n in range(2, 6)] == [True] * 4


def test_a_follow_up_reads_on_where_the_conversation_ended() -> None:
    kept = cache()
    first, _ = take(kept, content(1))
    kept.give_back(first, content(1))

    longer = np.concatenate((content(1), content(7, 20)))
    second, shared = take(kept, longer)

    assert (second, shared) == (first, 100)
    assert held(kept, second) == longer.tolist()


def test_the_last_token_is_always_read() -> None:
    kept = cache()
    first, _ = take(kept, content(1))
    kept.give_back(first, content(1))

    assert take(kept, content(1))[1] == 99


def test_what_an_answer_in_the_making_has_read_is_copied() -> None:
    kept = cache()
    first, _ = take(kept, content(1))

    second, shared = take(kept, content(1))

    assert second is not first
    assert shared == 99
    assert held(kept, second) == held(kept, first)


def test_the_few_tokens_that_every_prompt_begins_with_are_not_worth_a_row() -> None:
    kept = cache()
    first, _ = take(kept, content(1))
    kept.give_back(first, content(1))
    other = content(2)
    other[:5] = content(1)[:5]

    assert take(kept, other)[1] == 0


def test_forgetting_keeps_the_rows_in_use() -> None:
    kept = cache()
    used, _ = take(kept, content(1))
    idle, _ = take(kept, content(2))
    kept.give_back(idle, content(2))

    kept.forget()

    assert held(kept, used) == content(1).tolist()
    assert take(kept, content(2))[1] == 0


def test_forgetting_gives_everything_back_where_nobody_writes() -> None:
    kept = cache()
    slot, _ = take(kept, content(1))
    kept.give_back(slot, content(1))

    kept.forget()

    assert (kept.keys, kept.values, kept.capacity) == ([], [], 0)
    assert take(kept, content(1))[1] == 0


@pytest.mark.parametrize("failing", [1, 2, 3, 4])
def test_memory_that_runs_out_while_rows_grow_leaves_nothing_half_done(
    monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    kept = cache(budget=8 * BLOCK)
    slot, _ = take(kept, content(1))
    zeros, calls = torch.zeros, iter(range(1, 100))

    def scarce(*args: object, **options: object) -> object:
        if next(calls) == failing:
            raise MemoryError
        return zeros(*args, **options)

    monkeypatch.setattr(torch, "zeros", scarce)
    with pytest.raises(MemoryError):
        kept.take(content(2), 3 * BLOCK)
    monkeypatch.undo()

    kept.give_back(slot, content(1))
    again, shared = take(kept, content(1))
    assert shared == 0, "what was half moved is not taken for what was read"
    assert held(kept, again) == content(1).tolist()


def test_more_rows_than_the_budget_has_blocks_are_not_made() -> None:
    kept = cache(rows=32, budget=2 * BLOCK)
    slot, _ = take(kept, content(1))
    kept.give_back(slot, content(1))
    take(kept, content(2))

    assert len(kept.slots) * kept.capacity <= kept.budget


def test_a_common_prefix_is_counted() -> None:
    assert common_prefix(content(1), content(1, 30)) == 30
    assert common_prefix(content(1), content(2)) == 0
