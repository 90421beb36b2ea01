"""What the engine counts by itself is asked for when somebody looks."""

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry

from inference.engine.types import Figures
from inference.metrics.engine import EngineMetrics

MODEL = {"model_name": "glm"}


@dataclass
class Standing:
    """An engine that stands as a test says."""

    doing: Figures = field(default_factory=Figures)
    state: str = "ready"
    model_name: str = "glm"
    model_version: str = "glm@1"

    def figures(self) -> Figures:
        return self.doing


def look(engine: Standing) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(EngineMetrics(lambda: engine, "1.0"))
    return registry


def test_the_queue_the_batch_and_the_tokens_are_told() -> None:
    figures = Figures(running=3, waiting=2, most_rows=8, out_of_memory=1, restarts=4, prompt_tokens=70, output_tokens=9)

    told = look(Standing(figures))

    values = {
        "vllm:num_requests_running": 3, "vllm:num_requests_waiting": 2, "glmv_batch_size": 3,
        "glmv_batch_size_limit": 8, "glmv_out_of_memory_total": 1, "glmv_engine_restarts_total": 4,
        "vllm:prompt_tokens_total": 70, "vllm:generation_tokens_total": 9, "glmv_ready": 1,
    }  # fmt: skip
    assert {name: told.get_sample_value(name, MODEL) for name in values} == values


def test_memory_and_caches_are_told_where_the_model_knows_them() -> None:
    model = {
        "cache_tokens": 250, "cache_budget_tokens": 1000, "vision_cache_hits": 3, "vision_cache_misses": 1,
        "device_memory_used_bytes": 5e9, "device_memory_total_bytes": 2e10,
    }  # fmt: skip
    told = look(Standing(Figures(model=model)))

    assert told.get_sample_value("vllm:kv_cache_usage_perc", MODEL) == 0.25
    assert told.get_sample_value("vllm:mm_cache_queries_total", MODEL) == 4
    assert told.get_sample_value("vllm:mm_cache_hits_total", MODEL) == 3
    assert told.get_sample_value("gpu_memory_used_bytes") == 5e9
    assert told.get_sample_value("gpu_memory_total_bytes") == 2e10


def test_without_a_gpu_none_of_its_memory_is_used_and_there_is_no_total() -> None:
    told = look(Standing())

    assert told.get_sample_value("gpu_memory_used_bytes") == 0
    assert told.get_sample_value("gpu_memory_total_bytes") is None


def test_of_another_servers_caches_nothing_is_claimed() -> None:
    told = look(Standing())

    assert told.get_sample_value("vllm:kv_cache_usage_perc", MODEL) is None
    assert told.get_sample_value("vllm:mm_cache_queries_total", MODEL) is None


def test_a_model_that_is_loading_is_not_ready() -> None:
    assert look(Standing(state="loading")).get_sample_value("glmv_ready", MODEL) == 0


def test_software_and_model_are_named() -> None:
    names = {"version": "1.0", "model_name": "glm", "model_version": "glm@1"}

    assert look(Standing()).get_sample_value("glmv_build_info", names) == 1
