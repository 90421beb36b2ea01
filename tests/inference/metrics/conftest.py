"""Reads numbers out of the metrics."""

from collections.abc import Callable

import pytest

from inference.metrics.registry import REGISTRY

Read = Callable[..., float]


@pytest.fixture
def read() -> Read:
    """Return a function that looks a number up; 0 where nothing was counted yet."""

    def value(name: str, **labels: str) -> float:
        # That one only: others ask the database.
        samples = (sample for metric in REGISTRY.restricted_registry([name]).collect() for sample in metric.samples)
        return next((sample.value for sample in samples if sample.name == name and sample.labels == labels), 0.0)

    return value
