"""`manage.py verify_files`: read masters again and hold them against their hashes, a share per night."""

import io
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from fractions import Fraction
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from catalog.management.console import EXIT_INTERRUPTED, faults_told, interruptible, progress_bar
from catalog.models import FixityCheck, ImageFile
from catalog.paths import legible
from catalog.records.fixity import count_to_verify, verify_files
from catalog.vocabulary import Fixity

EXIT_FAULTY = 2
EXIT_LEFT_OUT = 3
"""What was read is as it should be, but not everything could be got at."""
_SHOWN = 200


def a_share(text: str) -> Fraction:
    """Read a share, such as 1/30, 0.1 or 10%.

    Raises:
        ArgumentTypeError: it is none.
    """
    try:
        share = Fraction(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except (ValueError, ZeroDivisionError):
        share = Fraction(0)
    if not 0 < share <= 1:
        raise ArgumentTypeError(_("“%(text)s”不是一个份额，请写成 1/30、0.1 或 10%%。") % {"text": text})
    return share


class Command(BaseCommand):
    """Verifies masters."""

    help = _("完整性校验：重读扫描原图，与导入时的 SHA-256 对照，报告损坏、丢失和被替换的文件。最久没有校验的在先。")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--share", type=a_share, default=Fraction(1), help=_("校验全部扫描原图的几分之几，如 1/30"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, and print what was found in a table."""
        faulty: list[tuple[str, str, str]] = []
        counted: Counter[Fixity] = Counter()
        left_out: Counter[str] = Counter()
        try:
            with (
                interruptible(),
                faults_told(_("已经读过的扫描原图都已记下。处理好之后再次运行，会从最久没有校验的接着做。")),
                progress_bar(self.stderr) as bar,
            ):
                task = bar.add_task(_("校验"), total=count_to_verify(options["share"]))

                def progress(file: ImageFile, found: Fixity) -> None:
                    counted[found] += 1
                    if found != Fixity.INTACT and len(faulty) < _SHOWN:
                        faulty.append((str(found.label), file.original_name, legible(file.master_path)))
                    bar.advance(task)

                check = verify_files(
                    share=options["share"],
                    progress=progress,
                    out_of_reach=lambda _file, absence: left_out.update([str(absence)]),
                )
        except KeyboardInterrupt:
            text = _("已中断，校验过的 %(count)s 个扫描原图已经记下。再次运行会从最久没有校验的接着做。")
            raise CommandError(text % {"count": counted.total()}, returncode=EXIT_INTERRUPTED) from None
        self._tell(check, faulty)
        self._tell_left_out(left_out)
        if check.faulty:
            text = _("有 %(count)s 个扫描原图与导入时不同。请从备份中取回，放回原来的位置，再运行一次。")
            raise CommandError(text % {"count": check.faulty}, returncode=EXIT_FAULTY)
        if left_out:
            text = _("有 %(count)s 个扫描原图没有校验。恢复之后再运行一次，先校验它们。")
            raise CommandError(text % {"count": left_out.total()}, returncode=EXIT_LEFT_OUT)

    def _tell(self, check: FixityCheck, faulty: list[tuple[str, str, str]]) -> None:
        self.stdout.write(
            _(
                "校验 %(checked)s 个扫描原图：完好 %(intact)s，损坏 %(damaged)s，被改动或替换 %(replaced)s，"
                "丢失 %(missing)s，无法读取 %(unreadable)s。"
            )
            % {name: getattr(check, name) for name in ("checked", *(state.value for state in Fixity if state))}
        )
        if not check.faulty:
            return
        self.stdout.write(_table(faulty))
        if check.faulty > len(faulty):
            self.stdout.write(_("其余的见工作台的“扫描件”，按“校验结果”筛选。"))

    def _tell_left_out(self, left_out: Counter[str]) -> None:
        for reason, count in left_out.items():
            words = _("%(reason)s其中的 %(count)s 个扫描原图没有校验，不算丢失。")
            self.stdout.write(words % {"reason": reason, "count": count})


def _table(rows: list[tuple[str, str, str]]) -> str:
    """Return the rows as a table, wide enough that no path is cut."""
    table = Table(_("校验结果"), _("文件名"), _("位置"))
    for row in rows:
        table.add_row(*row)
    target = io.StringIO()
    width = 40 + max(len(name) + len(path) for _state, name, path in rows) * 2
    Console(file=target, width=width, color_system=None, markup=False).print(table)
    return target.getvalue()
