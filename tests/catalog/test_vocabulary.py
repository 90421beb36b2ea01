"""Flags say what a reviewer should know: of an answer's length, of its evidence, or of both."""

import pytest

from catalog.vocabulary import Flag, is_left_open


@pytest.mark.parametrize("flag", list(Flag))
def test_a_doubt_is_added_and_taken_away_and_nothing_else(flag: Flag) -> None:
    doubted = flag.with_doubt()

    assert doubted.is_doubtful
    assert not doubted.with_doubt(False).is_doubtful
    assert doubted.with_doubt(False) == flag.with_doubt(False)
    assert doubted.with_doubt() == doubted


@pytest.mark.parametrize(
    ("flag", "found"),
    [
        (Flag.DOUBTFUL, {Flag.DOUBTFUL, Flag.OVERLONG_DOUBTFUL, Flag.TRUNCATED_DOUBTFUL}),
        (Flag.OVERLONG, {Flag.OVERLONG, Flag.OVERLONG_DOUBTFUL}),
        (Flag.TRUNCATED, {Flag.TRUNCATED, Flag.TRUNCATED_DOUBTFUL}),
    ],
)
def test_whoever_looks_for_one_thing_finds_it_beside_another(flag: Flag, found: set[Flag]) -> None:
    assert set(Flag.containing(flag)) == found


@pytest.mark.parametrize("value", ["待考", "待查", "待考证", "待核实", "待考。", "（待考）", "[待考]", "【待查】"])
def test_a_value_that_is_still_to_be_found_out_is_left_open(value: str) -> None:
    assert is_left_open(value)


@pytest.mark.parametrize(
    "value", ["", "不详", "未知", "佚名", "无", "三人，姓名待考", "约1959年（待考）", "待考古队员合影", "等待"]
)
def test_what_has_been_found_out_in_part_or_to_be_unknowable_is_a_description(value: str) -> None:
    assert not is_left_open(value)
