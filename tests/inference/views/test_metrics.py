"""/metrics: open by default, closed by a key, complete before anybody has asked anything, and cheap."""

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from inference.engine.engine import Engine
from inference.remote import RemoteEngine, Target
from inference.service import Service, use_service
from tests.factories import AnnotationFactory
from tests.inference.scripted import ScriptedModel, ask

pytestmark = pytest.mark.django_db
KEY = "open-metrics-please"


@pytest.fixture
def installed(model: ScriptedModel) -> Iterator[Service]:
    """Put a scripted service in this process's place."""
    scripted = Service(Engine(lambda: model), model_name="scripted")
    before = use_service(scripted)
    yield scripted
    use_service(before)
    scripted.stop(30)


def names(text: str) -> set[str]:
    return {family.name for family in text_string_to_metric_families(text)}


def test_what_was_promised_is_there_before_anybody_has_asked(client: Client, installed: Service) -> None:
    answer = client.get("/metrics")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    promised = {
        "vision_requests", "llm_token_per_second", "gpu_memory_used_bytes", "vllm:num_requests_running",
        "vllm:num_requests_waiting", "vllm:time_to_first_token_seconds", "vllm:inter_token_latency_seconds",
        "vllm:e2e_request_latency_seconds", "vllm:request_queue_time_seconds", "vllm:prompt_tokens",
        "vllm:generation_tokens", "vllm:kv_cache_usage_perc", "vllm:mm_cache_hits", "vllm:mm_cache_queries",
        "glmv_batch_size", "glmv_batch_size_limit", "glmv_out_of_memory", "glmv_engine_restarts",
        "glmv_annotations", "glmv_images", "glmv_batch_items", "process_resident_memory_bytes", "process_open_fds",
    }  # fmt: skip
    assert promised <= names(answer.text)


def test_answers_show_in_it(client: Client, installed: Service) -> None:
    installed.start()
    installed.wait_ready(30)
    installed.describe(ask("石桥"))

    text = client.get("/metrics").text

    assert 'vllm:prompt_tokens_total{model_name="scripted"} 7.0' in text
    assert 'vllm:generation_tokens_total{model_name="scripted"} 2.0' in text
    assert 'vllm:num_requests_running{model_name="scripted"} 0.0' in text
    assert 'glmv_ready{model_name="scripted"} 1.0' in text


def test_it_is_told_of_a_model_elsewhere_too(client: Client) -> None:
    elsewhere = Service(RemoteEngine(Target("http://127.0.0.1:9", "", "glm")), model_name="elsewhere")
    before = use_service(elsewhere)
    try:
        text = client.get("/metrics").text
    finally:
        use_service(before)

    assert 'vllm:num_requests_running{model_name="elsewhere"} 0.0' in text
    assert "gpu_memory_used_bytes 0.0" in text
    assert not re.search(r"^vllm:kv_cache_usage_perc{", text, re.MULTILINE)


@pytest.mark.parametrize("address", ["/metrics", "/metrics?key=", "/metrics?key=wrong", "/metrics?key=%ff%ed%a0%80"])
def test_with_a_key_it_is_closed_to_those_who_have_none(client: Client, settings: Settings, address: str) -> None:
    settings.METRICS_KEY = KEY

    answer = client.get(address)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert "METRICS_KEY" in answer.text
    assert "vllm" not in answer.text


@pytest.mark.parametrize("header", ["Bearer wrong", f"Basic {KEY}", "Bearer", "Bearer ключ"])
def test_with_a_key_a_wrong_header_does_not_open_it(client: Client, settings: Settings, header: str) -> None:
    settings.METRICS_KEY = KEY

    assert client.get("/metrics", headers={"Authorization": header}).status_code == 401


def test_being_signed_in_is_no_key(admin_client: Client, settings: Settings) -> None:
    settings.METRICS_KEY = KEY

    assert admin_client.get("/metrics").status_code == 401


def test_the_key_opens_it_in_the_header_or_the_address(client: Client, installed: Service, settings: Settings) -> None:
    settings.METRICS_KEY = KEY

    assert client.get("/metrics", headers={"Authorization": f"Bearer {KEY}"}).status_code == 200
    assert client.get("/metrics", {"key": KEY}).status_code == 200


def test_a_key_in_chinese_opens_it_both_ways(client: Client, installed: Service, settings: Settings) -> None:
    settings.METRICS_KEY = "指标补充"
    as_wsgi_hands_it_on = "指标补充".encode().decode("latin-1")

    assert client.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {as_wsgi_hands_it_on}").status_code == 200
    assert client.get("/metrics", {"key": "指标补充"}).status_code == 200
    assert client.get("/metrics", {"key": as_wsgi_hands_it_on}).status_code == 401


def test_without_a_key_whatever_is_brought_does_no_harm(client: Client, installed: Service) -> None:
    assert client.get("/metrics", headers={"Authorization": "Bearer something"}).status_code == 200


def test_it_is_only_read(client: Client, installed: Service) -> None:
    assert client.post("/metrics").status_code == 405
    assert client.head("/metrics").status_code == 200


def test_a_look_asks_the_database_three_times_at_most_whatever_there_is(client: Client, installed: Service) -> None:
    AnnotationFactory.create_batch(4)

    with CaptureQueriesContext(connection) as queries:
        client.get("/metrics")
        client.get("/metrics")

    assert len(queries) <= 3
