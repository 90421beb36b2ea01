"""`POST /api/v1/images/`: who may send a file, and what is answered."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from catalog.models import Action, Collection, Image
from catalog.vocabulary import Access, Disclosure
from inference.models import ApiKey, Scope
from tests.catalog.people import cataloguer, reviewer, stranger
from tests.factories import CollectionFactory, picture

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory(slug="box", public=True)


def send(credentials: str = "", name: str = "1.jpg", content: bytes | None = None, **fields: Any) -> Any:
    client = APIClient()
    if credentials:
        client.credentials(HTTP_AUTHORIZATION=credentials)
    file = SimpleUploadedFile(name, picture() if content is None else content)
    return client.post("/api/v1/images/", {"collection": "box", "file": file, **fields}, format="multipart")


def token(user: User) -> str:
    return f"Token {Token.objects.create(user=user).key}"


def key(owner: User | None, *scopes: Scope) -> str:
    _key, secret = ApiKey.objects.issue(f"scanner {ApiKey.objects.count()}", scopes, owner=owner)
    return f"Bearer {secret}"


def test_a_members_file_becomes_a_record(collection: Collection) -> None:
    user = cataloguer(collection)

    response = send(token(user), identifier="P-1")

    assert response.status_code == 201, response.content
    body = response.json()
    assert (body["result"], body["image"]["identifier"], body["image"]["collection"]) == ("added", "P-1", "box")
    assert body["image"]["files"][0]["sha256"]
    assert Action.objects.get(image=Image.objects.get()).user == user


def test_the_same_file_again_is_no_new_record(collection: Collection) -> None:
    credentials = token(cataloguer(collection))
    first = send(credentials)

    again = send(credentials, name="2.jpg")

    assert (again.status_code, again.json()["result"]) == (200, "duplicate")
    assert again.json()["image"]["id"] == first.json()["image"]["id"]


def test_a_number_that_was_not_used_is_told(collection: Collection) -> None:
    credentials = token(cataloguer(collection))
    send(credentials, identifier="P-1")

    again, other = send(credentials, identifier="P-2"), send(credentials, name="2.jpg", identifier="P-2")

    for response in (again, other):
        assert response.status_code == 200
        assert "“P-2”没有使用，这条记录的照片号是“P-1”" in response.json()["detail"]


def test_a_restricted_record_is_neither_named_nor_added_to(collection: Collection) -> None:
    send(token(reviewer(collection)), name="张三病历.jpg", content=picture((1, 1, 1)))
    Image.objects.update(access=Access.RESTRICTED, disclosure="unexamined")
    credentials = token(cataloguer(collection))

    same = send(credentials, name="2.jpg", content=picture((1, 1, 1)))
    back = send(credentials, name="张三病历_v.jpg", content=picture((2, 2, 2)))

    assert (same.status_code, same.json()["result"], same.json()["image"]) == (200, "duplicate", None)
    assert "张三" not in same.json()["detail"]
    assert (back.status_code, back.json()["result"]) == (201, "added")
    assert Image.objects.get(pk=back.json()["image"]["id"]).disclosure == Disclosure.UNEXAMINED
    assert Image.objects.filter(files__isnull=False).distinct().count() == 2


def test_who_may_write_and_who_may_not(collection: Collection) -> None:
    member = cataloguer(collection)

    assert send().status_code == 401
    assert send("Bearer glmv-nonsense").status_code == 401
    assert send(token(stranger())).status_code == 403
    assert send(key(member, Scope.READ)).status_code == 403
    assert send(key(None, Scope.WRITE)).status_code == 403
    assert not Image.objects.exists()
    assert send(key(member, Scope.WRITE)).status_code == 201


def test_a_collection_that_one_may_not_know_of_does_not_exist(collection: Collection) -> None:
    CollectionFactory(slug="hidden")
    credentials = token(cataloguer(collection))

    unknown, hidden = send(credentials, collection="nowhere"), send(credentials, collection="hidden")

    assert (unknown.status_code, hidden.status_code) == (400, 400)
    assert unknown.json()["detail"].replace("nowhere", "hidden") == hidden.json()["detail"]


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff", b"text", picture(size=(10, 10), kind="PNG")[:40]])
def test_what_is_no_picture_is_refused_in_a_sentence(collection: Collection, content: bytes) -> None:
    response = send(token(cataloguer(collection)), content=content)

    assert response.status_code == 400
    assert response.json()["errors"]["file"][0].endswith("。")


def test_missing_fields_are_named_and_json_is_not_taken(collection: Collection) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=token(cataloguer(collection)))

    missing = client.post("/api/v1/images/", {}, format="multipart").json()
    assert set(missing["errors"]) == {"collection", "file"}
    assert client.post("/api/v1/images/", {"collection": "box"}, format="json").status_code == 415


def test_too_large_a_file_is_answered_with_413(collection: Collection, settings: Settings) -> None:
    settings.GLMV_MAX_UPLOAD_MB = 0

    response = send(token(cataloguer(collection)), content=b"x" * 100_000)

    assert response.status_code == 413
    assert "0 MB" in response.json()["detail"]
