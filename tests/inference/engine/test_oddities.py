"""What people write has nothing out of place; wrong readings are known by what has."""

import pytest

from inference.engine.oddities import foreign_words, strangeness


@pytest.mark.parametrize(
    "text",
    ["学校", "國立臺灣大學", "照片（一）", "Школа", "Ελλάδα", "Müller", "さくら", "日本のさくら", "30°C", "1.jpg", ""],
)
def test_what_people_write_has_nothing_out_of_place(text: str) -> None:
    assert strangeness(text, "utf-8") == 0


@pytest.mark.parametrize(
    "text", ["ѧУ", "ҽԺ", "A¥", "лС", "╤º╨ú", "Ñ§Ð£", "\x80", "\ue000", "浣犲ソ", "\u064f", "caf茅"]
)
def test_what_no_one_writes_is_counted(text: str) -> None:
    assert strangeness(text, "utf-8") >= 1


def test_chinese_programs_write_chinese() -> None:
    assert strangeness("Школа", "gb18030") > strangeness("Школа", "utf-8") == 0
    assert strangeness("國", "gb18030") > strangeness("國", "big5") == 0


def test_words_are_cut_at_punctuation_and_bounded() -> None:
    assert list(foreign_words("甲，乙。3楼/a.jpg")) == ["甲", "乙", "3楼"]
    assert [len(word) for word in foreign_words("桥" * 5000)] == [64]
    assert sum(1 for _word in foreign_words("桥 " * 5000)) == 2000
