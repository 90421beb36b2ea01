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
        return REGISTRY.restricted_registry([name]).get_sample_value(name, labels) or 0.0

    return value
