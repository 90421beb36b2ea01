"""Requests are counted by how they ended, streams too: their status line was sent long before."""

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from inference.engine.errors import OutOfMemory
from inference.metrics.registry import REGISTRY
from inference.service import Service
from tests.inference.api.conftest import CHAT, Post, events, question
from tests.inference.scripted import Gate, ScriptedModel

pytestmark = pytest.mark.django_db

Counted = Callable[[str, int], float]
ENDPOINTS = ("chat-completions", "models", "other", "ask-answer")
_ENDLESS = 1_000_000
STATUSES = (200, 400, 401, 403, 404, 405, 422, 429, 499, 503)


@pytest.fixture
def counted() -> Counted:
    """Return how many requests were counted since the test began."""

    def so_far(endpoint: str, status: int) -> float:
        labels = {"endpoint": endpoint, "status": str(status)}
        return REGISTRY.get_sample_value("vision_requests_total", labels) or 0.0

    before = {(endpoint, status): so_far(endpoint, status) for endpoint in ENDPOINTS for status in STATUSES}
    return lambda endpoint, status: so_far(endpoint, status) - before[endpoint, status]


def test_a_whole_answer_counts(service: Service, post: Post, counted: Counted) -> None:
    post()

    assert counted("chat-completions", 200) == 1


def test_refusals_count_with_their_status(service: Service, post: Post, client: Client, counted: Counted) -> None:
    post(model="another")
    post(messages=[])
    client.get("/v1/chat/completions")

    assert [counted("chat-completions", status) for status in (404, 400, 405, 200)] == [1, 1, 1, 0]


def test_a_model_that_is_not_there_counts(installed: Service, post: Post, counted: Counted) -> None:
    post()

    assert counted("chat-completions", 503) == 1


def test_the_list_of_models_counts_for_itself(service: Service, client: Client, counted: Counted) -> None:
    client.get("/v1/models")

    assert counted("models", 200) == 1


def test_addresses_that_are_not_there_share_one_name(service: Service, client: Client, counted: Counted) -> None:
    for each in range(3):
        client.get(f"/v1/nothing-{each}")

    assert counted("other", 404) == 3


def test_a_stream_counts_once_it_is_over(service: Service, post: Post, counted: Counted) -> None:
    response = post(stream=True)
    before = counted("chat-completions", 200)
    events(response)
    response.close()

    assert (before, counted("chat-completions", 200)) == (0, 1)


def test_a_stream_that_breaks_off_counts_with_the_errors_status(
    service: Service,
    model: ScriptedModel,
    post: Post,
    counted: Counted,
) -> None:
    model.script["石桥"] = ["石", OutOfMemory("no room")]

    response = post(stream=True)
    told = events(response)

    assert response.status_code == 200
    assert "error" in told[-1]
    assert (counted("chat-completions", 503), counted("chat-completions", 200)) == (1, 0)


def test_a_stream_that_the_client_left_counts_as_that(
    service: Service,
    model: ScriptedModel,
    post: Post,
    counted: Counted,
    gate: Gate,
) -> None:
    model.before_token = gate
    gate.let_through(1)
    response = post(stream=True)
    next(iter(response.streaming_content))

    response.close()
    gate.open()

    assert (counted("chat-completions", 499), counted("chat-completions", 200)) == (1, 0)


def test_a_stream_whose_client_is_seen_to_hang_up_counts_as_that_and_says_no_more(
    service: Service, model: ScriptedModel, client: Client, counted: Counted
) -> None:
    model.script["石桥"] = ["长"] * _ENDLESS
    ours, theirs = socket.socketpair()
    with ours, theirs:
        body = json.dumps(question(stream=True, max_tokens=_ENDLESS))
        environ: Any = {"gunicorn.socket": ours}
        response: Any = client.post(CHAT, body, content_type="application/json", **environ)
        written = iter(response.streaming_content)
        first = next(written)

        theirs.close()
        rest = list(written)
        response.close()

    assert b"error" not in b"".join([first, *rest])
    assert b"[DONE]" not in b"".join(rest)
    assert [counted("chat-completions", status) for status in (499, 503, 200)] == [1, 0, 0]


def test_a_question_on_the_page_counts_as_well(service: Service, client: Client, counted: Counted) -> None:
    refused = client.post("/ask/answer/", json.dumps({"question": ""}), content_type="application/json")

    assert counted("ask-answer", refused.status_code) == 1
