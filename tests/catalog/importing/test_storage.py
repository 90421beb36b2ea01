"""Masters and derivatives appear whole, whoever else writes them and whatever was left behind."""

import stat
import threading
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

from catalog.digests import content_hash
from catalog.exceptions import FileRejected
from catalog.importing.storage import Rendition, keep_derivatives, keep_master, render


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "1.jpg"
    path.write_bytes(b"a scan" * 100_000)
    return path


@pytest.fixture(scope="module")
def rendition() -> Rendition:
    return render(Image.linear_gradient("L").convert("RGB"))


def test_a_whole_master_that_is_there_is_left_as_it_is(scan: Path, media: Path) -> None:
    name = keep_master(scan, collection_id=1, sha256=content_hash(scan), kind="JPEG")
    first = (media / name).stat()

    assert keep_master(scan, collection_id=1, sha256=content_hash(scan), kind="JPEG") == name
    assert (media / name).stat().st_ino == first.st_ino


def test_a_damaged_master_that_was_left_behind_is_written_again(scan: Path, media: Path) -> None:
    sha256 = content_hash(scan)
    target = media / keep_master(scan, collection_id=1, sha256=sha256, kind="JPEG")
    target.chmod(0o644)
    target.write_bytes(b"\0" * 600_000)

    keep_master(scan, collection_id=1, sha256=sha256, kind="JPEG")

    assert target.read_bytes() == scan.read_bytes()
    assert stat.S_IMODE(target.stat().st_mode) == 0o444


def test_damaged_derivatives_that_were_left_behind_are_written_again(rendition: Rendition, media: Path) -> None:
    kept = keep_derivatives(rendition, collection_id=1, sha256="a" * 64)
    (media / kept.screen).write_bytes(b"\xff\xd8")

    keep_derivatives(rendition, collection_id=1, sha256="a" * 64)

    assert (media / kept.screen).read_bytes() == rendition.screen
    assert (media / kept.thumbnail).read_bytes() == rendition.thumbnail


def test_threads_that_keep_the_same_file_do_not_disturb_each_other(scan: Path, media: Path) -> None:
    sha256 = content_hash(scan)
    begin, failures = threading.Barrier(6), []

    def keep() -> None:
        begin.wait()
        try:
            keep_master(scan, collection_id=1, sha256=sha256, kind="JPEG")
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [threading.Thread(target=keep) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    (kept,) = [path for path in media.rglob("*") if path.is_file()]
    assert content_hash(kept) == sha256


def test_a_file_that_changes_meanwhile_is_refused_and_leaves_nothing(scan: Path, media: Path) -> None:
    with pytest.raises(FileRejected, match="改动"):
        keep_master(scan, collection_id=1, sha256="0" * 64, kind="JPEG")

    assert not [path for path in media.rglob("*") if path.is_file()]
