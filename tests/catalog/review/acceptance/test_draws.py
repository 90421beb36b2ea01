"""A sample is drawn in proportion, and the same again by whoever has the seed."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.review.acceptance.draws import allocate, draw

LOT = {"册一": list(range(100)), "册二": list(range(100, 150)), "册三": list(range(150, 153))}


def test_each_part_is_drawn_from_in_proportion() -> None:
    drawn = draw(LOT, 30, "seed")
    assert {part: len(keys) for part, keys in drawn.items()} == {"册一": 20, "册二": 10}
    for part, keys in drawn.items():
        assert set(keys) <= set(LOT[part])
        assert len(set(keys)) == len(keys)


def test_the_same_seed_draws_the_same_and_another_one_does_not() -> None:
    assert draw(LOT, 30, "a") == draw({part: keys[::-1] for part, keys in LOT.items()}, 30, "a")
    assert draw(LOT, 30, "a") != draw(LOT, 30, "b")


def test_an_inspector_can_repeat_it_with_any_tool() -> None:
    order = sorted(LOT["册二"], key=lambda key: sha256(f"2026\x1f册二\x1f{key}".encode()).hexdigest())
    assert draw(LOT, 30, "2026")["册二"] == order[:10]


def test_over_many_seeds_every_unit_is_drawn_as_often() -> None:
    counts = dict.fromkeys(LOT["册二"], 0)
    for seed in range(1_000):
        for key in draw({"册二": LOT["册二"]}, 10, str(seed))["册二"]:
            counts[key] += 1
    # 200 expected each, with a standard deviation of 12.6.
    assert 140 < min(counts.values()) <= max(counts.values()) < 260


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 50), min_size=1), st.floats(0, 1))
def test_shares_add_up_and_no_part_gives_more_than_it_has(units: dict[str, int], share: float) -> None:
    drawn = int(share * sum(units.values()))
    shares = allocate(units, drawn)
    assert sum(shares.values()) == drawn
    assert all(0 <= shares[part] <= number for part, number in units.items())
    lot = sum(units.values())
    assert all(abs(shares[part] - drawn * number / lot) < 1 for part, number in units.items() if lot)


@pytest.mark.parametrize(("units", "drawn"), [({"a": [1]}, 2), ({}, 1), ({"a": [1]}, -1), ({"a": [1, 1]}, 1)])
def test_what_is_not_there_cannot_be_drawn(units: dict[str, list[int]], drawn: int) -> None:
    with pytest.raises(ValueError, match=r"draw|twice"):
        draw(units, drawn, "seed")
