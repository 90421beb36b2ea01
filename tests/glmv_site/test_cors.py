"""Pages of other sites that call the interfaces from a browser."""

import json
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db

PAGE = "https://app.example.cn"
INTERFACES = ["/v1/models", "/v1/chat/completions", "/api/v1/collections/"]
ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture
def allowed(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [PAGE, "http://192.168.1.20:5173"]


def preflight(client: Client, address: str, origin: str = PAGE, headers: str = "authorization,content-type") -> Any:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": headers,
    }
    return client.options(address, headers=asked)


def names(response: Any, header: str) -> set[str]:
    return {name.strip().lower() for name in response[header].split(",")}


@pytest.mark.usefixtures("allowed")
class TestAnAllowedPage:
    @pytest.mark.parametrize("address", INTERFACES)
    def test_it_may_ask_first_and_needs_no_key_for_that(self, client: Client, settings: Settings, address: str) -> None:
        settings.API_KEY = "sesam"

        response = preflight(client, address)

        assert response.status_code == 200
        assert response[ALLOWED] == PAGE
        assert {"get", "post"} <= names(response, "Access-Control-Allow-Methods")
        assert {"authorization", "content-type", "x-request-id"} <= names(response, "Access-Control-Allow-Headers")
        assert int(response["Access-Control-Max-Age"]) > 0

    def test_openais_javascript_client_may_send_its_own_headers(self, client: Client) -> None:
        sent = {f"x-stainless-{name}" for name in ("arch", "lang", "os", "retry-count", "runtime", "timeout")}

        assert sent <= names(preflight(client, INTERFACES[0]), "Access-Control-Allow-Headers")

    def test_it_reads_answers_and_what_they_say_about_another_try(self, client: Client) -> None:
        response = client.get("/v1/models", headers={"Origin": PAGE})

        assert response.status_code == 200
        assert response[ALLOWED] == PAGE
        assert names(response, "Access-Control-Expose-Headers") == {"x-request-id", "retry-after"}
        assert "origin" in names(response, "Vary")

    def test_it_reads_refusals_too(self, client: Client, settings: Settings) -> None:
        settings.API_KEY = "sesam"

        for address, status in (("/v1/models", 401), ("/v1/nothing/like/this", 404), ("/api/v1/images/0/", 404)):
            response = client.get(address, headers={"Origin": PAGE})
            assert (response.status_code, response[ALLOWED]) == (status, PAGE), address

    def test_it_reads_no_page_and_nothing_of_the_workbench(self, client: Client) -> None:
        for address in ("/", "/admin/login/", "/ready", "/health", "/v1x", "/apis"):
            assert ALLOWED not in client.get(address, headers={"Origin": PAGE}), address
            assert ALLOWED not in preflight(client, address), address

    def test_it_never_brings_cookies(self, client: Client) -> None:
        assert "Access-Control-Allow-Credentials" not in client.get("/v1/models", headers={"Origin": PAGE})
        assert "Access-Control-Allow-Credentials" not in preflight(client, "/v1/models")


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    "origin",
    [
        "https://foreign.example",
        "http://app.example.cn",
        "https://app.example.cn:8443",
        "https://app.example.cn.foreign.example",
        "https://sub.app.example.cn",
        "null",
        "http://[",
        "app.example.cn",
        "*",
    ],
)
def test_a_foreign_page_reads_nothing(client: Client, origin: str) -> None:
    for address in INTERFACES:
        assert ALLOWED not in preflight(client, address, origin)
        assert ALLOWED not in client.get(address, headers={"Origin": origin})


def test_by_default_no_page_of_another_site_reads_anything(client: Client) -> None:
    for address in INTERFACES:
        assert ALLOWED not in preflight(client, address)
        assert ALLOWED not in client.get(address, headers={"Origin": PAGE})


def test_where_all_are_allowed_any_page_reads_without_cookies(client: Client, settings: Settings) -> None:
    settings.CORS_ALLOW_ALL_ORIGINS = True

    for response in (preflight(client, "/v1/models"), client.get("/v1/models", headers={"Origin": "null"})):
        assert response[ALLOWED] == "*"
        assert "Access-Control-Allow-Credentials" not in response


def test_a_call_without_an_origin_is_answered_as_ever(client: Client) -> None:
    response = client.get("/v1/models")

    assert response.status_code == 200
    assert ALLOWED not in response


@pytest.mark.parametrize(
    ("value", "everybody", "origins"),
    [
        ("", False, []),
        ("*", True, []),
        (f"{PAGE}, http://192.168.1.20:5173", False, [PAGE, "http://192.168.1.20:5173"]),
        (f"{PAGE}/, http://[", False, []),
    ],
)
def test_the_setting_is_a_list_or_a_star(
    own_site: dict[str, str], value: str, everybody: bool, origins: list[str]
) -> None:
    program = (
        "import json; from django.conf import settings;"
        "print(json.dumps([settings.CORS_ALLOW_ALL_ORIGINS, settings.CORS_ALLOWED_ORIGINS]))"
    )
    environment = own_site | {"CORS_ORIGINS": value}

    result = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)

    assert json.loads(result.stdout) == [everybody, origins]
