"""Tells what the catalogue counts. Asking a large one takes a moment, so that its answer is good for a minute."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence

from django.db import Error
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from inference.providers import Count

_GOOD_FOR_S = 60.0

logger = logging.getLogger(__name__)


class CountMetrics(Collector):
    """Counts by state. However many ask at once, the catalogue is asked once."""

    def __init__(
        self, provider: Callable[[], Callable[[], Sequence[Count]] | None], *, good_for_s: float = _GOOD_FOR_S
    ) -> None:
        """Prepare; nobody is asked yet.

        Args:
            provider: gives who counts; None in an installation without a catalogue.
            good_for_s: how long an answer is kept.
        """
        self._provider = provider
        self._good_for_s = good_for_s
        self._lock = threading.Lock()
        self._kept: Sequence[Count] = ()
        self._kept_until = 0.0

    def describe(self) -> Iterable[Metric]:
        """Name no metrics: before the tables are there nobody may be asked."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Ask, unless that was done a moment ago."""
        for count in self._counts():
            family = GaugeMetricFamily(count.name, count.words, labels=(count.label,))
            for value, number in count.numbers.items():
                family.add_metric((value,), number)
            yield family

    def _counts(self) -> Sequence[Count]:
        with self._lock:
            provider = self._provider()
            if provider is None:
                return ()
            if time.monotonic() >= self._kept_until:
                try:
                    self._kept = provider()
                except Error:
                    # The engine's metrics are wanted most when something is wrong.
                    logger.warning("the catalogue could not be counted", exc_info=True)
                    self._kept = ()
                self._kept_until = time.monotonic() + self._good_for_s
            return self._kept
