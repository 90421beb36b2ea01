"""Pages are Chinese until a visitor switches."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils.translation import get_language, gettext

from glmv_site.middleware import ChosenLanguageMiddleware


def _shown(request: HttpRequest) -> HttpResponse:
    """Return a page that shows its language, as the middleware lets it out."""
    page = ChosenLanguageMiddleware(lambda _request: HttpResponse(f"{get_language()} {gettext('英文')}"))
    response = page(request)
    assert isinstance(response, HttpResponse)
    return response


def test_a_browser_that_prefers_english_still_gets_chinese() -> None:
    response = _shown(RequestFactory().get("/", headers={"accept-language": "en-US,en"}))
    assert response.content.decode() == "zh-hans 英文"
    assert response.headers["Content-Language"] == "zh-hans"


def test_the_cookie_of_the_switch_changes_the_language() -> None:
    request = RequestFactory().get("/")
    request.COOKIES["django_language"] = "en"
    assert _shown(request).content.decode() == "en English"


@pytest.mark.parametrize("cookie", ["xx", "", "../../etc", "zh-hant"])
def test_an_unknown_language_falls_back_to_chinese(cookie: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["django_language"] = cookie
    assert _shown(request).content.decode() == "zh-hans 英文"


def test_the_switch_sets_the_cookie(client: Client) -> None:
    response = client.post("/i18n/setlang/", {"language": "en", "next": "/admin/login/"})
    assert response.status_code == 302
    assert response.cookies["django_language"].value == "en"
