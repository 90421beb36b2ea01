"""What a command prints, as lines of the log: with time and tag, where it runs beside others that log."""

import io
import logging

from django.core.management.base import OutputWrapper

log = logging.getLogger(__name__)


class _LogLines(io.StringIO):
    """A stream of which each line becomes one of the log."""

    def __init__(self, level: int) -> None:
        super().__init__()
        self._level = level

    def write(self, text: str) -> int:
        for line in text.splitlines():
            if line.strip():
                log.log(self._level, "%s", line)
        return len(text)


def log_lines(level: int) -> OutputWrapper:
    """Return what a command can have in the place of its output.

    Args:
        level: of the lines.
    """
    return OutputWrapper(_LogLines(level))
