"""What the site tells browsers about itself, and what HTTPS=1 changes."""

import json
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client

_PROBE = """
import json
from django.conf import settings
names = {names!r}
print(json.dumps({{name: getattr(settings, name) for name in names}}))
"""


def _settings(environment: dict[str, str], *names: str) -> dict[str, Any]:
    program = _PROBE.format(names=names)
    result = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.django_db
def test_pages_forbid_foreign_scripts_and_frames(client: Client) -> None:
    response = client.get("/admin/login/")
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";"
    assert "frame-ancestors 'none'" in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.django_db
def test_the_page_of_the_rest_interface_brings_its_scripts_along(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    assert "https://" not in page
    assert "<script>" not in page


def test_plain_http_on_the_local_network_works_out_of_the_box(own_site: dict[str, str]) -> None:
    found = _settings(own_site, "ALLOWED_HOSTS", "SESSION_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "DEBUG")
    assert found == {
        "ALLOWED_HOSTS": ["*"],
        "SESSION_COOKIE_SECURE": False,
        "SECURE_SSL_REDIRECT": False,
        "DEBUG": False,
    }


def test_https_turns_on_secure_cookies_redirects_and_hsts(own_site: dict[str, str]) -> None:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS")
    assert all(_settings(own_site | {"HTTPS": "1"}, *names).values())


def test_the_secret_key_is_made_once_and_kept(own_site: dict[str, str]) -> None:
    first = _settings(own_site, "SECRET_KEY")
    assert len(first["SECRET_KEY"]) >= 50
    assert _settings(own_site, "SECRET_KEY") == first


def test_a_secret_key_of_the_environment_is_used_as_it_is(own_site: dict[str, str]) -> None:
    assert _settings(own_site | {"SECRET_KEY": "given"}, "SECRET_KEY") == {"SECRET_KEY": "given"}


def test_probes_on_the_machine_itself_are_answered_whatever_hosts_are_named(own_site: dict[str, str]) -> None:
    found = _settings(own_site | {"ALLOWED_HOSTS": "archive.cn"}, "ALLOWED_HOSTS")
    assert found == {"ALLOWED_HOSTS": ["archive.cn", "127.0.0.1", "localhost", "[::1]"]}
