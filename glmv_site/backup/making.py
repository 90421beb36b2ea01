"""Makes a backup while everything runs: the database first, then the files that this state of it names."""

import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.digests import content_hash
from glmv_site.backup import manifest, places, private, snapshot, verifying
from glmv_site.backup.errors import BackupError
from glmv_site.backup.manifest import KeptFile, Manifest, MediaFile, Mode
from glmv_site.backup.media import Store
from glmv_site.backup.naming import named_files
from glmv_site.backup.status import Backup, described, record
from inference.engine.durable_files import sync_file, sync_folder

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Called with what is done, how much of it is done, and how much there is."""

# What is written beside the database and the media files.
_MARGIN = 4_000_000


def make(
    target: Path, *, media: Mode, progress: Progress | None = None, clearing: Callable[[Path], None] | None = None
) -> Backup:
    """Make a backup, verify it, and only then call it one.

    What an interrupted backup has left in the folder is cleared away first. Media files that it has copied stay
    for the next one, unless the medium is full.

    Args:
        target: the folder of backups; made where needed.
        media: whether to copy media files, or only to write down where they lie.
        progress: told how far it is.
        clearing: told what an interrupted backup has left, before it is cleared away. That is known only once nobody
            else is at work there.

    Returns:
        The backup.

    Raises:
        BackupError: it cannot be made; nothing half is left.
    """
    places.prepare(target)
    with places.writing(target), _words_for_faults(target):
        for left in places.partial(target):
            if clearing is not None:
                clearing(left)
            shutil.rmtree(left)
        store = Store(target, Path(settings.MEDIA_ROOT), media == "copy", _before(target))
        store.clear_incoming()
        folder = _new_folder(target)
        try:
            _fill(folder, store, media, progress or _nobody)
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if _is_full(error):
                store.forget()
            store.clear_incoming()
            raise
        done = folder.with_name(folder.name.removesuffix(places.PARTIAL))
        folder.rename(done)
        sync_folder(target)
    made = described(done)
    try:
        record(made)
    except OSError:
        log.exception("备份 %s 已完成，但没能记在 DATA_DIR 里。", done)
    return made


def _nobody(_step: str, _done: int, _all: int) -> None:
    """Tell nobody."""


def _new_folder(target: Path) -> Path:
    moment = timezone.now()
    while (target / places.name_of(moment)).exists():  # two within a second
        moment += timedelta(seconds=1)
    folder = target / f"{places.name_of(moment)}{places.PARTIAL}"
    folder.mkdir(mode=0o700)
    return folder


def _before(target: Path) -> dict[str, MediaFile]:
    """Return what the previous backup has of each file; nothing where it cannot be read."""
    for folder in places.complete(target)[:1]:
        try:
            return {file.name: file for file in manifest.media_list(folder) if file.sha256}
        except BackupError:
            pass
    return {}


def _fill(folder: Path, store: Store, media: Mode, progress: Progress) -> None:
    """Write everything into the backup's folder; the manifest, which makes it one, comes last."""
    started_at = timezone.now()
    places.require_room(folder, snapshot.size() + _MARGIN)
    progress(_("复制数据库"), 0, 1)
    with snapshot.taken(folder) as taken:
        files = named_files(snapshot.ALIAS)
    progress(_("复制数据库"), 1, 1)
    places.require_room(folder, store.needed(files) + _MARGIN)
    kept = []
    for number, file in enumerate(files, 1):
        kept.append(store.keep(file))
        progress(_("复制图片"), number, len(files))
    written = [_kept_file(folder, taken.file), manifest.write_media_list(folder, kept), *private.keep(folder)]
    told = Manifest(
        program=settings.GLMV_VERSION,
        started_at=started_at,
        finished_at=timezone.now(),
        vendor=taken.vendor,
        media=media,
        models=_models(),
        migrations=taken.migrations,
        tables=taken.tables,
        files=written,
        counts=store.counts(len(files)),
        server=taken.server,
    )
    verifying.require_files(folder, told)
    store.sync_names()
    sync_folder(folder)
    _write(folder / manifest.MANIFEST, replace(told, finished_at=timezone.now()).written())
    sync_folder(folder)


def _models() -> list[str]:
    """Return which model the installation is set to use; where it is asked for over the network, by its name there."""
    remote = settings.GLMV_BACKEND == "remote"
    return [str(settings.GLMV_REMOTE_MODEL if remote else settings.GLMV_MODEL)]


def _kept_file(folder: Path, name: str) -> KeptFile:
    """Describe the database's file: it has just been written, so that the system still remembers what was meant."""
    path = folder / name
    return KeptFile(name, path.stat().st_size, content_hash(path))


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        sync_file(file)


def _is_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in places.NO_ROOM


@contextmanager
def _words_for_faults(target: Path) -> Iterator[None]:
    """Say what is wrong with the medium, or with the database."""
    try:
        yield
    except OSError as error:
        raise places.unwritable(target, error) from error
    except sqlite3.Error as error:
        # SQLite has no number for it that Python hands on reliably.
        if "disk is full" in str(error) or "disk I/O" in str(error):
            raise places.full(target) from error
        raise BackupError(_("复制数据库没有成功：%(reason)s。请稍后重试。") % {"reason": error}) from error
