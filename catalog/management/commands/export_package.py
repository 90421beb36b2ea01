"""`manage.py export_package`: make a package of a collection: looked over, copied, put in its place when whole."""

from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from catalog.exceptions import CatalogError, PackageRefused
from catalog.exchange.packages import exiftool
from catalog.exchange.packages.layouts import layout_for, told_of
from catalog.exchange.packages.listing import reason_words
from catalog.exchange.packages.making import Progress, make
from catalog.exchange.packages.orders import Order
from catalog.exchange.packages.planning import Report, fault_words, lack_of_room, left_out_of, look_over, needed
from catalog.exchange.packages.policies import packed_images
from catalog.exchange.packages.workplace import Workplace
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
from catalog.models import Collection, Package
from catalog.querysets import ImageQuerySet
from catalog.records.action_log import record
from catalog.vocabulary import Verb

_SHOWN = 20


class Command(BaseCommand):
    """Makes a package."""

    help = _(
        "把馆藏做成移交包：attach 挂接包（按档号命名的扫描件加目录表），copies 把说明写进图像的副本，"
        "bag BagIt 移交包。先核对，再写入；中断后再次运行会接着做。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("slug", help=_("馆藏代号"))
        parser.add_argument("--kind", choices=Package.Kind.values, required=True, help=_("做成哪一种"))
        parser.add_argument("--output", type=Path, required=True, metavar="DIR", help=_("包的文件夹，还不能存在"))
        parser.add_argument(
            "--group",
            choices=Package.Grouping.values,
            default=Package.Grouping.VOLUME.value,
            help=_("文件夹：volume 按全宗、年度、册，group 按全宗、年度、照片组"),
        )
        parser.add_argument("--table", choices=Package.Table.values, default=Package.Table.XLSX.value, help=_("目录表"))
        parser.add_argument(
            "--preset", default="", metavar="KEY", help=_("目录表的栏目：预设的代号；不写用本系统的栏目")
        )
        parser.add_argument(
            "--wrong-names",
            choices=[Package.WrongNames.SUBSTITUTE.value, Package.WrongNames.SKIP.value],
            default="",
            help=_("不能照档号命名的文件：substitute 用代替的名称，skip 跳过这些记录；不写则有这样的文件就不做"),
        )
        parser.add_argument("--check", action="store_true", help=_("只核对，什么也不写"))
        parser.add_argument(
            "--filter",
            action="append",
            type=condition,
            default=None,
            metavar="NAME=VALUE",
            help=_("只要符合条件的记录；可写多次，条件与审核列表相同，如 status=described"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Look over, make, and say in sentences what came of it."""
        kept = _("包还没有做完，没有留下不完整的包。处理好之后用同样的参数再运行一次，会接着做。")
        try:
            with faults_told(kept), interruptible():
                self._make(find_collection(options["slug"]), options)
        except CatalogError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(_("已中断。%(kept)s") % {"kept": kept}, returncode=EXIT_INTERRUPTED) from None

    def _make(self, collection: Collection, options: dict[str, Any]) -> None:
        place: Path = options["output"].absolute()
        if place.exists():
            raise PackageRefused(_("%(path)s 已经存在。请换一个名称，或先移走它。"), path=place)
        images, words = _chosen(collection, options["filter"] or [])
        order = Order(
            Package.Kind(options["kind"]),
            Package.Grouping(options["group"]),
            Package.Table(options["table"]),
            Package.WrongNames(options["wrong_names"]),
            layout_for(options["preset"], images),
            words,
            place.name,
        )
        keys = list(images.order_by("identifier", "pk").values_list("pk", flat=True))
        workplace = Workplace(place.parent / f".{place.name}.making")
        with workplace.held() as is_ours:
            if not is_ours:
                raise PackageRefused(_("另一个命令正在做 %(path)s。"), path=place)
            try:
                report = self._looked_over(keys, order, workplace)
                self._tell(report, told_of(order.layout))
                if options["check"]:
                    workplace.clear()
                    return
                _require(report, order, place)
            except PackageRefused:
                workplace.clear()
                raise
            told = self._made(order, workplace, place, report)
            workplace.clear()
        self._tell_left_out(told)
        values = {"records": told.records, "files": told.files, "path": place}
        self.stdout.write(_("已做好：%(records)d 条记录，%(files)d 个文件，在 %(path)s。") % values)
        done = partial(record, verb=Verb.CATALOGUE_EXPORTED, collection=collection, images=told.records)
        patiently(partial(done, format=order.kind.value, package=place.name), tries=COMMANDS_TRY)

    def _looked_over(self, keys: list[int], order: Order, workplace: Workplace) -> Report:
        before = workplace.plan.read_bytes() if workplace.is_planned else b""
        report = Report()
        with progress_bar(self.stderr) as bar:
            task = bar.add_task(_("核对"), total=len(keys))
            for planned in workplace.keep_plan(look_over(keys, packed_images(None), order.grouping)):
                report.add(planned)
                bar.advance(task)
        if workplace.plan.read_bytes() != before:
            # What was written by another plan is nothing to go on from.
            workplace.forget()
        report.held, report.gone = left_out_of(keys, report.records)
        return report

    def _made(self, order: Order, workplace: Workplace, place: Path, report: Report) -> Progress:
        told = Progress()
        with progress_bar(self.stderr) as bar:
            task = bar.add_task(_("制作"), total=report.records)
            for told in make(order, workplace, packed_images(None), place):
                bar.update(task, completed=told.records)
        return told

    def _tell(self, report: Report, of_columns: list[str]) -> None:
        numbers = {"records": report.records, "files": report.files, "size": f"{report.bytes / 1e6:.1f}"}
        self.stdout.write(_("核对：%(records)d 条记录，%(files)d 个扫描件，共 %(size)s MB。") % numbers)
        for sentence in of_columns:
            self.stdout.write(sentence)
        if report.held:
            self.stdout.write(_("因标有密级或疑似涉密而停用的 %(number)d 条不会写入。") % {"number": report.held})
        if report.without_scan:
            self.stdout.write(_("没有扫描件的记录 %(number)d 条，只写入目录。") % {"number": report.without_scan})
        for kind, said in {**report.names, **report.masters}.items():
            self.stdout.write(_("%(fault)s：%(number)d 个") % {"fault": fault_words(kind), "number": said["number"]})
            for label, path in said["first"][:_SHOWN]:
                self.stdout.write(f"  {label} → {path}")

    def _tell_left_out(self, told: Progress) -> None:
        for reason, number in told.left_out.items():
            self.stdout.write(
                _("没有写入：%(reason)s，%(number)d 个文件") % {"reason": reason_words(reason), "number": number}
            )
        if told.beside:
            words = _("有 %(number)d 个文件的格式不能嵌入说明，说明写在旁边的 .xmp 文件里。")
            self.stdout.write(words % {"number": told.beside})


def _require(report: Report, order: Order, place: Path) -> None:
    """Make sure that a package can be made.

    Raises:
        PackageRefused: it cannot.
    """
    if not report.records:
        raise PackageRefused(_("没有可以写入的记录。请换一个范围。"))
    if report.wrongly_named and order.wrong_names == Package.WrongNames.UNDECIDED:
        words = _("有文件不能照原样命名。请加 --wrong-names substitute（用代替的名称）或 --wrong-names skip（跳过）。")
        raise PackageRefused(words)
    if order.embeds and not exiftool.version():
        words = _("这台机器没有 exiftool，不能把说明写进图像。%(how)s")
        raise PackageRefused(words, how=exiftool.HOW_TO_INSTALL)
    if lack := lack_of_room(needed(report.as_json()), place.parent):
        raise PackageRefused(lack)


def _chosen(collection: Collection, conditions: list[tuple[str, str]]) -> tuple[ImageQuerySet, str]:
    """Return the records that are asked for, and what was chosen in words.

    Raises:
        FilterRefused: a condition makes no sense.
    """
    if not conditions:
        return collection.images.all(), collection.title
    narrowed = CommandFilter(dict(conditions), queryset=collection.images.all())
    return narrowed.chosen(), _("%(title)s；%(words)s") % {"title": collection.title, "words": narrowed.in_words}
