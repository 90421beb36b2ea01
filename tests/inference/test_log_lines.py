"""What a conversation leaves in the log: a line about each picture and each answer, under one name, and no secret."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from inference import conf
from inference.service import Service, build, use_service
from tests.inference.api.conftest import events
from tests.inference.scripted import picture
from tests.logged import everything_logged

pytestmark = pytest.mark.django_db
KEY = "a-key-of-this-installation"
CHAT = "/v1/chat/completions"


@pytest.fixture
def tiny_service(settings: Settings, tiny_checkpoint: Path) -> Iterator[Service]:
    """Put a real, small model in this process's place."""
    settings.GLMV_MODEL = str(tiny_checkpoint)
    made = build(conf.current())
    before = use_service(made)
    made.start()
    made.wait_ready(120)
    yield made
    use_service(before)
    made.stop(30)


def body(encoded: str, **fields: Any) -> str:
    parts = [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{encoded}"}},
        {"type": "text", "text": "这是什么？"},
    ]
    return json.dumps({"model": "default", "max_tokens": 3, "messages": [{"role": "user", "content": parts}], **fields})


def test_a_picture_and_an_answer_leave_a_line_each_under_one_name(client: Client, tiny_service: Service) -> None:
    sent = body(base64.b64encode(picture(2400, 1600, "JPEG")).decode())
    headers = {"X-Request-ID": "conversation-1"}

    with everything_logged() as written:
        first = client.post(CHAT, sent, content_type="application/json", headers=headers)
        again = client.post(CHAT, sent, content_type="application/json", headers={"X-Request-ID": "conversation-2"})

    assert (first.status_code, again.status_code) == (200, 200)
    assert first["X-Request-ID"] == "conversation-1"
    assert first.json()["id"].startswith("chatcmpl-")
    lines = [line for line in written.getvalue().splitlines() if "] inference.engine." in line]
    [vision] = [line for line in lines if "[DEBUG-VISION]" in line and "conversation-1" in line]
    [known] = [line for line in lines if "[DEBUG-VISION]" in line and "conversation-2" in line]
    [llm] = [line for line in lines if "[DEBUG-LLM]" in line and "conversation-1" in line]
    assert "source=2400x1600 sent=1024x683 patches=" in vision
    assert all(figure in vision for figure in ("decode_ms=", "patch_ms="))
    assert "cached" in known
    figures = ("input_tokens=", "output_tokens=", "first_token_ms=", "tokens_per_s=", "batch=1")
    assert all(figure in llm for figure in figures)


def test_a_stream_and_its_answer_have_one_name(client: Client, tiny_service: Service) -> None:
    with everything_logged() as written:
        sent = body(base64.b64encode(picture(800, 600)).decode(), stream=True)
        response = client.post(CHAT, sent, content_type="application/json", headers={"X-Request-ID": "streamed-1"})
        events(response)

    assert response["X-Request-ID"] == "streamed-1"
    assert "[DEBUG-LLM] inference.engine.llm: request=streamed-1 " in written.getvalue()


def test_neither_the_picture_nor_the_key_is_in_any_line(
    client: Client, tiny_service: Service, settings: Settings
) -> None:
    settings.API_KEY = settings.METRICS_KEY = KEY
    encoded = base64.b64encode(picture(800, 600)).decode()
    whole, cut = body(encoded), body(encoded)[:-9]
    broken = body(encoded[:2000] + "!" + encoded[2000:])
    headers = {"Authorization": f"Bearer {KEY}"}

    with everything_logged(KEY) as written:
        answers = [
            client.post(CHAT, sent, content_type="application/json", headers=headers) for sent in (whole, cut, broken)
        ]
        answers.append(client.post(CHAT, whole, content_type="application/json", headers={"Authorization": "no"}))
        answers.append(client.get("/metrics", {"key": KEY}))
        answers.append(client.get("/nowhere/", {"key": KEY}))

    assert [answer.status_code for answer in answers] == [200, 400, 400, 401, 200, 404]
    text = written.getvalue()
    assert "[DEBUG-LLM]" in text
    assert KEY not in text
    for start in range(0, len(encoded), 500):
        assert encoded[start : start + 40] not in text
