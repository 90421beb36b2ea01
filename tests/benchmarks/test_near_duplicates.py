"""Groups of an import held against what its pictures show."""

from PIL import Image

from benchmarks.near_duplicates import hold_against
from demo.alike.pictures import LookAlike


def shown(thing: str, how: str = "") -> LookAlike:
    return LookAlike("form", thing, how, Image.new("L", (1, 1)))


THINGS = {"1": shown("a"), "2": shown("a", "rescan"), "3": shown("b"), "4": shown("b", "rescan"), "5": shown("c")}


def test_what_is_grouped_rightly_is_found_and_nothing_is_wrong() -> None:
    figures = hold_against(THINGS, {"1": 7, "2": 7, "3": 8, "4": 8})

    assert (figures.pictures, figures.wrong) == (5, [])
    assert (figures.sought["rescan"], figures.found["rescan"]) == (2, 2)


def test_a_group_of_different_things_is_wrong_with_all_that_is_in_it() -> None:
    figures = hold_against(THINGS, {"1": 7, "2": 7, "5": 7})

    assert figures.wrong == ["1", "2", "5"]
    assert figures.found["rescan"] == 1


def test_a_re_scan_in_no_group_or_in_another_is_not_found() -> None:
    figures = hold_against(THINGS, {"2": 7, "4": 8, "5": 8})

    assert figures.found["rescan"] == 0
    assert figures.wrong == ["4", "5"]
