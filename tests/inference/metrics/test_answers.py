"""Whatever way a request takes to the engine, its answer is timed; one that nobody wanted any more is only counted."""

from collections.abc import Callable, Iterator

import pytest

from inference.engine.engine import Engine
from inference.service import Service
from tests.inference.metrics.conftest import Read
from tests.inference.scripted import Gate, ScriptedModel, ask
from tests.waiting import eventually


@pytest.fixture
def named(request: pytest.FixtureRequest) -> str:
    """Return a model's name that no other test has."""
    return f"model of {request.node.name}"


@pytest.fixture
def start(named: str) -> Iterator[Callable[[ScriptedModel], Service]]:
    services: list[Service] = []

    def start(model: ScriptedModel) -> Service:
        service = Service(Engine(lambda: model, queue_limit=4), model_name=named)
        services.append(service)
        service.start()
        service.wait_ready(30)
        return service

    yield start
    for service in services:
        service.stop(30)


Start = Callable[[ScriptedModel], Service]


def test_a_whole_answer_a_stream_and_a_batch_are_all_timed(start: Start, named: str, read: Read) -> None:
    service = start(ScriptedModel())

    service.describe(ask("石桥"))
    list(service.stream(ask("石桥")))
    service.describe(ask("石桥", priority="batch"))

    for name in ("time_to_first_token_seconds", "e2e_request_latency_seconds", "request_queue_time_seconds"):
        assert read(f"vllm:{name}_count", model_name=named, priority="interactive") == 2
        assert read(f"vllm:{name}_count", model_name=named, priority="batch") == 1


def test_the_first_token_comes_before_the_end(start: Start, named: str, read: Read) -> None:
    start(ScriptedModel()).describe(ask("一座很长的石桥"))

    labels = {"model_name": named, "priority": "interactive"}
    first = read("vllm:time_to_first_token_seconds_sum", **labels)
    whole = read("vllm:e2e_request_latency_seconds_sum", **labels)
    assert 0 < first <= whole
    assert read("vllm:request_queue_time_seconds_sum", **labels) <= first


def test_there_is_a_gap_between_every_two_tokens_of_an_answer(start: Start, named: str, read: Read) -> None:
    service = start(ScriptedModel(most_rows=2))

    service.describe_all(ask("四个汉字", n=2))

    assert read("vllm:inter_token_latency_seconds_count", model_name=named) == 2 * 3


def test_answers_are_counted_by_why_they_ended(start: Start, named: str, read: Read) -> None:
    service = start(ScriptedModel())

    service.describe(ask("石桥"))
    service.describe(ask("石桥", max_new_tokens=1))

    labels = {"model_name": named, "priority": "interactive"}
    assert read("vllm:request_success_total", finished_reason="stop", **labels) == 1
    assert read("vllm:request_success_total", finished_reason="length", **labels) == 1


def test_an_answer_that_was_given_up_is_counted_and_not_timed(start: Start, named: str, read: Read, gate: Gate) -> None:
    model = ScriptedModel(before_token=gate)
    stream = start(model).stream(ask("一座很长的石桥"))
    gate.let_through(1)
    next(stream)

    stream.close()
    gate.open()

    labels = {"model_name": named, "priority": "interactive"}
    eventually(lambda: read("vllm:request_success_total", finished_reason="abort", **labels) == 1)
    assert read("vllm:e2e_request_latency_seconds_count", **labels) == 0


def test_the_warm_up_is_nobodys_request(named: str, read: Read) -> None:
    service = Service(Engine(ScriptedModel, warm_up=ask("热身")), model_name=named)
    service.start()
    service.wait_ready(30)
    service.stop(30)

    assert read("vllm:e2e_request_latency_seconds_count", model_name=named, priority="interactive") == 0


def test_the_speed_is_told(start: Start, read: Read) -> None:
    start(ScriptedModel()).describe(ask("一座很长的石桥"))

    assert read("llm_token_per_second") > 0
