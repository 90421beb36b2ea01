"""Who is let in."""

import stat

import pytest
from django.conf import settings as site
from django.contrib.auth.models import AnonymousUser
from django.db import connections
from django.test import Client
from pytest_django.fixtures import Settings

from inference.access import Caller
from inference.api.parsing import parse
from inference.models import Scope
from inference.service import Service
from tests.factories import UserFactory
from tests.inference.api.conftest import Post, error_of, question
from tests.inference.keys import bearing, issued
from tests.inference.scripted import ScriptedModel


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


@pytest.mark.django_db
class TestNamedKeys:
    def test_one_opens_where_the_door_is_closed(self, service: Service, post: Post, settings: Settings) -> None:
        settings.API_KEY = "sesam"
        _key, token = issued(Scope.ASK)

        assert post(key=token).status_code == 200

    @pytest.mark.parametrize("closed", ["sesam", ""])
    def test_one_that_is_switched_off_opens_nothing(
        self, installed: Service, post: Post, settings: Settings, closed: str
    ) -> None:
        settings.API_KEY = closed
        _key, token = issued(Scope.ASK, active=False)

        response = post(key=token)

        assert response.status_code == 401
        assert error_of(response)["code"] == "invalid_api_key"

    def test_without_the_scope_it_asks_nothing_and_is_told_so(
        self, installed: Service, post: Post, client: Client
    ) -> None:
        _key, token = issued(Scope.READ, Scope.WRITE, Scope.BATCH)

        response = post(key=token)

        error = error_of(response)
        assert response.status_code == 403
        assert (error["type"], error["code"]) == ("permission_error", "insufficient_permissions")
        assert "提问" in error["message"]
        assert client.get("/v1/models", headers=bearing(token)).status_code == 200

    def test_a_priority_is_heeded_for_the_batch_scope_only(self) -> None:
        body = question(priority="batch")

        def priority(*scopes: Scope) -> str:
            caller = Caller(AnonymousUser(), issued(*scopes)[0])
            return parse(body, models=["scripted"], caller=caller).request.priority

        assert priority(Scope.ASK, Scope.BATCH) == "batch"
        assert priority(Scope.ASK) == "interactive"

    def test_a_refusal_never_repeats_the_key(self, installed: Service, post: Post, settings: Settings) -> None:
        settings.API_KEY = "sesam"

        assert "geheim" not in post(key="glmv-geheim").content.decode()


@pytest.mark.django_db
class TestRates:
    def test_one_call_too_many_is_told_when_to_come_back(self, service: Service, post: Post) -> None:
        _key, token = issued(Scope.ASK, rate_per_minute=2)
        assert [post(key=token).status_code for _ in range(2)] == [200, 200]

        response = post(key=token)

        error = error_of(response)
        assert response.status_code == 429
        assert (error["type"], error["code"]) == ("rate_limit_error", "rate_limit_exceeded")
        assert "2" in error["message"]
        assert 1 <= int(response["Retry-After"]) <= 60

    def test_every_address_of_the_interface_counts(self, service: Service, post: Post, client: Client) -> None:
        _key, token = issued(Scope.ASK, rate_per_minute=2)
        client.get("/v1/models", headers=bearing(token))
        client.get("/api/v1/collections/", headers=bearing(token))
        assert post(key=token).status_code == 200

        assert client.get("/v1/models", headers=bearing(token)).status_code == 429

    def test_one_keys_calls_are_not_anothers(self, installed: Service, client: Client) -> None:
        tokens = [issued(Scope.ASK, rate_per_minute=1)[1] for _ in range(2)]

        statuses = [client.get("/v1/models", headers=bearing(token)).status_code for token in (*tokens, tokens[0])]

        assert statuses == [200, 200, 429]

    def test_what_is_refused_for_want_of_a_scope_does_not_count(self, installed: Service, post: Post) -> None:
        _key, token = issued(Scope.READ, rate_per_minute=1)

        assert [post(key=token).status_code for _ in range(3)] == [403, 403, 403]


@pytest.mark.django_db(transaction=True)
def test_while_the_model_works_for_a_key_no_database_connection_is_held(
    model: ScriptedModel, service: Service, post: Post
) -> None:
    held, seen = connections["default"], []
    model.before_token = lambda: seen.append(held.connection)
    _key, token = issued(Scope.ASK, owner=UserFactory())

    assert post(key=token).status_code == 200

    assert seen
    assert not any(seen)
