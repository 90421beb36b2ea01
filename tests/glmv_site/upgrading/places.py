"""Installations that are upgraded by their own commands."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from tests.old_databases import Database


@dataclass(frozen=True, slots=True)
class Installation:
    """An installation with a database of its own.

    Attributes:
        folder: its data.
        database: its database.
        more: of its environment.
    """

    folder: Path
    database: Database
    more: tuple[tuple[str, str], ...] = ()

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run one of its commands.

        Args:
            arguments: after ``manage.py``.
        """
        return self.python(*self.command(*arguments)[1:])

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of one of its commands.

        Args:
            arguments: after ``manage.py``.
        """
        return [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]

    def python(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run Python in its environment.

        Args:
            arguments: of the interpreter.
        """
        return subprocess.run(
            [sys.executable, *arguments],
            env=self.environment,
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its processes."""
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "glmv_site.settings",
            "PYTHONPATH": str(settings.BASE_DIR),
            "DATABASE_URL": self.database.address,
            "DATA_DIR": str(self.folder),
            "ENV_FILE": os.devnull,
            "PYTHONUTF8": "1",
            **dict(self.more),
        }
