"""Which backups there are, and whether one of them is still as it was made."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from glmv_site.backup import manifest, places, verifying
from glmv_site.backup.errors import BackupError
from glmv_site.backup.making import Progress
from glmv_site.backup.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Listed:
    """A folder of a backup.

    Attributes:
        path: that folder.
        told: what the backup says about itself; None where it is not complete, or cannot be read.
        is_partial: whether it was not completed, or is being made just now.
    """

    path: Path
    told: Manifest | None
    is_partial: bool = False


def listed(target: Path) -> list[Listed]:
    """List the backups of a folder, the newest first, then what interrupted ones have left.

    Args:
        target: the folder of backups.

    Raises:
        BackupError: the folder cannot be read.
    """
    try:
        complete = places.listed(target)
    except OSError as error:
        raise BackupError(
            _("读不了备份文件夹 %(path)s（%(reason)s）。请检查备份盘是否接好、路径是否正确。")
            % {"path": target, "reason": error.strerror or error}
        ) from error
    return [*_described(complete), *(Listed(path, None, is_partial=True) for path in places.partial(target))]


def _described(folders: list[Path]) -> Iterator[Listed]:
    for path in folders:
        try:
            yield Listed(path, manifest.read(path))
        except BackupError:
            yield Listed(path, None)


def verify(folder: Path, *, progress: Progress) -> Manifest:
    """Read all of a backup again.

    Args:
        folder: the backup's.
        progress: told how far it is.

    Returns:
        What it says about itself, which is true.

    Raises:
        BackupError: it is not as it was made, or somebody is making one there.
    """
    with places.reading(folder.parent):
        told = manifest.read(folder)
        named = told.counts.named
        progress(_("核对备份"), 0, named)
        verifying.require_files(folder, told)
        verifying.require_media(folder, lambda number: progress(_("核对备份"), number, named))
    return told


def others_in_words(folder: Path) -> str:
    """Name the other complete backups beside one that is damaged.

    Args:
        folder: of the damaged one.
    """
    names = [path.name for path in places.complete(folder.parent) if path.name != folder.name]
    if not names:
        return _("这个文件夹里没有别的备份了。")
    return _("这个文件夹里还有：%(names)s。") % {"names": "、".join(names)}
