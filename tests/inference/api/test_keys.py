"""Who is let in."""

import stat

import pytest
from django.conf import settings as site
from django.test import Client
from pytest_django.fixtures import Settings

from inference.service import Service
from tests.inference.api.conftest import Post, error_of


def test_without_a_configured_key_everybody_is_let_in(service: Service, post: Post) -> None:
    assert post().status_code == 200
    assert post(key="anything").status_code == 200


@pytest.mark.parametrize("key", [None, "", "wrong", "sesam-and-more", "钥匙"])
def test_with_one_nobody_else_is(installed: Service, post: Post, settings: Settings, key: str | None) -> None:
    settings.API_KEY = "sesam"

    response = post(key=key)

    error = error_of(response)
    assert response.status_code == 401
    assert (error["type"], error["code"]) == ("authentication_error", "invalid_api_key")
    assert response["WWW-Authenticate"] == "Bearer"


def test_the_key_opens(service: Service, post: Post, settings: Settings) -> None:
    settings.API_KEY = "sesam"

    assert post(key="sesam").status_code == 200


def test_the_list_of_models_is_behind_the_key_too(installed: Service, client: Client, settings: Settings) -> None:
    settings.API_KEY = "sesam"

    assert client.get("/v1/models").status_code == 401
    assert client.get("/v1/models", headers={"Authorization": "bearer sesam"}).status_code == 200


def test_the_systems_own_key_opens_whatever_the_other_is(service: Service, post: Post, settings: Settings) -> None:
    settings.API_KEY = "sesam"

    assert post(key=settings.GLMV_INTERNAL_KEY).status_code == 200


def test_the_systems_own_key_is_kept_from_other_users() -> None:
    kept = site.DATA_DIR / "internal_key"

    assert kept.read_text().strip() == site.GLMV_INTERNAL_KEY
    assert len(site.GLMV_INTERNAL_KEY) >= 32
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_an_empty_internal_key_opens_nothing(installed: Service, post: Post, settings: Settings) -> None:
    settings.API_KEY, settings.GLMV_INTERNAL_KEY = "sesam", ""

    assert post(key="").status_code == 401
