"""`manage.py number_images`: show which numbers photographs without one would get, and give them."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from catalog.exceptions import CatalogError
from catalog.management.console import faults_told, find_collection
from catalog.models import Collection
from catalog.records.numbering import digest_of, fill_numbers, propose_numbers

_SHOWN = 50


class Command(BaseCommand):
    """Numbers photographs."""

    help = _("按馆藏的编号规则，给还没有照片号的图像编号。不加 --apply 只预览；已有的照片号从不改动。")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("slug", help=_("馆藏代号"))
        parser.add_argument("--apply", action="store_true", help=_("写入照片号"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Show the proposals, and write them where asked."""
        with faults_told(_("没有编号，也没有改动任何记录。处理好之后请再运行一次。")):
            self._number(find_collection(options["slug"]), apply=options["apply"])

    def _number(self, collection: Collection, *, apply: bool) -> None:
        try:
            proposals = propose_numbers(collection)
            for proposal in proposals[:_SHOWN]:
                self.stdout.write(f"  {proposal.name}：{proposal.identifier or proposal.problem}")
            if len(proposals) > _SHOWN:
                self.stdout.write(_("  ……共 %(count)s 幅") % {"count": len(proposals)})
            possible = sum(bool(proposal.identifier) for proposal in proposals)
            if apply:
                filled = fill_numbers(collection=collection, user=None, seen=digest_of(proposals))
                self.stdout.write(_("已给 %(count)s 幅图像编号。") % {"count": filled})
            else:
                text = _("可以给 %(count)s 幅图像编号，%(left)s 幅还不能。确认后加上 --apply 写入。")
                self.stdout.write(text % {"count": possible, "left": len(proposals) - possible})
        except CatalogError as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
