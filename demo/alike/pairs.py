"""Pairs of pictures with the right answer to whether they show the same."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from PIL import Image

from demo.alike.again import AGAIN, rescan
from demo.alike.sheets import DRAWN, blank_sheet, one_entry

_OF_SHEETS = ("rescan", "margins")
_FAMILIES = 7


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures.

    Attributes:
        what: what is on them.
        how: how the second came about where they show the same; empty where they do not.
        first: a picture.
        second: another.
    """

    what: str
    how: str
    first: Image.Image
    second: Image.Image


def pairs_of_the_same(count: int, seed: int = 0) -> Iterator[Pair]:
    """Draw things that were scanned twice, or photographed twice in a row.

    Args:
        count: how many for each kind of thing and each way that it can come in once more.
        seed: another one gives other pairs.

    Yields:
        The pairs.
    """
    for what, draw in DRAWN.items():
        for number in range(count):
            first = draw(seed + number % _FAMILIES, seed * 1000 + number)
            chance = random.Random(f"same-{what}-{seed}-{number}")
            for how in AGAIN if what == "photograph" else _OF_SHEETS:
                yield Pair(what, how, first, AGAIN[how](first, chance))


def pairs_of_different(families: int, seed: int = 0) -> Iterator[Pair]:
    """Draw things that look alike and are different: forms filled in otherwise, pages of one book, blank sheets.

    Args:
        families: how many for each kind of thing; four of each are held against each other.
        seed: another one gives other pairs.

    Yields:
        The pairs; two of four pictures were scanned as a re-scan is, so that no scanner gives the answer away.
    """
    for what, draw in {**DRAWN, "one entry": one_entry, "blank": blank_sheet}.items():
        for family in range(seed, seed + families):
            four = [draw(family, seed * 1000 + number) for number in range(4)]
            chance = random.Random(f"different-{what}-{family}")
            four[2:] = [rescan(picture, chance) for picture in four[2:]]
            for first, second in combinations(four, 2):
                yield Pair(what, "", first, second)
