"""When two perceptual hashes may mean the same picture, and how an index finds them among a million.

A hash of 64 bits is cut into four bands of 16. Two hashes that differ in at most seven bits differ in at most one bit
of some band, so it is enough to ask for each band's value and its sixteen neighbours: an exact search that any
database answers from its indexes. The bits are dealt out to the bands like cards, since neighbouring bits of a
difference hash resemble each other and would make a few values of a band very common.

A hash near another says that two pictures have the same lights and shadows, and no more: two cards of one form have.
Whether they show the same is looked at in the pictures (`catalog.records.second_look`).
"""

from collections.abc import Iterable

BANDS = ("band_0", "band_1", "band_2", "band_3")
"""Columns of a scan that hold the parts of its hash."""
CERTAIN = 7
"""Most bits in which two hashes may differ and are still found without a gap."""
NEAR = 13
"""Most bits in which the hashes of two scans of one thing may differ. Of those that differ in ten, three in four share
a band but for one bit, and a scan is asked about under several hashes: what would be missed by one is found by another.
"""
_BITS = 64
_WIDTH = _BITS // len(BANDS)
# 29 has no factor in common with 64, so this visits every bit once, and bits next to each other go far apart.
_DEAL = tuple(place * 29 % _BITS for place in range(_BITS))
# A blank sheet and an even gradient have hashes of nearly only zeros or only ones, whatever is on them.
_LEAST_TELLING = 6


def distance(first: str, second: str) -> int:
    """Return in how many bits two hashes, written in hexadecimal, differ."""
    return (int(first, 16) ^ int(second, 16)).bit_count()


def is_telling(perceptual_hash: str) -> bool:
    """Tell whether a hash says enough about its picture to be compared: blank sheets all look alike."""
    if len(perceptual_hash) != _BITS // 4:
        return False
    ones = int(perceptual_hash, 16).bit_count()
    return _LEAST_TELLING <= ones <= _BITS - _LEAST_TELLING


def bands(perceptual_hash: str) -> tuple[int | None, ...]:
    """Return what a scan's band columns hold.

    Args:
        perceptual_hash: sixteen hexadecimal digits; anything else counts as no hash.

    Returns:
        One number of 16 bits for each of `BANDS`; None for each where the hash says too little.
    """
    if not is_telling(perceptual_hash):
        return (None,) * len(BANDS)
    value = int(perceptual_hash, 16)
    return tuple(_gathered(value, _DEAL[start : start + _WIDTH]) for start in range(0, _BITS, _WIDTH))


def neighbours(band: int) -> list[int]:
    """Return a band's value and all that differ from it in one bit."""
    return [band, *(band ^ 1 << bit for bit in range(_WIDTH))]


def _gathered(value: int, places: Iterable[int]) -> int:
    gathered = 0
    for place in places:
        gathered = gathered << 1 | (value >> place & 1)
    return gathered
