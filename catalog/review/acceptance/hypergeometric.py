"""The hypergeometric distribution: how many wrong units a sample without replacement finds in a lot.

The probability of `k` wrong ones among `n` drawn from a lot of `N` with `D` wrong ones is
C(D, k) C(N-D, n-k) / C(N, n) (Johnson, Kemp and Kotz, *Univariate Discrete Distributions*, 3rd ed., eq. 6.1). Computed
by logarithms of factorials, so that lots of a hundred thousand cost no more than small ones; the relative error stays
below 1e-7. numpy is loaded when something is reckoned: addresses and the worker lead here, and most commands reckon
nothing.
"""

from functools import lru_cache
from math import lgamma
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_LOTS_REMEMBERED = 4


@lru_cache(_LOTS_REMEMBERED)
def _log_factorials(largest: int) -> "np.ndarray":
    """Return ln(0!), ln(1!), … ln(largest!)."""
    import numpy as np

    return np.array([lgamma(number + 1) for number in range(largest + 1)])


def probabilities(lot: int, wrong: int, drawn: int, first: int, last: int) -> "np.ndarray":
    """Return how probable each number of wrong units in the sample is.

    Args:
        lot: units in the lot, N.
        wrong: wrong ones among them, D.
        drawn: units in the sample, n.
        first: smallest number asked about.
        last: largest number asked about.

    Returns:
        last - first + 1 probabilities; 0 for what cannot be.

    Raises:
        ValueError: there is no such lot or sample.
    """
    if not (0 <= wrong <= lot and 0 <= drawn <= lot):
        raise ValueError(f"no sample of {drawn} from a lot of {lot} with {wrong} wrong units")
    import numpy as np

    found = np.arange(first, last + 1)
    result = np.zeros(len(found))
    possible = (found >= max(0, drawn - (lot - wrong))) & (found <= min(drawn, wrong))
    k = found[possible]
    ln = _log_factorials(lot)
    result[possible] = np.exp(
        ln[wrong] - ln[k] - ln[wrong - k]
        + ln[lot - wrong] - ln[drawn - k] - ln[lot - wrong - drawn + k]
        - (ln[lot] - ln[drawn] - ln[lot - drawn])
    )  # fmt: skip
    return result


def at_most(lot: int, wrong: int, drawn: int, number: int) -> float:
    """Return how probable it is that a sample finds no more than a number of wrong units.

    Args:
        lot: units in the lot.
        wrong: wrong ones among them.
        drawn: units in the sample.
        number: the largest number that counts.
    """
    if number < 0:
        return 0.0
    if number >= min(drawn, wrong):
        return 1.0
    return min(1.0, float(probabilities(lot, wrong, drawn, 0, number).sum()))


def at_least(lot: int, wrong: int, drawn: int, number: int) -> float:
    """Return how probable it is that a sample finds a number of wrong units or more.

    Args:
        lot: units in the lot.
        wrong: wrong ones among them.
        drawn: units in the sample.
        number: the smallest number that counts.
    """
    most = min(drawn, wrong)
    if number <= max(0, drawn - (lot - wrong)):
        return 1.0
    if number > most:
        return 0.0
    return min(1.0, float(probabilities(lot, wrong, drawn, number, most).sum()))
