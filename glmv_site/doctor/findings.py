"""What a look at one thing says."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        level: as it should be, open or worth knowing, or broken.
        text: what it is and, where it is not as it should be, what to do.
    """

    level: Level
    text: str


def closed_or_open(closed: bool, good: str, otherwise: str) -> Finding:
    """Return what is said of a door.

    Args:
        closed: whether it is closed.
        good: what is said then.
        otherwise: what is said of an open one, with what to do.
    """
    return Finding("ok", good) if closed else Finding("note", otherwise)
