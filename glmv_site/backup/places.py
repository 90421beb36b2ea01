"""Where things lie in the folder of backups, and who may work there at a time.

`media/` has the files of all backups, each under its own digest, so that a file that several backups have lies there
once. Each backup is a folder named by the time at which it was begun; until it is complete and verified, that name
ends in `.partial`, and it is no backup.
"""

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from django.conf import settings
from django.utils.translation import gettext as _

from glmv_site.backup.errors import BackupError
from inference.engine.durable_files import sync_folder

PARTIAL = ".partial"
MEDIA = "media"
LOCK = ".lock"
_NAME = re.compile(r"\d{8}T\d{6}Z")
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the system says where a medium is full."""
LOOK_S = 5.0
"""For so long the folder of backups is waited for; a NAS whose disks sleep takes a few seconds."""
_PRIVATE = 0o700
_WITHOUT_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS}


def name_of(moment: datetime) -> str:
    """Return what a backup that is begun at a moment is called."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def named(path: Path) -> Path:
    """Return the folder that a person has named, absolute and without detours, as it is to be printed."""
    absolute = path.absolute()
    # What `..` means behind a link, only the disk knows.
    return absolute.resolve() if ".." in absolute.parts else Path("/", *absolute.parts[1:])


def folder_and_name(path: Path) -> tuple[Path, str | None]:
    """Tell what a person has named: a folder of backups, or one backup in it, as `backup` prints it.

    Args:
        path: as it was named.

    Returns:
        The folder of backups; and the name of the backup, None where none was named.
    """
    path = named(path)
    is_backup = bool(_NAME.fullmatch(path.name.removesuffix(PARTIAL)))
    return (path.parent, path.name) if is_backup else (path, None)


def on_this_machine(path: Path) -> Path:
    """Return where the machine has what lies at a path inside its container."""
    data = Path(settings.DATA_DIR)
    return settings.GLMV_HOST_DATA / path.relative_to(data) if path.is_relative_to(data) else path


def is_same(one: Path, other: Path) -> bool:
    """Tell whether two paths lead to one folder, be it by a link; a share that does not answer counts as another."""
    if one == other:
        return True
    answers: SimpleQueue[bool] = SimpleQueue()
    # No process waits at its end for a look that hangs.
    Thread(target=lambda: answers.put(_leads_to_same(one, other)), name="backups", daemon=True).start()
    try:
        return answers.get(timeout=LOOK_S)
    except Empty:
        return False


def _leads_to_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def complete(target: Path) -> list[Path]:
    """Return the folders of complete backups, the newest first; none where the folder cannot be read."""
    try:
        return listed(target)
    except OSError:
        return []


def listed(target: Path) -> list[Path]:
    """Return the folders of complete backups, the newest first, for somebody who removes what none of them needs.

    Raises:
        OSError: the folder cannot be read: nobody knows what is in it.
    """
    return sorted((path for path in _folders(target) if _NAME.fullmatch(path.name)), reverse=True)


def partial(target: Path) -> list[Path]:
    """Return what interrupted backups have left."""
    try:
        folders = _folders(target)
    except OSError:
        return []
    return [path for path in folders if _NAME.fullmatch(path.name.removesuffix(PARTIAL)) and _is_partial(path)]


def _is_partial(path: Path) -> bool:
    return path.name.endswith(PARTIAL)


def _folders(target: Path) -> list[Path]:
    with os.scandir(target) as entries:
        return [Path(entry.path) for entry in entries if entry.is_dir()]


def stored(target: Path, sha256: str) -> Path:
    """Return where a media file with a digest lies in the folder of backups."""
    return target / MEDIA / sha256[:2] / sha256


def prepare(target: Path) -> None:
    """Make the folder of backups, for its owner only; one that is there keeps its mode.

    Those above it are not made: where a disk is not connected, its files would come to lie on another.

    Raises:
        BackupError: it cannot be made or written to.
    """
    if wrong := problem(target):
        raise BackupError(wrong)
    try:
        for folder in (target, target / MEDIA):
            if not folder.is_dir():
                folder.mkdir(mode=_PRIVATE)
                sync_folder(folder.parent)
    except OSError as error:
        raise unwritable(target, error) from error


