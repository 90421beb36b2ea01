"""A question page over a scripted model, with a folder of its own for pictures."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client
from pytest_django import Settings

from inference.engine.engine import Engine
from inference.engine.errors import PromptTooLong
from inference.service import Service, use_service
from inference.types import Request, TextPart
from tests.inference.askers import browser_of
from tests.inference.scripted import ScriptedModel, picture

ANSWER = "/ask/answer/"
IMAGES = "/ask/images/"


class Remembering(ScriptedModel):
    """Keeps what it was asked, and can find a prompt too long."""

    most_turns = 1000

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Request] = []

    def prepare(self, request: Request) -> int:
        self.requests.append(request)
        return super().prepare(request)

    def begin(self, request: Request, prepared: int) -> Any:
        if len(request.messages) > self.most_turns:
            raise PromptTooLong(len(request.messages), self.most_turns)
        return super().begin(request, prepared)


@pytest.fixture
def model() -> Remembering:
    return Remembering()


@pytest.fixture
def browser() -> Client:
    return visiting()


@pytest.fixture
def installed(model: ScriptedModel) -> Iterator[Service]:
    """Put a scripted service in this process's place, not started."""
    scripted = Service(Engine(lambda: model, queue_limit=3), model_name="scripted")
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
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def visiting(**options: Any) -> Client:
    """Return a browser that has opened the page."""
    client = Client(**options)
    assert client.get("/ask/").status_code == 200
    return client


def signed_in(user: User) -> Client:
    """Return a browser of a user that has opened the page."""
    client = browser_of(user)
    assert client.get("/ask/").status_code == 200
    return client


def upload(client: Client, content: bytes | None = None, name: str = "扫描.png", **fields: Any) -> Any:
    """Send a picture; a plain one of 800 × 600 pixels where none is given."""
    content = picture(800, 600) if content is None else content
    return client.post(IMAGES, {"file": SimpleUploadedFile(name, content), **fields})


def uploaded(client: Client, content: bytes | None = None, name: str = "扫描.png") -> dict[str, Any]:
    response = upload(client, content, name)
    assert response.status_code == 201, response.content.decode()
    body: dict[str, Any] = response.json()
    return body


def ask(client: Client, text: str = "石桥", **fields: Any) -> Any:
    body = {"conversation": None, "question": text, "images": [], "thinking": False, **fields}
    return client.post(ANSWER, json.dumps(body), content_type="application/json")


def conversation(client: Client, number: str) -> Any:
    return client.get(f"/ask/conversations/{number}/")


def words(request: Request) -> list[str]:
    return ["".join(part.text for part in turn.parts if isinstance(part, TextPart)) for turn in request.messages]


def events(response: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read a stream, one event after the other, as they come."""
    assert response.status_code == 200, response.content.decode()
    for piece in response.streaming_content:
        for text in piece.decode().split("\n\n"):
            if text and not text.startswith(":"):
                name, data = text.split("\n")
                yield name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def until(stream: Iterator[tuple[str, dict[str, Any]]], wanted: str) -> dict[str, Any]:
    """Read on to an event of a kind."""
    return next(data for name, data in stream if name == wanted)


def answered(response: Any) -> dict[str, Any]:
    """Read a stream to its good end, and return what that told."""
    told = list(events(response))
    name, last = told[-1]
    assert name == "done", told
    return last


def hang_up(response: Any) -> None:
    """Close a stream as a server does; but the test's connection to the database stays."""
    response._iterator.close()  # begun, it would connect the signal again
    request_finished.disconnect(close_old_connections)
    try:
        response.close()
    finally:
        request_finished.connect(close_old_connections)


def convert(client: Client, told: dict[str, Any], page: object = 0) -> Any:
    return client.post(f"{IMAGES}{told['id']}/convert/", {"page": page}, content_type="application/json")


def error_of(response: Any) -> dict[str, Any]:
    """Return what is inside the envelope, which has OpenAI's four fields and no others."""
    error: dict[str, Any] = response.json()["error"]
    assert list(error) == ["message", "type", "param", "code"]
    assert error["message"]
    return error


def files(media: Path) -> list[Path]:
    return sorted(path for path in media.rglob("*") if path.is_file())
