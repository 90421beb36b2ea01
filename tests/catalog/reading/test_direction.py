"""Rows that were written from right to left are turned round, and both readings are kept."""

import pytest

from benchmarks.printed import page
from catalog.reading.direction import from_the_right, with_both_readings
from inference.reader import Line

QUAD = (100.0, 100.0, 900.0, 100.0, 900.0, 200.0, 100.0, 200.0)


def row(text: str, *, vertical: bool = False, is_seal: bool = False) -> Line:
    return Line(text, QUAD, 0.98, vertical, is_seal=is_seal)


def read(*texts: str) -> list[tuple[str, str]]:
    return [(line.text, line.other) for line in with_both_readings([row(text) for text in texts])]


@pytest.mark.parametrize(
    "meant",
    [
        "同仁堂",
        "上海大世界",
        "中華民國萬歲",
        "瑞蚨祥綢布店",
        "全聚德",
        "歡迎光臨",
        "為人民服務",
        "旅館",
        "京都同濟堂藥鋪",
    ],
)
def test_a_sign_from_right_to_left_is_turned_round_and_keeps_what_was_read(meant: str) -> None:
    assert read(meant[::-1]) == [(meant, meant[::-1])]


@pytest.mark.parametrize(
    "meant", ["同仁堂", "上海大世界", "为人民服务", "云溪石桥落成留念", "一九五九年三月", "周长青"]
)
def test_a_row_from_left_to_right_stays_and_has_no_second_reading(meant: str) -> None:
    assert read(meant) == [(meant, "")]


@pytest.mark.parametrize("name", ["德興館", "館興德"])
def test_where_no_word_tells_the_direction_of_an_old_name_both_are_offered(name: str) -> None:
    assert read(name) == [(name, name[::-1])]


def test_a_name_beside_rows_from_the_right_runs_like_them() -> None:
    assert read("司公限有業實海上", "號泰和") == [("上海實業有限公司", "司公限有業實海上"), ("和泰號", "號泰和")]


def test_a_caption_of_today_below_an_old_sign_does_not_turn_it_back() -> None:
    assert read("堂仁同", "一九五九年拍摄于北京前门大街")[0] == ("同仁堂", "堂仁同")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["clean", "traditional"])
def test_no_row_of_running_text_is_turned_round(kind: str, seed: int) -> None:
    text = page(kind, seed).text
    rows = [text[start : start + 26] for start in range(0, len(text), 26)]
    assert [said for said, _ in read(*rows)] == rows


def test_columns_and_seals_are_left_alone() -> None:
    lines = [row("堂仁同", vertical=True), row("堂仁同", is_seal=True)]
    assert with_both_readings(lines) == lines


@pytest.mark.parametrize("text", ["", "。", "堂", "1959", "ABC 12", "品"])
def test_what_has_no_direction_is_left_alone(text: str) -> None:
    assert read(text) == [(text, "")]


def test_numbers_stay_as_they_are_and_brackets_open_the_other_way() -> None:
    assert from_the_right("（念留）年1949") == "1949年（留念）"
    assert from_the_right("号No.28-3") == "No.28-3号"
