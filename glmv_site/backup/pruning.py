"""Removes old backups, and the media files that none of the others names."""

import shutil
from collections import Counter
from pathlib import Path

from glmv_site.backup import manifest, places, verifying
from glmv_site.backup.errors import BackupError
from glmv_site.backup.manifest import Mode


def prune(target: Path, *, keep: int, made: Path | None = None) -> list[str]:
    """Keep the newest complete backups only; those without pictures, as upgrades make them, are counted apart.

    Media files are left alone where no backup is there, or one that stays cannot be read or its list is not as its
    manifest says: nobody knows which of them are needed.

    Args:
        target: the folder of backups.
        keep: how many of each kind, at least one.
        made: one that stays whatever the names say: it was made just now, maybe by a clock that has been set back.

    Returns:
        The names of those that were removed.

    Raises:
        BackupError: somebody is making or restoring a backup there, or the medium cannot be written to.
    """
    with places.writing(target):
        try:
            old = [folder for folder in _old(target, max(1, keep)) if folder != made]
            for folder in old:
                # Renamed first: what is half removed is no backup.
                doomed = folder.with_name(folder.name + places.PARTIAL)
                folder.rename(doomed)
                shutil.rmtree(doomed)
            _remove_unnamed(target)
        except OSError as error:
            raise places.unwritable(target, error) from error
    return [folder.name for folder in old]


def _old(target: Path, keep: int) -> list[Path]:
    """Return the backups that are to go: of each kind those after the first few, the newest being the first.

    One that cannot be read takes nobody's place; it goes when as many of either kind are newer.
    """
    seen: Counter[Mode] = Counter()
    old = []
    for folder in places.listed(target):
        try:
            kind = manifest.read(folder).media
        except BackupError:
            is_old = max(seen.values(), default=0) >= keep
        else:
            seen[kind] += 1
            is_old = seen[kind] > keep
        if is_old:
            old.append(folder)
    return old


def _remove_unnamed(target: Path) -> None:
    named: set[str] = set()
    stay = places.listed(target)
    for folder in stay:
        try:
            verifying.require_media_list(folder)
            named.update(file.sha256 for file in manifest.media_list(folder) if file.kept)
        except BackupError:
            return
    if not stay:
        return
    for path in (target / places.MEDIA).glob("??/*"):
        if path.name not in named:
            path.unlink()
