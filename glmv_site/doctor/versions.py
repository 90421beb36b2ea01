"""Versions: what the installation is made of, whether that is what the program asks for, and what runs just now."""

import platform
import re
import sqlite3
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.utils.translation import gettext as _

from glmv_site import __version__
from glmv_site.doctor.findings import Finding
from glmv_site.doctor.ports import versions_differ

_LEAST_PYTHON = (3, 11)
_SHOWN = 5
_PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;#]+)\s*(?:#.*)?")


def versions() -> Iterator[Finding]:
    """Whether the parts are those that the program was tested with."""
    parts = [f"GLMV {__version__}", f"Python {platform.python_version()}", *_packages("Django", "torch"), _database()]
    yield Finding("ok", _("版本：%(parts)s。") % {"parts": "，".join(filter(None, parts))})
    if sys.version_info[:2] < _LEAST_PYTHON:
        yield Finding("error", _("Python 太旧，需要 3.11 或更新的版本。请装上以后重新运行 make install。"))
    if differing := differing_packages(Path(settings.BASE_DIR, "requirements.txt")):
        words = _(
            "有 %(number)d 个软件包与本版本要求的不同（%(packages)s），多半是升级后没有重新安装。请运行 make install；"
            "没有网络的机器请用离线安装盘。"
        )
        listed = "，".join(differing[:_SHOWN]) + ("……" if len(differing) > _SHOWN else "")
        yield Finding("note", words % {"number": len(differing), "packages": listed})
    if differ := versions_differ():
        words = _("正在运行的网站是 %(running)s 版，这里装的是 %(installed)s 版。请重新启动：bash start.sh restart")
        yield Finding("note", words % {"running": differ[0], "installed": differ[1]})


def differing_packages(requirements: Path) -> list[str]:
    """Return the packages that are missing or of another version than is asked for, with both versions.

    Args:
        requirements: the file that asks for them, one `name==version` a line.
    """
    try:
        lines = requirements.read_text("utf-8").splitlines()
    except (OSError, UnicodeError):
        return []
    found = []
    for line in lines:
        pin = _PIN.fullmatch(line.strip())
        if pin is None:
            continue
        name, wanted = pin[1], pin[2]
        there = _version(name)
        # A build for one kind of machine says so after a plus sign.
        if there.partition("+")[0] != wanted.partition("+")[0]:
            shown = there or _("没有安装")
            found.append(f"{name} {shown} ≠ {wanted}")
    return found


def _packages(*names: str) -> list[str]:
    return [f"{name} {version}" for name in names if (version := _version(name))]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _database() -> str:
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            return f"PostgreSQL {cursor.fetchone()[0]}"
    except Error:
        return ""  # told of the database
