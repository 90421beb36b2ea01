"""File names and volumes are put in order as people count."""

import pytest

from catalog.natural_order import file_key, natural_key


@pytest.mark.parametrize(
    "names",
    [
        ["1.jpg", "2.jpg", "10.jpg"],
        ["IMG_9.jpg", "img_10.JPG", "IMG_011.jpg"],
        ["1.jpg", "1-2.jpg", "2.jpg"],
        ["盒2/9.jpg", "盒10/1.jpg"],
        ["1.jpg", "盒1/1.jpg"],
        ["第２张.jpg", "第10张.jpg"],
        ["第二册/1.jpg", "第十册/1.jpg", "第十二册/1.jpg", "第一百零三册/1.jpg"],
        ["一九五八/1.jpg", "一九五九/1.jpg", "2000/1.jpg"],
        ["廿一.tif", "卅.tif"],
        ["①.jpg", "②.jpg", "⑩.jpg"],
        ["两张.jpg", "三张.jpg"],
    ],
)
def test_names_are_put_in_the_order_of_their_numbers(names: list[str]) -> None:
    arrived = names[::-1]
    assert sorted(arrived, key=file_key) == names


def test_numbers_come_before_words_and_nothing_before_both() -> None:
    assert sorted(["甲", "3", "", "A"], key=natural_key) == ["", "3", "A", "甲"]


def test_a_very_long_number_is_a_number_still() -> None:
    assert file_key("9" * 490) < file_key("1" + "0" * 490)
