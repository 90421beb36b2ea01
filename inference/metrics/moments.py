"""Tells when something of the installation was last done, such as a backup."""

from collections.abc import Callable, Iterable, Sequence

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from inference.providers import Moment


class MomentMetrics(Collector):
    """Moments as seconds since 1970, 0 for never: an alert on the age of something works for both."""

    def __init__(self, provider: Callable[[], Callable[[], Sequence[Moment]] | None]) -> None:
        """Prepare; nobody is asked yet.

        Args:
            provider: gives who knows; None in an installation where nobody does.
        """
        self._provider = provider

    def describe(self) -> Iterable[Metric]:
        """Name no metrics: nobody may be asked while the site is being put together."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Ask."""
        known = self._provider()
        for moment in known() if known else ():
            seconds = moment.at.timestamp() if moment.at else 0.0
            yield GaugeMetricFamily(moment.name, moment.words, value=seconds)
