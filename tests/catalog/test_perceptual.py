"""Hashes cut into bands, so that an index finds those that differ in a few bits."""

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.perceptual import CERTAIN, bands, distance, is_telling, neighbours

HASHES = st.integers(0, 2**64 - 1).map("{:016x}".format).filter(is_telling)


@settings(deadline=None)
@given(HASHES, st.sets(st.integers(0, 63), max_size=CERTAIN))
def test_whatever_is_near_shares_a_neighbour_in_at_least_one_band(first: str, flipped: set[int]) -> None:
    second = f"{int(first, 16) ^ sum(1 << bit for bit in flipped):016x}"

    assert distance(first, second) == len(flipped)
    if is_telling(second):
        pairs = zip(bands(first), bands(second), strict=True)
        assert any(two in neighbours(one) for one, two in pairs if one is not None)


@settings(deadline=None)
@given(HASHES)
def test_the_bands_hold_every_bit_once(perceptual_hash: str) -> None:
    assert sum((band or 0).bit_count() for band in bands(perceptual_hash)) == int(perceptual_hash, 16).bit_count()


def test_a_blank_sheet_has_no_bands() -> None:
    for blank in ("", "0" * 16, "f" * 16, "0000000000000001", "no hash at all", "nohexadecimals!!"[:5]):
        assert bands(blank) == (None, None, None, None)
