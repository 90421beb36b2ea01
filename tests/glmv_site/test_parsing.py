"""Environment values that are neither plain text nor plain numbers."""

from pathlib import Path

import pytest

from glmv_site.parsing import absolute_folders, int_or_auto, one_of, pixel_size


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


@pytest.mark.parametrize("text", ["nas/scans", "/", "//", "/mnt/nas:scans"])
def test_what_is_no_absolute_folder_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="/mnt/nas/scans"):
        absolute_folders(text)
