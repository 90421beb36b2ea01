"""`manage.py export_catalogue`: write a collection's catalogue to a file or to standard output."""

import gc
import sys
from argparse import ArgumentParser
from functools import partial
from io import RawIOBase
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.utils.translation import gettext as _

from catalog.exceptions import CatalogError, ExportRefused
from catalog.exchange.exports.planning import prepare
from catalog.exchange.exports.running import make_now
from catalog.faults import COMMANDS_TRY, patiently
from catalog.filters import CommandFilter
from catalog.management.console import (
    EXIT_INTERRUPTED,
    condition,
    faults_told,
    find_collection,
    interruptible,
    progress_bar,
)
from catalog.models import Collection, Export
from catalog.querysets import ImageQuerySet

_FORMATS = {"csv": Export.Format.CSV, "xlsx": Export.Format.XLSX, "json": Export.Format.JSONL}
_FORMATS["jsonl"] = Export.Format.JSONL


class Command(BaseCommand):
    """Exports a collection."""

    help = _("导出馆藏目录：已采用的内容、草稿及其来源。CSV、XLSX 可用 Excel 或 WPS 直接打开。")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("slug", help=_("馆藏代号"))
        parser.add_argument(
            "--format",
            choices=list(_FORMATS),
            default="csv",
            help=_("文件格式：csv、xlsx，或 json（JSON Lines，一行一条记录）"),
        )
        parser.add_argument("--output", required=True, metavar="FILE", help=_("输出文件；- 表示标准输出"))
        parser.add_argument(
            "--filter",
            action="append",
            type=condition,
            default=None,
            metavar="NAME=VALUE",
            help=_(
                "只导出符合条件的记录；可写多次，条件与审核列表相同，如 status=described、field=title、flag=doubtful"
            ),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Export, and say in a sentence what was written."""
        # What the program is made of is not looked through again and again for garbage while rows come and go.
        if not gc.get_freeze_count():
            gc.freeze()
        with faults_told(_("没有导出完，原有的文件没有改动。处理好之后请再运行一次。")), interruptible():
            collection = find_collection(options["slug"])
            try:
                self._export(collection, options)
            except CatalogError as error:
                raise CommandError(str(error)) from error
            except KeyboardInterrupt:
                self.stderr.write(_("已中断：没有留下写了一半的文件，原有的文件没有改动。"))
                sys.exit(EXIT_INTERRUPTED)

    def _export(self, collection: Collection, options: dict[str, Any]) -> None:
        images, words = _chosen(collection, options["filter"] or [])
        prepared = partial(
            prepare,
            user=None,
            images=images.order_by("identifier", "pk"),
            fmt=_FORMATS[options["format"]],
            words=words,
            background=False,
        )
        export = patiently(prepared, tries=COMMANDS_TRY)
        if options["output"] == "-":
            self._print(export)
        else:
            self._write(export, Path(options["output"]), collection)

    def _write(self, export: Export, path: Path, collection: Collection) -> None:
        try:
            with progress_bar(self.stderr) as bar:
                task = bar.add_task(_("导出"), total=export.records)
                done = make_now(
                    export, path=path, tries=COMMANDS_TRY, told=lambda number: bar.update(task, completed=number)
                )
        except ExportRefused as error:
            message = _("无法写入 %(path)s：%(detail)s") % {"path": path, "detail": error}
            raise CommandError(message) from error
        values = {"title": collection.title, "count": done.done_records, "path": path}
        self.stdout.write(_("馆藏“%(title)s”：已导出 %(count)s 幅到 %(path)s。") % values)

    def _print(self, export: Export) -> None:
        try:
            make_now(export, stream=_bytes_of(self.stdout), tries=COMMANDS_TRY)
        except BrokenPipeError:
            # Whoever was reading (head, less) has seen enough. Python would complain once more at exit.
            sys.stdout = None


def _chosen(collection: Collection, conditions: list[tuple[str, str]]) -> tuple[ImageQuerySet, str]:
    """Return the records that are asked for, and what was chosen in words.

    Raises:
        FilterRefused: a condition makes no sense.
    """
    if not conditions:
        return collection.images.all(), collection.title
    narrowed = CommandFilter(dict(conditions), queryset=collection.images.all())
    return narrowed.chosen(), _("%(title)s；%(words)s") % {"title": collection.title, "words": narrowed.in_words}


class _AsText(RawIOBase):
    """Takes the bytes of a table for a stream that takes texts alone."""

    def __init__(self, out: OutputWrapper) -> None:
        self._out = out

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._out.write(bytes(content).decode(), ending="")
        return len(content)


def _bytes_of(out: OutputWrapper) -> IO[bytes]:
    """Return where the bytes of a table go, whatever the terminal's locale says of texts."""
    buffer = getattr(out, "buffer", None)
    return cast(IO[bytes], _AsText(out) if buffer is None else buffer)
