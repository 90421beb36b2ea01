"""The description of /v1, beside that of the REST interface."""

from typing import Any

import jsonschema_rs
import pytest
from django.test import Client
from drf_spectacular.validation import validate_schema

from inference.service import Service
from tests.inference.api.conftest import Post, error_of, events, scan, shown

_CHAT = "/v1/chat/completions"


@pytest.fixture
def schema(client: Client) -> dict[str, Any]:
    described: dict[str, Any] = client.get("/api/schema/", {"format": "json"}).json()
    return described


def complaints(schema: dict[str, Any], name: str, value: Any) -> list[str]:
    """Compare a value with a schema of the description; ``nullable`` is OpenAPI's own."""
    whole = {"$ref": f"#/components/schemas/{name}", "components": _json_schema(schema["components"])}
    return [error.message for error in jsonschema_rs.validator_for(whole).iter_errors(value)]


def _json_schema(value: Any) -> Any:
    if isinstance(value, list):
        return [_json_schema(each) for each in value]
    if not isinstance(value, dict):
        return value
    plain = {key: _json_schema(inner) for key, inner in value.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if value.get("nullable") is True else plain


def test_it_is_openapi_and_the_rest_interface_is_still_there(schema: dict[str, Any]) -> None:
    validate_schema(schema)  # type: ignore[no-untyped-call]

    assert {_CHAT, "/v1/models", "/v1/models/{id}", "/api/v1/images/"} <= set(schema["paths"])


@pytest.mark.parametrize(("path", "method"), [(_CHAT, "post"), ("/v1/models", "get"), ("/v1/models/{id}", "get")])
def test_every_refusal_has_the_envelope_and_says_when_to_come_again_where_that_helps(
    schema: dict[str, Any], path: str, method: str
) -> None:
    responses = schema["paths"][path][method]["responses"]

    for status, response in responses.items():
        if status == "200":
            continue
        [content] = response["content"].values()
        assert content["schema"] == {"$ref": "#/components/schemas/ErrorEnvelope"}
        assert ("Retry-After" in response.get("headers", {})) == (status in ("429", "503"))
    assert {"401", "429", "503"} <= set(responses)


def test_all_refusals_of_a_question_are_there(schema: dict[str, Any]) -> None:
    statuses = set(schema["paths"][_CHAT]["post"]["responses"])

    assert statuses == {"200", "400", "401", "403", "404", "405", "408", "413", "422", "429", "500", "503", "504"}


def test_a_key_is_a_bearer_token_that_may_be_missing(schema: dict[str, Any]) -> None:
    assert schema["paths"][_CHAT]["post"]["security"] == [{"modelKey": []}, {}]
    scheme = schema["components"]["securitySchemes"]["modelKey"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_a_whole_answer_is_as_described(service: Service, post: Post, schema: dict[str, Any]) -> None:
    body = post(messages=shown(scan()), n=2).json()

    assert complaints(schema, "ChatCompletion", body) == []
    assert complaints(schema, "ChatCompletion", {**body, "usage": None}), (
        "a comparison that finds nothing proves nothing"
    )


def test_every_event_of_a_stream_is_as_described(service: Service, post: Post, schema: dict[str, Any]) -> None:
    for event in events(post(stream=True, stream_options={"include_usage": True})):
        assert complaints(schema, "ChatCompletionEvent", event) == []


def test_a_refusal_is_as_described(service: Service, post: Post, schema: dict[str, Any]) -> None:
    response = post(temperature=9)

    assert error_of(response)
    assert complaints(schema, "ErrorEnvelope", response.json()) == []


def test_the_models_are_as_described(service: Service, client: Client, schema: dict[str, Any]) -> None:
    assert complaints(schema, "ModelList", client.get("/v1/models").json()) == []
    assert complaints(schema, "Model", client.get("/v1/models/scripted").json()) == []


def test_it_is_written_as_yaml_too(client: Client) -> None:
    response = client.get("/api/schema/")

    assert response.status_code == 200
    assert _CHAT in response.content.decode()
