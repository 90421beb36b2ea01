"""Pages are Chinese until a visitor switches."""

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils.translation import get_language, gettext

from glmv_site.middleware import ChosenLanguageMiddleware


@pytest.fixture
def shown() -> Callable[[HttpRequest], HttpResponse]:
    """Return the middleware around a page that shows its language."""
    return ChosenLanguageMiddleware(lambda _request: HttpResponse(f"{get_language()} {gettext('简体中文')}"))


def test_a_browser_that_prefers_english_still_gets_chinese(shown: Callable[[HttpRequest], HttpResponse]) -> None:
    response = shown(RequestFactory().get("/", headers={"accept-language": "en-US,en"}))
    assert response.content.decode().startswith("zh-hans ")
    assert response.headers["Content-Language"] == "zh-hans"


def test_the_cookie_of_the_switch_changes_the_language(shown: Callable[[HttpRequest], HttpResponse]) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["django_language"] = "en"
    assert shown(request).content.decode() == "en Simplified Chinese"


@pytest.mark.parametrize("cookie", ["xx", "", "../../etc", "zh-hant"])
def test_an_unknown_language_falls_back_to_chinese(cookie: str, shown: Callable[[HttpRequest], HttpResponse]) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["django_language"] = cookie
    assert shown(request).content.decode().startswith("zh-hans ")


def test_the_switch_sets_the_cookie(client: Client) -> None:
    response = client.post("/i18n/setlang/", {"language": "en", "next": "/admin/login/"})
    assert response.status_code == 302
    assert response.cookies["django_language"].value == "en"
