"""Measuring, and printing what was measured in one form."""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Stopwatch:
    """How long something took, in seconds."""

    seconds: float = 0.0


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """Measure the time spent inside.

    Yields:
        The watch; it is set at the end.
    """
    watch = Stopwatch()
    started = time.perf_counter()
    try:
        yield watch
    finally:
        watch.seconds = time.perf_counter() - started


def median_seconds(action: Callable[[], object], *, times: int) -> float:
    """Do something several times, after once unmeasured.

    Args:
        action: what is measured.
        times: how often.

    Returns:
        The median duration in seconds.
    """
    action()
    durations = []
    for _ in range(times):
        with stopwatch() as watch:
            action()
        durations.append(watch.seconds)
    return statistics.median(durations)


def report(name: str, value: float, unit: str, **details: object) -> None:
    """Print one figure.

    Args:
        name: what was measured, in dotted words.
        value: the figure.
        unit: its unit.
        **details: under which conditions.
    """
    line = {"name": name, "value": round(value, 4), "unit": unit, **details}
    print(json.dumps(line, ensure_ascii=False), flush=True)
