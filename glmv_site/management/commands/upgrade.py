"""Brings the database to this version of the program, after a backup."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from catalog.management.console import EXIT_INTERRUPTED, faults_told
from glmv_site import upgrading


class Command(BaseCommand):
    """``manage.py upgrade``: run by `start.sh` and `make run` before the site starts."""

    help = _("升级数据库到这个版本：没有一天之内的备份就先备份，再逐项更新；失败时说明怎样退回。新装时建立各表。")

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments.

        Args:
            parser: Django's.
        """
        parser.add_argument("--without-backup", action="store_true", help=_("不要备份：已经用别的办法备份了数据库"))

    def handle(self, *_args: Any, without_backup: bool, verbosity: int, **_options: Any) -> None:
        """Upgrade.

        Args:
            without_backup: whether somebody has their own way to go back.
            verbosity: 0 says nothing but what went wrong.

        Raises:
            CommandError: it failed; the text says what to do.
        """
        say = self._say if verbosity else lambda _line: None
        with faults_told(_("数据库没有升级完。处理好之后请再运行一次。")):
            try:
                upgrading.upgrade(say, without_backup=without_backup)
            except upgrading.UpgradeError as error:
                raise CommandError(str(error)) from error
            except KeyboardInterrupt:
                told = _("升级已中断。再运行一次就接着升级：%(manage)s upgrade") % {"manage": settings.GLMV_MANAGE}
                raise CommandError(told, returncode=EXIT_INTERRUPTED) from None

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        # Whoever waits reads it now, be it through a pipe.
        self.stdout.flush()
