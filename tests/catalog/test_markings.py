"""Classification marks are told from the same words in a sentence."""

import pytest

from catalog.markings import mark_in_name, mark_in_text


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("绝密★", "绝密★"),
        ("机密★10年", "机密★10年"),
        ("秘密★长期", "秘密★长期"),
        ("秘密☆五年", "秘密☆五年"),
        ("机密＊", "机密＊"),
        ("機密★", "機密★"),
        ("祕密★", "祕密★"),
        ("县人民政府文件\n机密\n关于……", "机密"),
        ("【绝密】", "【绝密】"),
        ("秘 密", "秘 密"),
        ("机密 10年", "机密 10年"),
        ("标题里的机密★3年在中间", "机密★3年"),
    ],
)
def test_a_mark_is_found(text: str, mark: str) -> None:
    assert mark_in_text(text) == mark


@pytest.mark.parametrize(
    "text",
    [
        "秘密花园",
        "保守机密，慎之又慎",
        "《绝密行动》剧照",
        "他们的秘密",
        "秘密 花园",
        "",
        "内部★",
        "密",
        "机密室门前合影",
    ],
)
def test_the_same_words_in_a_sentence_are_none(text: str) -> None:
    assert mark_in_text(text) == ""


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("机密★10年.jpg", "机密★10年"),
        ("机密/001.jpg", "机密"),
        ("1959\\绝密\\001.jpg", "绝密"),
        ("会议记录（机密）.tif", "会议记录（机密）"),
        ("秘密_0003.jpg", "秘密_0003"),
    ],
)
def test_a_name_carries_a_mark(name: str, mark: str) -> None:
    assert mark_in_name(name) == mark


@pytest.mark.parametrize("name", ["秘密花园.jpg", "机密室.jpg", "1959/合影.jpg", "保密教育.jpg", ""])
def test_a_harmless_name_carries_none(name: str) -> None:
    assert mark_in_name(name) == ""
