"""`manage.py import_images`: bring a folder, a ZIP archive or what a CSV manifest names into a collection."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.exceptions import CatalogError, CollectionNotFound, ShareAway
from catalog.faults import COMMANDS_TRY, disk_reason
from catalog.importing.entries import ImportSource
from catalog.importing.import_reports import ImportReport, write_lists
from catalog.importing.importing import import_images
from catalog.importing.sources import open_source
from catalog.management.console import EXIT_INTERRUPTED, faults_told, interruptible, progress_bar
from catalog.management.reading import read_with_progress
from catalog.models import Collection
from catalog.records.entries import create_collection
from inference.reader import get_reader

_SHOWN_REJECTS = 20
_SHOWN_JOINED = 20


class Command(BaseCommand):
    """Imports images."""

    # Not an argument: tests hand in their own reader through call_command.
    stealth_options = ("reader",)

    help = _("把文件夹、ZIP 压缩包、PDF 或 CSV 清单里的图像导入馆藏。重复运行只导入新增的文件。")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("path", type=Path, help=_("文件夹、ZIP 压缩包、PDF 或 CSV 清单"))
        parser.add_argument("--collection", required=True, metavar="SLUG", help=_("馆藏代号"))
        parser.add_argument("--title", default="", help=_("馆藏还不存在时，用这个名称建立"))
        parser.add_argument("--public", action="store_true", help=_("建立的馆藏对外公开"))
        parser.add_argument("--in-place", action="store_true", help=_("不复制扫描原图，只记下它的位置"))
        parser.add_argument("--volume", default="", metavar="VALUE", help=_("册号，填给这次导入中没有册号的每一幅图像"))
        parser.add_argument("--dry-run", action="store_true", help=_("只检查，不写入任何内容"))
        parser.add_argument("--read", action="store_true", help=_("导入后接着识读图上的文字，写成“文字转录”草稿"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, and say in a sentence what was done."""
        try:
            with (
                interruptible(),
                faults_told(_("已导入的都已保存。处理好之后再次运行同一命令，即可接着导入。")),
                open_source(options["path"], Path(settings.DATA_DIR, "staging")) as source,
            ):
                self._import(source, options)
        except CatalogError as error:
            raise CommandError(str(error)) from error

    def _import(self, source: ImportSource, options: dict[str, Any]) -> None:
        collection = self._collection(options)
        if source.manifest.unknown_headings:
            unknown = "、".join(source.manifest.unknown_headings)
            self.stderr.write(_("清单里有不认识的列，未使用：%(headings)s。") % {"headings": unknown})
        report = ImportReport()
        broken_off: BaseException | None = None
        with progress_bar(self.stderr) as bar:
            task = bar.add_task(_("导入"), total=len(source.entries))
            try:
                import_images(
                    collection=collection,
                    source=source,
                    in_place=options["in_place"],
                    dry_run=options["dry_run"],
                    volume=options["volume"].strip(),
                    tries=COMMANDS_TRY,
                    report=report,
                    progress=lambda _report, _name: bar.advance(task),
                )
            except (KeyboardInterrupt, Error, OSError, ShareAway) as error:
                broken_off = error
        self._tell(report, collection, dry_run=options["dry_run"])
        if isinstance(broken_off, KeyboardInterrupt):
            raise CommandError(_("已中断。再次运行同一命令，即可接着导入。"), returncode=EXIT_INTERRUPTED)
        if isinstance(broken_off, ShareAway):
            words = _("%(absence)s已导入的都已保存；恢复之后再次运行同一命令，即可接着导入。")
            raise CommandError(words % {"absence": broken_off})
        if broken_off is not None:
            raise broken_off
        if options["read"] and not options["dry_run"]:
            read_with_progress(
                collection=collection,
                reader=options.get("reader") or get_reader(),
                stdout=self.stdout,
                stderr=self.stderr,
            )

    def _collection(self, options: dict[str, Any]) -> Collection:
        """Return the collection, created or in a dry run only imagined where a title is given."""
        slug = options["collection"]
        found = Collection.objects.filter(slug=slug).first()
        if found is not None:
            return found
        if not options["title"]:
            raise CollectionNotFound(slug=slug)
        values = {"slug": slug, "title": options["title"], "is_public": options["public"]}
        if options["dry_run"]:
            return Collection(**values)
        try:
            return create_collection(**values)
        except ValidationError as error:
            values = {"slug": slug, "detail": " ".join(error.messages)}
            raise CommandError(_("不能建立代号为“%(slug)s”的馆藏：%(detail)s") % values) from error

    def _tell(self, report: ImportReport, collection: Collection, *, dry_run: bool) -> None:
        """Print the summary and where the rejects are listed."""
        heading = _("试运行，未写入任何内容。") if dry_run else ""
        self.stdout.write(heading + _("馆藏“%(title)s”：") % {"title": collection.title} + report.sentence())
        for joined in [*(*report.doubtful, *report.joined)[:_SHOWN_JOINED], *report.matched_rows[:_SHOWN_JOINED]]:
            self.stdout.write(f"  {joined.name}：{joined.part}")
        kinds = (report.suspected, report.protected, report.unread_dates, report.defective)
        for told in [one for kind in kinds for one in kind[:_SHOWN_REJECTS]]:
            self.stdout.write(f"  {told.name}：{told.reason}")
        if dry_run:
            for reject in report.left_out[:_SHOWN_REJECTS]:
                self.stdout.write(f"  {reject.name}：{reject.reason}")
            return
        now, slug = timezone.localtime(), collection.slug
        with self._listed_here(report):
            for words, path in write_lists(report, folder=Path(settings.DATA_DIR), slug=slug, now=now):
                self.stdout.write(words % {"path": path})

    @contextmanager
    def _listed_here(self, report: ImportReport) -> Iterator[None]:
        """Print all that was not imported, and why, where no list of it can be written."""
        try:
            yield
        except OSError as error:
            words = _("名单无法写入文件（%(reason)s），未导入的文件及原因如下，共 %(count)s 个：")
            self.stdout.write(words % {"reason": disk_reason(error), "count": len(report.left_out)})
            for reject in report.left_out:
                self.stdout.write(f"  {reject.name}：{reject.reason}")
