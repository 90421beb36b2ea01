"""`manage.py read_images`: read what is written on a collection's scans, going on where an earlier run stopped."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from catalog.batches.lifecycle import open_batch
from catalog.management.console import faults_told, find_collection, interruptible, positive_number
from catalog.management.reading import read_with_progress
from catalog.models import Collection
from inference.engine.errors import EngineError
from inference.errors import sentence
from inference.reader import get_reader


class Command(BaseCommand):
    """Reads the writing on scans."""

    help = _("识读馆藏图像上的文字，写成“文字转录”草稿；不需要大模型。中断后再次运行同一命令，即可接着识读。")

    # Not an argument: tests hand in their own reader through call_command.
    stealth_options = ("reader",)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("slug", help=_("馆藏代号"))
        parser.add_argument(
            "--only",
            choices=["missing", "all"],
            default="missing",
            help=_("missing：还没有识读过的（默认）；all：全部重新识读，模型未审核的转录草稿会被替换"),
        )
        parser.add_argument("--background", action="store_true", help=_("只建立批次，由网站的后台进程识读"))
        parser.add_argument("--limit", type=positive_number, default=None, metavar="N", help=_("最多识读多少幅"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, and say in a sentence what was done."""
        with interruptible(), faults_told(_("没有开始识读。处理好之后再次运行同一命令。")):
            collection = find_collection(options["slug"])
            if options["background"]:
                self._leave(collection, options)
                return
            read_with_progress(
                collection=collection,
                reader=options.get("reader") or get_reader(),
                stdout=self.stdout,
                stderr=self.stderr,
                again=options["only"] == "all",
                limit=options["limit"],
            )

    def _leave(self, collection: Collection, options: dict[str, Any]) -> None:
        """Leave the reading to the worker."""
        try:
            batch = open_batch(
                collection=collection,
                version=None,
                selection=options["only"],
                limit=options["limit"],
                background=True,
            )
        except EngineError as error:
            raise CommandError(sentence(error)) from error
        if batch is None:
            self.stdout.write(_("馆藏“%(title)s”没有需要识读的图像。") % {"title": collection.title})
            return
        words = _("%(batch)s 已建立，共 %(count)d 幅，由网站的后台进程识读；进度见管理页面的“批次”。")
        self.stdout.write(words % {"batch": batch, "count": batch.items.count()})
