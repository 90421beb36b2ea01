"""An installation as the commands see it from outside: folders, a database, an environment."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

MANAGE = str(settings.BASE_DIR / "manage.py")


@dataclass(frozen=True, slots=True)
class Installation:
    """An installation.

    Attributes:
        data: its DATA_DIR.
        environment: of its commands.
    """

    data: Path
    environment: dict[str, str]

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command and stay with it."""
        return subprocess.Popen(
            [sys.executable, MANAGE, *arguments], env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, MANAGE, *arguments], env=self.environment, text=True, capture_output=True, check=False
        )

    def ask(self, program: str) -> Any:
        """Run a few lines in it, and return what they `show`."""
        lines = f"import json\nfrom catalog.models import *\nshow = lambda x: print(json.dumps(x))\n{program}"
        done = self.manage("shell", "--verbosity", "0", "-c", lines)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def _url(name: str) -> str:
    """Return the address of a database beside that of the tests."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    known = connection.settings_dict
    login = f"{known['USER']}:{known['PASSWORD']}" if known["PASSWORD"] else known["USER"]
    return f"postgres://{login}@{known['HOST']}:{known['PORT'] or 5432}/{name}"


def installation(data: Path, database: str) -> Installation:
    """Describe an installation.

    Args:
        data: its DATA_DIR.
        database: name or file of its database.
    """
    more = {
        "DJANGO_SETTINGS_MODULE": "glmv_site.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
        "DATA_DIR": str(data),
        "DATABASE_URL": _url(database),
        "ENV_FILE": str(data.parent / f"{data.name}.env"),
        "PYTHONUTF8": "1",
    }
    return Installation(data, {**os.environ, **more})


@contextmanager
def empty_installation(data: Path) -> Iterator[Installation]:
    """Have a place with an empty database of the kind that the tests run on.

    Args:
        data: its DATA_DIR.

    Yields:
        The place; a database on a server is dropped at the end.
    """
    if connection.vendor == "sqlite":
        yield installation(data, str(data / "db.sqlite3"))
        return
    name = f"{connection.settings_dict['NAME']}_{data.name}"
    quoted = connection.ops.quote_name(name)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {quoted} TEMPLATE template0")
    try:
        yield installation(data, name)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {quoted} WITH (FORCE)")
