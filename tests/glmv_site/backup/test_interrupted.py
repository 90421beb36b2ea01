"""A backup that did not come to its end is no backup: killed, no room, no medium, or two at once."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from catalog.models import ImageFile
from glmv_site.backup import manifest, places, status
from glmv_site.backup.errors import BackupError
from glmv_site.backup.making import make
from glmv_site.backup.pruning import prune
from tests.factories import ImageFileFactory
from tests.glmv_site.backup.installation import Installation
from tests.outages import fill, make_read_only, mounted
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def endless(site: Installation) -> Path:
    """Return a media file from which nothing ever comes: a backup stays in the middle of it."""
    ImageFileFactory(thumbnail="", screen="")
    last = ImageFileFactory(thumbnail="", screen="")
    path = Path(last.master.path)
    path.unlink()
    os.mkfifo(path)
    # Among the last that are asked about.
    assert ImageFile.objects.count() == 2
    return path


def _end(endless: Path) -> None:
    endless.unlink()
    endless.write_bytes(b"a file again")


def test_a_killed_backup_is_none_and_says_so_and_the_next_one_clears_up(
    endless: Path, site: Installation, target: Path, elsewhere: Installation
) -> None:
    process = site.start("backup", str(target))
    eventually(lambda: bool(places.partial(target)) and bool(list((target / "media").glob("??/*"))))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()

    (left,) = places.partial(target)
    assert status.latest(target) is None
    refused = elsewhere.manage("restore", str(target))
    named = elsewhere.manage("restore", str(target), "--backup", left.name)
    assert (refused.returncode, named.returncode) == (1, 1)
    assert "没做完的备份" in refused.stderr
    assert "没有做完，不能用来恢复" in named.stderr
    assert "Traceback" not in refused.stderr + named.stderr

    _end(endless)
    again = site.manage("backup", str(target))
    assert again.returncode == 0, again.stderr
    assert f"发现没有做完的备份 {left.name}" in again.stderr
    assert not places.partial(target)
    assert not list((target / "media").glob(".incoming-*"))
    assert elsewhere.manage("restore", str(target)).returncode == 0


def test_a_backup_that_is_told_to_stop_is_none_and_the_next_goes_on_with_what_it_copied(
    endless: Path, site: Installation, target: Path
) -> None:
    process = site.start("backup", str(target))
    eventually(lambda: bool(list((target / "media").glob("??/*"))))
    process.terminate()
    _out, told = process.communicate()

    assert process.returncode == 130
    assert "备份已中断" in told
    assert not places.partial(target)
    assert not list((target / "media").glob(".incoming-*"))
    copied = len(list((target / "media").glob("??/*")))
    assert copied

    _end(endless)
    made = make(target, media="copy")
    assert manifest.read(made.path).counts.copied == len(list((target / "media").glob("??/*"))) - copied


def test_of_two_at_once_the_second_says_so_and_leaves(endless: Path, site: Installation, target: Path) -> None:
    process = site.start("backup", str(target))
    try:
        eventually(lambda: bool(places.partial(target)))
        second = site.manage("backup", str(target))
        assert second.returncode == 1
        assert "正由另一个备份或恢复使用" in second.stderr
        # What the first one is just writing has been left by nobody.
        assert "没有做完的备份" not in second.stderr
        with pytest.raises(BackupError, match="正由另一个"):
            prune(target, keep=1)
        assert len(places.partial(target)) == 1
    finally:
        process.kill()
        process.communicate()


def test_too_little_room_is_found_out_before_anything_is_written(site: Installation, tmp_path: Path) -> None:
    with mounted(tmp_path / "medium") as medium:
        fill(medium)
        with pytest.raises(BackupError, match="空间不够"):
            make(medium, media="copy")
        assert not places.partial(medium)


def test_a_medium_that_becomes_full_in_the_middle_leaves_nothing_half(
    endless: Path, site: Installation, tmp_path: Path
) -> None:
    with mounted(tmp_path / "medium") as medium:
        process = site.start("backup", str(medium / "backups"))
        media = medium / "backups" / "media"
        eventually(lambda: bool(list(media.glob("??/*"))))
        fill(medium)
        while process.poll() is None:
            _feed(endless)
        _out, told = process.communicate()
        assert process.returncode == 1
        assert "满了" in told
        assert "Traceback" not in told
        assert not places.partial(medium / "backups")
        assert not [path for path in media.rglob("*") if path.is_file()]


def _feed(pipe: Path) -> None:
    """Hand much to whoever reads; nobody may be there yet, or any more."""
    time.sleep(0.01)
    with suppress(OSError):
        descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        os.set_blocking(descriptor, True)
        try:
            os.write(descriptor, os.urandom(1_000_000))
        finally:
            os.close(descriptor)


def test_a_medium_that_cannot_be_written_to_is_told(site: Installation, tmp_path: Path) -> None:
    with mounted(tmp_path / "medium") as medium:
        make_read_only(medium)
        told = site.manage("backup", str(medium))
    assert told.returncode == 1
    assert "写不进去" in told.stderr
    assert "Traceback" not in told.stderr
