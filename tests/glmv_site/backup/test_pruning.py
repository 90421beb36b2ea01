"""Old backups go, with the files that only they have; where anything is in doubt, no file is removed."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog.models import ImageFile
from glmv_site.backup import manifest, places
from glmv_site.backup.errors import BackupError
from glmv_site.backup.making import make
from glmv_site.backup.pruning import prune
from tests.factories import ImageFileFactory
from tests.glmv_site.backup.installation import Installation

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_is_pruned_while_a_restoration_reads(site: Installation, target: Path) -> None:
    make(target, media="copy")
    with places.reading(target), pytest.raises(BackupError, match="正由另一个"):
        prune(target, keep=1)


def test_old_backups_go_with_what_only_they_have_and_the_newest_stays(site: Installation, target: Path) -> None:
    gone = ImageFileFactory(thumbnail="", screen="")
    make(target, media="copy")
    ImageFile.objects.all().delete()
    stays = ImageFileFactory(thumbnail="", screen="")
    newest = make(target, media="copy")

    assert len(prune(target, keep=1)) == 1

    assert places.complete(target) == [newest.path]
    assert not places.stored(target, gone.sha256).exists()
    assert places.stored(target, stays.sha256).exists()


def test_where_a_backup_that_stays_cannot_be_read_no_file_is_removed(site: Installation, target: Path) -> None:
    scan = ImageFileFactory(thumbnail="", screen="")
    made = make(target, media="copy")
    (made.path / "media.jsonl").unlink()
    prune(target, keep=1)
    assert places.stored(target, scan.sha256).exists()


def test_backups_of_the_database_alone_take_no_place_of_full_ones(site: Installation, target: Path) -> None:
    scan = ImageFileFactory(thumbnail="", screen="")
    oldest = make(target, media="reference")
    full = make(target, media="copy")
    of_upgrades = [make(target, media="reference").path for _number in range(2)]
    assert prune(target, keep=2) == [oldest.path.name]
    assert places.complete(target) == [*reversed(of_upgrades), full.path]
    assert places.stored(target, scan.sha256).exists()


def test_one_that_cannot_be_read_takes_no_place_of_another(site: Installation, target: Path) -> None:
    oldest, older, old, newest = (make(target, media="copy").path for _number in range(4))
    for path in (oldest, newest):
        (path / manifest.MANIFEST).write_text("{")
    assert prune(target, keep=2) == [oldest.name]
    assert places.complete(target) == [newest, old, older]


def test_the_one_made_just_now_stays_though_others_are_from_the_future(site: Installation, target: Path) -> None:
    later = make(target, media="copy").path.rename(target / "20991231T000000Z")
    made = make(target, media="copy").path
    assert prune(target, keep=1, made=made) == []
    assert places.complete(target) == [later, made]


def test_where_the_list_of_one_that_stays_is_damaged_no_file_is_removed(site: Installation, target: Path) -> None:
    scan = ImageFileFactory(thumbnail="", screen="")
    made = make(target, media="copy")
    (made.path / "media.jsonl").write_text("")
    prune(target, keep=1)
    assert places.stored(target, scan.sha256).exists()


def test_where_there_is_no_backup_no_file_is_removed(site: Installation, target: Path) -> None:
    scan = ImageFileFactory(thumbnail="", screen="")
    made = make(target, media="copy")
    made.path.rename(made.path.with_name("looked-at"))
    prune(target, keep=1)
    assert places.stored(target, scan.sha256).exists()


def test_where_the_folder_cannot_be_listed_it_is_said_and_no_file_is_removed(
    site: Installation, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = ImageFileFactory(thumbnail="", screen="")
    make(target, media="copy")
    listing = os.scandir

    def failing(path: Any = ".") -> "Iterator[os.DirEntry[str]]":
        if Path(os.fspath(path)) == target:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return listing(path)

    monkeypatch.setattr(os, "scandir", failing)
    with pytest.raises(BackupError, match="Input/output error"):
        prune(target, keep=1)
    assert places.stored(target, scan.sha256).exists()
