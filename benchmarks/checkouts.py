"""Checkouts of the project, each with its own environment and database: what runs in them, and how it is counted."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings

from benchmarks.upgrade import multiply
from tests.old_databases import Database, load

ROOT = Path(__file__).parents[1]

# What children of all versions begin with: Django, and the processor time of the server behind their connection.
PREAMBLE = """
import json, os, sys, time
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "glmv_site.settings"
import django
django.setup()
from django.db import connection


def server_s():
    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
"""


def vendor() -> str:
    """Return which database is measured on, as the settings say: postgresql or sqlite."""
    return "postgresql" if "postgresql" in settings.DATABASES["default"]["ENGINE"] else "sqlite"


def environment(checkout: Path, address: str, folder: Path) -> dict[str, str]:
    """Return what a process of a checkout is told.

    Args:
        checkout: whose code it runs.
        address: of its database.
        folder: its DATA_DIR.
    """
    told = {**os.environ, "DATA_DIR": str(folder), "ENV_FILE": os.devnull, "GLMV_LOG_LEVEL": "ERROR"}
    told |= {"DATABASE_URL": address, "PYTHONPATH": str(checkout)}
    return told | {"DJANGO_SETTINGS_MODULE": "glmv_site.settings"}


def run_child(checkout: Path, code: str, arguments: list[str], told: dict[str, str]) -> Any:
    """Run code in a checkout's environment and return what it prints as JSON in its last line.

    Args:
        checkout: whose code it runs.
        code: of Python, after `PREAMBLE`.
        arguments: its arguments.
        told: its environment.
    """
    command = [str(checkout / ".venv" / "bin" / "python"), "-c", PREAMBLE + code, *arguments]
    done = subprocess.run(command, cwd=checkout, env=told, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - the project itself
    return json.loads(done.stdout.splitlines()[-1])


def fill(database: Database, checkout: Path, folder: Path, *, records: int, mixed: str = "") -> None:
    """Write the rows as the oldest version has them, and let a checkout bring them to its own.

    Args:
        database: an empty one.
        checkout: whose version they are for.
        folder: its DATA_DIR.
        records: how many images.
        mixed: statements that make the rows less alike, run before the upgrade.
    """
    load(database)
    multiply(database, records)
    if mixed:
        database.run(mixed)
    command = [str(checkout / ".venv" / "bin" / "python"), "manage.py", "migrate", "--verbosity", "0"]
    told = environment(checkout, database.address, folder)
    subprocess.run(command, cwd=checkout, env=told, check=True)  # noqa: S603 - the project itself
    database.run("VACUUM ANALYZE" if database.vendor == "postgresql" else "ANALYZE")
