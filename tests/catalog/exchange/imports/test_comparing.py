"""The three-way comparison, by its laws: what nobody changed is unchanged, and no side is ever overwritten unseen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.exchange.columns import CLEARED, Column, Kind
from catalog.exchange.imports.comparing import MOST_TEXT, Notice, Outcome, Refusal, clean, compare
from inference.spreadsheets import safe_cell

TEXT = Column("notes", "附注", Kind.TEXT, "", True, lambda _record: "")
CLOSED = Column("disclosure", "开放标识", Kind.TERM, "", False, lambda _record: "", terms=("开放", "控制"))
# Words that no spreadsheet takes for something else, so that what is left is the comparison alone.
WORDS = st.text(alphabet="外滩桥头人物甲乙丙 、，=+-@'\n", max_size=12).map(clean)


@given(base=WORDS, now=WORDS)
def test_what_came_back_as_it_left_changes_nothing(base: str, now: str) -> None:
    for cell in (base, safe_cell(base), f" {base} ", base.replace("\n", "\r\n")):
        assert compare(base=base, now=now, cell=cell, column=TEXT).outcome is Outcome.UNCHANGED


@given(base=WORDS, now=WORDS)
def test_an_empty_cell_changes_nothing(base: str, now: str) -> None:
    assert compare(base=base, now=now, cell="  ", column=TEXT).outcome is Outcome.UNCHANGED


@given(base=WORDS, mine=WORDS)
def test_where_the_catalogue_has_not_changed_the_table_counts(base: str, mine: str) -> None:
    verdict = compare(base=base, now=base, cell=mine, column=TEXT)
    assert verdict.outcome in (Outcome.UNCHANGED, Outcome.CHANGED, Outcome.REFUSED)
    if verdict.outcome is Outcome.CHANGED:
        assert verdict.after in (mine, mine[1:])
        assert verdict.after != base


@given(base=WORDS, now=WORDS, mine=WORDS)
def test_no_value_is_replaced_that_whoever_edited_had_not_seen(base: str, now: str, mine: str) -> None:
    verdict = compare(base=base, now=now, cell=mine, column=TEXT)
    if verdict.outcome is Outcome.CHANGED:
        assert now == base
    if verdict.outcome is Outcome.CONFLICT:
        assert now != base
        assert verdict.after not in (base, now)


@given(base=WORDS, mine=WORDS)
def test_both_sides_saying_the_same_is_no_conflict(base: str, mine: str) -> None:
    assert compare(base=base, now=mine, cell=mine, column=TEXT).outcome in (Outcome.SAME, Outcome.UNCHANGED)


@given(now=WORDS, mine=WORDS)
def test_without_what_was_exported_every_difference_is_a_conflict(now: str, mine: str) -> None:
    verdict = compare(base=None, now=now, cell=mine, column=TEXT)
    assert verdict.outcome is not Outcome.CHANGED
    if clean(mine) not in ("", now, clean(safe_cell(now))) and verdict.outcome is not Outcome.REFUSED:
        assert verdict.outcome is Outcome.CONFLICT


@given(base=WORDS, now=WORDS, mine=WORDS)
def test_a_protected_column_never_changes(base: str, now: str, mine: str) -> None:
    for known in (base, None):
        verdict = compare(base=known, now=now, cell=mine, column=CLOSED)
        assert verdict.outcome in (Outcome.UNCHANGED, Outcome.SAME, Outcome.IGNORED)


def test_what_was_defused_comes_back_as_it_was() -> None:
    assert compare(base="=1+1", now="=1+1", cell="'=1+1", column=TEXT).outcome is Outcome.UNCHANGED
    assert compare(base="甲", now="甲", cell="'=1+2", column=TEXT).after == "=1+2"
    # Somebody's own apostrophe was there before, and stays.
    assert compare(base="'=1", now="'=1", cell="'=2", column=TEXT).after == "'=2"
    number = Column("identifier", "照片号", Kind.IDENTIFIER, "", True, lambda _record: "")
    assert compare(base="-0012", now="-0012", cell="'-0012", column=number).outcome is Outcome.UNCHANGED


def test_a_cell_is_cleared_by_its_word() -> None:
    verdict = compare(base="外滩", now="外滩", cell=CLEARED, column=TEXT)
    assert (verdict.outcome, verdict.after) == (Outcome.CHANGED, "")
    assert compare(base="外滩", now="江边", cell=CLEARED, column=TEXT).outcome is Outcome.CONFLICT


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        (TEXT, "长" * (MOST_TEXT + 1), Refusal.TOO_LONG),
        (Column("x", "x", Kind.TERM, "", True, lambda _record: "", terms=("黑白",)), "彩的", Refusal.NO_TERM),
        (Column("identifier", "照片号", Kind.IDENTIFIER, "", True, lambda _record: ""), CLEARED, Refusal.UNCLEARABLE),
    ],
)
def test_what_the_catalogue_does_not_take_is_refused_by_name(column: Column, cell: str, reason: Refusal) -> None:
    verdict = compare(base="甲", now="甲", cell=cell, column=column)
    assert (verdict.outcome, verdict.reason) == (Outcome.REFUSED, reason)


def test_a_column_that_was_converted_is_left_alone() -> None:
    column = Column("x", "x", Kind.TERM, "", True, lambda _record: "Y", held=lambda _record: "永久")
    verdict = compare(base="Y", now="Y", cell="N", column=column)
    assert (verdict.outcome, verdict.reason) == (Outcome.IGNORED, Notice.CONVERTED)
