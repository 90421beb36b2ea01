"""A scripted service behind the interface, and a client that asks as OpenAI's do."""

import base64
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from inference.engine.engine import Engine
from inference.service import Service, use_service
from tests.inference.scripted import ScriptedModel, picture

CHAT = "/v1/chat/completions"
Post = Callable[..., Any]


@pytest.fixture
def installed(model: ScriptedModel) -> Iterator[Service]:
    """Put a scripted service in this process's place, not started."""
    scripted = Service(Engine(lambda: model, queue_limit=1), model_name="scripted")
    before = use_service(scripted)
    yield scripted
    use_service(before)
    scripted.stop(30)


@pytest.fixture
def service(installed: Service) -> Service:
    installed.start()
    installed.wait_ready(30)
    return installed


@pytest.fixture
def post(client: Client) -> Post:
    """Post a chat completion; fields come on top of a question that can be answered."""

    def send(*, key: str | None = None, **fields: Any) -> Any:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return client.post(CHAT, json.dumps(question(**fields)), content_type="application/json", headers=headers)

    return send


def question(text: str = "石桥", **fields: Any) -> dict[str, Any]:
    """Write a body; a field that is None is sent as null."""
    return {"model": "scripted", "messages": [{"role": "user", "content": text}], **fields}


def data_uri(content: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def shown(url: object, **image: Any) -> list[dict[str, Any]]:
    """Write messages that show one picture and ask about it."""
    image_part = {"type": "image_url", "image_url": {"url": url, **image}}
    return [{"role": "user", "content": [image_part, {"type": "text", "text": "石桥"}]}]


def scan(width: int = 800, height: int = 600) -> str:
    return data_uri(picture(width, height))


def events(response: Any) -> list[Any]:
    """Read the events of a stream; the mark of its end comes as it is."""
    text = b"".join(response.streaming_content).decode()
    response.close()
    return [parsed(line) for line in text.split("\n\n") if line]


def parsed(line: str) -> Any:
    assert line.startswith("data: ")
    data = line.removeprefix("data: ")
    return data if data == "[DONE]" else json.loads(data)


def error_of(response: Any) -> dict[str, Any]:
    """Return what is inside the envelope, which has OpenAI's four fields and no others."""
    error: dict[str, Any] = response.json()["error"]
    assert list(error) == ["message", "type", "param", "code"]
    assert error["message"]
    return error


@contextmanager
def served(
    *options: str, site: str = "tests.inference.api.live_site", **variables: str
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Serve a module's ``application`` with gunicorn; give its port, and gunicorn's master.

    ``variables`` are put into its environment.
    """
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        number = listening.fileno()
        worker = ["--worker-class", "glmv_site.server.workers.PatientThreadWorker", "--threads", "8"]
        arguments = [*worker, "--bind", f"fd://{number}", *options]
        environment = {
            **os.environ, "PYTHONPATH": str(settings.BASE_DIR), "DJANGO_SETTINGS_MODULE": "tests.settings",
            **variables,
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *arguments, f"{site}:application"],
            env=environment, pass_fds=[number],
        )  # fmt: skip
        try:
            yield listening.getsockname()[1], process
        finally:
            process.terminate()
            process.wait(60)


@pytest.fixture(scope="session")
def live_port() -> Iterator[int]:
    """Return the port of a site that serves as long as the tests run."""
    with served("--log-level", "warning") as (port, _):
        yield port


@pytest.fixture(scope="session")
def demo_port() -> Iterator[int]:
    """Return the port of a site that serves with the demo model as long as the tests run."""
    with served("--log-level", "warning", LIVE_MODEL="demo") as (port, _):
        yield port


@pytest.fixture(scope="session")
def strict_port() -> Iterator[int]:
    """Return the port of a site with a key, where nobody may wait."""
    with served("--log-level", "warning", LIVE_API_KEY="sesam", LIVE_QUEUE_LIMIT="0") as (port, _):
        yield port
