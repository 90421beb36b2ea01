"""Cutting queries into words, and finding them again."""

import pytest

from inference.words import MAX_QUERY_LENGTH, MAX_WORDS, cut_around_hit, mark_hits, split_words


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", []),
        ("   ", []),
        ("桥", ["桥"]),
        ("石桥 三人", ["石桥", "三人"]),
        ("石桥　三人", ["石桥", "三人"]),
        ("石桥 石桥", ["石桥"]),
        ("石\x00桥", ["石", "桥"]),
        ("\x00", []),
    ],
)
def test_a_query_is_cut_at_white_space_of_any_kind(query: str, words: list[str]) -> None:
    assert split_words(query) == words


def test_a_huge_query_is_cut_short() -> None:
    assert len(split_words(" ".join(map(str, range(1000))))) == MAX_WORDS
    assert split_words("桥" * 10_000) == ["桥" * MAX_QUERY_LENGTH]


def test_hits_are_marked_wherever_they_stand() -> None:
    assert list(mark_hits("石桥边的桥", ["桥"])) == [("石", False), ("桥", True), ("边的", False), ("桥", True)]


def test_the_longer_of_two_words_is_marked_as_a_whole() -> None:
    assert list(mark_hits("石桥边", ["桥", "石桥"])) == [("石桥", True), ("边", False)]


def test_latin_letters_are_found_in_either_case() -> None:
    assert ("DEMO", True) in list(mark_hits("DEMO-1", ["demo"]))


@pytest.mark.parametrize("word", ["(", "[", "*", "\\", "a|b", ".*"])
def test_a_word_is_no_pattern(word: str) -> None:
    assert list(mark_hits(f"x{word}y", [word])) == [("x", False), (word, True), ("y", False)]


def test_an_empty_text_has_no_pieces() -> None:
    assert list(mark_hits("", [])) == list(mark_hits("", ["桥"])) == []


def test_a_short_text_is_shown_whole() -> None:
    assert cut_around_hit("石桥边\n三人", ["桥"]) == "石桥边 三人"


def test_a_long_text_is_cut_so_that_the_hit_is_seen() -> None:
    shown = cut_around_hit("甲" * 300 + "桥" + "乙" * 300, ["桥"])
    assert "桥" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) == 62


def test_a_hit_at_the_end_of_a_long_text_is_seen() -> None:
    shown = cut_around_hit("甲" * 300 + "桥", ["桥"])
    assert shown.endswith("桥")


def test_a_long_text_without_a_hit_is_shown_from_its_beginning() -> None:
    assert cut_around_hit("甲" * 300, ["桥"]) == "甲" * 60 + "…"
