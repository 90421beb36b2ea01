"""`manage.py verify_log`: read the action log again and hold it against its chain of digests."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from catalog.management.console import EXIT_INTERRUPTED, faults_told, interruptible, progress_bar
from catalog.records.log_chain import Examination, Fault, examine, extend_all, length

EXIT_FAULTY = 2
_SHOWN = 20


def a_known_head(text: str) -> tuple[int, str]:
    """Read what this command printed some time ago: POSITION:DIGEST.

    Raises:
        ArgumentTypeError: it is none.
    """
    if re.fullmatch(r"[0-9]{1,18}:[0-9a-f]{64}", text.strip().lower()) is None:
        words = _("“%(text)s”不是以前打印的“次序:摘要”，例如 1024:9f86d0…（摘要共 64 位）。")
        raise ArgumentTypeError(words % {"text": text})
    position, _colon, digest = text.strip().lower().partition(":")
    return int(position), digest


class Command(BaseCommand):
    """Verifies the action log."""

    help = _(
        "校验操作记录：每条记录的摘要都含有前一条的摘要，改动、删去或插入过任何一条都会被发现。"
        "把打印的“次序:摘要”抄写下来，以后用 --known 核对，就能证明那时的记录至今没有改过。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--known", type=a_known_head, action="append", default=[], metavar="POSITION:DIGEST",
            help=_("以前抄写下来的“次序:摘要”，可以写多个"),
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, and print the end of the chain."""
        known: list[tuple[int, str]] = options["known"]
        try:
            with interruptible(), faults_told(_("校验不改动任何内容，处理好之后再运行一次。")):
                extend_all()
                found = self._examined(frozenset(position for position, _digest in known))
        except KeyboardInterrupt:
            raise CommandError(_("已中断。校验不改动任何内容，请再运行一次。"), returncode=EXIT_INTERRUPTED) from None
        self.stdout.write(_("操作记录 %(count)s 条已入链。") % {"count": found.links})
        if found.waiting:
            self.stdout.write(_("最近一分钟内的 %(count)s 条还没有入链。") % {"count": found.waiting})
        wrong = [position for position, digest in known if found.known.get(position) != digest]
        self._refuse(found.faults, wrong)
        if known:
            self.stdout.write(_("与以前抄写的 %(count)s 个摘要一致：那时的记录至今没有改过。") % {"count": len(known)})
        self.stdout.write(
            _("链条完整。请抄写下来，以后用 --known 核对：%(head)s") % {"head": f"{found.links}:{found.head}"}
        )

    def _examined(self, known: frozenset[int]) -> Examination:
        found = Examination()
        with progress_bar(self.stderr) as bar:
            task = bar.add_task(_("校验"), total=length())
            for found in examine(known):
                bar.update(task, completed=found.links)
                bar.advance(task, 0)
        return found

    def _refuse(self, faults: list[Fault], wrong: list[int]) -> None:
        """Tell what is wrong.

        Raises:
            CommandError: anything is.
        """
        for fault in faults[:_SHOWN]:
            self.stderr.write(_in_words(fault))
        if len(faults) > _SHOWN:
            self.stderr.write(_("……还有 %(count)s 处以上。") % {"count": len(faults) - _SHOWN})
        for position in wrong:
            self.stderr.write(
                _("第 %(position)s 环的摘要与抄写的不同：这之前的记录被改写过。") % {"position": position}
            )
        if faults or wrong:
            text = _("操作记录与链条不符。请不要再改动数据库，保存现场，从备份中取出原来的记录对照。")
            raise CommandError(text, returncode=EXIT_FAULTY)


def _in_words(fault: Fault) -> str:
    words = {
        "changed": _("第 %(position)s 环：编号 %(action)s 的记录被改动过，或链条在这里被改写过。"),
        "missing": _("第 %(position)s 环：编号 %(action)s 的记录已被删去。"),
        "late": _("第 %(position)s 环：编号 %(action)s 的记录是事后补插的，时间比它前面的记录早得多。"),
        "gap": _("第 %(position)s 环之前缺少链条的一段。"),
    }
    return words[fault.kind] % {"position": fault.position, "action": fault.action}
