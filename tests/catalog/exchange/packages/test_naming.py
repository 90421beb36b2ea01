"""What files of a package are called, and what is told of names that Windows does not take."""

import pytest

from catalog.exchange.packages.naming import (
    MOST_BYTES,
    MOST_CHARACTERS,
    NameFault,
    Names,
    package_name,
    part_of,
    suffix_of,
)
from catalog.naming import read_naming
from catalog.vocabulary import FileRole


def named(stem: str, *, folders: tuple[str, ...] = (), part: str = "", suffix: str = ".jpg") -> tuple[str, list[str]]:
    name = Names().name(folders, stem, part, suffix)
    return name.path, [fault.value for fault in name.faults]


def test_a_number_that_windows_takes_is_the_name() -> None:
    assert named("0012-永久-1956-0007", folders=("0012", "1956", "3")) == ("0012/1956/3/0012-永久-1956-0007.jpg", [])


@pytest.mark.parametrize(
    ("number", "path", "fault"),
    [
        ("A/12", "A／12.jpg", "forbidden"),
        ("A:12?", "A：12？.jpg", "forbidden"),
        ('<"A|*\\', "＜＂A｜＊＼.jpg", "forbidden"),
        ("5%0A", "5％0A.jpg", "forbidden"),
        ("A\t12\n", "A12.jpg", "forbidden"),
        ("A\u202e12", "A12.jpg", "forbidden"),
        ("CON", "_CON.jpg", "reserved"),
        ("com1.5", "_com1.5.jpg", "reserved"),
        (" A12. ", "A12.jpg", "edge"),
        ("A12\u3000", "A12.jpg", "edge"),
        ("", "无号.jpg", "no_number"),
    ],
)
def test_what_windows_forbids_is_told_with_the_name_in_its_place(number: str, path: str, fault: str) -> None:
    assert named(number) == (path, [fault])


def test_a_number_of_nothing_but_full_stops_leaves_a_name() -> None:
    assert named("...") == ("_.jpg", ["edge"])


def test_names_that_windows_cannot_keep_apart_are_told() -> None:
    names = Names()

    first = names.name((), "a-1", "", ".jpg")
    second = names.name((), "A-1", "", ".jpg")
    third = names.name((), "e\u0301", "", ".jpg")
    fourth = names.name((), "é", "", ".jpg")

    assert (first.path, first.faults) == ("a-1.jpg", ())
    assert (second.path, second.faults) == ("A-1~2.jpg", (NameFault.DOUBLED,))
    assert (third.faults, fourth.faults) == ((), (NameFault.DOUBLED,))


def test_records_without_a_number_are_told_once_and_not_as_doubled() -> None:
    names = Names()

    assert [names.name((), "", "", ".jpg").path for _ in range(2)] == ["无号.jpg", "无号~2.jpg"]
    assert names.name((), "", "", ".jpg").faults == (NameFault.NO_NUMBER,)


def test_what_is_too_long_is_cut_at_a_character() -> None:
    path, faults = named("馆" * 100, part="_背")

    assert faults == ["long"]
    assert len(path.encode()) <= MOST_BYTES
    assert path.endswith("馆_背.jpg")


def test_a_path_that_is_too_long_for_windows_is_told() -> None:
    path, faults = named("N" * 90, folders=("F" * 60, "1956", "V" * 60))

    assert faults == ["long"]
    assert len(path) <= MOST_CHARACTERS


def test_parts_are_named_so_that_an_import_joins_them_again() -> None:
    naming = read_naming("")

    for role, sequence in ((FileRole.FRONT, 1), (FileRole.VERSO, 1), (FileRole.NEGATIVE, 1), (FileRole.PAGE, 3)):
        part = naming.read(f"0012-7{part_of(role, sequence)}.jpg")
        assert (part.role, part.sequence) == (role, sequence)


def test_the_end_of_a_name_is_the_format_s() -> None:
    assert suffix_of("TIFF", "扫描.JPG") == ".tif"
    assert suffix_of("DNG", "扫描.DNG") == ".dng"
    assert suffix_of("", "扫描.不是后缀") == ""


def test_a_package_has_a_name_that_windows_takes() -> None:
    assert package_name(["挂接包", "0012", "厂史/照片", "20261130"]) == "挂接包_0012_厂史／照片_20261130"
