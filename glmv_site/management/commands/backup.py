"""`manage.py backup DIR`: a backup of everything, made while everything runs."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.management.console import EXIT_INTERRUPTED, faults_told, interruptible, positive_number
from glmv_site.backup import manifest, places
from glmv_site.backup.errors import BackupError
from glmv_site.backup.making import make
from glmv_site.backup.manifest import MediaCounts, Mode
from glmv_site.backup.pruning import prune
from glmv_site.backup.status import Attempt, Backup, write_attempt
from glmv_site.management.steps import steps_shown
from inference.errors import outage_of

# It gives way to people.
_NICE = 10


class Command(BaseCommand):
    """Makes a backup, and removes old ones."""

    help = _(
        "备份数据库、设置、密钥和图片到一个文件夹，运行中随时可做；图片只复制新的。写完后逐一核对。"
        "备份里有密钥，请只放在自己能看的地方。"
    )
    # A backup is wanted most when something is wrong; and it is made before an upgrade, by the new program.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("folder", nargs="?", type=Path, metavar="DIR", help=_("备份文件夹，默认是 GLMV_BACKUP_DIR"))
        parser.add_argument(
            "--media",
            choices=("copy", "reference"),
            default=settings.GLMV_BACKUP_MEDIA,
            help=_("copy：复制图片；reference：只记图片在哪里和它的 SHA-256（GLMV_BACKUP_MEDIA）"),
        )
        parser.add_argument("--keep", type=positive_number, help=_("做完后只留最新的几份"))
        parser.add_argument(
            "--nightly", action="store_true", help=_("每夜的备份：按设置保留几份，并记下是否成功，供 doctor 报告")
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make it, and say what it has.

        Raises:
            CommandError: it could not be made.
        """
        target = places.named(options["folder"] or Path(settings.GLMV_BACKUP_DIR))
        keep = options["keep"] or (settings.GLMV_BACKUP_KEEP if options["nightly"] else None)
        try:
            with interruptible(), faults_told(_("备份没有完成，写了一半的已经清除。")):
                if options["nightly"]:
                    self._nightly(target, options["media"], keep)
                else:
                    self._make(target, options["media"], keep)
        except BackupError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(_("备份已中断，没有完成；写了一半的已经清除。"), returncode=EXIT_INTERRUPTED) from None

    def _nightly(self, target: Path, media: Mode, keep: int | None) -> None:
        """Make it, and write down how it fared; what is killed has failed, too."""
        began = timezone.now()
        # It may be made up for in the morning, when people are at work.
        os.nice(_NICE)
        write_attempt(Attempt(began, _("没有做完就中断了（断电或进程被结束）。")))
        try:
            self._make(target, media, keep)
        except BaseException as error:
            write_attempt(Attempt(began, _reason(error)))
            raise
        write_attempt(Attempt(began))

    def _make(self, target: Path, media: Mode, keep: int | None) -> None:
        if sys.stderr.isatty():
            with steps_shown(self.stderr) as progress:
                made = make(target, media=media, progress=progress, clearing=self._tell_of_left)
        else:  # a log wants no bars
            made = make(target, media=media, clearing=self._tell_of_left)
        self._tell(made)
        if keep is not None:
            for name in prune(target, keep=keep, made=made.path):
                self.stdout.write(_("删除了旧的备份 %(name)s。") % {"name": name})

    def _tell_of_left(self, left: Path) -> None:
        self.stderr.write(_("发现没有做完的备份 %(name)s，它不能用来恢复，先清除。") % {"name": left.name})

    def _tell(self, made: Backup) -> None:
        told = manifest.read(made.path)
        rows = sum(table.rows for table in told.tables.values())
        self.stdout.write(
            _(
                "备份完成并已核对：%(path)s。数据库 %(tables)d 张表、%(rows)d 行；"
                "图片文件 %(files)d 个，其中新复制 %(new)d 个（%(mb).1f MB）。"
            )
            % {
                "path": made.path,
                "tables": len(told.tables),
                "rows": rows,
                "files": told.counts.named,
                "new": told.counts.copied,
                "mb": told.counts.bytes_copied / 1_000_000,
            }
        )
        self._warn(told.counts)
        if sys.stdout.isatty():
            self.stdout.write(_("备份里有密码和密钥，请妥善保管。"))
        if told.counts.lacking:
            words = _("这份备份缺 %(n)d 个文件，恢复时找不回来。")
            self.stdout.write(self.style.WARNING(words % {"n": told.counts.lacking}))

    def _warn(self, counts: MediaCounts) -> None:
        if counts.missing:
            self.stderr.write(
                _("注意：有 %(n)d 个文件数据库里有、图片文件夹里没有或读不了。请运行 %(manage)s verify_files 查看。")
                % {"n": counts.missing, "manage": settings.GLMV_MANAGE}
            )
        if counts.damaged:
            self.stderr.write(
                _(
                    "注意：有 %(n)d 个扫描原图与导入时的 SHA-256 不符，可能已损坏。"
                    "请运行 %(manage)s verify_files 查看，并从较早的备份取回。"
                )
                % {"n": counts.damaged, "manage": settings.GLMV_MANAGE}
            )


def _reason(error: BaseException) -> str:
    """Return in a sentence why a backup failed."""
    if isinstance(error, KeyboardInterrupt):
        return _("已中断。")
    outage = outage_of(error) if isinstance(error, Error | OSError) else None
    return str(outage or error) or type(error).__name__
