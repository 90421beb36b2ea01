"""In which order an import reaches the disk: a power cut finds no row without its files. Seen by the kernel's calls."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.factories import picture

ROOT = Path(__file__).resolve().parents[3]
_CALLS = "fsync,fdatasync,rename,renameat,renameat2"


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Import one scan into a new installation on SQLite; return what was written to the disk, call by call."""
    if shutil.which("strace") is None:
        pytest.skip("no strace here: apt-get install strace")
    tmp_path = tmp_path_factory.mktemp("traced")
    scans, data, log = tmp_path / "scans", tmp_path / "data", tmp_path / "trace"
    scans.mkdir()
    (scans / "1.jpg").write_bytes(picture((1, 2, 3), (1600, 1200)))
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "glmv_site.settings",
        "DATA_DIR": str(data),
        "DATABASE_URL": f"sqlite:///{data}/db.sqlite3",
    }
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True)
    watched = ["strace", "-f", "-y", "-e", f"trace={_CALLS}", "-o", str(log)]
    arguments = ["import_images", str(scans), "--collection", "x", "--title", "X"]
    subprocess.run([*watched, *manage, *arguments], cwd=ROOT, env=environment, check=True, capture_output=True)
    return [line for line in log.read_text().splitlines() if str(data) in line]


def _place(calls: Sequence[str], pattern: str, after: int = -1) -> int:
    """Return where a call is first found after another one."""
    found = (number for number, call in enumerate(calls) if number > after and re.search(pattern, call))
    number = next(found, None)
    assert number is not None, f"no {pattern} after call {after} of:\n" + "\n".join(calls)
    return number


@pytest.mark.parametrize("kind", ["masters/.*jpg", "derivatives/.*thumbnail.jpg", "derivatives/.*screen.jpg"])
def test_a_file_is_on_the_disk_then_its_name_then_the_row_that_names_it(trace: list[str], kind: str) -> None:
    content = _place(trace, rf"fsync\(.*{kind}.*\.part>\)")
    name = _place(trace, rf"rename.*{kind}", after=content)
    folder = kind.partition("/")[0]
    named = _place(trace, rf"fsync\(\d+<[^>]*{folder}/\d+/[0-9a-f]{{2}}>\)", after=name)
    row = _place(trace, r"fdatasync\(.*db\.sqlite3-wal>\)", after=named)

    last_file = max(number for number, call in enumerate(trace) if ".part" in call)
    assert last_file < row, "a row is on the disk before all of its files are"


def test_new_folders_are_on_the_disk_as_well(trace: list[str]) -> None:
    for folder in ("media", "media/masters", "media/derivatives"):
        _place(trace, rf"fsync\(\d+<[^>]*{folder}>\)")