def problem(target: Path) -> str:
    """Return why no backup can be made in a folder, as far as that is seen without writing; empty where one can.

    Args:
        target: the folder of backups; it need not be there yet.
    """
    for path in (target.parent, target, target / MEDIA):
        if path.exists() and not path.is_dir():
            return _("%(path)s 是一个文件，不是文件夹，不能在里面备份。请换一个位置，或先把这个文件移走。") % {
                "path": path
            }  # fmt: skip
        if path.is_symlink() and not path.exists():
            words = _("%(path)s 是链接，指向的 %(real)s 不存在：备份盘接好、挂载了吗？")
            return words % {"path": path, "real": path.readlink()}
    if folder_and_name(target)[1] is not None:
        words = _("%(path)s 是一份备份，不能在它里面再备份。请写它所在的文件夹 %(parent)s。")
        return words % {"path": target, "parent": target.parent}
    if _is_among_pictures(target):
        return _(
            "备份文件夹 %(path)s 与图片文件夹 %(media)s 混在一起：备份里有密码和密钥，清除旧备份时还会误删图片。"
            "请换一个位置，最好在另一块盘上。"
        ) % {"path": target, "media": settings.MEDIA_ROOT}
    if not target.parent.exists():
        return _(
            "%(parent)s 不存在，所以没有建立备份文件夹 %(path)s：备份盘接好、挂载了吗？"
            "路径没有写错的话，请先建立 %(parent)s。"
        ) % {"parent": target.parent, "path": target}
    if not os.access(target if target.exists() else target.parent, os.W_OK | os.X_OK):
        return str(unwritable(target, PermissionError(errno.EACCES, os.strerror(errno.EACCES))))
    return ""


def _is_among_pictures(target: Path) -> bool:
    """Tell whether backups, or the files that they share, would lie among the installation's pictures."""
    pictures, place = Path(settings.MEDIA_ROOT).resolve(), target.resolve()
    store = (place / MEDIA).resolve()
    return any(path.is_relative_to(pictures) for path in (place, store)) or pictures.is_relative_to(store)


def unwritable(target: Path, error: OSError) -> BackupError:
    """Return what is said where the folder of backups cannot be written to."""
    if error.errno in NO_ROOM:
        return full(target)
    return BackupError(
        _("备份文件夹 %(path)s 写不进去（%(reason)s）：请检查备份盘是否接好、文件夹属于谁。")
        % {"path": target, "reason": error.strerror or error}
    )


def full(target: Path) -> BackupError:
    """Return what is said where the medium has no room left."""
    return BackupError(
        _("备份盘 %(path)s 满了，这次的备份没有完成，写了一半的已经清除。请腾出空间、换一块盘，或用 --keep 少留几份。")
        % {"path": target}
    )


def require_room(target: Path, needed: int) -> None:
    """Refuse a medium that has too little room.

    Args:
        target: a folder on it.
        needed: bytes that are going to be written.

    Raises:
        BackupError: it has.
    """
    free = shutil.disk_usage(target).free
    if free < needed:
        raise BackupError(
            _("%(path)s 所在的磁盘空间不够：需要约 %(needed)s MB，只剩 %(free)s MB。请腾出空间，或换一块盘。")
            % {"path": target, "needed": needed // 1_000_000 + 1, "free": free // 1_000_000}
        )


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Be the only one who changes the folder of backups.

    Raises:
        BackupError: somebody else is at work there.
    """
    with _locked(target, os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX):
        yield


@contextmanager
def reading(target: Path) -> Iterator[None]:
    """Keep others from changing the folder of backups; a medium that cannot be written to is changed by nobody.

    Raises:
        BackupError: a backup is being made there.
    """
    if not (target / LOCK).exists():
        yield
        return
    with _locked(target, os.O_RDONLY, fcntl.LOCK_SH):
        yield


def is_being_changed(target: Path) -> bool:
    """Tell whether somebody is changing the folder of backups just now: a backup is being made, or old ones go."""
    try:
        descriptor = os.open(target / LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return isinstance(error, BlockingIOError)
    finally:
        os.close(descriptor)
    return False


@contextmanager
def _locked(target: Path, flags: int, kind: int) -> Iterator[None]:
    try:
        descriptor = os.open(target / LOCK, flags, 0o600)
    except OSError as error:
        raise unwritable(target, error) from error
    try:
        _lock(target, descriptor, kind)
        yield
    finally:
        os.close(descriptor)


def _lock(target: Path, descriptor: int, kind: int) -> None:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BackupError(
            _("备份文件夹 %(path)s 正由另一个备份或恢复使用，请等它结束后再试。") % {"path": target}
        ) from error
    except OSError as error:
        # Some shares know no locks: two backups at once are rarer there than no backup would be.
        if error.errno not in _WITHOUT_LOCKS:
            raise unwritable(target, error) from error


def misread(path: Path) -> str:
    """Return what is said of a file that reads otherwise than it was written."""
    return _("%(path)s 写入后读出的内容不同，备份盘可能已损坏。请换一块盘。") % {"path": path}
