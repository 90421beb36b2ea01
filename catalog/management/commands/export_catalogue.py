"""`manage.py export_catalogue`: write a collection's catalogue to a file or to standard output."""

import sys
from argparse import ArgumentParser
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from catalog.exchange.exporting import stream_csv, write_csv
from catalog.faults import COMMANDS_TRY, disk_reason, patiently
from catalog.management.console import faults_told, find_collection
from catalog.models import Collection
from catalog.querysets import ImageQuerySet
from catalog.records.action_log import record
from catalog.vocabulary import Verb


class Command(BaseCommand):
    """Exports a collection."""

    help = _("导出馆藏目录：已采用的内容、草稿及其来源。CSV 可用 Excel 或 WPS 直接打开。")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("slug", help=_("馆藏代号"))
        parser.add_argument("--format", choices=["csv"], default="csv", help=_("文件格式"))
        parser.add_argument("--output", required=True, metavar="FILE", help=_("输出文件；- 表示标准输出"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Export, and say in a sentence what was written."""
        with faults_told(_("没有导出完，原有的文件没有改动。处理好之后请再运行一次。")):
            collection = find_collection(options["slug"])
            images = collection.images.order_by("identifier", "pk")
            if options["output"] == "-":
                self._print(images)
            else:
                self._write(images, Path(options["output"]), collection)
        with faults_told(_("文件已经导出，但没有记入操作日志。")):
            done = partial(record, verb=Verb.CATALOGUE_EXPORTED, collection=collection, format=options["format"])
            patiently(done, tries=COMMANDS_TRY)

    def _write(self, images: ImageQuerySet, path: Path, collection: Collection) -> None:
        try:
            count = write_csv(images, path)
        except OSError as error:
            message = _("无法写入 %(path)s：%(detail)s。") % {"path": path, "detail": disk_reason(error)}
            raise CommandError(message) from error
        values = {"title": collection.title, "count": count, "path": path}
        self.stdout.write(_("馆藏“%(title)s”：已导出 %(count)s 幅到 %(path)s。") % values)

    def _print(self, images: ImageQuerySet) -> None:
        # The file is UTF-8 with CRLF whatever the terminal's locale says.
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", newline="")
        try:
            for piece in stream_csv(images):
                self.stdout.write(piece, ending="")
            self.stdout.flush()
        except BrokenPipeError:
            # Whoever was reading (head, less) has seen enough. Python would complain once more at exit.
            sys.stdout = None
