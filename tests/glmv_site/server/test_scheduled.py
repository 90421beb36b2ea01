"""Scheduled tasks are started when they are due, once at a time, and end with the supervisor."""

import subprocess
import sys
from pathlib import Path

import pytest

from glmv_site.server.scheduled import ScheduledTask, ScheduledTasks
from tests.waiting import eventually


class _Starts:
    """Starts real processes, and counts them."""

    def __init__(self, program: str) -> None:
        self.task = ScheduledTask("备份", (sys.executable, "-c", program), lambda: True)
        self.started: list[subprocess.Popen[bytes]] = []

    def __call__(self, _name: str, command: tuple[str, ...]) -> "subprocess.Popen[bytes]":
        self.started.append(subprocess.Popen(command))
        return self.started[-1]


def test_what_is_due_is_started_once_until_it_has_ended() -> None:
    starts = _Starts("import time; time.sleep(600)")
    tasks = ScheduledTasks([starts.task], start=starts, look_every_s=0)
    tasks.look()
    tasks.look()
    (process,) = tasks.processes
    assert starts.started == [process]
    process.kill()
    process.wait()
    tasks.look()
    assert len(starts.started) == 2
    starts.started[-1].kill()
    starts.started[-1].wait()


def test_what_is_not_due_is_not_started(tmp_path: Path) -> None:
    starts = _Starts("")
    tasks = ScheduledTasks([ScheduledTask("备份", ("false",), lambda: False)], start=starts, look_every_s=0)
    tasks.look()
    assert not starts.started


def test_it_is_asked_again_only_after_a_while() -> None:
    asked: list[int] = []

    def due() -> bool:
        asked.append(1)
        return False

    task = ScheduledTask("备份", ("false",), due)
    tasks = ScheduledTasks([task], start=_Starts(""), look_every_s=1000)
    tasks.look()
    tasks.look()
    assert asked == [1]


def test_one_that_cannot_be_asked_or_started_is_logged_and_keeps_no_other_from_its_turn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def unknown() -> bool:
        raise OSError("no such disk")

    def start(name: str, _command: tuple[str, ...]) -> "subprocess.Popen[bytes]":
        if name == "备份":
            raise OSError("no more processes")
        return starts(name, ("true",))

    starts = _Starts("")
    unasked = ScheduledTask("校验", ("false",), unknown)
    other = ScheduledTask("统计", ("true",), lambda: True)
    ScheduledTasks([unasked, starts.task, other], start=start, look_every_s=0).look()
    assert "校验 没有能开始" in caplog.text
    assert "备份 没有能开始" in caplog.text
    assert "no more processes" in caplog.text
    (process,) = starts.started
    process.wait()


def test_the_supervisor_runs_them_and_takes_them_along() -> None:
    program = """
import os, sys
from glmv_site.server.scheduled import ScheduledTask
from glmv_site.server.supervisor import Supervisor, python_program
work = python_program("site", "-c", "import time; time.sleep(600)")
task = python_program("backup", "-c", "print(__import__('os').getpid(), flush=True); __import__('time').sleep(600)")
sys.exit(Supervisor([work], environment=os.environ, tasks=[ScheduledTask("backup", task.command, lambda: True)]).run())
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    process.terminate()
    assert process.wait() == 0
    eventually(lambda: not Path(f"/proc/{pid}").exists())
