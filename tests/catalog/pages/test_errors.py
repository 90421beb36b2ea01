"""Pages that say what went wrong, and what every page carries."""

import pytest
from django.template.loader import render_to_string
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from tests.catalog.people import browser, stranger
from tests.factories import CollectionFactory, described

pytestmark = pytest.mark.django_db


def test_a_page_that_is_not_there_is_said_in_chinese() -> None:
    response = browser().get("/no/such/page/")
    assert response.status_code == 404
    assert "没有这一页" in response.content.decode()


@pytest.mark.parametrize(
    "path",
    ["/images/0/", "/images/99999999999999999999/", "/images/abc/", "/collections/no-such/", "/collections/%00/"],
)
def test_an_address_of_nothing_is_not_found(path: str) -> None:
    assert browser().get(path).status_code == 404


def test_a_form_from_another_site_is_refused_in_chinese() -> None:
    response = Client(enforce_csrf_checks=True).post("/i18n/setlang/", {"language": "en"})
    assert response.status_code == 403
    assert "表单已过期" in response.content.decode()


@pytest.mark.parametrize("page", ["400.html", "403.html", "404.html", "500.html"])
def test_an_error_page_needs_no_request_and_no_database(
    page: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert "回到首页" in render_to_string(page)


def test_pages_are_not_written_to() -> None:
    collection = CollectionFactory(public=True)
    for path in ("/", "/search/", collection.get_absolute_url()):
        assert browser().post(path).status_code == 405


@pytest.mark.parametrize("path", ["/", "/search/", "/admin/login/", "/no/such/page/"])
def test_every_page_says_which_model_is_in_use(path: str) -> None:
    assert "演示模型" in browser().get(path).content.decode()


def test_another_model_needs_no_notice(settings: Settings) -> None:
    settings.GLMV_MODEL = "zai-org/GLM-4.6V-Flash"
    assert "演示模型" not in browser().get("/").content.decode()


def test_the_page_fetches_nothing_from_elsewhere() -> None:
    image = described(title="石桥")
    for path in ("/", image.get_absolute_url(), "/admin/login/", "/api/docs/"):
        shown = browser().get(path).content.decode()
        for start in ('src="http', "src='http", 'href="http', "url(http", "//cdn"):
            assert start not in shown, (path, start)


def test_the_language_switch_turns_the_page_english_and_back() -> None:
    client = browser()
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    assert '<html lang="en">' in client.get("/").content.decode()
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/"})
    assert '<html lang="zh-hans">' in client.get("/").content.decode()


def test_visitors_are_led_to_the_login_and_colleagues_to_the_workbench() -> None:
    assert 'href="/login/?next=/"' in browser().get("/").content.decode()
    assert 'href="/admin/"' in browser(stranger()).get("/").content.decode()
