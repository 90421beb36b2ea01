"""Brings the database to this version of the program: a backup first, then one migration after the other.

Owns the order of things and what is said when a migration fails: which one, what of it was kept, how to go back and how
to try again. Backups are `glmv_site.backup`'s, migrations Django's. Two upgrades at once take their turns.
"""

import fcntl
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from glmv_site.backup import making, manifest, places, restoring, status
from glmv_site.backup.errors import BackupError
from glmv_site.backup.status import Backup
from glmv_site.secret_files import write_private
from inference.errors import outage_of

MOST_AGE = timedelta(days=1)
"""How old a backup may be that an upgrade relies on."""

Say = Callable[[str], None]
"""Called with a line for the person who upgrades."""

# Of this program alone: which lock of a PostgreSQL server stands for an upgrade.
_ADVISORY_LOCK = 0x474C4D56
_POLL_EVERY_S = 0.5


class UpgradeError(Exception):
    """The database could not be brought to this version; the text says what to do."""


def upgrade(say: Say, *, without_backup: bool = False) -> None:
    """Bring the database to this version, after a backup.

    Args:
        say: told what is done.
        without_backup: whether somebody has their own way to go back.

    Raises:
        UpgradeError: there is no backup and none can be made, a restoration is not complete, or a migration failed.
        OSError: the disk does not work.
        django.db.Error: the database does not.
    """
    try:
        restoring.require_finished()
    except BackupError as error:
        raise UpgradeError(str(error)) from error
    with _one_at_a_time():
        missing = pending()
        if not missing:
            say(_("数据库已是这个版本，不需要升级。"))
            return
        backup = _backup_of_unfinished(missing[0])
        if backup is not None:
            say(_("接着上次没有完成的升级；升级之前的备份是 %(path)s。") % {"path": backup.path})
        elif is_new():
            say(_("数据库是空的，建立各表。"))
        elif not without_backup:
            backup = _require_backup(say)
        say(
            ngettext("数据库有 %(number)d 项更新。", "数据库有 %(number)d 项更新。", len(missing))
            % {"number": len(missing)}
        )
        started = time.monotonic()
        goes_on = _unfinished().is_file()
        # What an earlier attempt wrote down is never forgotten for nothing.
        if backup is not None or not goes_on:
            write_private(_unfinished(), str(backup.path) if backup else "")
        _migrate(say, backup, goes_on=goes_on)
        _unfinished().unlink(missing_ok=True)
        say(_("数据库升级完成，用时 %(seconds).1f 秒。") % {"seconds": time.monotonic() - started})


