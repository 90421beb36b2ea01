"""Flags say what a reviewer should know: of an answer's length, of its evidence, or of both."""

import pytest

from catalog.vocabulary import Flag


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
