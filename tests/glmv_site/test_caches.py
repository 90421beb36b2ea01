"""No cache that others share keeps what depends on who asks; every address is looked at."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from glmv_site.middleware import PrivateAnswerMiddleware
from tests.addresses import addresses, inhabit
from tests.catalog.people import browser


def said(response: Any) -> set[str]:
    return {word.partition("=")[0].strip() for word in response.get("Cache-Control", "").split(",")}


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post", "options"])
def test_every_address_says_that_its_answer_is_for_one_reader(settings: Settings, tmp_path: Any, method: str) -> None:
    settings.MEDIA_ROOT = tmp_path
    user = inhabit()
    found = addresses()
    assert {"/", "/review/", "/ask/", "/admin/", "/api/v1/images/", "/v1/models", "/health", "/login/"} <= set(found)
    assert len(found) > 150

    for client in (browser(), browser(user)):
        for address in found:
            if "logout" not in address:
                answer = getattr(client, method)(address)
                assert answer.status_code < 600, address
                assert said(answer) & {"private", "no-store"}, (address, answer.status_code, answer.headers)
                assert "public" not in said(answer), address


@pytest.mark.parametrize(
    "address", ["/no/such/page/", "/admin", "/logout/", "/static/no/such/file.css", "/api/v1/nothing/"]
)
@pytest.mark.django_db
def test_what_is_not_there_and_what_leads_elsewhere_are_no_exceptions(address: str) -> None:
    assert said(browser().get(address)) & {"private", "no-store"}


@pytest.mark.django_db
def test_a_refused_form_is_none_either() -> None:
    answer = Client(enforce_csrf_checks=True).post("/i18n/setlang/", {"language": "en"})

    assert (answer.status_code, "private" in said(answer)) == (403, True)


def test_files_that_are_the_same_for_everybody_may_be_kept() -> None:
    assert "public" in said(browser().get("/static/css/base.css"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "private"),
        ("no-cache", "no-cache, private"),
        ("no-store", "no-store"),
        ("private, max-age=3600", "private, max-age=3600"),
        ("public, max-age=60", "public, max-age=60"),
    ],
)
def test_what_a_page_says_itself_is_heeded(before: str, after: str) -> None:
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Cache-Control": before} if before else None)

    assert PrivateAnswerMiddleware(page)(RequestFactory().get("/"))["Cache-Control"] == after  # type: ignore[index]
