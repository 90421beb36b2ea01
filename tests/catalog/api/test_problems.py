"""Whatever goes wrong at the REST interface is told as problem details (RFC 9457), by views and before them."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation
from pytest_django import Settings
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import ErrorDetail, ValidationError

from catalog.api.problems import handle, problem
from inference.models import ApiKey, Scope
from tests.catalog.people import administrator, stranger
from tests.factories import BatchFactory, CollectionFactory

pytestmark = pytest.mark.django_db

_MB = 1024 * 1024
_FORM = "multipart/form-data; boundary=x"


def caller(user: User | None = None) -> Client:
    headers = {} if user is None else {"Authorization": f"Token {Token.objects.get_or_create(user=user)[0].key}"}
    return Client(headers=headers, raise_request_exception=False)


def problem_of(response: Any, status: int, code: str) -> dict[str, Any]:
    """Return the details, which say what the status says, in Chinese."""
    told: dict[str, Any] = json.loads(response.content)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert (told["type"], told["status"], told["code"]) == ("about:blank", status, code)
    assert not told["title"].isascii()
    assert not told["detail"].isascii()
    return told


def test_a_request_without_an_account_may_not_write() -> None:
    response = caller().post("/api/v1/batches/", "{}", "application/json")

    problem_of(response, 401, "not_authenticated")
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_wrong_key_is_refused() -> None:
    response = Client().get("/api/v1/images/", headers={"Authorization": "Bearer glmv-nonsense"})

    problem_of(response, 401, "authentication_failed")


def test_who_has_no_right_is_told_so() -> None:
    CollectionFactory(slug="box", public=True)

    response = caller(stranger()).post("/api/v1/batches/", json.dumps({"collection": "box"}), "application/json")

    problem_of(response, 403, "permission_denied")


@pytest.mark.parametrize("path", ["images/999999/", "collections/nothing/", "nothing/", "images/abc/"])
def test_what_is_not_there_is_told_at_every_address(path: str) -> None:
    problem_of(caller().get(f"/api/v1/{path}"), 404, "not_found")


def test_a_method_that_is_none_of_its_own_is_told() -> None:
    response = caller(administrator()).delete("/api/v1/collections/box/")

    problem_of(response, 405, "method_not_allowed")
    assert "GET" in response["Allow"]


def test_a_format_that_there_is_not_is_told() -> None:
    problem_of(caller().get("/api/v1/images/", headers={"Accept": "text/csv"}), 406, "not_acceptable")


def test_a_batch_that_is_over_cannot_go_on() -> None:
    batch = BatchFactory(state="done")

    response = caller(administrator()).post(f"/api/v1/batches/{batch.pk}/resume/")

    problem_of(response, 409, "conflict")


def test_too_large_a_body_is_refused_before_a_view_is_reached(settings: Settings) -> None:
    settings.GLMV_MAX_UPLOAD_MB = 1

    response = caller(administrator()).generic("POST", "/api/v1/images/", b"x" * 2 * _MB, _FORM)

    problem_of(response, 413, "request_too_large")


def test_another_kind_of_content_is_refused() -> None:
    response = caller(administrator()).post("/api/v1/images/", "{}", "application/json")

    problem_of(response, 415, "unsupported_media_type")


def test_a_key_that_is_used_too_often_is_told_when_to_come_again() -> None:
    _key, token = ApiKey.objects.issue("程序", [Scope.READ], owner=administrator(), rate_per_minute=1)
    client = Client(headers={"Authorization": f"Bearer {token}"})
    client.get("/api/v1/images/")

    response = client.get("/api/v1/images/")

    problem_of(response, 429, "throttled")
    assert int(response["Retry-After"]) > 0


def test_json_that_cannot_be_read_is_told() -> None:
    response = caller(administrator()).post("/api/v1/batches/", "{", "application/json")

    assert (response.status_code, response.json()["code"]) == (400, "parse_error")


def test_fields_are_named_in_the_sentence_and_beside_it() -> None:
    body = {"collection": "box", "older_than": 0, "images": ["x"]}

    response = caller(administrator()).post("/api/v1/batches/", json.dumps(body), "application/json")

    told = problem_of(response, 400, "invalid")
    assert set(told["errors"]) == {"older_than", "images"}
    assert "older_than：" in told["detail"]
    assert "images.0：" in told["detail"]


def test_errors_of_no_field_are_a_sentence_like_any_other() -> None:
    response = handle(ValidationError([ErrorDetail("日期不对。"), ErrorDetail("也没有馆藏。")]), {"request": None})

    assert response is not None
    assert response.data["detail"] == "日期不对。 也没有馆藏。"
    assert response.data["errors"] == {"non_field_errors": ["日期不对。", "也没有馆藏。"]}


def test_a_host_that_is_none_of_ours_is_told_in_the_form_of_the_interface(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["catalogue.example.cn"]

    problem_of(caller().get("/api/v1/images/"), 400, "bad_request")


def test_a_mistake_of_ours_is_told_in_the_form_of_the_interface(settings: Settings) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.catalog.api.test_problems.broken"]

    told = problem_of(caller().get("/api/v1/images/"), 500, "internal_error")

    assert "X-Request-ID" in told["detail"]


def broken(get_response: Any) -> Any:
    """Be a middleware with a fault that nobody thought of."""

    def answer(request: Any) -> Any:
        raise ZeroDivisionError

    return answer


def test_the_titles_are_english_where_that_was_chosen() -> None:
    with translation.override("en"):
        assert problem(404, "x", code="not_found")["title"].isascii()


@pytest.mark.parametrize(
    ("asked", "is_english"), [("en", True), ("en-GB,zh;q=0.5", True), ("zh-CN,en", False), ("", False), ("fr", False)]
)
def test_a_program_is_answered_in_the_language_that_it_asks_for(asked: str, is_english: bool) -> None:
    told = Client(headers={"Accept-Language": asked}).get("/api/v1/images/999999/").json()

    assert told["title"].isascii() is is_english
    assert told["detail"].isascii() is is_english


def test_pages_stay_chinese_whatever_a_browser_asks_for() -> None:
    page = Client(headers={"Accept-Language": "en"}).get("/images/999999/")

    assert 'lang="zh' in page.content.decode()
