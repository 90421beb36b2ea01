"""Shares: folders on other machines (a NAS) in which masters are referenced where they lie, and whether one is away.

A file that is gone is one file's loss; a share that is away passes, and all its files are as they were. What can be
seen of one file is the same in both cases, so the share itself is looked at: the folder named in `GLMV_SCANS`, or else
whatever is mounted where the file lies. A dead server lets a look hang for ever. So each is made in a thread of its
own, and nobody waits for it longer than `LOOK_S`. What hangs may hang on when the share is there again: of each mount
another look is made after a while, and of one mounted anew at once.
"""

import os
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.exceptions import ShareAway
from catalog.faults import disk_reason
from catalog.paths import legible, recorded

LOOK_S = 5.0
"""For so long a share is waited for; a NAS whose disks sleep takes a few seconds."""
FRESH_S = 3.0
"""For so long what was seen of a share is believed."""
ANOTHER_LOOK_S = 60.0
"""For so long a look that hangs stands for others."""
MOST_HANGING = 3
"""So many looks at a mount may hang at most; then nobody looks until one of them ends, or it is mounted anew."""
RECORD = "mounted_scans"
"""The file in `DATA_DIR` that names the shares that were seen mounted; an administrator may delete it."""

_MOUNTS = Path("/proc/self/mountinfo")
# A share that was of another kind and is of one of these has been unmounted: what is seen is the disk below.
_LOCAL_KINDS = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "overlay", "rootfs"})

_MISSING = _("不存在")
_EMPTY = _("是空的，多半没有挂载")
_UNMOUNTED = _("没有挂载，看到的是本机磁盘上的文件夹")
_FORBIDDEN = _("没有权限读取")
_SILENT = _("没有应答")


@dataclass(frozen=True, slots=True)
class Absence:
    """A share that is away.

    Attributes:
        root: the share's folder.
        reason: what is amiss with it, without a full stop.
        path: where it was met: the share is back when `absence_of` this finds none.
    """

    root: Path
    reason: str | Promise
    path: Path

    def __str__(self) -> str:
        words = gettext("存放扫描原图的文件夹 %(path)s %(reason)s。请检查 NAS、网络和挂载。")
        return words % {"path": legible(self.root), "reason": self.reason}


def absence_of(path: Path, *, fresh: bool = False) -> Absence | None:
    """Look whether the share that a path lies on is away.

    Args:
        path: absolute; of a file referenced in place, or a folder that is to be read.
        fresh: look anew, whatever was seen a moment ago.

    Returns:
        What is amiss; None where the share is there, or the path is on no share.
    """
    root = share_of(path) or _mount_point(path)
    if root is None:
        return _emptied(path)
    reason = _seen(root, fresh=fresh)
    return Absence(root, reason, path) if reason else None


def require(paths: Iterable[Path], *, fresh: bool = False) -> None:
    """Make sure that files can be got at.

    Args:
        paths: of files referenced in place.
        fresh: look anew, whatever was seen a moment ago.

    Raises:
        ShareAway: one of them lies on a share that is away.
    """
    for path in paths:
        absence = absence_of(path, fresh=fresh)
        if absence is not None:
            raise ShareAway(absence)


def share_of(path: Path) -> Path | None:
    """Return the folder of `GLMV_SCANS` that a path lies in, the innermost; None where it is in none."""
    found = [root for root in settings.GLMV_SCANS if path.is_relative_to(root)]
    return max(found, key=lambda root: len(root.parts), default=None)


# --- One share -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Look:
    """One look at a share, which may never end."""

    root: Path
    began_at: float = field(default_factory=time.monotonic)
    ended: threading.Event = field(default_factory=threading.Event)
    stale_at: float = 0.0
    reason: str | Promise = ""

    def make(self) -> None:
        """Look, in a thread of its own."""
        try:
            self.reason = _look(self.root)
        except OSError as error:
            self.reason = _reason(error)
        finally:
            self.stale_at = time.monotonic() + FRESH_S
            self.ended.set()

    def result(self) -> str | Promise:
        """Return what is amiss; empty where nothing is."""
        if not self.ended.wait(max(0.0, self.began_at + LOOK_S - time.monotonic())):
            return _SILENT
        return self.reason

    def serves(self, *, fresh: bool) -> bool:
        """Tell whether no other look is needed: this one is under way, or what it saw is recent enough."""
        if not self.ended.is_set():
            return time.monotonic() < self.began_at + ANOTHER_LOOK_S
        return not fresh and time.monotonic() < self.stale_at


