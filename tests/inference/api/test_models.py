"""Which models there are, and that other addresses of OpenAI's are refused in a form that its clients read."""

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from inference.engine.engine import Engine
from inference.service import Service, use_service
from tests.inference.api.conftest import error_of
from tests.inference.scripted import ScriptedModel

_SLASHED = "zai-org/GLM-4.6V-Flash"


@pytest.fixture
def slashed(model: ScriptedModel) -> Iterator[Service]:
    """Serve a model with a slash in its name, as other servers have them."""
    scripted = Service(Engine(lambda: model), model_name=_SLASHED)
    before = use_service(scripted)
    yield scripted
    use_service(before)


def test_a_model_is_told_about_loaded_or_not(installed: Service, client: Client) -> None:
    response = client.get("/v1/models/scripted")

    body = response.json()
    assert response.status_code == 200
    assert isinstance(body.pop("created"), int)
    assert body == {"id": "scripted", "object": "model", "owned_by": "glmv", "model_version": ""}


def test_one_model_is_told_like_each_in_the_list(service: Service, client: Client) -> None:
    [listed] = client.get("/v1/models").json()["data"]

    assert client.get("/v1/models/scripted").json() == listed
    assert listed["model_version"] == "scripted@0"


def test_whichever_model_there_is_goes_by_default_too(service: Service, client: Client) -> None:
    assert client.get("/v1/models/default").json()["id"] == "scripted"


@pytest.mark.parametrize("written", [_SLASHED, _SLASHED.replace("/", "%2F")])
def test_a_name_may_have_slashes(slashed: Service, client: Client, written: str) -> None:
    assert client.get(f"/v1/models/{written}").json()["id"] == _SLASHED


@pytest.mark.parametrize("name", ["gpt-5", "scripted/", "no/such", "没有", "two%0Alines", "line%0A"])
def test_another_model_is_not_found(installed: Service, client: Client, name: str) -> None:
    response = client.get(f"/v1/models/{name}")

    error = error_of(response)
    assert response.status_code == 404
    assert (error["code"], error["param"]) == ("model_not_found", "model")


def test_a_model_is_behind_the_key(installed: Service, client: Client, settings: Settings) -> None:
    settings.API_KEY = "sesam"

    assert client.get("/v1/models/scripted").status_code == 401
    assert client.get("/v1/models/scripted", headers={"Authorization": "Bearer sesam"}).status_code == 200


@pytest.mark.parametrize("method", ["post", "delete", "options"])
def test_models_are_only_read(installed: Service, client: Client, method: str) -> None:
    response = getattr(client, method)("/v1/models/scripted")

    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
    assert error_of(response)["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "address",
    ["/v1", "/v1/", "/v1/embeddings", "/v1/chat/completions/", "/v1/images/generations", "/v1/models/", "/v1/a%0A"],
)
def test_what_openai_has_and_this_does_not_is_a_404_that_its_clients_read(client: Client, address: str) -> None:
    response = client.post(address, {}, content_type="application/json")

    assert response.status_code == 404
    assert error_of(response)["code"] == "unknown_url"
