"""Text whose encoding nobody wrote down is read by what all of it says together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.engine.encodings import plausible_readings, read_together

OTHER_LANGUAGES = [
    "Школа", "Станіслав Мар’яна", "Демʼянюк", "Юг", "ЦУМ", "Ελλάδα", "Θεσσαλονίκη", "ένα", "Müller", "Größe", "Café",
    "École", "La vita è bella", "København", "Łódź", "Žižkov", "Çeşme", "Ștefan", "Vũ", "Cô", "Nguyễn", "año", "Noël",
    "São João", "Երևան", "שלום", "مدرسة", "فارسی", "さくら", "日本", "김현정", "ยะลา", "30°C", "让·雅克", "nǐ hǎo",
]  # fmt: skip
# Each is valid UTF-8 as GBK writes it, and says something else there.
TWOFOLD = [
    "学校", "医院", "校园", "学员", "伟业", "原野", "小学", "小写", "遥远", "影院", "选学", "庐山", "陆", "梅", "3楼",
    "A楼", "B校", "軍校", "購",
]  # fmt: skip


def two_readings() -> list[str]:
    """Return all characters of GB2312 whose bytes are valid UTF-8 too."""
    pairs = (bytes((lead, trail)) for lead in range(0xC2, 0xE0) for trail in range(0xA1, 0xC0))
    return [pair.decode("gb2312") for pair in pairs]


@pytest.mark.parametrize("text", TWOFOLD)
def test_gbk_that_is_valid_utf8_is_read_as_chinese(text: str) -> None:
    raw = text.encode("gbk")
    assert raw.decode("utf-8") != text

    assert read_together([raw]) == [text]
    assert read_together([raw, b"1.jpg", raw + b"/2.jpg"]) == [text, "1.jpg", f"{text}/2.jpg"]


def test_all_930_pairs_are_read_as_chinese_alone_and_together() -> None:
    texts = two_readings()
    assert len(texts) == 930

    alone = [read_together([text.encode("gbk")])[0] for text in texts]

    # Some are pairs that a language has as a word of one letter; beside any other name they are told apart.
    assert sum(one != text for one, text in zip(alone, texts, strict=True)) <= 11
    assert read_together([text.encode("gbk") for text in texts]) == texts
    assert read_together([text.encode("gbk") for text in texts] + ["石桥".encode("gbk")])[:-1] == texts


@pytest.mark.parametrize("claimed", [True, False])
@pytest.mark.parametrize("text", OTHER_LANGUAGES)
def test_honest_utf8_stays_what_it_is(text: str, claimed: bool) -> None:
    assert read_together([text.encode()], claimed=claimed) == [text]


def test_the_whole_source_decides_what_one_name_leaves_open() -> None:
    # Р is no character of GB2312, С is 小.
    assert read_together(["С".encode(), "Россия".encode()]) == ["С", "Россия"]
    assert read_together(["小".encode("gbk"), "石桥".encode("gbk")]) == ["小", "石桥"]


def test_a_mark_that_says_utf8_is_believed_where_both_readings_are_as_good() -> None:
    raw = "Сд".encode()

    assert read_together([raw], claimed=True) == ["Сд"]
    assert read_together([raw]) == ["小写"]


def test_a_mark_that_lies_is_not_believed() -> None:
    assert read_together(["照片/一.jpg".encode("gbk"), b"2.jpg"], claimed=True) == ["照片/一.jpg", "2.jpg"]
    assert read_together(["学校".encode("gbk")], claimed=True) == ["学校"]


@pytest.mark.parametrize("texts", [["照片/國慶", "照片/校門"], ["國立臺灣大學", "許蓋功"], ["陳家豪", "校門"]])
def test_big5_is_told_from_gbk(texts: list[str]) -> None:
    assert read_together([text.encode("big5") for text in texts]) == texts


@pytest.mark.parametrize("encoding", ["cp1252", "cp437"])
def test_western_names_are_read_in_the_encodings_of_their_programs(encoding: str) -> None:
    texts = ["Müller", "Größe", "Español", "1.jpg"]

    assert read_together([text.encode(encoding) for text in texts], western=("cp437", "cp1252")) == texts


@pytest.mark.parametrize(("read", "was"), [
    ("cp437", "gb18030"), ("latin-1", "gb18030"), ("cp437", "utf-8"), ("latin-1", "utf-8"), ("gb18030", "utf-8"),
])  # fmt: skip
def test_what_another_program_misread_and_wrote_as_utf8_is_read(read: str, was: str) -> None:
    text = "照片/国庆合影.jpg"

    assert read_together([text.encode(was).decode(read).encode()], claimed=True) == [text]


def test_an_archive_may_be_mixed() -> None:
    texts = ["学校", "照片/石桥合影", "Müller", "照片/国庆.jpg"]
    encodings = ["gbk", "utf-8", "cp437", "gbk"]

    raws = [text.encode(encoding) for text, encoding in zip(texts, encodings, strict=True)]

    assert read_together(raws, western=("cp437",)) == texts


def test_the_euro_sign_of_code_page_936_is_read_wherever_it_stands() -> None:
    texts = ["门票5€", "€5", "€学校", "5€/张"]

    assert read_together([_in_936(text) for text in texts]) == texts


def _in_936(text: str) -> bytes:
    return b"\x80".join(part.encode("gbk") for part in text.split("€"))


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_text_that_was_cut_within_its_last_character_is_read(encoding: str) -> None:
    assert read_together(["北京学校的老师合影".encode(encoding)[:-1]]) == ["北京学校的老师合\N{REPLACEMENT CHARACTER}"]


def test_what_is_no_text_is_said_to_be_none_and_never_fails() -> None:
    assert plausible_readings([b"\x80\xff\xff\x01", b"1.jpg"]) == [None, "1.jpg"]
    assert read_together([b"\xff\xfe\xfd.jpg"], western=("cp437",))[0].endswith(".jpg")
    assert read_together([]) == []


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=4), st.booleans())
def test_any_bytes_are_read(texts: list[bytes], claimed: bool) -> None:
    read = read_together(texts, western=("cp437",), claimed=claimed)

    assert len(read) == len(texts)
    assert all(text == raw.decode() for raw, text in zip(texts, read, strict=True) if raw.isascii())
