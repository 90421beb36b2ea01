"""The language of questions."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.search.language import MOST_CHARACTERS, MOST_LEAVES, All, Any, Dated, Node, Not, Text, read


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("石桥", Text("石桥")),
        ("石桥　洪水", All((Text("石桥"), Text("洪水")))),
        ('"石 桥"', Text("石 桥")),
        ("“石 桥”", Text("石 桥")),
        ("「石 桥」", Text("石 桥")),
        ("-船", Not(Text("船"))),
        ("－船 桥", All((Not(Text("船")), Text("桥")))),
        ("桥 OR 渡口", Any((Text("桥"), Text("渡口")))),
        ("桥|渡口｜船", Any((Text("桥"), Text("渡口"), Text("船")))),
        ("(石桥 OR 木桥) 洪水", All((Any((Text("石桥"), Text("木桥"))), Text("洪水")))),
        ("人物:周", Text("周", "people")),
        ("People：周", Text("周", "people")),
        ('地点:"杭州 西湖"', Text("杭州 西湖", "place")),
        ("照片号:0012", Text("0012", "identifier")),
        ("馆藏:demo", Text("demo", "collection")),
        ("时间:1950..1959", Dated("1950..1959", date(1950, 1, 1), date(1959, 12, 31))),
        ("date:1956年5月", Dated("1956年5月", date(1956, 5, 1), date(1956, 5, 31))),
        ("时间:..1949", Dated("..1949", None, date(1949, 12, 31))),
        ("时间:1966..", Dated("1966..", date(1966, 1, 1), None)),
        ("时间:民国二十六年", Dated("民国二十六年", date(1937, 1, 1), date(1937, 12, 31))),
        ("时间:春", Text("春", "date")),
        ("foo:bar", Text("foo:bar")),
        ("1950-1960", Text("1950-1960")),
        ("ORAL", Text("ORAL")),
    ],
)
def test_a_question_says_what_is_to_be_where(text: str, root: Node) -> None:
    question = read(text)
    assert question.root == root
    assert question.is_read
    assert question.text == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("“石桥", ["石桥"]),
        ("(石桥 洪水", ["石桥", "洪水"]),
        ("石桥)", ["石桥"]),
        ("人物: 周", ["人物:", "周"]),
        ("桥 OR", ["桥", "OR"]),
        ("| 桥", ["桥"]),
        ("时间:1960..1950", ["时间:1960..1950"]),
        ("时间:..", ["时间:.."]),
        ("时间:abc..1950", ["时间:abc..1950"]),
    ],
)
def test_what_cannot_be_read_is_taken_as_plain_words_and_says_so(text: str, words: list[str]) -> None:
    question = read(text)
    assert not question.is_read
    assert [item.text for item in question.wanted()] == words


@pytest.mark.parametrize("text", ["", "  ", "…… 。", "()", "-。"])
def test_nothing_to_look_for_is_no_question(text: str) -> None:
    assert read(text).root is None


def test_words_that_are_too_many_are_left_out_and_named() -> None:
    words = [f"词{number}" for number in range(MOST_LEAVES + 2)]
    question = read(" ".join(words))
    assert [item.text for item in question.wanted()] == words[:MOST_LEAVES]
    assert question.left_out == tuple(words[MOST_LEAVES:])
    assert not question.is_read


def test_a_text_that_is_too_long_is_cut_and_says_so() -> None:
    question = read("桥" * MOST_CHARACTERS + " 船")
    assert question.left_out == ("船",)


def test_what_is_not_to_be_is_not_wanted() -> None:
    assert read("桥 -船 (渡口 OR -码头)").wanted() == [Text("桥"), Text("渡口")]


@given(st.text(alphabet='桥船a1 　-－()（）|"“”「」:：.OR人物时间', max_size=60))
def test_no_text_is_refused(text: str) -> None:
    read(text)
