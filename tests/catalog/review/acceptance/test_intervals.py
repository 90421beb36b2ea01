"""Limits of a share: as published where they are, by counting where they are not."""

from math import comb, exp, lgamma, log, log1p

import numpy as np
import pytest

from catalog.review.acceptance.intervals import Stratum, clopper_pearson, finite, stratified

PUBLISHED = [
    (263, 81, 0.2527, 0.3676),
    (148, 15, 0.0578, 0.1617),
    (20, 0, 0.0000, 0.1684),
    (29, 1, 0.0009, 0.1776),
]
"""Drawn, hits and limits by R. G. Newcombe, "Two-sided confidence intervals for the single proportion: comparison of
seven methods", Statistics in Medicine 17 (1998), pp. 857-872, table I, method 5 (Clopper-Pearson).
"""


class TestClopperPearson:
    """For samples from what has no end."""

    @pytest.mark.parametrize(("drawn", "hits", "low", "high"), PUBLISHED)
    def test_the_limits_are_the_published_ones(self, drawn: int, hits: int, low: float, high: float) -> None:
        found = clopper_pearson(drawn, hits)
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)

    @pytest.mark.parametrize(("drawn", "hits"), [(1, 0), (1, 1), (10, 3), (400, 380), (5_000, 4_000)])
    def test_at_a_limit_the_tail_has_half_of_what_the_confidence_leaves(self, drawn: int, hits: int) -> None:
        found = clopper_pearson(drawn, hits)
        if hits:
            assert _binomial(drawn, found.low, hits, drawn) == pytest.approx(0.025, rel=1e-6)
        if hits < drawn:
            assert _binomial(drawn, found.high, 0, hits) == pytest.approx(0.025, rel=1e-6)

    def test_more_confidence_is_wider(self) -> None:
        usual, sure = clopper_pearson(100, 20), clopper_pearson(100, 20, confidence=0.99)
        assert sure.low < usual.low < usual.share < usual.high < sure.high


class TestFinite:
    """For samples from a lot."""

    @pytest.mark.parametrize("lot", [1, 2, 7, 30])
    def test_the_limits_are_those_of_trying_every_lot(self, lot: int) -> None:
        for drawn in range(1, lot + 1):
            for hits in range(drawn + 1):
                found = finite(lot, drawn, hits)
                kept = [number for number in range(lot + 1) if _is_kept(lot, number, drawn, hits)]
                assert (round(found.low * lot), round(found.high * lot)) == (kept[0], kept[-1])

    def test_who_judged_all_knows_it(self) -> None:
        found = finite(500, 500, 31)
        assert (found.low, found.share, found.high) == (0.062, 0.062, 0.062)

    def test_a_part_of_a_lot_says_more_than_as_much_of_an_endless_one(self) -> None:
        whole, part = clopper_pearson(400, 20), finite(800, 400, 20)
        assert whole.low < part.low < part.high < whole.high

    def test_a_small_part_of_a_large_lot_says_nearly_the_same(self) -> None:
        whole, part = clopper_pearson(300, 12), finite(80_000, 300, 12)
        assert (part.low, part.high) == pytest.approx((whole.low, whole.high), abs=1e-3)


class TestStratified:
    """For lots drawn from in parts."""

    def test_one_part_is_a_lot(self) -> None:
        assert stratified([Stratum(800, 40, 3)]) == finite(800, 40, 3)

    def test_the_share_is_weighted_by_the_units_of_the_parts(self) -> None:
        found = stratified([Stratum(900, 30, 3), Stratum(100, 30, 15)])
        assert found.share == pytest.approx(0.9 * 0.1 + 0.1 * 0.5)
        assert found.low < found.share < found.high

    def test_the_truth_is_within_as_often_as_was_said(self) -> None:
        dice = np.random.default_rng(70)
        parts = [(1_200, 60, 36), (600, 30, 60), (200, 10, 50)]
        truth = sum(wrong for _units, _drawn, wrong in parts) / sum(units for units, _drawn, _wrong in parts)
        within = 0
        for _again in range(400):
            strata = [
                Stratum(units, drawn, int(dice.hypergeometric(wrong, units - wrong, drawn)))
                for units, drawn, wrong in parts
            ]
            found = stratified(strata)
            within += found.low <= truth <= found.high
        assert within / 400 >= 0.94

    def test_where_nothing_was_found_the_upper_limit_is_that_of_all_units_together(self) -> None:
        found = stratified([Stratum(500, 25, 0), Stratum(500, 25, 0)])
        assert (found.share, found.low) == (0.0, 0.0)
        assert found.high == pytest.approx(clopper_pearson(50, 0).high)

    def test_what_was_seen_is_not_denied(self) -> None:
        found = stratified([Stratum(4, 3, 3), Stratum(4, 4, 0)])
        assert found.low >= 3 / 8
        assert found.high <= 4 / 8

    @pytest.mark.parametrize("strata", [[], [Stratum(5, 0, 0)], [Stratum(5, 2, 3)]])
    def test_nothing_proves_nothing(self, strata: list[Stratum]) -> None:
        with pytest.raises(ValueError, match=r"no parts|\d of \d"):
            stratified(strata)


def _binomial(drawn: int, share: float, first: int, last: int) -> float:
    """Return how probable it is that so many of those drawn are hits."""
    ln_one = lgamma(drawn + 1)
    return sum(
        exp(ln_one - lgamma(k + 1) - lgamma(drawn - k + 1) + k * log(share) + (drawn - k) * log1p(-share))
        for k in range(first, last + 1)
    )


def _is_kept(lot: int, number: int, drawn: int, hits: int) -> bool:
    """Tell whether a lot with so many hits is within the limits, by counting the ways."""
    ways = [comb(number, k) * comb(lot - number, drawn - k) for k in range(drawn + 1)]
    all_of_them = comb(lot, drawn)
    return sum(ways[: hits + 1]) / all_of_them > 0.025 and sum(ways[hits:]) / all_of_them > 0.025
