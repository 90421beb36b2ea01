"""Keeps the programs of one installation running: starts them, restarts what dies, passes a stop on to all of them."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

from glmv_site.server.scheduled import ScheduledTask, ScheduledTasks
from glmv_site.server.stopping import PROGRAM_S

log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1
# How long is waited for the system to clear away who was killed; a card's memory takes a while.
_CLEARING_S = 5.0


@dataclass(frozen=True, slots=True)
class Program:
    """One program to keep running.

    Attributes:
        name: what log lines call it.
        command: its argument vector.
        essential: whether there is no point in the others running where it cannot be kept alive.
    """

    name: str
    command: tuple[str, ...]
    essential: bool = True


@dataclass(slots=True)
class _Running:
    """A program's process, and how often in succession it died young."""

    program: Program
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)
    quick_deaths: int = 0
    due: float | None = None
    """When it is to be started again, while it is dead."""


class Supervisor:
    """Runs programs until it is told to stop, or until one of them cannot be kept alive."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        environment: Mapping[str, str],
        healthy_after_s: float = 10.0,
        max_quick_deaths: int = 5,
        pause_s: float = 1.0,
        long_pause_s: float = 30.0,
        stop_timeout_s: float = PROGRAM_S,
        tasks: Sequence[ScheduledTask] = (),
        task_look_every_s: float = 30.0,
    ) -> None:
        """Prepare; nothing is started yet.

        Args:
            programs: what to run.
            environment: the environment of all of them.
            healthy_after_s: a program that lives this long has started well; its earlier deaths are forgotten.
            max_quick_deaths: after so many early deaths in succession the whole supervisor gives up, so that
                whoever started it (Docker, systemd, a person) learns of it.
            pause_s: how long to wait before a restart, in seconds.
            long_pause_s: how long before the restart of one that is not essential and dies young all the time.
            stop_timeout_s: how long a program may take to stop before it is killed, in seconds.
            tasks: what to do now and then, beside them.
            task_look_every_s: how long to wait before looking again whether one is due, in seconds.
        """
        self._programs = programs
        self._environment = dict(environment)
        self._healthy_after_s = healthy_after_s
        self._max_quick_deaths = max_quick_deaths
        self._pause_s = pause_s
        self._long_pause_s = long_pause_s
        self._stop_timeout_s = stop_timeout_s
        self._running: list[_Running] = []
        self._stop_signals = 0
        self._tasks = ScheduledTasks(tasks, start=self._start_process, look_every_s=task_look_every_s)

    def run(self) -> int:
        """Start everything and stay until the end.

        Returns:
            The exit status: 0 after a requested stop, 1 where a program could not be kept alive.
        """
        signal.signal(signal.SIGTERM, self._request_stop)
        signal.signal(signal.SIGINT, self._request_stop)
        self._running = [_Running(program, self._start(program)) for program in self._programs]
        gave_up = False
        while not self._stop_signals and not gave_up:
            # A plain sleep: a signal handler may run at any point of it, which locks would not forgive.
            time.sleep(0.1)
            gave_up = not all(self._keep_alive(running) for running in self._running)
            self._tasks.look()
        self._stop_all()
        return 1 if gave_up else 0

    def _request_stop(self, _number: int, _frame: FrameType | None) -> None:
        """Remember that a stop was asked for; asking a second time means: at once."""
        self._stop_signals += 1

    def _start(self, program: Program) -> subprocess.Popen[bytes]:
        return self._start_process(program.name, program.command)

    def _start_process(self, name: str, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
        """Start a process in a session of its own: Ctrl-C reaches the supervisor only, which stops it in order."""
        process = subprocess.Popen(  # noqa: S603 - the commands are this project's own
            command, env=self._environment, start_new_session=True, preexec_fn=die_with_parent
        )
        log.info("%s 已启动（进程 %d）。", name, process.pid)
        return process

    def _keep_alive(self, running: _Running) -> bool:
        """Restart a program if it has died, after a while.

        Returns:
            False where it has died early too often to go on.
        """
        if running.due is not None:
            if time.monotonic() >= running.due and not self._stop_signals:
                running.process = self._start(running.program)
                running.started, running.due = time.monotonic(), None
            return True
        status = running.process.poll()
        return status is None or self._bury(running, status)

    def _bury(self, running: _Running, status: int) -> bool:
        """Say when a program that has died is to be started again; return False where it is not."""
        lived_well = time.monotonic() - running.started >= self._healthy_after_s
        running.quick_deaths = 0 if lived_well else running.quick_deaths + 1
        hopeless = running.quick_deaths >= self._max_quick_deaths
        if hopeless and running.program.essential:
            log.error("%s 连续 %d 次启动失败，不再重试。", running.program.name, running.quick_deaths)
            return False
        log.warning("%s 已退出（状态 %d），正在重新启动。", running.program.name, status)
        running.due = time.monotonic() + (self._long_pause_s if hopeless else self._pause_s)
        return True

    def _stop_all(self) -> None:
        """Ask every program to stop; kill what does not in time, or when asked a second time, and all its children."""
        processes = [running.process for running in self._running] + self._tasks.processes
        alive = [process for process in processes if process.poll() is None]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + self._stop_timeout_s
        while any(process.poll() is None for process in alive):
            if time.monotonic() > deadline or self._stop_signals > 1:
                break
            time.sleep(0.05)
        _kill_families(alive)
        log.info("服务已停止。")


def _kill_families(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Kill programs, where they are still there, and what they have left behind: port and model are to be free.

    Their children are in their sessions, and the death of a program alone does not reach them.
    """
    deadline = time.monotonic() + _CLEARING_S
    left = list(processes)
    while left and time.monotonic() < deadline:
        left = [process for process in left if _is_there(process)]
        time.sleep(0.01)
    for process in processes:
        process.wait()


def _is_there(process: subprocess.Popen[bytes]) -> bool:
    """Kill a program's session once more; tell whether anybody of it is left."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
        if process.poll() is not None:
            with suppress(ChildProcessError):  # what has come to us, where we are the first process of a container
                os.waitpid(-process.pid, os.WNOHANG)
        return True
    return False


def die_with_parent() -> None:
    """Ask Linux to end this process when the supervisor is killed, so that the port is free for its successor."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def python_program(name: str, *arguments: str, essential: bool = True) -> Program:
    """Describe a program that runs in this Python.

    Args:
        name: what log lines call it.
        arguments: what follows the interpreter on the command line.
        essential: whether the others are of no use without it.

    Returns:
        The program.
    """
    return Program(name, (sys.executable, "-X", "utf8", *arguments), essential)


def environment_with(changes: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with changes.

    Args:
        changes: variables to set.

    Returns:
        A new mapping.
    """
    return {**os.environ, **changes}
