"""This process's metrics, and how they are written out."""

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

MODEL = "model_name"
"""The label that vLLM gives to everything of a model."""

REGISTRY = CollectorRegistry(auto_describe=True)
"""An own one: whatever else this process loads may have its metrics elsewhere."""

# Memory, descriptors, processor time and start of this process.
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

# When each number was first counted: as many lines again, and nobody looks at them.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no types


def written() -> bytes:
    """Gather all metrics.

    Returns:
        Prometheus's plain text.
    """
    return generate_latest(REGISTRY)
