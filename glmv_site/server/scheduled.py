"""Commands that the supervisor runs when they are due, such as the nightly backup; each ends by itself."""

import logging
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ScheduledTask:
    """Something to do now and then.

    Attributes:
        name: what log lines call it.
        command: its argument vector.
        due: tells whether it is time; asked again and again, and so cheap.
    """

    name: str
    command: tuple[str, ...]
    due: Callable[[], bool]


class ScheduledTasks:
    """Runs scheduled tasks, each in one process at a time."""

    def __init__(
        self,
        tasks: Sequence[ScheduledTask],
        *,
        start: Callable[[str, tuple[str, ...]], "subprocess.Popen[bytes]"],
        look_every_s: float,
    ) -> None:
        """Prepare; the first look is taken at once.

        Args:
            tasks: what to do.
            start: starts a process for a name and a command.
            look_every_s: how long to wait between two looks.
        """
        self._tasks = tasks
        self._start = start
        self._look_every_s = look_every_s
        self._next_look = 0.0
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def processes(self) -> list["subprocess.Popen[bytes]"]:
        """Those that are at work."""
        return list(self._running.values())

    def look(self) -> None:
        """Say how those ended that did, and start what is due."""
        for name, process in list(self._running.items()):
            status = process.poll()
            if status is not None:
                del self._running[name]
                log.log(logging.ERROR if status else logging.INFO, "%s 已结束（状态 %d）。", name, status)
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + self._look_every_s
        for task in self._tasks:
            if task.name not in self._running:
                self._start_if_due(task)

    def _start_if_due(self, task: ScheduledTask) -> None:
        """Start a task; whatever goes wrong, the programs beside it go on, and it is tried again at the next look."""
        try:
            if task.due():
                self._running[task.name] = self._start(task.name, task.command)
        except Exception:
            log.exception("%s 没有能开始，稍后再试。", task.name)
