"""However the model's text is cut into pieces, the same answer comes out of it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.engine.output import OutputParser
from inference.engine.types import Box

CUTS = st.lists(st.integers(1, 7), min_size=1, max_size=40)
ALPHABET = st.sampled_from(
    ["<think>", "</think>", "<|begin_of_box|>", "<|end_of_box|>", "[[1,2,30,40]]", "<", "<th", "</", "<|", "box|>",
     "桥", "a", "ab", "abc", " ", "\n", "停", "止", "停止"]
)  # fmt: skip
TEXTS = st.lists(ALPHABET, max_size=14).map("".join)


def read(
    text: str,
    cuts: list[int] | None = None,
    *,
    thinking: bool = False,
    inside: bool = False,
    stop: tuple[str, ...] = (),
) -> tuple[OutputParser, str, str]:
    """Parse a text cut into pieces of the given lengths, again and again; also return the joined deltas."""
    parser = OutputParser(thinking=thinking, inside_reasoning=inside, stop=stop)
    deltas = []
    start, turn = 0, 0
    while start < len(text):
        length = cuts[turn % len(cuts)] if cuts else len(text)
        deltas.append(parser.feed(text[start : start + length]))
        start, turn = start + length, turn + 1
    deltas.append(parser.finish())
    given_out = [delta for delta in deltas if delta is not None]
    return parser, "".join(delta.text for delta in given_out), "".join(delta.reasoning for delta in given_out)


def state(parser: OutputParser) -> tuple[object, ...]:
    return parser.text, parser.reasoning, parser.boxes, parser.stopped, parser.still_reasoning


@pytest.mark.parametrize("thinking", [False, True])
@pytest.mark.parametrize(
    ("raw", "text", "reasoning"),
    [
        ("一座石桥。", "一座石桥。", ""),
        ("\n一座石桥。\n", "一座石桥。", ""),
        ("<think>先看桥洞。</think>\n一座石桥。", "一座石桥。", "先看桥洞。"),
        ("\n<think>\n先看桥洞。\n</think>\n\n一座石桥。", "一座石桥。", "先看桥洞。"),
        ("<think>先看桥洞", "", "先看桥洞"),
        ("先看桥洞。</think>一座石桥。", "一座石桥。", "先看桥洞。"),
        ("<think></think>一座石桥。", "一座石桥。", ""),
        ("<think>甲</think>乙</think>丙", "乙丙", "甲"),
        ("3 < 4，a<b", "3 < 4，a<b", ""),
        ("<thin", "<thin", ""),
        ("", "", ""),
    ],
)
def test_reasoning_is_told_from_the_answer(raw: str, text: str, reasoning: str, thinking: bool) -> None:
    parser, _, _ = read(raw, thinking=thinking)

    assert (parser.text, parser.reasoning) == (text, reasoning)


def test_reasoning_that_the_prompt_opened_needs_no_tag() -> None:
    parser, text, reasoning = read("先看桥洞。</think>石桥。", [2], thinking=True, inside=True)

    assert (parser.text, parser.reasoning) == (text, reasoning) == ("石桥。", "先看桥洞。")


def test_unfinished_reasoning_is_known_as_such() -> None:
    assert read("<think>还在想", thinking=True)[0].still_reasoning
    assert not read("<think>想好了</think>", thinking=True)[0].still_reasoning


def test_nothing_is_given_out_before_it_is_settled_what_it_is() -> None:
    parser = OutputParser(thinking=True)

    assert parser.feed("先看桥洞。") is None
    delta = parser.feed("</think>石桥")

    assert delta is not None
    assert (delta.text, delta.reasoning) == ("石桥", "先看桥洞。")


def test_without_thinking_text_is_given_out_at_once() -> None:
    delta = OutputParser(thinking=False).feed("石桥")

    assert delta is not None
    assert delta.text == "石桥"


def test_box_markers_vanish_and_boxes_are_kept() -> None:
    parser, _, _ = read("桥在<|begin_of_box|>[[120,300,870,912]]<|end_of_box|>这里。")

    assert parser.text == "桥在[[120,300,870,912]]这里。"
    assert parser.boxes == (Box(120, 300, 870, 912),)


@pytest.mark.parametrize(
    ("inside", "boxes"),
    [
        ("[[1,2,3,4],[10, 20, 30, 40]]", (Box(1, 2, 3, 4), Box(10, 20, 30, 40))),
        ("[1,2,3,4]", (Box(1, 2, 3, 4),)),
        ("[[0，0，1000，1000]]", (Box(0, 0, 1000, 1000),)),
        ("[[1.6,2.4,30.5,40]]", (Box(2, 2, 30, 40),)),
        ("[[30,2,3,4]]", ()),
        ("[[1,2,1001,4]]", ()),
        ("[[-1,2,3,4]]", ()),
        ("[[1,2,3]]", ()),
        ("答案是 B", ()),
        ("", ()),
    ],
)
def test_only_well_formed_rectangles_count(inside: str, boxes: tuple[Box, ...]) -> None:
    assert read(f"<|begin_of_box|>{inside}<|end_of_box|>")[0].boxes == boxes


def test_coordinates_outside_box_markers_are_only_text() -> None:
    assert read("[[1,2,3,4]]")[0].boxes == ()


def test_boxes_in_the_reasoning_are_not_the_answers() -> None:
    parser, _, _ = read("<think><|begin_of_box|>[[1,2,3,4]]<|end_of_box|></think>桥", thinking=True)

    assert (parser.boxes, parser.reasoning, parser.text) == ((), "[[1,2,3,4]]", "桥")


def test_the_answer_ends_before_a_stop_string() -> None:
    parser, text, _ = read("一座石桥。\n问：桥上有谁？", [1], stop=("问：", "\n\n"))

    assert parser.stopped
    assert parser.text == text == "一座石桥。"


def test_stop_strings_do_not_count_in_the_reasoning() -> None:
    parser, _, _ = read("<think>先停一下</think>石桥停", thinking=True, stop=("停",))

    assert (parser.reasoning, parser.text, parser.stopped) == ("先停一下", "石桥", True)


def test_the_beginning_of_a_stop_string_alone_is_text() -> None:
    parser, text, _ = read("石桥停", stop=("停止",))

    assert (parser.text, text, parser.stopped) == ("石桥停", "石桥停", False)


def test_of_overlapping_stop_strings_the_first_to_be_complete_counts() -> None:
    whole, _, _ = read("xabcd", stop=("abc", "b"))
    single, _, _ = read("xabcd", [1], stop=("abc", "b"))

    assert whole.text == single.text == "xa"


@settings(max_examples=600, deadline=None)
@given(
    text=TEXTS,
    cuts=CUTS,
    thinking=st.booleans(),
    inside=st.booleans(),
    stop=st.sampled_from([(), ("停止",), ("ab", "bc", "]]")]),
)
def test_the_cut_does_not_matter(
    text: str, cuts: list[int], thinking: bool, inside: bool, stop: tuple[str, ...]
) -> None:
    whole, _, _ = read(text, thinking=thinking, inside=inside, stop=stop)
    pieces, given_text, given_reasoning = read(text, cuts, thinking=thinking, inside=inside, stop=stop)

    assert state(pieces) == state(whole)
    stray_close = re.match(r"((?!<think>).)*</think>", text, re.DOTALL) is not None
    if thinking or inside or not stray_close:
        assert (given_text, given_reasoning) == (pieces.text, pieces.reasoning)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="桥a <>|/\n", max_size=30))
def test_text_without_tags_stays_as_it_is(text: str) -> None:
    parser, given_text, _ = read(text, [1])

    assert parser.text == given_text == text.strip()
