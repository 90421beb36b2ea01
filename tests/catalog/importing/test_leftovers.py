"""What killed imports left is taken away, and what is being written is not, whatever the clock says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from catalog.importing import leftovers

_HOLDING = """
import sys, time
from pathlib import Path
from catalog.importing import leftovers
part = open(sys.argv[1], "xb")
assert leftovers.hold(part.fileno())
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "masters" / "1" / "ab"
    folder.mkdir(parents=True)
    return folder


def test_a_file_is_kept_while_somebody_writes_it_and_goes_once_they_are_killed(tmp_path: Path, place: Path) -> None:
    part = place / ".abc.jpg.1.part"
    writer = subprocess.Popen([sys.executable, "-c", _HOLDING, str(part)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"held\n"
    os.utime(part, (0, 0))

    assert leftovers.remove_parts(tmp_path) == 0
    assert part.exists()

    writer.kill()
    writer.wait()
    writer.stdout.close()
    assert leftovers.remove_parts(tmp_path) == 1
    assert not part.exists()


def test_only_what_is_unfinished_is_removed(tmp_path: Path, place: Path) -> None:
    whole = place / "abc.jpg"
    whole.write_bytes(b"a scan")
    (place / ".abc.jpg.1.part").write_bytes(b"a sc")

    assert leftovers.remove_parts(tmp_path) == 1

    assert list(place.iterdir()) == [whole]


def test_who_marks_a_file_that_was_removed_before_is_told_so(place: Path) -> None:
    part = place / ".abc.jpg.1.part"
    with part.open("xb") as file:
        assert leftovers.remove(part)
        assert not leftovers.hold(file.fileno())


def test_who_marks_a_folder_that_was_removed_before_is_told_so(tmp_path: Path) -> None:
    with leftovers.held(tmp_path / "gone") as ours:
        assert not ours


def test_where_nothing_was_ever_imported_there_is_nothing_to_remove(tmp_path: Path) -> None:
    assert leftovers.remove_parts(tmp_path / "media") == 0
    assert leftovers.remove_folders(tmp_path / "staging") == 0
