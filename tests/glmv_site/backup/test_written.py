"""What is written is held against what was meant, as the medium has it; names are on it before the manifest is."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from glmv_site.backup import making, manifest, media, places, rereading
from glmv_site.backup.errors import BackupError
from glmv_site.backup.making import make
from glmv_site.backup.manifest import KeptFile, MediaFile
from inference.engine import durable_files
from tests.factories import ImageFileFactory
from tests.glmv_site.backup.installation import Installation

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_misread_is_told_and_replaces_no_good_copy(
    site: Installation, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = ImageFileFactory(thumbnail="", screen="")
    make(target, media="copy")
    kept = places.stored(target, scan.sha256)
    good = kept.stat()
    monkeypatch.setattr(media, "digest_on_medium", lambda _path: "0" * 64)
    with pytest.raises(BackupError, match="写入后读出的内容不同"):
        make(target, media="copy")
    assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (good.st_ino, good.st_mtime_ns)
    assert not list((target / "media").glob(".incoming-*"))


def test_a_list_that_the_medium_changes_while_it_is_written_is_noticed(
    site: Installation, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = manifest.write_media_list

    def write_badly(folder: Path, files: Iterable[MediaFile]) -> KeptFile:
        kept = write(folder, files)
        path = folder / manifest.MEDIA_LIST
        path.write_bytes(path.read_bytes().replace(b"true", b"false"))
        return kept

    ImageFileFactory(thumbnail="", screen="")
    monkeypatch.setattr(manifest, "write_media_list", write_badly)
    with pytest.raises(BackupError, match=r"media\.jsonl 已损坏"):
        make(target, media="copy")
    assert not places.complete(target)


def test_reading_again_does_not_take_what_the_system_remembers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    asked: list[tuple[int, int, int]] = []
    monkeypatch.setattr(os, "posix_fadvise", lambda _file, *about: asked.append(about))
    rereading.digest_on_medium(path)
    assert asked == [(0, 0, os.POSIX_FADV_DONTNEED)]


def test_new_names_are_on_the_medium_before_the_manifest(
    site: Installation, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = ImageFileFactory(thumbnail="", screen="")
    synced: list[Path] = []

    def noting(sync: Callable[[Path], None]) -> Callable[[Path], None]:
        def sync_and_note(folder: Path) -> None:
            if not list(target.glob(f"*/{manifest.MANIFEST}")):
                synced.append(folder)
            sync(folder)

        return sync_and_note

    for module in (making, media):
        monkeypatch.setattr(module, "sync_folder", noting(durable_files.sync_folder))
    make(target, media="copy")
    below = places.stored(target, scan.sha256).parent
    assert synced[:2] == [below, target / "media"]
    assert synced[-1].name.endswith(places.PARTIAL)


def test_a_key_that_cannot_be_read_is_told_as_such(site: Installation, target: Path) -> None:
    (site.data / "secret_key").write_bytes(b"\xff\xff")
    with pytest.raises(BackupError) as told:
        make(target, media="copy")
    assert f"读不了本机的 {site.data / 'secret_key'}" in str(told.value)


def test_a_key_on_a_disk_that_fails_is_told_as_such(
    site: Installation, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_text

    def failing(path: Path, *arguments: Any, **options: Any) -> str:
        if path.name == "secret_key":
            raise PermissionError(13, "Permission denied")
        return read(path, *arguments, **options)

    monkeypatch.setattr(Path, "read_text", failing)
    with pytest.raises(BackupError, match=r"读不了本机的 .*secret_key（Permission denied）"):
        make(target, media="copy")


def test_only_the_last_folder_is_made(site: Installation, tmp_path: Path) -> None:
    away = tmp_path / "usb" / "backups"
    with pytest.raises(BackupError, match="备份盘接好、挂载了吗"):
        make(away, media="copy")
    assert not away.parent.exists()
