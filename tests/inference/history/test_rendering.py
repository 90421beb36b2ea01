"""Markdown of answers becomes HTML that may stand on a page."""

import re

import pytest

from inference.history.rendering import to_html, worded


def test_what_models_write_is_laid_out() -> None:
    html = to_html("# 石桥\n\n- 三人\n- 一船\n\n| 件号 | 年代 |\n|---|---|\n| 1 | 1959 |\n\n`代码` ~~误~~")

    for part in ("<h1>石桥</h1>", "<li>三人</li>", "<th>件号</th>", "<td>1959</td>", "<code>代码</code>", "<s>误</s>"):
        assert part in html


def test_a_line_that_ends_ends_for_the_reader_too() -> None:
    assert to_html("床前明月光\n疑是地上霜") == "<p>床前明月光<br>\n疑是地上霜</p>\n"


def test_coordinates_alone_are_said_in_words() -> None:
    boxes = [{"x1": 260, "y1": 420, "x2": 660, "y2": 660}]

    assert worded("[[260,420,660,660]]", boxes) == "（在图上标出 1 处）"
    assert worded("1959", []) == "1959"


BOXES = [{"x1": 260, "y1": 420, "x2": 660, "y2": 660}, {"x1": 0, "y1": 0, "x2": 500, "y2": 120}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("石桥在 [[260,420,660,660]]，横幅在 [0, 0, 500, 120]。", "石桥在 位置 1，横幅在 位置 2。"),
        ("先是 [[0,0,500,120],[260,420,660,660]]", "先是 位置 2、位置 1"),
        ("约在 [259.6,420.3,660,660]", "约在 位置 1"),
        ("年份是 [1920, 1930, 1940, 1950]，横幅在 [0,0,500,120]", "年份是 [1920, 1930, 1940, 1950]，横幅在 位置 2"),
        ("三个数 [1,2,3] 不是位置", "三个数 [1,2,3] 不是位置"),
    ],
)
def test_a_place_is_named_by_the_number_under_which_it_is_drawn(text: str, words: str) -> None:
    assert worded(text, BOXES) == words
    assert re.sub("<[^>]*>", "", to_html(text, BOXES)).strip() == words
    assert to_html(text) == f"<p>{text}</p>\n"


def test_what_stands_in_code_is_left_to_programs() -> None:
    text = '`[260,420,660,660]` 就是 [260,420,660,660]：\n\n```json\n{"bbox": [0,0,500,120]}\n```'

    assert worded(text, BOXES) == text.replace("就是 [260,420,660,660]", "就是 位置 1")
    assert to_html(text, BOXES).count("data-box") == 1
    assert "[0,0,500,120]" in to_html(text, BOXES)


def test_where_a_place_is_named_pages_can_link_it() -> None:
    assert to_html("**石桥** [[260,420,660,660]]", BOXES) == (
        '<p><strong>石桥</strong> <span class="mention" data-box="1" title="[260,420,660,660]">位置 1</span></p>\n'
    )


def test_what_a_model_writes_as_a_link_to_a_place_is_text() -> None:
    html = to_html('<span data-box="1">x</span> [见](https://example.org/ "[260,420,660,660]")', BOXES)

    assert "<span" not in html
    assert 'title="[260,420,660,660]"' in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[点](javascript:alert(1))",
        "[点](data:text/html;base64,PHNjcmlwdD4=)",
        "![图](https://example.org/a.png)",
        '![图](x" onerror="alert(1))',
        '<a href="https://example.org" onclick="alert(1)">点</a>',
        "<style>body{display:none}</style>",
        "[点](vbscript:x)",
    ],
)
def test_nothing_runs_and_nothing_is_loaded_from_elsewhere(text: str) -> None:
    html = to_html(text)

    tags = re.findall("<[^>]*>", html)
    assert {
        tag for tag in tags if not re.fullmatch(r'</?p>|<br>|</?a( href="https://[^"]*" rel="[^"]*")?>', tag)
    } == set()


def test_of_a_picture_its_description_is_left() -> None:
    assert to_html("见![石桥 <旧>](https://example.org/a.png)") == "<p>见石桥 &lt;旧&gt;</p>\n"


def test_links_tell_nobody_where_the_reader_comes_from() -> None:
    assert to_html("[馆](https://example.org/)") == (
        '<p><a href="https://example.org/" rel="noopener nofollow">馆</a></p>\n'
    )
