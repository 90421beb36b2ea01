"""Outages of the database and the disk at every door: what can be done is done, the rest is 503 in its form."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings
from rest_framework.authtoken.models import Token

from inference.engine.engine import Engine
from inference.models import ApiKey, Scope
from inference.service import Service, use_service
from tests.catalog.people import administrator
from tests.factories import CollectionFactory, ImageFactory, PromptVersionFactory, picture
from tests.inference.scripted import ScriptedModel
from tests.outages import FAULTS, Fault

pytestmark = pytest.mark.django_db(transaction=True)

_PASSWORD = "一个好记的口令"
_shades = count(1)
Form = Literal["page", "script", "problem", "openai", "probe"]


@dataclass(frozen=True, slots=True)
class People:
    """Who comes to the doors; all that they bring was made before the fault."""

    session: str
    token: dict[str, str]
    key: dict[str, str]

    @property
    def visitor(self) -> Client:
        """Somebody who has not been here yet."""
        return Client(raise_request_exception=False)

    @property
    def colleague(self) -> Client:
        """Somebody who has signed in."""
        client = self.visitor
        client.cookies[settings.SESSION_COOKIE_NAME] = self.session
        return client


@dataclass(frozen=True, slots=True)
class Door:
    """A way in.

    Attributes:
        go: goes in.
        needs: what it takes: the attributes of a fault.
        status: where it is there.
        form: in which it says that it is not.
    """

    go: Callable[[People], Any]
    needs: tuple[Literal["reads", "writes", "files"], ...]
    status: int = 200
    form: Form = "page"

    def opens(self, fault: Fault) -> bool:
        """Tell whether a fault leaves it open."""
        return all(getattr(fault, need) for need in self.needs)


def scan() -> SimpleUploadedFile:
    """Return a picture that nobody has sent yet."""
    return SimpleUploadedFile("新.jpg", picture((next(_shades), 9, 9), (800, 600)), content_type="image/jpeg")


def signed_in(password: str) -> Callable[[People], Any]:
    return lambda people: people.visitor.post("/login/", {"username": "boss", "password": password})


def asked(people: People, headers: dict[str, str]) -> Any:
    body = {"model": "scripted", "messages": [{"role": "user", "content": "石桥"}]}
    return people.visitor.post("/v1/chat/completions", json.dumps(body), "application/json", headers=headers)


def uploaded(people: People, accept: str) -> Any:
    form = {"collection": "box", "file": scan()}
    return people.colleague.post("/admin/catalog/image/upload/", form, headers={"Accept": accept})


DOORS = {
    "home page": Door(lambda people: people.visitor.get("/"), ("reads",)),
    "no such page": Door(lambda people: people.visitor.get("/images/999999/"), ("reads",), 404),
    "workbench": Door(lambda people: people.colleague.get("/admin/catalog/image/"), ("reads",)),
    "upload page": Door(lambda people: people.colleague.get("/admin/catalog/image/upload/"), ("reads",)),
    "upload": Door(lambda people: uploaded(people, "text/html"), ("reads", "writes", "files")),
    "upload by a script": Door(
        lambda people: uploaded(people, "application/json"), ("reads", "writes", "files"), form="script"
    ),
    "sign-in page": Door(lambda people: people.visitor.get("/login/"), ()),
    "sign-in": Door(signed_in(_PASSWORD), ("reads", "writes"), 302),
    "wrong password": Door(signed_in("wrong"), ("reads", "writes")),
    "question page": Door(lambda people: people.visitor.get("/ask/"), ()),
    "picture on the question page": Door(
        lambda people: people.colleague.post("/ask/images/", {"file": scan()}), ("reads", "writes", "files"), 201,
        form="openai",
    ),
    "REST read": Door(
        lambda people: people.visitor.get("/api/v1/images/", headers=people.token), ("reads",), form="problem"
    ),
    "REST read with a key": Door(
        lambda people: people.visitor.get("/api/v1/collections/", headers=people.key), ("reads",), form="problem"
    ),
    "REST upload": Door(
        lambda people: people.visitor.post(
            "/api/v1/images/", {"collection": "box", "file": scan()}, headers=people.token
        ),
        ("reads", "writes", "files"), 201, form="problem",
    ),
    "REST batch": Door(
        lambda people: people.visitor.post(
            "/api/v1/batches/", json.dumps({"collection": "box", "selection": "all"}), "application/json",
            headers=people.token,
        ),
        ("reads", "writes"), 201, form="problem",
    ),
    "chat without a key": Door(lambda people: asked(people, {}), (), form="openai"),
    "chat with a key": Door(lambda people: asked(people, people.key), ("reads",), form="openai"),
    "models without a key": Door(lambda people: people.visitor.get("/v1/models"), (), form="openai"),
    "models with a key": Door(
        lambda people: people.visitor.get("/v1/models", headers=people.key), ("reads",), form="openai"
    ),
    "health": Door(lambda people: people.visitor.get("/health"), ()),
    "ready": Door(lambda people: people.visitor.get("/ready"), ("reads", "writes", "files"), form="probe"),
    # The last: the session is gone then.
    "sign-out": Door(lambda people: people.colleague.post("/logout/"), ("reads", "writes"), 302),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def scripted() -> Iterator[None]:
    service = Service(Engine(ScriptedModel), model_name="scripted")
    before = use_service(service)
    service.start()
    service.wait_ready(30)
    yield
    use_service(before)
    service.stop(30)


@pytest.fixture
def people(settings: Settings, tmp_path: Path) -> People:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.DATA_DIR = tmp_path / "data"
    boss = administrator()
    boss.username = "boss"
    boss.set_password(_PASSWORD)
    boss.save()
    ImageFactory(collection=CollectionFactory(slug="box", public=True, prompt=PromptVersionFactory().prompt))
    client = Client()
    client.force_login(boss)
    token = Token.objects.create(user=boss).key
    _key, key = ApiKey.objects.issue("程序", [Scope.ASK, Scope.READ], owner=boss)
    return People(
        client.cookies[settings.SESSION_COOKIE_NAME].value,
        {"Authorization": f"Token {token}"},
        {"Authorization": f"Bearer {key}"},
    )


def told(response: Any, form: Form, name: str) -> str:
    """Return the sentence with which a door says that it is closed, in the form that it has there."""
    assert (name, response.status_code) == (name, 503)
    assert int(response["Retry-After"]) > 0
    if form == "page":
        assert response["Content-Type"].startswith("text/html")
        assert "刚才的操作没有完成" in response.content.decode()
        return str(response.content.decode())
    body = response.json()
    if form == "script":
        return str(body["error"])
    if form == "openai":
        assert list(body["error"]) == ["message", "type", "param", "code"]
        assert body["error"]["type"] == "server_error"
        return str(body["error"]["message"])
    if form == "problem":
        assert response["Content-Type"] == "application/problem+json"
        assert (body["type"], body["status"]) == ("about:blank", 503)
        return str(body["detail"])
    assert (body["state"], body["storage"] != "ok") == ("unavailable", True)
    return str(body["reason"])


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_what_can_be_done_is_done_and_the_rest_is_503_until_it_is_over(
    fault: Fault, people: People, tmp_path: Path, settings: Settings
) -> None:
    media = settings.MEDIA_ROOT
    for number, (name, door) in enumerate(DOORS.items()):
        with fault.begin(tmp_path / f"disk {number}", settings):
            during = door.go(people)
        settings.MEDIA_ROOT = media
        afterwards = door.go(people)

        if door.opens(fault):
            assert (name, during.status_code) == (name, door.status)
        else:
            sentence = told(during, door.form, name)
            assert "数据库" in sentence or "磁盘" in sentence, name
            assert (name, afterwards.status_code) == (name, door.status)
