"""Which of many texts answers a question."""

import pytest

from catalog.knowledge.relevance import MOST_TERMS, Ranking, best_part, terms_of


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("石桥", ["石桥"]),
        ("这座石桥是哪一年建的？", ["座石", "石桥", "一年", "年建"]),
        ("桥", ["桥"]),
        ("这是桥吗", ["桥"]),
        ("1958年 Leica 相机", ["1958", "leica", "相机"]),
        ("石桥，石桥！", ["石桥"]),
        ("𠮷野家", ["𠮷野", "野家"]),
        ("的了吗？", []),
        ("", []),
        ("%_ \x00", []),
    ],
)
def test_a_question_is_cut_into_pairs_of_characters_that_say_something(text: str, terms: list[str]) -> None:
    assert terms_of(text) == terms


def test_a_long_question_is_looked_at_as_far_as_is_useful() -> None:
    text = "".join(chr(0x4E00 + 7 * number) for number in range(5000))

    assert len(terms_of(text)) == MOST_TERMS


def ranked(question: str, *texts: str) -> list[int]:
    ranking = Ranking(dict.fromkeys(terms_of(question), 1.0))
    for number, text in enumerate(texts):
        ranking.add("text", number, text)
    return [number for _kind, number in ranking.best(5)]


def test_the_text_that_shares_most_comes_first_and_those_that_share_nothing_not_at_all() -> None:
    assert ranked("石桥哪年建", "老街长三里。", "石桥一座。", "石桥哪年建成，县志有载。") == [2, 1]


def test_what_is_rare_counts_more_than_what_stands_everywhere() -> None:
    texts = [f"县城照片第{number}号" for number in range(9)]

    assert ranked("县城照片里的钟楼", *texts, "钟楼在东。")[0] == 9


def test_a_short_text_beats_a_long_one_that_says_the_same() -> None:
    assert ranked("石桥", "石桥" + "河水东流" * 50, "石桥在东。") == [1, 0]


def test_what_shares_next_to_nothing_is_left_out() -> None:
    texts = ["石桥建于民国元年，由石匠张三主持。", *[f"民国{number}" for number in range(20)]]

    assert ranked("石桥建于民国吗，石匠张三", *texts) == [0]


def test_latin_letters_are_compared_without_case() -> None:
    assert ranked("leica", "Leica M3", "海鸥") == [0]


def test_nothing_is_found_where_there_is_nothing() -> None:
    assert ranked("石桥") == []


def test_the_part_that_says_most_is_kept_of_a_long_text() -> None:
    text = "开头" * 200 + "石桥建于1912年。" + "结尾" * 200
    part = best_part(text, {"石桥": 1.0}, 100)

    assert "石桥建于1912年" in part
    assert (len(part), part[0], part[-1]) == (102, "…", "…")


def test_a_short_text_is_kept_whole_in_one_line() -> None:
    assert best_part(" 石桥\n一座 ", {}, 100) == "石桥 一座"


def test_where_nothing_is_looked_for_the_beginning_is_kept() -> None:
    assert best_part("一" + "二" * 200, {}, 10) == "一" + "二" * 9 + "…"
