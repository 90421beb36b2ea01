"""`manage.py export_catalogue`: write a collection's catalogue to a file or to standard output."""

import sys
from argparse import ArgumentParser
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from catalog.exchange.exporting import stream_csv, write_csv
from catalog.management.console import find_collection
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
        collection = find_collection(options["slug"])
        images = collection.images.order_by("identifier", "pk")
        if options["output"] == "-":
            self._print(images)
        else:
            self._write(images, Path(options["output"]), collection)
        record(verb=Verb.CATALOGUE_EXPORTED, collection=collection, format=options["format"])

    def _write(self, images: ImageQuerySet, path: Path, collection: Collection) -> None:
        try:
            count = write_csv(images, path)
        except OSError as error:
            message = _("无法写入 %(path)s：%(detail)s。") % {"path": path, "detail": error.strerror or error}
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
