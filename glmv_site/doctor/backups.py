"""The backups: how old the latest is, what is left of interrupted ones, and where they lie."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from glmv_site.backup import places, postgresql, restoring, status, telling
from glmv_site.backup.errors import BackupError
from glmv_site.doctor.findings import Finding


def backups() -> Iterator[Finding]:
    """Whether there is a recent one, and whether the last nightly one came about."""
    target = Path(settings.GLMV_BACKUP_DIR)
    yield _latest(target)
    attempt = status.last_attempt()
    if settings.GLMV_BACKUP_AT is not None and attempt is not None and attempt.reason:
        when = timezone.localtime(attempt.at).strftime("%Y-%m-%d %H:%M")
        yield Finding("error", _("%(when)s 的每夜备份没有成功：%(reason)s") % {"when": when, "reason": attempt.reason})
    for left in places.partial(target):
        yield Finding(
            "note",
            _("备份 %(path)s 没有做完，不能用来恢复。若没有备份正在进行，下一次备份会清除它。") % {"path": left},
        )
    if _on_the_disk_of_the_data(target):
        yield Finding(
            "note",
            _("备份文件夹 %(path)s 与数据在同一块磁盘上，磁盘坏了会一起丢失。请把 GLMV_BACKUP_DIR 设到另一块盘或 NAS。")
            % {"path": target},
        )
    yield from _restoration()


def _latest(target: Path) -> Finding:
    latest = status.latest(target)
    if latest is None:
        return Finding(
            "note",
            _("%(path)s 里还没有备份。请运行 python manage.py backup，或设置 GLMV_BACKUP_AT（如 02:30）每夜自动备份。")
            % {"path": target},
        )
    words = {"path": latest.path, "age": telling.age_of(latest)}
    if timezone.now() - latest.finished_at > telling.TOO_OLD:
        return Finding(
            "note", _("最近一次备份 %(path)s 是 %(age)s前做的，太久了。请运行 python manage.py backup。") % words
        )
    return Finding("ok", _("最近一次备份 %(path)s 是 %(age)s前做的。") % words)


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
        yield Finding(
            "error", _("备份 %(name)s 的恢复没有做完。请再运行同一条 restore 命令，它会接着做。") % {"name": name}
        )


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
