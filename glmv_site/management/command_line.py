"""The command line of `manage.py`: Django's, but for how a refusal is written, which people read."""

import sys
from typing import Any

from django.core import checks
from django.core.management import ManagementUtility
from django.core.management.base import BaseCommand, CommandError, SystemCheckError
from django.utils.translation import gettext as _


class CommandLine(ManagementUtility):
    """Runs one command; where it refuses, its sentence is printed without the name of a class before it."""

    def fetch_command(self, subcommand: str) -> BaseCommand:
        """Return a command, as Django does.

        Args:
            subcommand: its name.
        """
        command = super().fetch_command(subcommand)
        execute = command.execute

        def executed(*args: Any, **options: Any) -> str | None:
            try:
                return execute(*args, **options)
            except CommandError as error:
                if options.get("traceback"):
                    raise
                _tell(command, error)
                sys.exit(error.returncode)

        command.execute = executed  # type: ignore[method-assign]  # of this one alone
        return command


def _tell(command: BaseCommand, error: CommandError) -> None:
    sentences = [str(error)]
    if isinstance(error, SystemCheckError):
        # Its own text is a report in English.
        problems = [str(problem.msg) for problem in checks.run_checks() if problem.is_serious()]
        sentences = problems or sentences
    for sentence in sentences:
        # `start.sh` looks for this word in the log.
        command.stderr.write(_("错误：%(sentence)s") % {"sentence": sentence})
