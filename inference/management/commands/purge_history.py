"""`manage.py purge_history`: erase old questions and forgotten uploads now, for whoever wants it by crontab."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.utils.translation import gettext as _

from inference.errors import outage_of
from inference.history.housekeeping import purge


class Command(BaseCommand):
    """Does at once what the running site does once a day."""

    help = _("清除过期的问答记录及其图片，以及上传后一天内没有提问的图片。网站运行时每天自动清除一次。")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--days",
            type=int,
            default=settings.GLMV_HISTORY_DAYS,
            help=_("保留多少天；0 表示永久保留（GLMV_HISTORY_DAYS）"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase, and say in a sentence what is gone."""
        if options["days"] < 0:
            raise CommandError(_("--days 不能小于 0；0 表示永久保留。"))
        try:
            purged = purge(options["days"])
        except (Error, OSError) as error:
            outage = outage_of(error)
            if outage is None:
                raise
            words = _("%(outage)s清除了一部分，其余的没有动。处理好之后请再运行一次。")
            raise CommandError(words % {"outage": outage}) from error
        self.stdout.write(
            _("已清除 %(exchanges)d 条问答、%(pictures)d 张未提问的图片、%(strays)d 处遗留文件。")
            % {"exchanges": purged.exchanges, "pictures": purged.pictures, "strays": purged.strays}
        )
