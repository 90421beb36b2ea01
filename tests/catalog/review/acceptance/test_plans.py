"""The smallest sample that keeps both risks, held against every other sample and against drawn lots."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest

from catalog.review.acceptance.hypergeometric import at_least, at_most, probabilities
from catalog.review.acceptance.plans import Promise, best_accepted, plan, worst_refused

PROMISES = [
    Promise(tolerable=0.2, expected=0.05, floor=0),
    Promise(tolerable=0.3, expected=0.0, beta=0.1, alpha=0.05, floor=0),
    Promise(tolerable=0.5, expected=0.3, beta=0.1, alpha=0.2, floor=0),
    Promise(tolerable=0.05, expected=0.02, floor=0),
]


def _accepted(lot: int, wrong: int, drawn: int, allowed: int) -> Fraction:
    """Return the exact probability of acceptance."""
    ways = sum(comb(wrong, k) * comb(lot - wrong, drawn - k) for k in range(min(allowed, drawn) + 1))
    return Fraction(ways, comb(lot, drawn))


def _smallest(lot: int, promise: Promise) -> int:
    """Return the smallest sample by trying all: every size with every allowed number."""
    bad, good = worst_refused(lot, promise.tolerable), best_accepted(lot, promise.expected)
    for drawn in range(1, lot):
        for allowed in range(drawn + 1):
            keeps_beta = _accepted(lot, bad, drawn, allowed) <= promise.beta
            if keeps_beta and 1 - _accepted(lot, good, drawn, allowed) <= promise.alpha:
                return drawn
    return lot


class TestHypergeometric:
    """The distribution itself."""

    @pytest.mark.parametrize(("lot", "wrong", "drawn"), [(1, 0, 1), (7, 3, 4), (20, 20, 5), (60, 12, 25), (50, 5, 0)])
    def test_it_is_what_counting_the_ways_gives(self, lot: int, wrong: int, drawn: int) -> None:
        ways = [comb(wrong, k) * comb(lot - wrong, drawn - k) / comb(lot, drawn) for k in range(drawn + 1)]
        assert probabilities(lot, wrong, drawn, 0, drawn) == pytest.approx(ways, rel=1e-9)
        for number in range(-1, drawn + 2):
            assert at_most(lot, wrong, drawn, number) == pytest.approx(sum(ways[: max(0, number + 1)]), abs=1e-9)
            assert at_least(lot, wrong, drawn, number) == pytest.approx(sum(ways[max(0, number) :]), abs=1e-9)

    def test_large_lots_are_as_exact(self) -> None:
        lot, wrong, drawn = 80_000, 4_000, 700
        ways = [Fraction(comb(wrong, k) * comb(lot - wrong, drawn - k), comb(lot, drawn)) for k in (20, 35, 60)]
        found = probabilities(lot, wrong, drawn, 20, 60)
        assert [found[0], found[15], found[40]] == pytest.approx([float(way) for way in ways], rel=1e-7)

    def test_what_is_no_sample_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no sample"):
            probabilities(10, 3, 11, 0, 1)


class TestPlans:
    """Sample and allowed number."""

    @pytest.mark.parametrize("promise", PROMISES)
    def test_no_smaller_sample_keeps_both_risks_in_any_lot_up_to_sixty(self, promise: Promise) -> None:
        for lot in range(1, 61):
            found = plan(lot, promise)
            bad, good = worst_refused(lot, promise.tolerable), best_accepted(lot, promise.expected)
            assert found.drawn == _smallest(lot, promise), lot
            assert _accepted(lot, bad, found.drawn, found.allowed) <= promise.beta
            if good < bad:
                assert 1 - _accepted(lot, good, found.drawn, found.allowed) <= promise.alpha

    def test_drawn_lots_of_eighty_thousand_are_accepted_as_often_as_was_promised(self) -> None:
        promise = Promise(tolerable=0.05, expected=0.03, floor=0)
        found = plan(80_000, promise)
        dice = np.random.default_rng(11821)
        for wrong, accepted in ((4_000, promise.beta), (2_400, 1 - promise.alpha)):
            drawn = dice.hypergeometric(wrong, 80_000 - wrong, found.drawn, size=20_000)
            share = float((drawn <= found.allowed).mean())
            assert share == pytest.approx(found.acceptance(wrong), abs=0.01)
            # Smallest: neither risk is kept by much more than a unit of the sample makes.
            assert share == pytest.approx(accepted, abs=0.02)

    def test_shares_that_are_close_need_a_large_sample_and_no_long_time(self) -> None:
        found = plan(80_000, Promise(tolerable=0.05, expected=0.045, floor=0))
        assert 5_000 < found.drawn < 40_000
        assert found.acceptance(4_000) <= 0.05
        assert found.acceptance(3_600) >= 0.9

    def test_the_floor_is_drawn_where_it_is_larger_and_both_risks_shrink(self) -> None:
        bare = plan(2_000, Promise(tolerable=0.2, expected=0.05, floor=0))
        floored = plan(2_000, Promise(tolerable=0.2, expected=0.05, floor=0.1))
        assert bare.drawn < 200 == floored.drawn
        assert floored.allowed > bare.allowed
        assert floored.acceptance(400) <= 0.05
        assert floored.acceptance(100) >= bare.acceptance(100)

    @pytest.mark.parametrize(("lot", "share", "drawn"), [(19, 0.05, 19), (1, 0.5, 1), (3, 0.05, 3)])
    def test_where_only_all_of_them_prove_it_all_are_judged(self, lot: int, share: float, drawn: int) -> None:
        found = plan(lot, Promise(tolerable=share, expected=0.01))
        assert (found.drawn, found.is_full, found.allowed) == (drawn, True, 0)

    def test_a_share_written_in_decimals_is_taken_at_its_word(self) -> None:
        assert worst_refused(80_000, 0.05) == 4_000
        assert best_accepted(100, 0.29) == 29
        assert plan(1_000, Promise(tolerable=0.4, expected=0.1, floor=0.07)).drawn == 70

    def test_the_operating_curve_falls_from_certainty_to_nothing(self) -> None:
        curve = plan(5_000, Promise(tolerable=0.05, expected=0.02)).operating_curve()
        shares, probabilities_ = zip(*curve, strict=True)
        assert (shares[0], probabilities_[0]) == (0.0, 1.0)
        assert list(probabilities_) == sorted(probabilities_, reverse=True)
        assert probabilities_[-1] < 0.001
        assert len(curve) <= 62

    @pytest.mark.parametrize(("tolerable", "expected"), [(0.05, 0.05), (0.02, 0.05), (0, 0), (1, 0.5), (0.1, -0.1)])
    def test_a_promise_that_cannot_be_kept_is_none(self, tolerable: float, expected: float) -> None:
        with pytest.raises(ValueError, match="expected"):
            Promise(tolerable=tolerable, expected=expected)

    def test_an_empty_lot_is_none(self) -> None:
        with pytest.raises(ValueError, match="one unit"):
            plan(0, PROMISES[0])
