"""`manage.py backup DIR`: a backup of everything, made while everything runs."""

import io
import logging
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
from rich.console import Console
from rich.table import Table

from catalog.management.console import EXIT_INTERRUPTED, faults_told, interruptible, positive_number
from glmv_site.backup import manifest, places
from glmv_site.backup.errors import BackupError, DamagedBackupError
from glmv_site.backup.listing import Listed, listed, others_in_words, verify
from glmv_site.backup.making import make
from glmv_site.backup.manifest import MediaCounts, Mode
from glmv_site.backup.pruning import prune
from glmv_site.backup.restoring import chosen
from glmv_site.backup.status import Attempt, Backup, described, write_attempt
from glmv_site.backup.telling import age_of
from glmv_site.management.log_lines import log_lines
from glmv_site.management.steps import steps_shown
from inference.errors import outage_of

# It gives way to people.
_NICE = 10
_WIDTH = 100


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
        parser.add_argument("--list", action="store_true", help=_("不备份，只列出有哪些备份"))
        parser.add_argument(
            "--verify",
            nargs="?",
            const="",
            metavar="NAME",
            help=_("不备份，重读一份备份并核对；默认是最新的、有图片的一份"),
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make one and say what it has; or list them, or verify one.

        Raises:
            CommandError: it could not be made.
        """
        target = places.named(options["folder"] or Path(settings.GLMV_BACKUP_DIR))
        if options["list"] or options["verify"] is not None:
            self._look(target, options["verify"])
            return
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

    def _look(self, target: Path, verify: str | None) -> None:
        """List the backups, or verify one of them; nothing is written."""
        try:
            with interruptible(), faults_told(""):
                if verify is None:
                    self._list(target)
                else:
                    self._verify(target, verify)
        except BackupError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(_("已中断。"), returncode=EXIT_INTERRUPTED) from None

    def _list(self, target: Path) -> None:
        found = listed(target)
        if not found:
            self.stdout.write(_("%(path)s 里没有备份。") % {"path": target})
            return
        self.stdout.write(_("备份文件夹 %(path)s：") % {"path": target})
        self.stdout.write(_as_table(found))

    def _verify(self, target: Path, name: str) -> None:
        if "/" in name:  # the folder was written after the option
            target, name = places.named(Path(name)), ""
        target, of_path = places.folder_and_name(target)
        folder = chosen(target, name or of_path)
        try:
            with steps_shown(self.stderr) as progress:
                told = verify(folder, progress=progress)
        except DamagedBackupError as error:
            raise BackupError(f"{error}{others_in_words(folder)}") from error
        words = _("备份 %(path)s 完好：数据库 %(tables)d 张表，图片文件 %(files)d 个，都与清单上的 SHA-256 相同。")
        numbers = {"path": folder, "tables": len(told.tables), "files": told.counts.named - told.counts.lacking}
        self.stdout.write(self.style.SUCCESS(words % numbers))
        if told.counts.lacking:
            self._tell_of_lacking(told.counts)

    def _tell_of_lacking(self, counts: MediaCounts) -> None:
        words = _("这份备份缺 %(n)d 个文件，恢复时找不回来。")
        self.stdout.write(self.style.WARNING(words % {"n": counts.lacking}))

    def _nightly(self, target: Path, media: Mode, keep: int | None) -> None:
        """Make it, and write down how it fared; what is killed has failed, too."""
        began = timezone.now()
        # It may be made up for in the morning, when people are at work.
        os.nice(_NICE)
        in_log = not sys.stdout.isatty()
        if in_log:
            self.stdout, self.stderr = log_lines(logging.INFO), log_lines(logging.WARNING)
        write_attempt(Attempt(began, _("没有做完就中断了（断电或进程被结束）。")))
        try:
            self._make(target, media, keep)
        except BaseException as error:
            write_attempt(Attempt(began, _reason(error)))
            if in_log:  # the refusal goes there, too
                self.stderr = log_lines(logging.ERROR)
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
            self._tell_of_lacking(told.counts)

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


def _as_table(found: list[Listed]) -> str:
    """Write the backups down, a line each."""
    table = Table(_("备份"), _("做完的时间"), _("多久以前"), _("内容"), _("图片文件"), _("缺"), box=None)
    for one in found:
        if one.told is None:
            state = _("没有做完，不能用来恢复") if one.is_partial else _("清单读不了，不能用来恢复")
            table.add_row(one.path.name, "", "", state, "", "")
            continue
        backup, counts = described(one.path), one.told.counts
        when = f"{timezone.localtime(backup.finished_at):%Y-%m-%d %H:%M}"
        content = _("数据库和图片") if one.told.media == "copy" else _("只有数据库")
        table.add_row(one.path.name, when, age_of(backup), content, str(counts.named), str(counts.lacking))
    out = io.StringIO()
    Console(file=out, width=_WIDTH).print(table)
    return out.getvalue()


def _reason(error: BaseException) -> str:
    """Return in a sentence why a backup failed."""
    if isinstance(error, KeyboardInterrupt):
        return _("已中断。")
    outage = outage_of(error) if isinstance(error, Error | OSError) else None
    return str(outage or error) or type(error).__name__
