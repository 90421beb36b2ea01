"""Which units of a lot are judged: drawn at random by a seed that is kept, so that anybody can draw the same again.

The order of a part is that of SHA-256 over seed, part and unit: it needs no generator that a later version of a library
may change, and an inspector can repeat it with any tool.
"""

from collections.abc import Hashable, Mapping, Sequence
from hashlib import sha256


def draw(units: Mapping[str, Sequence[int]], drawn: int, seed: str) -> dict[str, list[int]]:
    """Draw from each part of a lot in proportion to its units.

    Args:
        units: part (a volume) → keys of its units.
        drawn: how many are drawn in all, no more than there are.
        seed: kept with the audit.

    Returns:
        Part → keys drawn, in the order in which they are to be judged; parts from which nothing is drawn are left out.

    Raises:
        ValueError: there are not so many units, or one is named twice.
    """
    if drawn > sum(map(len, units.values())) or drawn < 0:
        raise ValueError(f"no {drawn} units to draw")
    if any(len(set(keys)) < len(keys) for keys in units.values()):
        raise ValueError("a unit is named twice")
    shares = allocate({part: len(keys) for part, keys in units.items()}, drawn)
    return {
        part: sorted(units[part], key=lambda key: _place(seed, part, key))[:number]
        for part, number in shares.items()
        if number
    }


def allocate(units: Mapping[str, int], drawn: int) -> dict[str, int]:
    """Share a sample out among parts in proportion to their units, by the largest remainders.

    Args:
        units: part → how many units it has.
        drawn: how many are drawn in all.

    Returns:
        Part → how many are drawn from it; never more than it has.
    """
    lot = sum(units.values())
    shares = {part: drawn * number // lot for part, number in units.items()} if lot else dict.fromkeys(units, 0)
    left = drawn - sum(shares.values())
    # The names last, so that equal remainders are shared out the same way again.
    ranked = sorted(units, key=lambda part: (-(drawn * units[part] % lot if lot else 0), part))
    for part in ranked[:left]:
        shares[part] += 1
    return shares


def _place(seed: str, part: Hashable, key: int) -> bytes:
    return sha256(f"{seed}\x1f{part}\x1f{key}".encode()).digest()
