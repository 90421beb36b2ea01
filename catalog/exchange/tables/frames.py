"""What stands around the rows of a table for another system: nothing of ours, and what its own template has."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """A table that another system reads: one sheet, its heading to the letter, no sheet that explains it.

    Attributes:
        sheet: the sheet's name; empty for the usual one.
        lines_before: lines above the heading.
    """

    sheet: str = ""
    lines_before: tuple[tuple[str, ...], ...] = ()
