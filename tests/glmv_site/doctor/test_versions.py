"""The doctor tells what the installation is made of, and what is not as this version asks for it."""

from pathlib import Path

import django
import pytest
from django.conf import settings as site
from django.db import connection
from pytest_django import Settings

from glmv_site.doctor.versions import differing_packages, versions
from tests.glmv_site.conftest import free_port

pytestmark = pytest.mark.django_db


def test_the_parts_are_told_with_the_database(settings: Settings) -> None:
    settings.HOST, settings.PORT = "127.0.0.1", int(free_port())
    first = next(iter(versions()))
    assert first.level == "ok"
    assert f"Django {django.__version__}" in first.text
    assert {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor] in first.text


def test_packages_of_other_versions_or_missing_ones_are_told_with_both(tmp_path: Path) -> None:
    asked = tmp_path / "requirements.txt"
    asked.write_text(
        f"# comment\nDjango=={django.__version__}\nhttpx==0.0.1  # why\nno-such-package==1.0\npsycopg[binary]==0.1\n"
    )
    httpx, missing, extra = differing_packages(asked)
    assert httpx.startswith("httpx ")
    assert httpx.endswith("≠ 0.0.1")
    assert missing.startswith("no-such-package")
    assert extra.startswith("psycopg ")


def test_a_checkout_without_the_list_is_no_fault(tmp_path: Path) -> None:
    assert differing_packages(tmp_path / "requirements.txt") == []


def test_the_list_that_ships_is_understood() -> None:
    lines = Path(site.BASE_DIR, "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("Django==") for line in lines)
    assert not any("Django" in package for package in differing_packages(Path(site.BASE_DIR, "requirements.txt")))