# By folder and number of the mount. The last look of each is the newest; those before it hang.
_looks: dict[tuple[Path, int], list[_Look]] = {}
_beginning = threading.Lock()


def _seen(root: Path, *, fresh: bool) -> str | Promise:
    mounted = _mount(root)
    with _beginning:
        looks = _looks.setdefault((root, mounted.number if mounted else 0), [])
        if not looks or not looks[-1].serves(fresh=fresh):
            looks[:] = [look for look in looks if not look.ended.is_set()]
            if len(looks) < MOST_HANGING:
                looks.append(_Look(root))
                # No process waits at its end for a look that hangs.
                threading.Thread(target=looks[-1].make, name="share", daemon=True).start()
        look = looks[-1]
    return look.result()


def _look(root: Path) -> str | Promise:
    """Look at a share; return what is amiss, empty where nothing is.

    Raises:
        OSError: it cannot be looked at.
    """
    # What a folder holds may come from this machine's memory; this is asked of the server each time.
    os.statvfs(root)
    if root not in settings.GLMV_SCANS:
        return ""
    with os.scandir(root) as entries:
        is_empty = next(entries, None) is None
    return _EMPTY if is_empty else _watch_mount(root)


def _reason(error: OSError) -> str | Promise:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return _MISSING
    if isinstance(error, PermissionError):
        return _FORBIDDEN
    return gettext("读不出来（%(detail)s）") % {"detail": disk_reason(error)}


def _watch_mount(root: Path) -> str | Promise:
    """Remember that a share was seen mounted; say so where it was and is not now."""
    record = Path(settings.DATA_DIR, RECORD)
    mounted = _mount(root)
    local = mounted is None or mounted.kind in _LOCAL_KINDS
    try:
        known = recorded(root) in record.read_text("utf-8").splitlines()
    except (OSError, UnicodeError):
        known = False
    if local:
        return _UNMOUNTED if known else ""
    if not known:
        # A disk that takes nothing is told of elsewhere.
        with suppress(OSError, UnicodeError), record.open("a", encoding="utf-8") as file:
            file.write(f"{recorded(root)}\n")
    return ""


# --- Mounts ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Mount:
    """What is mounted somewhere; its number is its own for as long as anybody uses it."""

    number: int
    point: Path
    kind: str


def _mount_point(path: Path) -> Path | None:
    """Return where the file system of a path is mounted; None where it is the machine's own, or cannot be told."""
    mounted = _mount(path)
    return None if mounted is None or mounted.point == Path("/") else mounted.point


def _mount(path: Path) -> _Mount | None:
    """Return what is mounted where a path lies, as the system lists it: that never hangs."""
    found: _Mount | None = None
    for mount in _mounts():
        if path.is_relative_to(mount.point) and (found is None or len(mount.point.parts) >= len(found.point.parts)):
            found = mount
    return found


def _mounts() -> list[_Mount]:
    try:
        lines = _MOUNTS.read_bytes().splitlines()
    except OSError:
        return []  # not Linux
    mounts = []
    for line in lines:
        fields, _dash, rest = line.partition(b" - ")
        number, _parent, _device, _inside, point, *_more = fields.split(b" ")
        # Blanks and the like are written as octal numbers.
        for code, character in ((b"\\040", b" "), (b"\\011", b"\t"), (b"\\012", b"\n"), (b"\\134", b"\\")):
            point = point.replace(code, character)
        mounts.append(_Mount(int(number), Path(os.fsdecode(point)), rest.split(b" ")[0].decode()))
    return mounts


def _emptied(path: Path) -> Absence | None:
    """Tell whether a path on this machine's own disk leads below an empty folder, as a mount point is with no mount.

    Its own folder may well have been emptied by a person; that one above it has nothing left is another matter.
    """
    for above in path.parents:
        try:
            with os.scandir(above) as entries:
                is_empty = next(entries, None) is None
        except FileNotFoundError:
            continue
        except OSError:
            return None
        return Absence(above, _EMPTY, path) if is_empty and above != path.parent else None
    return None
