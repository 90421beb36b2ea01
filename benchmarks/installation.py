"""A whole installation for benchmarks of batches: migrated, filled with scans, served, looked into from outside."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.serving.processes import ROOT, free_port, product_environment
from demo.drawing.scan import draw_scan
from demo.scene import random_scene

SLUG = "measured"
# Scenes that neither the demo collection nor the model's examination shows.
_FIRST_SCENE = 7_000_000
_LONG_SIDE = 1000


@dataclass(slots=True)
class Installation:
    """An installation in a folder of its own.

    Attributes:
        folder: its data.
        environment: of all of its processes.
        port: of its site.
    """

    folder: Path
    environment: dict[str, str]
    port: int

    def manage(self, *arguments: str) -> str:
        """Run one of its commands.

        Args:
            arguments: after ``manage.py``.

        Returns:
            What it printed.
        """
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(  # noqa: S603 - the project's own command
            command, cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True
        )
        return done.stdout

    def ask(self, program: str) -> Any:
        """Run a few lines inside the installation and return what they print as JSON.

        Args:
            program: Python; the catalogue's models are imported, and `show` prints.
        """
        lines = f"import json\nfrom catalog.models import *\ndef show(x): print(json.dumps(x))\n{program}"
        return json.loads(self.manage("shell", "--verbosity", "0", "-c", lines))


@contextlib.contextmanager
def installation(scans: Path, *, model: str = "demo", more: Mapping[str, str] | None = None) -> Iterator[Installation]:
    """Make an installation with a collection.

    Args:
        scans: a folder of pictures, imported where they lie.
        model: ``demo`` or a checkpoint's folder.
        more: environment variables.

    Yields:
        The installation; nothing of it runs yet.
    """
    with tempfile.TemporaryDirectory(prefix="glmv-bench-") as name:
        folder, port = Path(name), free_port()
        environment = {
            **product_environment(name, model),
            "PORT": str(port),
            "GLMV_SERVICE_URL": f"http://127.0.0.1:{port}",
            **(more or {}),
        }
        made = Installation(folder, environment, port)
        made.manage("migrate", "--verbosity", "0")
        made.ask(f"Collection.objects.create(slug={SLUG!r}, title='Measured')\nshow(None)")
        made.manage("import_images", str(scans), "--collection", SLUG, "--in-place")
        yield made


@contextlib.contextmanager
def drawn_scans(number: int) -> Iterator[Path]:
    """Draw scans that differ from each other, and that the demo model knows what to say about.

    Args:
        number: how many.

    Yields:
        Their folder.
    """
    with tempfile.TemporaryDirectory(prefix="glmv-bench-scans-") as name:
        folder = Path(name)
        for seed in range(number):
            scan = draw_scan(random_scene(_FIRST_SCENE + seed), long_side=_LONG_SIDE).image
            scan.save(folder / f"{seed:05d}.jpg", quality=90)
        yield folder


def resident_mb(pid: int) -> float:
    """Return how much memory a process has in use, in MB.

    Args:
        pid: its number.
    """
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def children(pid: int) -> list[int]:
    """Return the processes that a process has started, oldest first.

    Args:
        pid: its number.
    """
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def command_of(pid: int) -> str:
    """Return a process's command line; empty where it is gone.

    Args:
        pid: its number.
    """
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def web_of(supervisor: int) -> list[int]:
    """Return the processes of the site: gunicorn's master, and the one that has the model.

    Args:
        supervisor: ``manage.py serve``.
    """
    masters = [pid for pid in children(supervisor) if "gunicorn" in command_of(pid)]
    return [pid for master in masters for pid in (master, *children(master))]


def workers_of(supervisor: int) -> list[int]:
    """Return the processes that run batches.

    Args:
        supervisor: ``manage.py serve``.
    """
    return [pid for pid in children(supervisor) if command_of(pid).rstrip().endswith("manage.py work")]