def pending() -> list[Migration]:
    """Return the migrations that this version has and the database has not, in their order."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return [migration for migration, _backwards in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def is_new() -> bool:
    """Tell whether there is nothing in the database that could be lost."""
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        return not connection.introspection.table_names(cursor)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Wait for whoever upgrades the same database, on this machine or on another."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Asked again and again: a statement that waited would hold a snapshot, and the other one's
            # `CREATE INDEX CONCURRENTLY` waits for all of those.
            while not _locks(cursor):
                time.sleep(_POLL_EVERY_S)
            try:
                yield
            finally:
                # A connection that was lost has given the lock back already.
                if connection.is_usable():
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [_ADVISORY_LOCK])
        return
    with (settings.DATA_DIR / "upgrade.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _locks(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ADVISORY_LOCK])
    return bool(cursor.fetchone()[0])


def _require_backup(say: Say) -> Backup:
    """Return a backup of the database as it is, not older than a day; make one where there is none.

    Raises:
        UpgradeError: none can be made.
    """
    found = status.latest(database_only=True)
    if found is not None and _serves(found):
        say(_("已有备份 %(path)s（%(time)s），可以升级。") % {"path": found.path, "time": _moment(found)})
        return found
    folder = Path(settings.GLMV_BACKUP_DIR)
    say(_("升级之前先备份数据库到 %(folder)s……") % {"folder": folder})
    try:
        # Migrations change the database alone; files stay where they are, and may be more than fits.
        made = making.make(folder, media="reference")
    except BackupError as error:
        raise UpgradeError(
            _("升级没有开始，数据库没有改动，因为备份没有做成：%(reason)s\n"
              "处理好之后再运行：%(manage)s upgrade\n"
              "已经用别的办法备份了数据库，可以运行：%(manage)s upgrade --without-backup")
            % {"reason": error, "manage": settings.GLMV_MANAGE}
        ) from error  # fmt: skip
    say(_("备份完成并已核对：%(path)s") % {"path": made.path})
    return made


def _backup_of_unfinished(next_one: Migration) -> Backup | None:
    """Return the backup from before an upgrade that was broken off half way: a later one leads back to no version.

    Args:
        next_one: the migration that comes next; one that is not one transaction may have been begun.
    """
    try:
        backup = status.described(Path(_unfinished().read_text(encoding="utf-8").strip()))
        kept = set(manifest.read(backup.path).migrations)
    except (OSError, BackupError):
        return None
    applied = _applied()
    # A database that nothing was done to is as good as any: people may have worked on it since.
    return backup if kept < applied or (kept == applied and not next_one.atomic) else None


def _unfinished() -> Path:
    return Path(settings.DATA_DIR) / status.UPGRADE_UNFINISHED


def _serves(backup: Backup) -> bool:
    """Tell whether a backup is young, and of a database with the tables that this one has."""
    vendor = connections[DEFAULT_DB_ALIAS].vendor
    if backup.vendor != vendor or timezone.now() - backup.finished_at > MOST_AGE:
        return False
    try:
        return set(manifest.read(backup.path).migrations) == _applied()
    except BackupError:
        return False


def _applied() -> set[str]:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return {f"{app}.{name}" for app, name in executor.loader.applied_migrations}


def _moment(backup: Backup) -> str:
    return f"{timezone.localtime(backup.finished_at):%Y-%m-%d %H:%M}"


def _migrate(say: Say, backup: Backup | None, *, goes_on: bool) -> None:
    """Run Django's own command, with a line for each migration.

    Raises:
        UpgradeError: a migration failed.
    """
    command = _Migrate(say)
    try:
        call_command(command, verbosity=0, interactive=False)
    except Exception as error:  # a migration's own code may raise anything
        if command.current is None:
            raise
        told = _failure(command.current, command.done, error)
        changed = goes_on or bool(command.done) or not command.current.atomic
        raise UpgradeError("\n".join([*told, *_way_back(backup, changed=changed)])) from error


class _Migrate(migrate.Command):
    """Django's command, which says what it does through a function.

    Attributes:
        current: the migration at work.
        done: how many are complete.
    """

    def __init__(self, say: Say) -> None:
        super().__init__()
        self._say = say
        self._started = 0.0
        self.current: Migration | None = None
        self.done = 0

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
        """Say what was done; see Django's.

        Args:
            action: what happens.
            migration: to which.
            fake: whether it is only written down.
        """
        if action == "apply_start":
            self.current, self._started = migration, time.monotonic()
        elif action == "apply_success":
            self._say(f"  {migration} {time.monotonic() - self._started:.2f} s")
            # Those of other projects have nothing to report.
            for sentence in getattr(migration, "report", list)():
                self._say(f"    {sentence}")
            self.current = None
            self.done += 1


def _failure(migration: Migration, done: int, error: Exception) -> list[str]:
    """Say which migration failed, what was kept, and how to try again."""
    told = _("数据库升级在 %(migration)s 这一步失败：%(reason)s") % {
        "migration": migration,
        "reason": _in_a_line(error),
    }
    if migration.atomic:
        kept = _("这一步没有留下任何改动。")
    else:
        kept = _("这一步分几小步进行，做完的小步留着，再运行时接着做。")
    if done:
        kept += ngettext(
            "它之前的 %(number)d 步已经完成。", "它之前的 %(number)d 步已经完成。", done
        ) % {"number": done}  # fmt: skip
    again = _("排除原因后，再运行一次就接着升级：%(manage)s upgrade") % {"manage": settings.GLMV_MANAGE}
    return [told, kept, again]


def _in_a_line(error: Exception) -> str:
    outage = outage_of(error)
    return str(outage) if outage else " ".join(f"{type(error).__name__}: {error}".split())


def _way_back(backup: Backup | None, *, changed: bool) -> list[str]:
    """Return the commands that lead back to the version before."""
    if not changed:
        return [_("数据库仍是升级之前的样子：换回原来版本的程序就能照常使用，不需要恢复备份。")]
    if backup is None:
        return [_("要退回原来的版本：停止网站，用自己的备份恢复数据库，再换回原来版本的程序。")]
    restore = f"restore {shlex.quote(str(backup.path.parent))} --backup {shlex.quote(backup.path.name)}"
    steps = [_set_aside()]
    if backup.media == "copy":
        media = shlex.quote(str(places.on_this_machine(Path(settings.MEDIA_ROOT))))
        steps.append(_("把图片文件夹挪开：mv %(media)s %(media)s.failed") % {"media": media})
    steps += [
        _("用现在这个版本恢复升级之前的数据：%(command)s") % {"command": f"{settings.GLMV_MANAGE} {restore}"},
        _("换回原来版本的程序（git checkout 原版本，或原来的映像、文件夹），再启动。"),
    ]
    return [
        _("要退回原来的版本，停止网站（bash start.sh stop 或 docker compose stop web），在项目文件夹里："),
        *(f"  {number}. {step}" for number, step in enumerate(steps, 1)),
    ]


def _set_aside() -> str:
    """Return how the database that was changed makes room for the one that was kept; it is not thrown away."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        file = shlex.quote(str(places.on_this_machine(Path(connection.settings_dict["NAME"]))))
        return _('把升级了一半的数据库挪开：for f in %(file)s*; do mv "$f" "$f.failed"; done') % {"file": file}
    return _("另建一个空数据库（createdb 新名字），把 DATABASE_URL 里的数据库名改成它。")
