"""Waiting for something that another process or thread does."""

import time
from collections.abc import Callable

_STEP_S = 0.02
_LONGEST_S = 120.0


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds.

    The limit only keeps a broken test from hanging for ever; it is far beyond what any machine needs.

    Args:
        condition: asked again and again.

    Raises:
        AssertionError: it never held.
    """
    for _ in range(int(_LONGEST_S / _STEP_S)):
        if condition():
            return
        time.sleep(_STEP_S)
    raise AssertionError("it never happened")
