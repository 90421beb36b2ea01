"""``kill -9`` of the worker, of the site and of both, at random moments of one batch: is every image drafted once?

``python -m benchmarks kills`` runs it with a steady clock, and once more with the clock of all processes set back an
hour in the middle. The site is the real one, with the demo model, under ``manage.py serve``.
"""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.figures import report, stopwatch
from benchmarks.installation import SLUG, Installation, drawn_scans, installation, web_of, workers_of
from benchmarks.serving.processes import ROOT, stop

IMAGES = 300
KILLS = 20
_SEED = 20
_TIMEOUT_S = 3000.0
_HOUR_S = 3600


def run() -> None:
    """Measure both."""
    images = int(os.environ.get("BENCH_KILLS_IMAGES", IMAGES))
    with drawn_scans(images) as scans:
        for back_s in (0, _HOUR_S):
            _measure(scans, images, back_s)


def _measure(scans: Path, images: int, back_s: int) -> None:
    clock = scans.with_name(scans.name + ".clock")
    clock.write_text("0", encoding="ascii")
    shifted = {
        "PYTHONPATH": os.pathsep.join([str(ROOT / "tests" / "clock"), str(ROOT)]),
        "TEST_CLOCK": str(clock),
    }
    try:
        with installation(scans, more=shifted) as made, _served(made) as supervisor:
            made.manage("draft", SLUG, "--background")
            with stopwatch() as watch:
                victims = _kill_at_random(made, supervisor, images, lambda: clock.write_text(f"-{back_s}", "ascii"))
                _wait(lambda: _count(made, "catalog_batch WHERE state = 'done'") == 1)
            _report(made, images, victims, watch.seconds, back_s)
    finally:
        clock.unlink(missing_ok=True)


@contextlib.contextmanager
def _served(made: Installation) -> Iterator[int]:
    """Serve an installation; yield the supervisor's number. It is not waited for: a kill may come at any moment."""
    with (made.folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"], cwd=ROOT, env=made.environment, stdout=log, stderr=log
        )
    try:
        yield process.pid
    finally:
        stop(process)


def _kill_at_random(
    made: Installation, supervisor: int, images: int, set_clock_back: Callable[[], object]
) -> "Counter[str]":
    chance = random.Random(_SEED)  # noqa: S311 - moments, not secrets
    victims: Counter[str] = Counter()
    for kill in range(KILLS):
        # Somewhere within each twentieth of the batch, so that there is something to kill twenty times.
        drafted = int(images * (kill + chance.random()) / (KILLS + 1))
        _wait(lambda: _count(made, "catalog_run") >= drafted)  # noqa: B023 - asked within this turn
        time.sleep(chance.uniform(0, 2))
        if kill == KILLS // 2:
            set_clock_back()
        name = chance.choice(["worker", "web", "both"])
        victims[name] += 1
        doomed = (workers_of(supervisor) if name != "web" else []) + (web_of(supervisor) if name != "worker" else [])
        for pid in doomed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    return victims


def _report(made: Installation, images: int, victims: "Counter[str]", seconds: float, back_s: int) -> None:
    details = {"images": images, "kills": dict(victims), "clock_back_s": back_s, "seconds": round(seconds)}
    once = _count(
        made, "(SELECT image_id FROM catalog_annotation WHERE source = 'model' GROUP BY image_id HAVING COUNT(*) = 1)"
    )
    report("kills.drafted_once", once / images, "ratio", **details)
    report("kills.answers_kept", _count(made, "catalog_run"), "answers", **details)
    report("kills.failed", _count(made, "catalog_batchitem WHERE state <> 'done'"), "images", **details)


def _count(made: Installation, table: str) -> int:
    """Count rows from outside, as no process of the installation would be needed for it."""
    address = f"file:{made.folder / 'db.sqlite3'}?mode=ro"
    with contextlib.closing(sqlite3.connect(address, uri=True, timeout=20)) as database:
        (number,) = database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()  # noqa: S608 - words from above
        return int(number)


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _TIMEOUT_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the batch does not go on")
        time.sleep(0.1)
