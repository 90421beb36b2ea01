"""The backups: how old the latest is, what is left of interrupted ones, and where they lie."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from glmv_site.backup import places, postgresql, restoring, status, telling
from glmv_site.backup.errors import BackupError
from glmv_site.backup.status import Backup
from glmv_site.doctor.findings import Finding


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is in the folder of backups.

    Attributes:
        problem: why none can be made there; empty where one can.
        latest: the latest backup.
        future: those that say that they will be made.
        partial: what interrupted ones have left, or one is writing.
        is_being_changed: whether somebody is at work there.
        is_beside_data: whether one disk has it and the data.
    """

    problem: str
    latest: Backup | None
    future: list[Backup]
    partial: list[Path]
    is_being_changed: bool
    is_beside_data: bool


def backups() -> Iterator[Finding]:
    """Whether there is a recent one, and whether the last nightly one came about."""
    target = Path(settings.GLMV_BACKUP_DIR)
    seen = _seen_in_time(target)
    if seen is None:
        words = _("备份文件夹 %(path)s 没有应答。请检查备份盘、NAS、网络和挂载。")
        yield Finding("error", words % {"path": target})
        yield from _attempt(status.recorded())
    else:
        if seen.problem:
            yield Finding("error", _("GLMV_BACKUP_DIR：%(problem)s") % {"problem": seen.problem})
        if seen.latest is not None or not seen.problem:
            yield _latest(target, seen.latest)
        if seen.latest is not None and seen.latest.lacking:
            yield Finding("note", telling.lacking_words(seen.latest.lacking))
        if seen.is_being_changed:
            yield Finding("ok", _("正在做备份，或正在清理旧的备份。"))
        else:
            yield from _attempt(seen.latest)
        yield from _amiss(target, seen)
    yield from _restoration()


def _seen_in_time(target: Path) -> _Seen | None:
    """Look into the folder of backups in a thread of its own, for a dead share lets a look hang; None where it does."""
    seen: SimpleQueue[_Seen] = SimpleQueue()
    # No process waits at its end for a look that hangs.
    Thread(target=lambda: seen.put(_look(target)), name="backups", daemon=True).start()
    try:
        return seen.get(timeout=places.LOOK_S)
    except Empty:
        return None


def _look(target: Path) -> _Seen:
    problem = places.problem(target)
    return _Seen(
        problem=problem,
        latest=status.latest(target),
        future=status.from_the_future(target),
        partial=places.partial(target),
        is_being_changed=places.is_being_changed(target),
        is_beside_data=not problem and _on_the_disk_of_the_data(target),
    )


def _attempt(latest: Backup | None) -> Iterator[Finding]:
    """Whether the last nightly one failed, and none was made since."""
    attempt = status.last_attempt()
    if settings.GLMV_BACKUP_AT is None or attempt is None or not attempt.reason:
        return
    if latest is None or latest.finished_at < attempt.at:
        when = timezone.localtime(attempt.at).strftime("%Y-%m-%d %H:%M")
        yield Finding("error", _("%(when)s 的每夜备份没有成功：%(reason)s") % {"when": when, "reason": attempt.reason})


def _amiss(target: Path, seen: _Seen) -> Iterator[Finding]:
    for left in [] if seen.is_being_changed else seen.partial:
        yield Finding(
            "note",
            _("备份 %(path)s 没有做完，不能用来恢复。若没有备份正在进行，下一次备份会清除它。") % {"path": left},
        )
    for backup in seen.future:
        when = timezone.localtime(backup.finished_at).strftime("%Y-%m-%d %H:%M")
        words = _(
            "备份 %(path)s 写着的时间 %(when)s 还没有到，不算最近一次备份：做它时，或者现在，时钟不对。请校准时钟。"
        )
        yield Finding("note", words % {"path": backup.path, "when": when})
    if seen.is_beside_data:
        yield Finding(
            "note",
            _("备份文件夹 %(path)s 与数据在同一块磁盘上，磁盘坏了会一起丢失。请把 GLMV_BACKUP_DIR 设到另一块盘或 NAS。")
            % {"path": target},
        )


def _latest(target: Path, latest: Backup | None) -> Finding:
    if latest is None:
        return Finding(
            "note",
            _("%(path)s 里还没有备份。请运行 %(manage)s backup，或设置 GLMV_BACKUP_AT（如 02:30）每夜自动备份。")
            % {"path": target, "manage": settings.GLMV_MANAGE},
        )
    words = {"path": latest.path, "age": telling.age_of(latest), "manage": settings.GLMV_MANAGE}
    if timezone.now() - latest.finished_at > telling.TOO_OLD:
        return Finding("note", _("最近一次备份 %(path)s 是 %(age)s做的，太久了。请运行 %(manage)s backup。") % words)
    return Finding("ok", _("最近一次备份 %(path)s 是 %(age)s做的。") % words)


def _on_the_disk_of_the_data(target: Path) -> bool:
    """Tell whether one disk has both; of a folder that is not there, the one that it would be made in counts."""
    try:
        place = next(path for path in (target, *target.parents) if path.exists())
        return place.stat().st_dev == Path(settings.DATA_DIR).stat().st_dev
    except OSError:  # a share that is away
        return False


def _restoration() -> Iterator[Finding]:
    name = restoring.unfinished()
    if name:
        yield Finding("error", restoring.unfinished_words(name))


def tools() -> Iterator[Finding]:
    """Whether PostgreSQL can be backed up with what is installed."""
    from django.db import DEFAULT_DB_ALIAS, Error, connections

    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "postgresql":
        return
    try:
        found = postgresql.tool("pg_dump", postgresql.server_version(connection))
    except BackupError as error:
        yield Finding("error", str(error))
    except Error:
        return  # told of the database
    else:
        yield Finding("ok", _("可以用 %(path)s 备份 PostgreSQL。") % {"path": found})
