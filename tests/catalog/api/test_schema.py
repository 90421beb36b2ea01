"""The description of the API."""

from pathlib import Path

import pytest
from django.core.management import call_command

from tests.catalog.people import browser

pytestmark = pytest.mark.django_db


def test_it_is_valid_and_complete(tmp_path: Path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))
    written = (tmp_path / "schema.yml").read_text()
    for path in ("collections", "images", "annotations", "batches"):
        assert f"/api/v1/{path}/" in written
    assert "ai_labels" in written


def test_it_is_served_with_a_page_to_read_it() -> None:
    assert browser().get("/api/schema/").status_code == 200
    page = browser().get("/api/docs/")
    assert page.status_code == 200
    assert "drf_spectacular_sidecar" in page.content.decode()


def test_the_page_runs_no_script_that_the_security_policy_forbids() -> None:
    shown = browser().get("/api/docs/").content.decode()
    assert "<script>" not in shown
    assert "'self'" in browser().get("/api/docs/")["Content-Security-Policy"]
