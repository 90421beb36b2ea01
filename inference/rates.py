"""Counts calls: so many a minute, and no more in any minute.

The window slides: the moments of the last minute's calls are kept, so that the bound holds in every minute and a
refusal can say exactly when the next call will be let in. They are kept in this process: the one that has the model
serves every call of an installation, and a lock in memory is both exact and cheaper than a shared store.
"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable

WINDOW_S = 60.0


class Rates:
    """Calls of the last minute by who made them; threads may share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with no calls.

        Args:
            clock: the seconds now; must never go back.
        """
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)

    def count(self, caller: str, limit: int) -> float:
        """Let a call in and remember it, or say how long it has to wait.

        Args:
            caller: who calls.
            limit: how many calls are let in within a minute; those that are refused do not count.

        Returns:
            0 where the call is let in; otherwise the seconds after which one would be.
        """
        with self._lock:
            now = self._clock()
            calls = self._calls[caller]
            while calls and now - calls[0] >= WINDOW_S:
                calls.popleft()
            if len(calls) < limit:
                calls.append(now)
                return 0.0
            # Where the limit was lowered meanwhile, more than one call has to leave the window first.
            return WINDOW_S if limit < 1 else calls[len(calls) - limit] + WINDOW_S - now

    def left(self, caller: str, limit: int) -> tuple[int, float]:
        """Tell how many calls would still be let in now.

        Args:
            caller: who calls.
            limit: how many calls are let in within a minute.

        Returns:
            The number, and the seconds after which all of them are to be had again.
        """
        with self._lock:
            now = self._clock()
            recent = [moment for moment in self._calls[caller] if now - moment < WINDOW_S]
            return max(0, limit - len(recent)), (recent[-1] + WINDOW_S - now if recent else 0.0)


rates = Rates()
"""This process's."""
