"""The supervisor restarts what dies, gives up on what cannot live, and stops everything when told."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import lives
from tests.waiting import eventually

# Runs a supervisor over small programs. Each program appends its process id to a file when it starts.
_SUPERVISOR = """
import os, sys
from glmv_site.server.supervisor import Supervisor, python_program

def program(name, then):
    start = f"import os, signal, sys, time; open({sys.argv[1]!r}, 'a').write(f'{name} {{os.getpid()}}\\\\n');"
    return python_program(name, "-c", start + then, essential=name != "extra")

programs = [program(*argument.split("=", 1)) for argument in sys.argv[2:]]
supervisor = Supervisor(
    programs, environment=os.environ, pause_s=0.05, long_pause_s=0.05, healthy_after_s=1000, max_quick_deaths=3,
    stop_timeout_s=1000)
sys.exit(supervisor.run())
"""

_SLEEP = "time.sleep(600)"
_STUBBORN = (
    "signal.signal(signal.SIGTERM, lambda *_: print('heard', flush=True)); print('deaf', flush=True); time.sleep(600)"
)
# gunicorn's master and its worker: the child hears nothing of its parent's end.
_FAMILY = (
    "child = 'import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); '"
    " 'print(os.getpid(), flush=True); time.sleep(600)'; import subprocess;"
    f"process = subprocess.Popen([sys.executable, '-c', child]); {_STUBBORN}"
)


class _Site:
    """A supervisor in its own process, and the starts of its programs."""

    def __init__(self, folder: Path, *programs: str) -> None:
        self._starts = folder / "starts"
        self._starts.touch()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SUPERVISOR, str(self._starts), *programs], stdout=subprocess.PIPE, text=True
        )

    def starts(self, name: str) -> list[int]:
        """Return the process ids that a program has had so far."""
        lines = [line.split() for line in self._starts.read_text().splitlines()]
        return [int(pid) for program, pid in lines if program == name]

    def wait_for_starts(self, name: str, number: int) -> int:
        """Wait until a program has been started so often; return its last process id."""
        eventually(lambda: len(self.starts(name)) >= number)
        return self.starts(name)[-1]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(60)


def test_a_killed_program_is_started_again_and_the_others_stay(tmp_path: Path) -> None:
    site = _Site(tmp_path, f"web={_SLEEP}", f"other={_SLEEP}")
    other = site.wait_for_starts("other", 1)
    os.kill(site.wait_for_starts("web", 1), signal.SIGKILL)
    assert lives(site.wait_for_starts("web", 2))
    assert site.stop() == 0
    assert site.starts("other") == [other]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_every_program_and_exits_with_success(tmp_path: Path, number: signal.Signals) -> None:
    site = _Site(tmp_path, f"web={_SLEEP}", f"other={_SLEEP}")
    pids = [site.wait_for_starts("web", 1), site.wait_for_starts("other", 1)]
    assert site.stop(number) == 0
    assert not any(lives(pid) for pid in pids)


def test_a_program_that_cannot_live_makes_the_whole_fail(tmp_path: Path) -> None:
    site = _Site(tmp_path, "web=sys.exit(3)", f"other={_SLEEP}")
    assert site.process.wait(60) == 1
    assert len(site.starts("web")) == 3
    assert not lives(site.starts("other")[0])


def test_a_program_that_is_not_essential_is_tried_for_ever_and_takes_nothing_down(tmp_path: Path) -> None:
    site = _Site(tmp_path, "extra=sys.exit(3)", f"web={_SLEEP}")
    site.wait_for_starts("extra", 5)
    assert lives(site.wait_for_starts("web", 1))
    assert site.stop() == 0


def test_a_second_signal_kills_a_program_that_does_not_listen(tmp_path: Path) -> None:
    site = _Site(tmp_path, f"web={_STUBBORN}")
    assert site.process.stdout is not None
    assert site.process.stdout.readline() == "deaf\n"
    pid = site.starts("web")[0]
    site.process.send_signal(signal.SIGTERM)
    assert site.process.stdout.readline() == "heard\n"
    assert site.stop() == 0
    assert not lives(pid)


def test_a_second_signal_leaves_no_child_of_a_program_behind(tmp_path: Path) -> None:
    site = _Site(tmp_path, f"web={_FAMILY}")
    assert site.process.stdout is not None
    lines = {site.process.stdout.readline().strip() for _ in range(2)}
    child = int((lines - {"deaf"}).pop())
    site.process.send_signal(signal.SIGTERM)
    assert site.process.stdout.readline() == "heard\n"
    assert site.stop() == 0
    assert not lives(child)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_programs_end_when_the_supervisor_itself_is_killed(tmp_path: Path) -> None:
    site = _Site(tmp_path, f"web={_SLEEP}")
    pid = site.wait_for_starts("web", 1)
    site.process.kill()
    site.process.wait(60)
    eventually(lambda: not lives(pid))
