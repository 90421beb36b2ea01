"""Personal numbers are found by their form alone, and masked."""

import random
from datetime import date, timedelta

import pytest

from catalog.examination_words import HintKind
from catalog.masking import is_bank_card, is_id_number, is_telephone, masked, masked_together, personal_numbers

# The example of GB 11643-1999, and one whose check digit is X.
EXAMPLE = "11010519491231002X"
_FIGURES = "0123456789"


def id_number(seed: int) -> str:
    """Return an identity number; its check digit is found by trying, not by the product's own weights."""
    chance = random.Random(seed)
    day = date(1900, 1, 1) + timedelta(days=chance.randrange(40_000))
    head = f"{chance.choice(['110105', '330102', '510104', '650102'])}{day:%Y%m%d}{chance.randrange(1000):03}"
    # The sum of all figures, each times two to the power of its place from the right, leaves 1 when divided by 11.
    for check in "0123456789X":
        figures = [10 if one == "X" else int(one) for one in head + check]
        if sum(figure * 2 ** (17 - place) for place, figure in enumerate(figures)) % 11 == 1:
            return head + check
    raise AssertionError(head)


@pytest.mark.parametrize("seed", range(200))
def test_an_identity_number_is_known_and_no_change_of_one_figure_is(seed: int) -> None:
    number = id_number(seed)
    assert is_id_number(number)
    for place in range(17):
        for other in _FIGURES:
            if other != number[place]:
                assert not is_id_number(number[:place] + other + number[place + 1 :])


@pytest.mark.parametrize("seed", range(50))
def test_two_neighbouring_figures_that_changed_places_are_noticed(seed: int) -> None:
    number = id_number(seed)
    for place in range(16):
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        assert is_id_number(swapped) == (swapped == number)


@pytest.mark.parametrize(
    ("figures", "is_one"),
    [
        (EXAMPLE, True),
        (EXAMPLE.lower(), True),
        ("110105491231002", True),
        ("110105491331002", False),
        ("990105491231002", False),
        ("110105194912310021", False),
        ("", False),
        ("11010519491231002", False),
    ],
)
def test_numbers_of_fifteen_figures_need_a_day_and_a_place(figures: str, is_one: bool) -> None:
    assert is_id_number(figures) is is_one


@pytest.mark.parametrize("seed", range(100))
def test_a_bank_card_is_known_by_its_last_figure_alone(seed: int) -> None:
    chance = random.Random(seed)
    head = "62" + "".join(chance.choice(_FIGURES) for _one in range(16))
    assert sum(is_bank_card(head + last) for last in _FIGURES) == 1


@pytest.mark.parametrize(
    "figures", ["13812345678", "19912345678", "8613812345678", "008613812345678", "01012345678", "05711234567"]
)
def test_telephones_are_known(figures: str) -> None:
    assert is_telephone(figures)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"身份证{EXAMPLE}。", "身份证1101＊＊＊＊＊＊＊＊＊＊＊＊2X。"),
        ("身份证１１０１０５１９４９１２３１００２Ｘ", "身份证１１０１＊＊＊＊＊＊＊＊＊＊＊＊２Ｘ"),
        ("110105 19491231 002X", "1101＊＊ ＊＊＊＊＊＊＊＊ ＊＊2X"),
        ("11010519491\n231002X", "1101＊＊＊＊＊＊＊\n＊＊＊＊＊2X"),
        ("手机13812345678", "手机138＊＊＊＊5678"),
        ("手机138-1234-5678，找王", "手机138-＊＊＊＊-5678，找王"),
        ("138 1234 5678", "138 ＊＊＊＊ 5678"),
        ("138123\n45678", "138＊＊＊\n＊5678"),
        ("+86 13812345678", "+86 1＊＊＊＊＊＊5678"),
        ("（010）12345678", "（010）＊＊＊＊5678"),
        ("电话：0571-87654321", "电话：0571-＊＊＊＊4321".replace("0571", "057＊")),
        ("电话 34567", "电话 3＊＊＊7"),
        ("Tel: 876543", "Tel: 8＊＊＊＊3"),
        ("两个：13812345678、13987654321", "两个：138＊＊＊＊5678、139＊＊＊＊4321"),
    ],
)
def test_the_figures_in_the_middle_are_masked(text: str, told: str) -> None:
    assert masked(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "1959年10月1日", "1959-10-01-002", "1959-10-01", "X001-永久-0012-0003", "共 12345678 册", "第1958号",
        "1958\n1234567", "电话局1959年建成", "三人，1959", "图 3-4-5", "20231231", "档号 J001-01-0001-0001",
        "110105194912310021", "A13812345678", "照片 100101 张", "", "没有数字",
    ],
)  # fmt: skip
def test_dates_and_the_numbers_of_archives_stay(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize("seed", range(100))
def test_of_a_masked_text_nothing_is_left_to_be_found(seed: int) -> None:
    chance = random.Random(seed)
    pieces = [id_number(seed), "13812345678", "010-12345678", "摄于1959年", "，", " ", "\n", "王", "电话 87654321"]
    text = "".join(chance.choice(pieces) for _one in range(12))
    told = masked(text)
    assert personal_numbers(told) == []
    assert masked(told) == told
    assert len(told) == len(text)
    assert all(one == other or other == "＊" for one, other in zip(text, told, strict=True))


def test_each_number_is_told_with_its_kind_and_place() -> None:
    text = f"王某 {EXAMPLE} 电话13812345678 卡6222020200112233440"
    found = personal_numbers(text)
    assert [number.kind for number in found][:2] == [HintKind.ID_NUMBER, HintKind.TELEPHONE]
    assert text[found[0].start : found[0].end] == EXAMPLE


def test_a_record_without_personal_numbers_keeps_no_masked_text() -> None:
    assert masked_together(["石桥", "1959年", ""]) == ""
    assert masked_together(["石桥", "电话13812345678"]) == "石桥\n电话138＊＊＊＊5678"
