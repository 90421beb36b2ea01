"""Claims compared with what is written in a picture."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.evidence.claims import Verdict, compare, number_of, years_in

FIGURES = "〇一二三四五六七八九"


def agrees(claim: str, text: str, field: str = "") -> bool:
    return compare(claim, text, field) is Verdict.AGREES


def digit_by_digit(number: int) -> str:
    return "".join(FIGURES[int(digit)] for digit in str(number))


def counted(number: int) -> str:
    """Write a number under 10,000 as it is spoken."""
    if number == 0:
        return "零"
    text, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            text += ("零" if gap and text else "") + FIGURES[digit] + name
            gap = False
        else:
            gap = True
    return text


@given(st.integers(0, 9999))
def test_every_number_is_understood_as_it_is_spoken(number: int) -> None:
    assert number_of(counted(number)) == number


@given(st.integers(1000, 2099))
def test_every_year_is_the_same_in_chinese_and_arabic_figures(year: int) -> None:
    assert years_in(f"{digit_by_digit(year)}年") == years_in(f"{year}年") == {year}
    assert agrees(f"{year}年", f"摄于{digit_by_digit(year)}年春")


@given(st.integers(1, 99))
def test_years_of_the_republic_are_counted_from_1912(number: int) -> None:
    for figures in (str(number), counted(number)):
        assert years_in(f"中華民國{figures}年") == {1911 + number}


@given(st.integers(30, 99))
def test_a_shortened_year_is_one_of_the_last_century(number: int) -> None:
    assert years_in(f"{digit_by_digit(number)}年") == {1900 + number}


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_breaks_the_comparison(claim: str, text: str) -> None:
    assert compare(claim, text) in Verdict
    assert all(0 < year < 2100 for year in years_in(text))


NUMERALS = st.text("〇零一二三四五六七八九十廿卅百千万年月日民国光绪元0123456789.", max_size=20)


@given(NUMERALS, NUMERALS)
def test_no_figures_break_the_comparison(claim: str, text: str) -> None:
    assert compare(claim, text) in Verdict


@given(st.text("王李张陈广义石桥云溪", min_size=2, max_size=6), st.text(max_size=20), st.text(max_size=20))
def test_what_stands_in_a_text_agrees_with_it(name: str, before: str, after: str) -> None:
    assert agrees(name, f"{before}\n{name}\n{after}")


@pytest.mark.parametrize(
    ("figures", "number"),
    [
        ("二十八", 28),
        ("十", 10),
        ("廿", 20),
        ("廿八", 28),
        ("卅一", 31),
        ("卌", 40),
        ("一百零三", 103),
        ("三千二百", 3200),
        ("一九五九", 1959),
        ("二万五千", 25_000),
        ("百", 100),
    ],
)
def test_numbers_are_understood(figures: str, number: int) -> None:
    assert number_of(figures) == number


@pytest.mark.parametrize("figures", ["", "三人", "十百", "二廿", "五六十"])
def test_what_makes_no_number_is_none(figures: str) -> None:
    assert number_of(figures) is None


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("一九五九年三月十二日", {1959}),
        ("民国三十八年", {1949}),
        ("民國卅八年", {1949}),
        ("民国元年", {1912}),
        ("光緒廿一年", {1895}),
        ("宣统三年", {1911}),
        ("一九五○年", {1950}),
        ("五九年", {1959}),
        ("59年3月", {1959}),
        ("1959.3.12", {1959}),
        ("19590312", {1959}),
        ("１９５９年", {1959}),
        ("一九五九\n年", {1959}),
        ("1958年至1960年", {1958, 1960}),
        ("建校二十年", set()),
        ("五十年代", set()),
        ("三千二百余人", set()),
        ("第12345号", set()),
        ("59.3.12", {1959}),
        ("摄于59/3/12", {1959}),
        ("’59年", {1959}),
        ("38.3.12", set()),
        ("59.3公斤", set()),
        ("59.13.12", set()),
        ("192.59.3.12", set()),
        ("乾隆六十年", {1795}),
        ("民国三百年", set()),
    ],
)
def test_years_are_found_however_they_are_written(text: str, years: set[int]) -> None:
    assert years_in(text) == years


@pytest.mark.parametrize(
    ("claim", "text", "verdict"),
    [
        ("1959年", "一九五九年三月十二日摄", Verdict.AGREES),
        ("1959年3月", "一九五九年三月十二日摄", Verdict.AGREES),
        ("1959年3月12日", "1959.3.12", Verdict.AGREES),
        ("1949年", "民國三十八年四月", Verdict.AGREES),
        ("1959年5月", "一九五九年三月十二日摄", Verdict.CONTRADICTED),
        ("1959年", "59.3.12", Verdict.AGREES),
        ("1959年3月12日", "59.3.12", Verdict.AGREES),
        ("1959年4月", "59.3.12", Verdict.CONTRADICTED),
        ("3200人", "三千二百余人", Verdict.AGREES),
        ("3200余人", "3,200人", Verdict.AGREES),
        ("3200人", "三千三百余人", Verdict.ABSENT),
        ("1958年", "一九五九年三月十二日摄", Verdict.CONTRADICTED),
        ("1958年", "云溪石桥", Verdict.ABSENT),
        ("周长青、陆文远", "县委书记周长青，总工程师陆文远", Verdict.AGREES),
        ("周长青、李四光", "县委书记周长青", Verdict.ABSENT),
        ("陈广义", "校長陳廣義先生", Verdict.AGREES),
        ("云溪县", "雲溪縣國民學校", Verdict.AGREES),
        ("十三人", "13人", Verdict.AGREES),
        ("三人", "十三人", Verdict.ABSENT),
        ("石桥公社", "石桥\n公社", Verdict.AGREES),
        ("待考", "石桥", Verdict.NOTHING_CLAIMED),
        ("", "石桥", Verdict.NOTHING_CLAIMED),
        ("石桥", "", Verdict.ABSENT),
        ("、", "石桥", Verdict.ABSENT),
    ],
)
def test_claims_are_compared_with_what_was_read(claim: str, text: str, verdict: Verdict) -> None:
    assert compare(claim, text) is verdict


@pytest.mark.parametrize(
    ("claim", "text", "is_there"),
    [
        ("李明", "李明", True),
        ("李明", "李明德", False),
        ("李明", "李明德与李明", True),
        ("李明", "厂长李明同志", True),
        ("李明", "李明 1959年", True),
        ("李明", "李明一九五九年摄", True),
        ("李明", "李明一", False),
        ("李明", "李　明", True),
        ("李明", "李\n明\n德", False),
        ("李明", "李、明", False),
        ("李明", "王李明", False),
        ("马光", "司马光", False),
        ("王", "王府井", False),
        ("王", "女王", False),
        ("王", "王同志讲话", True),
        ("王教授", "王教授在授课", True),
        ("周长青、陆文远", "周长青和陆文远合影", True),
        ("周长青", "周长青路", False),
        ("庄则栋", "莊則棟", True),
        ("诺尔曼·白求恩", "诺尔曼·白求恩大夫", True),
        ("Norman Bethune", "NORMAN BETHUNE, 1939", True),
        ("Norman", "Normandy", False),
        ("三人", "三人合影", True),
    ],
)
def test_the_name_of_a_person_has_to_be_all_of_a_name(claim: str, text: str, is_there: bool) -> None:
    assert agrees(claim, text, "people") is agrees(claim, text, "photographer") is is_there


@pytest.mark.parametrize(
    ("claim", "text", "is_there"),
    [
        ("上海", "上海路12号", False),
        ("上海", "上海\n路12号", False),
        ("北京", "北京东路", False),
        ("南京", "南京二路", False),
        ("上海", "上海照相馆", False),
        ("中山", "孙中山先生", False),
        ("上海", "上海路，摄于上海", True),
        ("上海", "上海市", True),
        ("上海", "上海人民公园", True),
        ("云溪县", "雲溪縣國民學校", True),
        ("云溪县石桥公社", "云溪县\n石桥公社", True),
        ("哈尔滨", "哈爾濱", True),
        ("沈阳", "瀋陽", True),
        ("厦门", "廈門", True),
        ("无锡", "無錫", True),
    ],
)
def test_the_name_of_a_place_has_to_be_all_of_a_place(claim: str, text: str, is_there: bool) -> None:
    assert agrees(claim, text, "place") is is_there


def test_what_other_fields_say_may_be_a_part_of_more() -> None:
    assert agrees("李明", "李明德", "title")


@given(st.text(max_size=30), st.text(max_size=60), st.sampled_from(["people", "place", "date", ""]))
def test_no_field_breaks_the_comparison(claim: str, text: str, field: str) -> None:
    assert compare(claim, text, field) in Verdict
