"""In which order lines are read."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.reading_order import Quad, are_columns, in_order, is_vertical, quad_of


def box(left: float, top: float, width: float = 200, height: float = 20) -> Quad:
    return quad_of([(left, top), (left + width, top), (left + width, top + height), (left, top + height)])


def column(left: float, top: float, height: float = 200) -> Quad:
    return box(left, top, 20, height)


def turned(quad: Quad, degrees: float) -> Quad:
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    corners = zip(quad[0::2], quad[1::2], strict=True)
    return quad_of([(x * cosine - y * sine, x * sine + y * cosine) for x, y in corners])


def test_rows_are_read_from_top_to_bottom_and_each_from_left_to_right() -> None:
    assert in_order([box(0, 90), box(300, 32, 80), box(0, 30, 80), box(0, 0)], vertical=False) == [3, 2, 1, 0]


def test_columns_are_read_from_right_to_left() -> None:
    assert in_order([column(0, 0), column(40, 0), column(80, 0)], vertical=True) == [2, 1, 0]


def test_a_column_in_two_pieces_is_read_from_top_to_bottom() -> None:
    assert in_order([column(80, 250, 50), column(40, 0), column(80, 0)], vertical=True) == [2, 0, 1]


@pytest.mark.parametrize("degrees", [-12, -4, 4, 12])
def test_a_tilted_page_is_read_along_its_lines(degrees: float) -> None:
    rows = [turned(box(left, top, 380), degrees) for top in (0, 30, 60) for left in (0, 400)]
    assert in_order(rows, vertical=False) == [0, 1, 2, 3, 4, 5]


def test_a_page_upside_down_is_read_from_its_other_end() -> None:
    assert in_order([box(0, 0), box(0, 30), box(0, 60)], vertical=False, upside_down=True) == [2, 1, 0]


def test_blocks_of_running_text_side_by_side_are_read_one_after_the_other() -> None:
    left = [box(0, 30 * row) for row in range(5)]
    right = [box(260, 30 * row) for row in range(5)]
    mixed = [line for pair in zip(left, right, strict=True) for line in pair]
    assert in_order(mixed, vertical=False) == [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]


def test_cells_of_a_table_stay_in_their_rows() -> None:
    cells = [box(left, 30 * row, 60) for row in range(5) for left in (0, 260)]
    assert in_order(cells, vertical=False) == list(range(10))


def test_nothing_has_no_order() -> None:
    assert in_order([], vertical=False) == []


@given(
    st.lists(
        st.tuples(st.floats(0, 1000), st.floats(0, 1000), st.floats(1, 500), st.floats(1, 500)), min_size=1, max_size=30
    ),
    st.booleans(),
    st.booleans(),
)
def test_every_line_is_read_once(places: list[tuple[float, float, float, float]], vertical: bool, over: bool) -> None:
    quads = [box(*place) for place in places]
    assert sorted(in_order(quads, vertical=vertical, upside_down=over)) == list(range(len(quads)))


def test_a_square_is_no_column() -> None:
    assert not is_vertical(box(0, 0, 20, 20))
    assert is_vertical(column(0, 0))


CHARACTER = 20
"""Pixels; lines stand twice that apart."""


def mangled(quad: Quad) -> list[tuple[float, float]]:
    """Return corners as a finder of text gives them: cut to whole pixels and told apart by x alone."""
    points = sorted(zip(quad[0::2], quad[1::2], strict=True))
    left, right = (sorted(pair, key=lambda point: point[1]) for pair in (points[:2], points[2:]))
    return [(round(x), round(y)) for x, y in (left[0], right[0], right[1], left[1])]


def as_found(layout: list[Quad], degrees: float) -> list[Quad]:
    """Return the lines of a page that lies askew, as they come out of a finder of text."""
    return [quad_of(mangled(turned(quad, degrees))) for quad in layout]


def rows_below(left: float, top: float, count: int, length: int) -> list[Quad]:
    return [box(left, top + 2 * CHARACTER * row, CHARACTER * length, CHARACTER) for row in range(count)]


def columns_from(right: float, top: float, count: int, length: int) -> list[Quad]:
    return [box(right - 2 * CHARACTER * place, top, CHARACTER, CHARACTER * length) for place in range(count)]


def order_of(quads: list[Quad]) -> list[int]:
    return in_order(quads, vertical=are_columns(quads))


angles = st.floats(-8, 8)
lengths = st.integers(2, 60)


@given(angles, lengths, st.integers(1, 12), st.booleans())
def test_rows_of_any_length_that_lean_are_rows_in_their_order(
    degrees: float, length: int, count: int, with_heading: bool
) -> None:
    heading = [box(40, 0, CHARACTER * 12, 2 * CHARACTER)] if with_heading else []
    page = as_found([*heading, *rows_below(0, 4 * CHARACTER, count, length)], degrees)
    assert not any(map(is_vertical, page))
    assert order_of(page) == list(range(len(page)))


@given(angles, lengths, st.integers(1, 12))
def test_columns_of_any_length_that_lean_are_columns_from_the_right(degrees: float, length: int, count: int) -> None:
    page = as_found(columns_from(0, 0, count, length), degrees)
    assert all(map(is_vertical, page))
    assert order_of(page) == list(range(count))


@given(angles, st.integers(6, 60), st.integers(1, 12), st.booleans())
def test_a_heading_in_a_row_over_columns_comes_first_and_a_line_below_them_last(
    degrees: float, length: int, count: int, with_foot: bool
) -> None:
    left = -2 * CHARACTER * count
    heading = [box(left, 0, CHARACTER * 10, 1.5 * CHARACTER)]
    foot = [box(left, CHARACTER * (length + 8), CHARACTER * 8, CHARACTER)] if with_foot else []
    page = as_found([*heading, *columns_from(0, 4 * CHARACTER, count, length), *foot], degrees)
    assert [is_vertical(quad) for quad in page] == [False] + [True] * count + [False] * len(foot)
    assert order_of(page) == list(range(len(page)))


@given(angles, st.integers(8, 30), st.integers(4, 12), st.integers(2, 3), st.booleans())
def test_a_heading_over_columns_of_rows_does_not_mix_them(
    degrees: float, length: int, count: int, blocks: int, with_heading: bool
) -> None:
    wide = CHARACTER * (length + 3)
    heading = [box(wide / 2, 0, wide * (blocks - 1), 2 * CHARACTER)] if with_heading else []
    text = [line for block in range(blocks) for line in rows_below(block * wide, 4 * CHARACTER, count, length)]
    page = as_found([*heading, *text], degrees)
    assert order_of(page) == list(range(len(page)))


@given(angles, st.integers(8, 30), st.integers(3, 12), st.booleans())
def test_a_tall_title_beside_two_bands_of_columns_does_not_mix_them(
    degrees: float, length: int, count: int, with_title: bool
) -> None:
    high = CHARACTER * (length + 3)
    title = [box(4 * CHARACTER, 0.2 * high, 2 * CHARACTER, 1.6 * high)] if with_title else []
    bands = [*columns_from(0, 0, count, length), *columns_from(0, high, count, length)]
    page = as_found([*title, *bands], degrees)
    assert order_of(page) == list(range(len(page)))


@given(angles, st.integers(10, 30), st.integers(4, 8))
def test_headings_between_bands_of_two_columns_stay_between_them(degrees: float, length: int, count: int) -> None:
    wide, high = CHARACTER * (length + 3), 2 * CHARACTER * (count + 2)
    page: list[Quad] = []
    for band in range(2):
        page.append(box(wide / 2, band * high, wide, 1.5 * CHARACTER))
        for block in range(2):
            page += rows_below(block * wide, band * high + 3 * CHARACTER, count, length)
    assert order_of(as_found(page, degrees)) == list(range(len(page)))


@given(angles, st.integers(2, 60), st.booleans(), st.randoms(use_true_random=False))
def test_the_corners_of_a_line_are_told_by_its_shape_in_whatever_order_they_come(
    degrees: float, length: int, vertical: bool, chance: Random
) -> None:
    upright = box(300, 300, CHARACTER, CHARACTER * length) if vertical else box(300, 300, CHARACTER * length, CHARACTER)
    leaning = turned(upright, degrees)
    corners = list(zip(leaning[0::2], leaning[1::2], strict=True))
    chance.shuffle(corners)
    assert quad_of(corners) == pytest.approx(leaning)


def test_a_column_beside_rows_is_a_block_of_its_own() -> None:
    rows = rows_below(0, 0, 5, 20)
    assert order_of([*rows, box(600, 0, 20, 200)]) == [0, 1, 2, 3, 4, 5]


def test_three_rows_in_two_pieces_are_three_rows_unless_a_wide_gutter_parts_them() -> None:
    near = [box(left, 40 * row, 300) for row in range(3) for left in (0, 320)]
    assert order_of(near) == [0, 1, 2, 3, 4, 5]
    apart = [box(left, 40 * row, 300) for row in range(3) for left in (0, 340)]
    assert order_of(apart) == [0, 2, 4, 1, 3, 5]


def test_a_line_that_lies_in_a_row_with_others_is_no_heading_over_two_columns() -> None:
    page = [*rows_below(0, 0, 5, 10), *rows_below(400, 0, 5, 10), box(100, 82, 400)]
    assert sorted(order_of(page)) == list(range(11))
