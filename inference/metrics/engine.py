"""Tells how the engine is at the moment that somebody asks: nothing is kept here."""

from collections.abc import Callable, Iterable
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from inference.engine.types import Figures
from inference.metrics.registry import MODEL


class Engine(Protocol):
    """What is asked; :class:`inference.service.Service` is one."""

    @property
    def state(self) -> str:
        """``ready`` when it takes requests."""

    @property
    def model_name(self) -> str:
        """What the model is called."""

    @property
    def model_version(self) -> str:
        """Name and fingerprint; empty while no model is loaded."""

    def figures(self) -> Figures:
        """Return how it is doing."""


class EngineMetrics(Collector):
    """Everything that the engine counts by itself."""

    def __init__(self, engine: Callable[[], Engine], version: str) -> None:
        """Prepare; nobody is asked yet.

        Args:
            engine: gives the one to ask.
            version: of this software.
        """
        self._engine = engine
        self._version = version

    def describe(self) -> Iterable[Metric]:
        """Name the metrics without asking anybody."""
        return _families("", "", "", "", Figures())

    def collect(self) -> Iterable[Metric]:
        """Ask now."""
        engine = self._engine()
        return _families(engine.model_name, engine.model_version, engine.state, self._version, engine.figures())


def _families(name: str, model_version: str, state: str, version: str, figures: Figures) -> Iterable[Metric]:
    model = figures.model
    names = {"version": version, MODEL: name, "model_version": model_version}
    yield InfoMetricFamily("glmv_build", "Which software, and which model.", names)
    yield _gauge("glmv_ready", "1 when the model takes requests.", name, state == "ready")
    yield _gauge("vllm:num_requests_running", "Answers that are being written.", name, figures.running)
    yield _gauge("vllm:num_requests_waiting", "Requests that wait for their turn.", name, figures.waiting)
    yield _counter("vllm:prompt_tokens", "Tokens read since the start.", name, figures.prompt_tokens)
    yield _counter("vllm:generation_tokens", "Tokens written since the start.", name, figures.output_tokens)
    yield _gauge("vllm:kv_cache_usage_perc", "How much of the KV cache is used, 0 to 1.", name, _used(figures))
    yield _gauge("glmv_batch_size", "Answers that grow together in each step.", name, figures.running)
    yield _gauge("glmv_batch_size_limit", "Most answers that may grow together.", name, figures.most_rows)
    hits, misses = model.get("vision_cache_hits"), model.get("vision_cache_misses")
    asked = None if hits is None or misses is None else hits + misses
    yield _counter("vllm:mm_cache_queries", "Pictures looked up among those seen before.", name, asked)
    yield _counter("vllm:mm_cache_hits", "Pictures that had been seen before.", name, hits)
    yield _counter("glmv_out_of_memory", "How often memory ran out.", name, figures.out_of_memory)
    yield _counter(
        "glmv_engine_restarts", "How often the engine was started anew after a crash.", name, figures.restarts
    )
    used, total = model.get("device_memory_used_bytes", 0), model.get("device_memory_total_bytes")
    yield GaugeMetricFamily("gpu_memory_used_bytes", "Memory in use on the accelerator; 0 without one.", used)
    memory = GaugeMetricFamily("gpu_memory_total_bytes", "Memory of the accelerator; not there without one.", labels=())
    if total is not None:
        memory.add_metric((), total)
    yield memory


def _used(figures: Figures) -> float | None:
    budget = figures.model.get("cache_budget_tokens")
    return figures.model.get("cache_tokens", 0) / budget if budget else None


def _gauge(name: str, words: str, model: str, value: float | None) -> Metric:
    """Write a gauge of the model; one that it knows nothing of has a name only."""
    family = GaugeMetricFamily(name, words, labels=(MODEL,))
    if value is not None:
        family.add_metric((model,), float(value))
    return family


def _counter(name: str, words: str, model: str, value: float | None) -> Metric:
    family = CounterMetricFamily(name, words, labels=(MODEL,))
    if value is not None:
        family.add_metric((model,), float(value))
    return family
