"""`manage.py import_catalogue`: hold a table that comes back against the catalogue; apply it where that is wanted."""

import shutil
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from catalog import policies
from catalog.batches.owners import this_process
from catalog.exceptions import CatalogError
from catalog.exchange.imports import files, running
from catalog.exchange.imports.planning import Planned
from catalog.exchange.imports.refusals import reason_words
from catalog.management.console import faults_told, find_collection, interruptible, progress_bar
from catalog.models import Collection, Image, TableImport
from catalog.records.conflicts import label_of

_SHOWN = 50
_LONGEST = 60
_PIECE = 1024 * 1024


class Command(BaseCommand):
    """Imports a table that was exported and edited."""

    help = _("导入改好的表格。默认只检查，说明会改什么；加 --apply 才写入。")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("slug", help=_("馆藏代号"))
        parser.add_argument("file", type=Path, metavar="FILE", help=_("改好的表格，XLSX 或 CSV"))
        parser.add_argument("--apply", action="store_true", help=_("检查之后导入；之后可以在网页上整体撤销"))
        parser.add_argument("--user", metavar="NAME", help=_("以谁的名义导入；只有一个账号在这个馆藏工作时可以不写"))
        parser.add_argument("--refusals", type=Path, metavar="FILE", help=_("把未采纳的写成 CSV"))
        parser.add_argument(
            "--all", action="store_true", help=_("逐条列出全部改动，不只前 %(number)d 条") % {"number": _SHOWN}
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, say what would change, and apply it where that is asked for."""
        kept = _("已写入的都保留，可以再运行一次。")
        with faults_told(kept), interruptible():
            collection = find_collection(options["slug"])
            user = _user(options["user"], collection)
            try:
                self._import(collection, user, options)
            except CatalogError as error:
                raise CommandError(str(error)) from error

    def _import(self, collection: Collection, user: User, options: dict[str, Any]) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                pieces = iter(lambda: file.read(_PIECE), b"")
                table = running.take_in(user=user, collection=collection, name=path.name, pieces=pieces)
        except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
            raise CommandError(_("读不到文件 %(path)s。请检查路径和权限。") % {"path": path}) from error
        try:
            self._work(table, _("检查"))
            self._tell(table, show_all=options["all"])
            if options["refusals"] is not None and files.refusals_of(table).is_file():
                shutil.copyfile(files.refusals_of(table), options["refusals"])
            if options["apply"] and (table.cells or table.conflicts):
                running.start(table=table, user=user)
                self._work(table, _("导入"))
                self._tell_done(table)
        finally:
            # What has changed nothing leaves nothing behind.
            running.discard(table=table)

    def _work(self, table: TableImport, words: str) -> None:
        """Carry an import on to the end of what it is at.

        Raises:
            CommandError: it could not be, with the reason.
        """
        claim = running.claim_this(table, owner=this_process())
        try:
            with progress_bar(self.stderr) as bar:
                task = bar.add_task(words, total=None)
                for _chunk in running.work(claim):
                    table.refresh_from_db()
                    bar.update(task, total=_total(table) or None, completed=_done(table))
        except BaseException:
            running.release(claim)
            raise
        table.refresh_from_db()
        if table.state in (TableImport.State.UNREADABLE, TableImport.State.FAILED):
            raise CommandError(table.reason)

    def _tell(self, table: TableImport, *, show_all: bool) -> None:
        findings = table.findings
        for words in findings["words"]:
            self.stdout.write(words)
        for name, words in (
            ("unknown", _("不认识的列，未采纳：%(columns)s")),
            ("doubled", _("重复的列，都未采纳：%(columns)s")),
            ("missing", _("缺少的列，视为不改：%(columns)s")),
        ):
            if findings[name]:
                self.stdout.write(words % {"columns": "、".join(findings[name])})
        if findings["two_way"]:
            self.stdout.write(
                _("有 %(number)d 行没有导出时的原值可对照，凡与目录不同的都算冲突。") % {"number": findings["two_way"]}
            )
        for line in _diff(table, None if show_all else _SHOWN):
            self.stdout.write(line)
        for kind, words in (("refused", _("未采纳")), ("ignored", _("忽略"))):
            for reason, said in findings[kind].items():
                values = {
                    "kind": words,
                    "number": said["number"],
                    "reason": reason_words(reason),
                    "rows": "、".join(map(str, said["rows"])),
                }
                self.stdout.write(_("%(kind)s %(number)d 处：%(reason)s（行 %(rows)s）") % values)
        values = {
            "rows": table.rows,
            "unchanged": findings["unchanged"],
            "records": table.records,
            "cells": table.cells,
            "conflicts": table.conflicts,
        }
        self.stdout.write(
            _(
                "共 %(rows)d 行，%(unchanged)d 行没有改动；"
                "可改 %(records)d 条记录、%(cells)d 格，冲突 %(conflicts)d 格。"
            )
            % values
        )

    def _tell_done(self, table: TableImport) -> None:
        for reason, said in table.skipped.items():
            words = {"number": said["number"], "reason": reason_words(reason)}
            self.stdout.write(_("跳过 %(number)d 格：%(reason)s") % words)
        values = {"records": table.done_records, "cells": table.done_cells, "conflicts": table.done_conflicts}
        self.stdout.write(
            _("已改 %(records)d 条记录、%(cells)d 格；列出冲突 %(conflicts)d 处，请在审核页面选定。") % values
        )


def _user(name: str | None, collection: Collection) -> User:
    """Return in whose name a table is imported.

    Raises:
        CommandError: there is no such account, it does not work on the collection, or it is not clear which.
    """
    accounts = get_user_model().objects.filter(is_active=True)
    if name is None:
        working = [user for user in accounts.order_by("username") if _works_on(user, collection)]
        if len(working) == 1:
            return working[0]
        names = "、".join(user.get_username() for user in working[:20]) or _("没有")
        raise CommandError(_("请用 --user 写明以谁的名义导入。能改这个馆藏的账号：%(names)s。") % {"names": names})
    found = accounts.filter(username=name).first()
    if found is None or not _works_on(found, collection):
        raise CommandError(_("没有账号“%(name)s”，或者它不在这个馆藏工作。") % {"name": name})
    return found


def _works_on(user: User, collection: Collection) -> bool:
    return policies.working_collections(user).filter(pk=collection.pk).exists()


def _diff(table: TableImport, most: int | None) -> Iterator[str]:
    """Yield what changes, record by record."""
    shown = 0
    for chunk in table.chunks.order_by("position").iterator():
        planned = [Planned.read(kept) for kept in chunk.records]
        names = {image.pk: str(image) for image in Image.objects.filter(pk__in=[item.image for item in planned])}
        for item in planned:
            if most is not None and shown >= most:
                yield _("……只列出前 %(number)d 条；加 --all 列出全部。") % {"number": most}
                return
            shown += 1
            yield _("%(name)s（第 %(row)d 行）") % {"name": names.get(item.image, item.image), "row": item.row}
            for cell in item.cells:
                words = {"label": label_of(cell.key), "now": _short(cell.now), "after": _short(cell.after)}
                yield (
                    "  "
                    + (
                        _("%(label)s 冲突：目录里是“%(now)s”，表格里是“%(after)s”")
                        if cell.clash
                        else _("%(label)s：“%(now)s” → “%(after)s”")
                    )
                    % words
                )


def _short(text: str) -> str:
    line = text.replace("\n", "⏎")
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}……"


def _total(table: TableImport) -> int:
    return table.rows if table.state == TableImport.State.CHECKING else table.cells + table.conflicts


def _done(table: TableImport) -> int:
    if table.state == TableImport.State.CHECKING:
        return table.checked_rows
    return table.done_cells + table.done_conflicts
