"""In which order lines are read."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.reading_order import Quad, in_order, is_vertical, quad_of


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
