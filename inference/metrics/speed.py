"""How fast a model writes: tokens by the time in which they were written, not by the clock on the wall."""

import threading
import time
from collections import deque
from collections.abc import Callable

_WINDOW_S = 60
_SLOT_S = 1.0


class Speed:
    """Tokens per second of writing, over the last minute. Any thread.

    Time in which several answers grew together counts once; time in which none grew, or a prompt was read for the first
    token of one while no other grew, does not count. So the number is the same whether somebody looks every five
    seconds or every minute, and one question an hour shows the same speed as a hundred.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing.

        Args:
            clock: seconds.
        """
        self._clock = clock
        self._lock = threading.Lock()
        self._slots: deque[list[float]] = deque()  # when it began, tokens, seconds of writing
        self._latest = float("-inf")

    def wrote(self, gap_s: float, tokens: int = 1) -> None:
        """Count tokens.

        Args:
            gap_s: seconds that they took, up to now.
            tokens: how many.
        """
        now = self._clock()
        with self._lock:
            writing_s = min(gap_s, now - self._latest)
            if gap_s:
                self._latest = now
            if not self._slots or now - self._slots[-1][0] >= _SLOT_S:
                self._slots.append([now, 0, 0.0])
                self._forget(now)
            self._slots[-1][1] += tokens
            self._slots[-1][2] += writing_s

    def tokens_per_second(self) -> float:
        """Return the speed; 0 where nothing was written for a minute."""
        with self._lock:
            self._forget(self._clock())
            seconds = sum(slot[2] for slot in self._slots)
            return sum(slot[1] for slot in self._slots) / seconds if seconds else 0.0

    def _forget(self, now: float) -> None:
        while self._slots and now - self._slots[0][0] > _WINDOW_S:
            self._slots.popleft()
