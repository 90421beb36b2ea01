"""Origins of pages, as browsers write them, and what ``manage.py check`` says about others."""

import subprocess
import sys

import pytest
from django.conf import settings as site
from pytest_django.fixtures import Settings

from glmv_site.checks import check_origins
from glmv_site.origins import browser_origin, usable

GOOD = ["https://app.example.cn", "http://192.168.1.20:5173", "http://localhost:8080", "http://[::1]:3000"]
ALMOST = {
    "https://app.example.cn/": "https://app.example.cn",
    "https://app.example.cn/h5/index.html?a=1#top": "https://app.example.cn",
    "HTTPS://App.Example.CN": "https://app.example.cn",
    "https://app.example.cn:443": "https://app.example.cn",
    "http://app.example.cn:80/": "http://app.example.cn",
    "https://博物馆.cn": "https://xn--9krs63ej00a.cn",
}
HOPELESS = [
    "app.example.cn", "//app.example.cn", "https://", "https://*.example.cn", "ftp://a.cn", "null", "https://a b.cn",
    "https://me:pw@a.cn", "https://a.cn:port", "https://a.cn:99999", "http://[", "http://[::1", "https://a..cn", "https://.",
    "http://:8080", "chrome-extension://abc",
]  # fmt: skip


@pytest.mark.parametrize("origin", GOOD)
def test_an_origin_stays_as_it_is(origin: str) -> None:
    assert browser_origin(origin) == origin


@pytest.mark.parametrize(("address", "origin"), ALMOST.items())
def test_of_an_address_the_origin_is_known(address: str, origin: str) -> None:
    assert browser_origin(address) == origin


@pytest.mark.parametrize("text", HOPELESS)
def test_what_is_no_address_of_a_page_has_none(text: str) -> None:
    assert browser_origin(text) is None


def test_only_what_can_be_compared_is_used() -> None:
    assert usable([*GOOD, *ALMOST, *HOPELESS, "*"]) == GOOD


@pytest.mark.parametrize("origins", [[], ["*"], GOOD])
def test_the_check_is_content_with_good_ones(settings: Settings, origins: list[str]) -> None:
    settings.CORS_ORIGINS = origins

    assert check_origins(None) == []


@pytest.mark.parametrize(("address", "origin"), ALMOST.items())
def test_the_check_says_how_it_should_be_written(settings: Settings, address: str, origin: str) -> None:
    settings.CORS_ORIGINS = ["https://good.example", address]

    [error] = check_origins(None)

    assert f"{address} 应写成 {origin}：" in error.msg


@pytest.mark.parametrize("text", HOPELESS)
def test_the_check_says_what_an_origin_looks_like(settings: Settings, text: str) -> None:
    settings.CORS_ORIGINS = [text]

    [error] = check_origins(None)

    assert f"CORS_ORIGINS 里的 {text} 不是网页来源" in error.msg


def test_the_command_fails_with_a_sentence(own_site: dict[str, str]) -> None:
    command = [sys.executable, str(site.BASE_DIR / "manage.py"), "check"]
    environment = own_site | {"CORS_ORIGINS": "https://a.example, https://b.example/", "PYTHONUTF8": "1"}

    result = subprocess.run(command, env=environment, capture_output=True, text=True)

    assert result.returncode != 0
    assert "https://b.example/ 应写成 https://b.example：" in result.stderr
    assert "Traceback" not in result.stderr
