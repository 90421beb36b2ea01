"""Named keys at the door of the REST interface."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.authtoken.models import Token
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from catalog import policies
from catalog.models import Collection
from inference.models import ApiKey, Scope
from tests.catalog.people import administrator, cataloguer, reviewer
from tests.factories import CollectionFactory, ImageFactory, UserFactory
from tests.inference.keys import bearing, issued

pytestmark = pytest.mark.django_db

IMAGES = "/api/v1/images/"


class Notebook(APIView):
    """What an address is that can be written to, with the site's own settings and a policy."""

    def get(self, request: Request, slug: str) -> Response:
        return Response({"user": request.user.username})

    def post(self, request: Request, slug: str) -> Response:
        if not policies.can_catalogue(request.user, Collection.objects.get(slug=slug)):
            self.permission_denied(request)
        return Response({"user": request.user.username})

    put = patch = delete = post


def write(token: str | None, collection: Collection, method: str = "post") -> Any:
    headers = {} if token is None else bearing(token)
    request = getattr(APIRequestFactory(), method)("/", headers=headers)
    return Notebook.as_view()(request, slug=collection.slug)


def seen(client: Client, token: str) -> set[int]:
    response = client.get(IMAGES, headers=bearing(token))
    assert response.status_code == 200, response.content
    return {row["id"] for row in response.json()["results"]}


class TestReading:
    def test_a_key_sees_what_its_owner_sees(self, client: Client) -> None:
        own = ImageFactory()
        foreign, public, restricted = (
            ImageFactory(),
            ImageFactory(public=True),
            ImageFactory(collection=own.collection, restricted=True),
        )
        _key, token = issued(Scope.READ, owner=cataloguer(own.collection))
        _key, reviewers = issued(Scope.READ, owner=reviewer(own.collection))

        assert seen(client, token) == {own.pk, public.pk}
        assert seen(client, reviewers) == {own.pk, public.pk, restricted.pk}
        assert foreign.pk not in seen(client, token)

    def test_without_an_owner_it_sees_what_everybody_sees(self, client: Client) -> None:
        ImageFactory()
        public = ImageFactory(public=True)

        assert seen(client, issued(Scope.READ)[1]) == {public.pk}

    def test_without_the_scope_it_sees_nothing_and_is_told_why(self, client: Client) -> None:
        _key, token = issued(Scope.ASK, Scope.BATCH, Scope.WRITE, owner=UserFactory(administrator=True))

        response = client.get(IMAGES, headers=bearing(token))

        assert response.status_code == 403
        assert "读取目录" in response.json()["detail"]

    @pytest.mark.parametrize("token", ["glmv-unknown", "sk-anything", "钥匙"])
    def test_an_unknown_key_is_refused(self, client: Client, token: str) -> None:
        response = client.get(IMAGES, headers=bearing(token))

        assert response.status_code == 401
        assert response["WWW-Authenticate"] == "Bearer"
        assert "API 密钥" in response.json()["detail"]

    def test_one_that_is_switched_off_and_one_of_a_closed_account_are_refused(self, client: Client) -> None:
        for values in ({"active": False}, {"owner": UserFactory(is_active=False)}):
            _key, token = issued(Scope.READ, **values)
            assert client.get(IMAGES, headers=bearing(token)).status_code == 401, values

    def test_its_use_is_written_down(self, client: Client) -> None:
        key, token = issued(Scope.READ)

        seen(client, token)

        assert ApiKey.objects.get(pk=key.pk).last_used_at is not None


class TestApiKey:
    """``API_KEY`` closes the door to the model and not this one."""

    def test_everybody_reads_what_is_public_all_the_same(self, client: Client, settings: Settings) -> None:
        settings.API_KEY = "sesam"

        assert client.get(IMAGES).status_code == 200
        assert client.get(IMAGES, headers={"Authorization": "Bearer "}).status_code == 200

    @pytest.mark.parametrize("name", ["API_KEY", "GLMV_INTERNAL_KEY"])
    def test_whoever_brings_it_is_a_visitor(self, client: Client, settings: Settings, name: str) -> None:
        settings.API_KEY = "sesam"
        hidden, public = ImageFactory(), ImageFactory(public=True)
        token = getattr(settings, name)

        assert seen(client, token) == {public.pk}
        assert write(token, hidden.collection).status_code == 403


