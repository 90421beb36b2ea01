"""Starts the site and keeps it running."""

import logging
import os
import socket
import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext as _

from glmv_site import databases
from glmv_site.backup import nightly, restoring
from glmv_site.backup.errors import BackupError
from glmv_site.parsing import host_in_url
from glmv_site.server.scheduled import ScheduledTask
from glmv_site.server.supervisor import Supervisor, environment_with, python_program
from inference.conf import require_usable, unusable

_LAST_PORT = 65535


class Command(BaseCommand):
    """``manage.py serve``: the web process and the worker, restarted when they die, until SIGTERM or Ctrl-C."""

    help = _("启动网站、接口与后台起草，并在进程意外退出后重新启动。按 Ctrl-C 停止。")

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments; each stands for an environment variable and overrides it.

        Args:
            parser: Django's.
        """
        parser.add_argument("--host", default=settings.HOST, help=_("监听地址（HOST）"))
        parser.add_argument("--port", type=int, default=settings.PORT, help=_("端口（PORT）"))
        parser.add_argument("--device", default=settings.GLMV_DEVICE, help=_("设备：auto、cuda、cpu 等（GLMV_DEVICE）"))
        parser.add_argument(
            "--quantize", default=settings.GLMV_QUANTIZE, help=_("量化：none、int8 或 int4（GLMV_QUANTIZE）")
        )
        parser.add_argument(
            "--max-new-tokens",
            "--max_new_tokens",
            type=int,
            default=settings.GLMV_MAX_NEW_TOKENS,
            help=_("一次回答最多生成多少个词元（GLMV_MAX_NEW_TOKENS）"),
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run until told to stop.

        Args:
            options: host, port, device, quantize, max_new_tokens.

        Raises:
            CommandError: a value cannot be meant, a restoration is not complete, the database is not migrated, or the
                port is taken.
            SystemExit: with the supervisor's status, at the end.
        """
        options["host"] = options["host"].strip("[]")
        _require_usable_values(options)
        _require_restored()
        _require_migrated_database()
        log_level = settings.LOG_LEVEL if os.environ.get("LOG_LEVEL") else "INFO"
        logging.getLogger().setLevel(log_level)
        _require_free_port(options["host"], options["port"])
        environment = environment_with(
            {
                "HOST": options["host"],
                "PORT": str(options["port"]),
                "GLMV_DEVICE": options["device"],
                "GLMV_QUANTIZE": options["quantize"],
                "GLMV_MAX_NEW_TOKENS": str(options["max_new_tokens"]),
                "GLMV_SERVICE_URL": _service_url(options["host"], options["port"]),
                "LOG_LEVEL": log_level,
                # The command may have been given in any folder.
                "DATA_DIR": str(settings.DATA_DIR),
                "PYTHONPATH": os.pathsep.join(filter(None, [str(settings.BASE_DIR), os.environ.get("PYTHONPATH")])),
            }
        )
        programs = [
            python_program(
                _("网站"), "-m", "gunicorn", "-c", "python:glmv_site.server.gunicorn_conf", "glmv_site.wsgi"
            ),
            # People can work without it, so that its failures never take the site down.
            python_program(_("后台起草"), str(settings.BASE_DIR / "manage.py"), "work", essential=False),
        ]
        backup = python_program(_("每夜备份"), str(settings.BASE_DIR / "manage.py"), "backup", "--nightly")
        tasks = [ScheduledTask(backup.name, backup.command, nightly.due)]
        sys.exit(Supervisor(programs, environment=environment, tasks=tasks).run())


def _service_url(host: str, port: int) -> str:
    """Return where the worker finds the site: as configured, else at the address that is bound."""
    if f"http://127.0.0.1:{settings.PORT}" != settings.GLMV_SERVICE_URL:
        return str(settings.GLMV_SERVICE_URL)
    everywhere = host in {"0.0.0.0", "::", ""}  # noqa: S104 - compared, not bound
    return f"http://{'127.0.0.1' if everywhere else host_in_url(host)}:{port}"


def _require_usable_values(options: dict[str, Any]) -> None:
    """Refuse flags as the system check refuses the settings that they stand for, before anything is started."""
    try:
        if not 1 <= options["port"] <= _LAST_PORT:
            raise unusable("PORT", options["port"], f"1–{_LAST_PORT}")
        require_usable("GLMV_QUANTIZE", options["quantize"])
        require_usable("GLMV_MAX_NEW_TOKENS", options["max_new_tokens"])
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from error


def _require_restored() -> None:
    """Refuse an installation of which only a part has been restored: what is written there would stand in the way."""
    try:
        restoring.require_finished()
    except BackupError as error:
        raise CommandError(str(error)) from error


def _require_migrated_database() -> None:
    """Refuse a database that is not there or lacks tables: every page would fail."""
    problem = databases.problem()
    connections[DEFAULT_DB_ALIAS].close()
    if problem:
        raise CommandError(problem)


def _require_free_port(host: str, port: int) -> None:
    """Refuse an address that cannot be bound, with the reason, before anything is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                _("无法监听 %(host)s:%(port)d：%(reason)s。端口被占用时，可用 --port 换一个。")
                % {"host": host, "port": port, "reason": error.strerror}
            ) from error
