"""Errands are started when they are due, once at a time, and end with the supervisor."""

import subprocess
import sys
from pathlib import Path

from glmv_site.server.errands import Errand, Errands
from tests.waiting import eventually


class _Starts:
    """Starts real processes, and counts them."""

    def __init__(self, program: str) -> None:
        self.errand = Errand("备份", (sys.executable, "-c", program), lambda: True)
        self.started: list[subprocess.Popen[bytes]] = []

    def __call__(self, _name: str, command: tuple[str, ...]) -> "subprocess.Popen[bytes]":
        self.started.append(subprocess.Popen(command))
        return self.started[-1]


def test_what_is_due_is_started_once_until_it_has_ended() -> None:
    starts = _Starts("import time; time.sleep(600)")
    errands = Errands([starts.errand], start=starts, look_every_s=0)
    errands.look()
    errands.look()
    (process,) = errands.processes
    assert starts.started == [process]
    process.kill()
    process.wait()
    errands.look()
    assert len(starts.started) == 2
    starts.started[-1].kill()
    starts.started[-1].wait()


def test_what_is_not_due_is_not_started(tmp_path: Path) -> None:
    starts = _Starts("")
    errands = Errands([Errand("备份", ("false",), lambda: False)], start=starts, look_every_s=0)
    errands.look()
    assert not starts.started


def test_it_is_asked_again_only_after_a_while() -> None:
    asked: list[int] = []

    def due() -> bool:
        asked.append(1)
        return False

    errand = Errand("备份", ("false",), due)
    errands = Errands([errand], start=_Starts(""), look_every_s=1000)
    errands.look()
    errands.look()
    assert asked == [1]


def test_the_supervisor_runs_them_and_takes_them_along() -> None:
    program = """
import os, sys
from glmv_site.server.errands import Errand
from glmv_site.server.supervisor import Supervisor, python_program
work = python_program("site", "-c", "import time; time.sleep(600)")
errand = python_program("backup", "-c", "print(__import__('os').getpid(), flush=True); __import__('time').sleep(600)")
sys.exit(Supervisor([work], environment=os.environ, errands=[Errand("backup", errand.command, lambda: True)]).run())
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    process.terminate()
    assert process.wait() == 0
    eventually(lambda: not Path(f"/proc/{pid}").exists())