class TestWriting:
    @pytest.fixture
    def collection(self) -> Collection:
        return CollectionFactory()

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
    def test_a_key_writes_where_its_owner_may(self, collection: Collection, method: str) -> None:
        owner = cataloguer(collection)
        _key, token = issued(Scope.WRITE, owner=owner)

        response = write(token, collection, method)

        assert (response.status_code, response.data) == (200, {"user": owner.username})

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
    def test_a_key_for_reading_writes_nothing_and_is_told_why(self, collection: Collection, method: str) -> None:
        _key, token = issued(Scope.READ, owner=cataloguer(collection))

        response = write(token, collection, method)

        assert response.status_code == 403
        assert "写入目录" in response.data["detail"]

    def test_a_key_for_writing_reads_nothing(self, collection: Collection) -> None:
        _key, token = issued(Scope.WRITE, owner=cataloguer(collection))

        assert write(token, collection, "get").status_code == 403

    def test_without_an_owner_nothing_is_written(self, collection: Collection) -> None:
        _key, token = issued(Scope.WRITE)

        response = write(token, collection)

        assert response.status_code == 403
        assert "代表的用户" in response.data["detail"]

    def test_the_scope_gives_its_owner_no_rights(self, collection: Collection) -> None:
        for owner in (UserFactory(), cataloguer(CollectionFactory())):
            _key, token = issued(Scope.WRITE, owner=owner)
            assert write(token, collection).status_code == 403

    def test_who_brings_no_key_is_asked_for_one(self, collection: Collection) -> None:
        response = write(None, collection)

        assert response.status_code == 401
        assert response["WWW-Authenticate"] == "Bearer"

    def test_a_key_that_writes_neither_decides_nor_gives_roles(self, client: Client) -> None:
        _key, token = issued(Scope.READ, Scope.WRITE, owner=administrator())

        told = {
            path: client.post(f"/api/v1/{path}/", {}, "application/json", headers=bearing(token)).status_code
            for path in ("annotations", "near-groups", "batches", "decisions", "collections", "memberships")
        }

        assert told == {
            "annotations": 400,
            "near-groups": 400,
            "batches": 400,
            "decisions": 403,
            "collections": 403,
            "memberships": 403,
        }

    @pytest.mark.parametrize(
        ("scope", "path"), [(Scope.DECIDE, "decisions"), (Scope.DECIDE, "audits"), (Scope.MEMBERS, "memberships")]
    )
    def test_each_scope_opens_its_own_door(self, client: Client, scope: Scope, path: str) -> None:
        _key, token = issued(scope, owner=administrator())

        opened = client.post(f"/api/v1/{path}/", {}, "application/json", headers=bearing(token))
        closed = client.post("/api/v1/annotations/", {}, "application/json", headers=bearing(token))

        assert (opened.status_code, closed.status_code) == (400, 403)


class TestRates:
    def test_one_call_too_many_is_told_when_to_come_back(self, client: Client) -> None:
        _key, token = issued(Scope.READ, rate_per_minute=2)
        assert [client.get(IMAGES, headers=bearing(token)).status_code for _ in range(2)] == [200, 200]

        response = client.get(IMAGES, headers=bearing(token))

        assert response.status_code == 429
        assert 1 <= int(response["Retry-After"]) <= 60
        assert response.json()["detail"].endswith("秒后再试。")

    def test_each_answer_tells_how_many_calls_are_left(self, client: Client) -> None:
        _key, token = issued(Scope.READ, rate_per_minute=2)

        told = [client.get(IMAGES, headers=bearing(token)).headers for _ in range(3)]

        assert [headers["RateLimit-Limit"] for headers in told] == ["2", "2", "2"]
        assert [headers["RateLimit-Remaining"] for headers in told] == ["1", "0", "0"]
        assert all(1 <= int(headers["RateLimit-Reset"]) <= 60 for headers in told)

    def test_a_key_without_a_bound_tells_none(self, client: Client) -> None:
        _key, token = issued(Scope.READ)

        assert "RateLimit-Limit" not in client.get(IMAGES, headers=bearing(token)).headers

    def test_visitors_and_people_who_signed_in_are_not_counted(self, client: Client) -> None:
        issued(Scope.READ, rate_per_minute=1)
        client.force_login(UserFactory())

        assert {client.get(IMAGES).status_code for _ in range(5)} == {200}


def test_tokens_of_accounts_are_good_as_ever(client: Client) -> None:
    user: User = UserFactory()
    token = Token.objects.create(user=user)

    assert client.get(IMAGES, headers={"Authorization": f"Token {token.key}"}).status_code == 200
    assert client.get(IMAGES, headers={"Authorization": "Token nonsense"}).status_code == 401


def test_the_description_of_the_interface_says_how_a_key_is_sent(client: Client) -> None:
    schema = client.get("/api/schema/", {"format": "json"}).json()

    scheme = schema["components"]["securitySchemes"]["apiKey"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert {"apiKey": []} in schema["paths"][IMAGES]["get"]["security"]
