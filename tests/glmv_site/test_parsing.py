"""Environment values that are neither plain text nor plain numbers."""

from datetime import time
from pathlib import Path

import pytest

from glmv_site.parsing import (
    absolute_folders,
    at_least_one,
    int_or_auto,
    one_of,
    pixel_size,
    time_of_day_or_none,
)


@pytest.mark.parametrize("text", ["640x480", " 640 X 480 ", "640×480"])
def test_a_pixel_size_is_read_however_the_cross_is_written(text: str) -> None:
    assert pixel_size(text) == (640, 480)


@pytest.mark.parametrize("text", ["", "640", "640x", "640x480x3", "-1x5", "宽x高"])
def test_what_is_no_pixel_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="640x480"):
        pixel_size(text)


def test_one_of_a_few_values_is_read_in_whatever_case() -> None:
    assert one_of(" JSON ", ("text", "json")) == "json"


def test_what_is_none_of_them_is_refused_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="text、json"):
        one_of("xml", ("text", "json"))


def test_auto_leaves_the_number_to_the_system() -> None:
    assert int_or_auto("Auto") is None
    assert int_or_auto("4") == 4


@pytest.mark.parametrize("text", ["", "0", "-3", "1.5", "many"])
def test_what_is_neither_a_positive_number_nor_auto_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="auto"):
        int_or_auto(text)


def test_folders_are_read_with_what_people_leave_at_their_ends() -> None:
    assert absolute_folders("") == []
    assert absolute_folders("/mnt/nas/scans/: /mnt/老照片:/mnt/nas/scans") == [
        Path("/mnt/nas/scans"),
        Path("/mnt/老照片"),
    ]


@pytest.mark.parametrize("text", ["//mnt/nas", "///mnt//nas/", "/mnt/./nas/.", "/mnt/other/../nas", "/../mnt/nas"])
def test_folders_are_read_without_what_says_nothing(text: str) -> None:
    (folder,) = absolute_folders(text)
    assert folder == Path("/mnt/nas")
    assert Path("/mnt/nas/1.jpg").is_relative_to(folder)


@pytest.mark.parametrize("text", ["nas/scans", "/", "//", "/.", "/mnt/..", ".", "..", "/mnt/nas:scans"])
def test_what_is_no_absolute_folder_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="/mnt/nas/scans"):
        absolute_folders(text)


@pytest.mark.parametrize(
    ("text", "read"), [("", None), (" ", None), ("02:30", time(2, 30)), ("2:30", time(2, 30)), ("23：59", time(23, 59))]
)
def test_an_hour_is_read_or_left_open(text: str, read: time | None) -> None:
    assert time_of_day_or_none(text) == read


@pytest.mark.parametrize("text", ["24:00", "2:5", "12:60", "半夜", "0230"])
def test_what_is_no_hour_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="02:30"):
        time_of_day_or_none(text)


@pytest.mark.parametrize("text", ["0", "-1", "七", ""])
def test_a_number_of_which_there_has_to_be_one_is_at_least_one(text: str) -> None:
    assert at_least_one("7") == 7
    with pytest.raises(ValueError, match="正整数"):
        at_least_one(text)
