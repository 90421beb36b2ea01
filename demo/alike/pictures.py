"""A collection of pictures that look alike, with the right answer to which of them show the same thing."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from demo.alike.again import AGAIN
from demo.alike.sheets import DRAWN, blank_sheet, one_entry

_ONLY_ONCE = {"one entry": one_entry, "blank": blank_sheet}
"""Things that differ in next to nothing, of which a second scan could not be told from the next thing."""


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A picture.

    Attributes:
        what: what is on it.
        thing: which thing; pictures of the same thing belong into one group, and no others.
        how: how it came in once more; empty for the first scan of a thing.
        picture: the scan.
    """

    what: str
    thing: str
    how: str
    picture: Image.Image


def look_alikes(families: int, members: int, seed: int = 0) -> Iterator[LookAlike]:
    """Draw forms, tables, typed pages, drawings, photographs and blank sheets, and scan some of them again.

    Args:
        families: how many families for each kind: forms, ledgers, letterheads.
        members: how many different things in each family.
        seed: another one gives other pictures.

    Yields:
        The first scans of all things, each followed by its re-scan; the first of a family is also cut, and
        photographed a moment later where it is a photograph.
    """
    for what, draw in {**DRAWN, **_ONLY_ONCE}.items():
        for family in range(seed, seed + families):
            for member in range(members):
                thing, picture = f"{what} {family}-{member}", draw(family, member)
                yield LookAlike(what, thing, "", picture)
                for how in _ways(what, member):
                    chance = random.Random(f"{thing} {how}")
                    yield LookAlike(what, thing, how, AGAIN[how](picture, chance))


def _ways(what: str, member: int) -> list[str]:
    if what in _ONLY_ONCE:
        return []
    return [how for how in AGAIN if how == "rescan" or (not member and (what == "photograph" or how == "margins"))]
