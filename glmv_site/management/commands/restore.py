"""`manage.py restore DIR`: brings a backup back into an empty place, and prints the comparison."""

import io
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from catalog.management.console import EXIT_INTERRUPTED, faults_told, interruptible
from glmv_site.backup import places, status
from glmv_site.backup.comparing import Comparison
from glmv_site.backup.errors import BackupError, DamagedBackupError
from glmv_site.backup.listing import others_in_words
from glmv_site.backup.restoring import Restored, chosen, restore
from glmv_site.management.steps import steps_shown

_WIDTH = 100
_SHOWN = 20


class Command(BaseCommand):
    """Restores a backup."""

    help = _("把备份恢复到空的地方（空的数据库和空的图片文件夹），再与备份逐表、逐文件比较；有出入时退出状态为 1。")
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("folder", type=Path, metavar="DIR", help=_("备份文件夹，或其中的一份备份"))
        parser.add_argument(
            "--backup", metavar="NAME", help=_("恢复哪一份，如 20260501T183000Z；默认是最新的、有图片的一份")
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Restore, and compare.

        Raises:
            CommandError: it could not be restored.
            SystemExit: with status 1 where something differs.
        """
        try:
            with interruptible(), faults_told(_("恢复没有完成。处理好之后再运行同一命令，就接着做。")):
                target, name = places.folder_and_name(options["folder"])
                name = options["backup"] or name
                folder = chosen(target, name)
                self.stderr.write(_("恢复备份 %(name)s") % {"name": folder.name})
                if name is None:
                    self._tell_of_choice(folder)
                restored = self._restored(folder)
        except BackupError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(_("恢复已中断。再运行同一命令，就接着做。"), returncode=EXIT_INTERRUPTED) from None
        self.stdout.write(_as_table(restored.comparison))
        self._tell(restored)
        if not restored.comparison.equal:
            sys.exit(1)

    def _restored(self, folder: Path) -> Restored:
        try:
            with steps_shown(self.stderr) as progress:
                return restore(folder, progress=progress)
        except DamagedBackupError as error:
            raise BackupError(f"{error}{others_in_words(folder)}") from error

    def _tell_of_choice(self, folder: Path) -> None:
        """Say which newer backups were passed over, and that the chosen one has no pictures where it has none."""
        newer = [path.name for path in places.complete(folder.parent) if path.name > folder.name]
        if newer:
            self.stderr.write(
                _("较新的 %(names)s 只有数据库，没有图片（例如升级之前自动做的）。要恢复它，请加 --backup %(newest)s。")
                % {"names": "、".join(newer), "newest": newer[0]}
            )
        elif not status.is_full(status.described(folder)):
            self.stderr.write(_("注意：这份备份只有数据库，没有图片；图片要另外放回 DATA_DIR/media。"))

    def _tell(self, restored: Restored) -> None:
        compared = restored.comparison
        self.stdout.write(
            _("图片文件 %(files)d 个，与备份相同的 %(same)d 个。")
            % {"files": compared.files, "same": compared.files - len(compared.wrong)}
        )
        self._list(_("与备份不同或缺失："), compared.wrong)
        self._list(_("备份时就已不在："), compared.lost)
        if compared.in_place:
            self.stdout.write(
                _(
                    "原地引用的扫描原图 %(n)d 个不在备份里，其中 %(missing)d 个现在找不到或大小不同，"
                    "请接好存放它们的磁盘。"
                )
                % {"n": compared.in_place, "missing": len(compared.out_of_reach)}
            )
        self._tell_of_settings(restored)
        if compared.equal and compared.lost:
            words = _("恢复完成，内容与备份相同；但这份备份本来就缺 %(n)d 个文件，它们没有恢复。较早的备份里也许有。")
            self.stdout.write(self.style.WARNING(words % {"n": len(compared.lost)}))
        elif compared.equal:
            self.stdout.write(self.style.SUCCESS(_("恢复完成，内容与备份相同。")))
        else:
            self.stderr.write(self.style.ERROR(_("恢复的内容与备份不同，请不要使用；换一份备份再试。")))
        if restored.to_migrate:
            told = _("程序比备份新。如果留在新版本，启动之前请先运行：%(manage)s upgrade")
            self.stdout.write(told % {"manage": settings.GLMV_MANAGE})
        if compared.equal:
            self._tell_of_next()

    def _tell_of_next(self) -> None:
        """Say where everything is now, and what is to be done with it."""
        words = _("数据库在 %(database)s，图片在 %(media)s。")
        media = places.on_this_machine(Path(settings.MEDIA_ROOT))
        self.stdout.write(words % {"database": _database(), "media": media})
        words = _(
            "接下来：启动网站，用原来的用户名和密码登录，看几幅图像；再运行 %(manage)s doctor，"
            "检查备份文件夹 GLMV_BACKUP_DIR（现在是 %(backups)s）等设置。"
        )
        backups = places.on_this_machine(Path(settings.GLMV_BACKUP_DIR))
        self.stdout.write(words % {"manage": settings.GLMV_MANAGE, "backups": backups})

    def _tell_of_settings(self, restored: Restored) -> None:
        if restored.env is None:
            return
        if restored.env_is_used:
            self.stdout.write(_("设置已恢复到 %(path)s。") % {"path": restored.env})
        else:
            self.stdout.write(
                _(
                    "备份里的设置放在 %(path)s，还没有起作用："
                    "请对照检查（尤其是 DATABASE_URL 和 DATA_DIR），再并入 .env。"
                )
                % {"path": restored.env}
            )

    def _list(self, words: str, names: list[str]) -> None:
        for name in names[:_SHOWN]:
            self.stdout.write(f"{words}{name}")
        if len(names) > _SHOWN:
            self.stdout.write(_("……共 %(n)d 个") % {"n": len(names)})


def _database() -> str:
    """Name the database that was restored, without a password."""
    connection = connections[DEFAULT_DB_ALIAS]
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return str(places.on_this_machine(Path(name)))
    return f"PostgreSQL {name}@{connection.settings_dict['HOST'] or 'localhost'}"


def _as_table(compared: Comparison) -> str:
    """Write the tables down, a line each."""
    table = Table(_("表"), _("备份的行数"), _("恢复的行数"), _("内容"), box=None)
    for one in compared.tables:
        table.add_row(one.name, str(one.expected), str(one.found), _("相同") if one.equal else _("不同"))
    out = io.StringIO()
    Console(file=out, width=_WIDTH).print(table)
    return out.getvalue()
