"""Reads numbers out of the metrics; they go on counting from one test to the next."""

from collections.abc import Callable

import pytest

from inference.metrics.registry import REGISTRY

Read = Callable[..., float]


@pytest.fixture
def read() -> Read:
    """Return a number's growth since the test began, or since it was first asked for."""

    def value(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0.0

    return value
