"""A power cut: every process of an installation is killed at once, amid an import, a batch and decisions over HTTP.

Afterwards the same installation is started again and goes on. `Cut` is the rig; the tests cut the power once with it,
``python -m benchmarks power`` ten times (BENCH_POWER_KILLS). BENCH_POWER_DATABASE_URL names an empty database of
PostgreSQL to do it on. What no kill shows is what the kernel had not written yet: see ADR 51 and
``tests/catalog/importing/test_durability.py``.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from benchmarks.figures import report, stopwatch
from benchmarks.installation import SLUG, Installation, children, drawn_scans, installation
from benchmarks.power_checks import IMPORTED, REVIEWERS, faults_of, look, prepare, snapshot
from benchmarks.reviewers import Decision, Reviewer
from benchmarks.serving.processes import ROOT, stop

KILLS = 10
_SEED = 51
_TIMEOUT_S = 1200.0
_SIZE = (900, 700)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is to do.

    Attributes:
        kills: how often the power is cut.
        batch: images to be drafted.
        scans: files to be imported.
        decisions: drafts to be decided by each reviewer.
    """

    kills: int = KILLS
    batch: int = 320
    scans: int = 1200
    decisions: int = 480


@dataclass(slots=True)
class Cut:
    """An installation at work, under which the power goes off.

    Attributes:
        made: the installation.
        source: the folder that is imported.
        reviewers: who decide.
        promised: the scans that were seen to be imported before the power went off, by their content.
        drafted: how many images were seen to be drafted by then.
    """

    made: Installation
    source: Path
    reviewers: list[Reviewer]
    promised: set[str] = field(default_factory=set)
    drafted: int = 0
    _site: "subprocess.Popen[bytes] | None" = None
    _import: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Switch on: the site starts by itself, and somebody gives the import command again."""
        self._site = self._run("serve")
        self._import = self._run("import_images", str(self.source), "--collection", IMPORTED)
        wait(self._answers, pause_s=0.5)

    @property
    def open(self) -> int:
        """Return how many decisions are still to be made."""
        return sum(reviewer.open for reviewer in self.reviewers)

    def look_on(self) -> None:
        """Remember what is in the tables: it was told to people, and has to be there for ever."""
        scans, self.drafted = snapshot(self.made)
        self.promised |= set(scans)

    def cut(self) -> int:
        """Kill every process at once; return how many there were."""
        doomed = [pid for process in self._mine() for pid in _family(process.pid)]
        for pid in doomed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in self._mine():
            process.wait()
        wait(lambda: not any(Path(f"/proc/{pid}").exists() for pid in doomed))
        return len(doomed)

    def finish(self) -> None:
        """Let everything come to its end."""
        status = self._import.wait(_TIMEOUT_S) if self._import else "nobody"
        if status:
            raise RuntimeError(f"the import ended with {status}; see {self.made.folder / 'power.log'}")
        wait(lambda: not self.open)
        wait(lambda: look(self.made, [])["batch"] == "done", pause_s=2.0)

    def stop(self) -> None:
        """End everything in order."""
        for reviewer in self.reviewers:
            reviewer.leave()
        for process in self._mine():
            stop(process)

    def _mine(self) -> "list[subprocess.Popen[bytes]]":
        return [process for process in (self._import, self._site) if process is not None]

    def _run(self, *arguments: str) -> "subprocess.Popen[bytes]":
        with (self.made.folder / "power.log").open("ab") as log:
            command = [sys.executable, "manage.py", *arguments]
            return subprocess.Popen(  # noqa: S603 - the project's own command
                command, cwd=ROOT, env=self.made.environment, stdout=log, stderr=log
            )

    def _answers(self) -> bool:
        address = f"http://127.0.0.1:{self.made.port}/ready"
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
        return False


@contextlib.contextmanager
def at_work(extent: Extent) -> Iterator[Cut]:
    """Make an installation with a batch to draft, drafts to decide and a folder to import; nothing runs yet.

    Args:
        extent: how much of each.

    Yields:
        It, and whoever works with it.
    """
    own = os.environ.get("BENCH_POWER_DATABASE_URL", "")
    more = {"DATABASE_URL": own} if own else {}
    with drawn_scans(extent.batch) as scans, installation(scans, more=more) as made:
        source = made.folder / "new scans"
        draw(source, extent.scans)
        decisions = prepare(made, extent.decisions)
        address = f"http://127.0.0.1:{made.port}"
        reviewers = [
            Reviewer(address, name, "a long password", [Decision(**row) for row in decisions[name]])
            for name in REVIEWERS
        ]
        made.manage("draft", SLUG, "--background")
        cut = Cut(made, source, reviewers)
        try:
            yield cut
        finally:
            cut.stop()


def run() -> None:
    """Cut the power again and again; report what was lost or done twice."""
    extent = Extent(kills=int(os.environ.get("BENCH_POWER_KILLS", KILLS)))
    chance = random.Random(_SEED)  # noqa: S311 - moments, not secrets
    killed = 0
    amid = dict.fromkeys(("import", "batch", "decisions"), 0)
    with at_work(extent) as cut, stopwatch() as watch:
        cut.start()
        for reviewer in cut.reviewers:
            reviewer.begin()
        for number in range(extent.kills):
            before = cut.open
            # However slow the machine is: the power goes off amid decisions, not before the first of them.
            wait(lambda: cut.open < before or not cut.open)  # noqa: B023 - asked within this turn
            cut.look_on()
            time.sleep(chance.uniform(0.2, 4))
            killed += cut.cut()
            _tell(cut, number + 1)
            amid["import"] += 0 < len(cut.promised) < extent.scans
            amid["batch"] += 0 < cut.drafted < extent.batch
            amid["decisions"] += cut.open > 0
            cut.start()
        cut.finish()
        faults = faults_of(cut.made, cut.reviewers, cut.source, cut.promised, extent.batch)
    told = [decision.told for reviewer in cut.reviewers for decision in reviewer.todo]
    details = {
        "kills": extent.kills,
        "amid": amid,
        "processes": killed,
        "database": "postgresql" if "BENCH_POWER_DATABASE_URL" in os.environ else "sqlite",
        "decisions": len(told),
        "answer_lost": told.count("was done"),
        "scans": extent.scans,
        "promised": len(cut.promised),
        "drafted": extent.batch,
        "sign_ins": sum(reviewer.sign_ins for reviewer in cut.reviewers),
        "seconds": round(watch.seconds),
    }
    report("power.faults", len(faults), "faults", **details, faults=faults[:20])


def _tell(cut: Cut, number: int) -> None:
    still = sum(reviewer.open for reviewer in cut.reviewers)
    print(
        f"cut {number}: {len(cut.promised)} scans and {cut.drafted} drafts were there, {still} decisions are open",
        file=sys.stderr,
        flush=True,
    )


def _family(pid: int) -> list[int]:
    """Return a process and all that it has started, and so on."""
    return [pid, *(other for child in children(pid) for other in _family(child))]


def draw(folder: Path, number: int) -> None:
    """Draw scans that differ from each other, quickly.

    Args:
        folder: where to; it is made.
        number: how many.
    """
    folder.mkdir()
    for scan in range(number):
        Image.effect_noise(_SIZE, 40 + scan % 50).save(folder / f"{scan:04d}.jpg", quality=60, comment=str(scan))


def wait(condition: Callable[[], bool], *, pause_s: float = 0.1) -> None:
    """Wait until a condition holds.

    Args:
        condition: asked again and again.
        pause_s: how often.

    Raises:
        TimeoutError: it never held.
    """
    deadline = time.monotonic() + _TIMEOUT_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("it does not go on")
        time.sleep(pause_s)
