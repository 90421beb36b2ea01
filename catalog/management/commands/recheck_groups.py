"""`manage.py recheck_groups`: look again at near-duplicate groups that were made by their hashes alone."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from catalog.management.console import EXIT_INTERRUPTED, find_collection, interruptible, progress_bar
from catalog.models import Image, NearGroup
from catalog.records import near_duplicates

_SHOWN = 5


class Command(BaseCommand):
    """Looks again at groups."""

    help = _(
        "逐处比对，复查系统自动归成的近似组，列出内容不同却被归在一起的图像（如同一种表格的不同卡片）；"
        "加 --apply 才把它们分开。人分过的组不动。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--collection", metavar="SLUG", help=_("只复查这个馆藏"))
        parser.add_argument("--apply", action="store_true", help=_("把内容不同的图像分开；不加则只列出"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Look at each group, and print those that do not hold."""
        groups = NearGroup.objects.order_by("pk")
        if options["collection"]:
            groups = groups.filter(collection=find_collection(options["collection"]))
        looked = wrong = 0
        try:
            with interruptible(), progress_bar(self.stderr) as bar:
                task = bar.add_task(_("复查"), total=groups.count())
                for group in groups.iterator():
                    if not near_duplicates.is_decided(group):
                        looked += 1
                        wrong += self._look_at(group, apply=options["apply"])
                    bar.advance(task)
        except KeyboardInterrupt:
            text = _("已中断，复查了 %(looked)s 组；再次运行会从头复查。") % {"looked": looked}
            raise CommandError(text, returncode=EXIT_INTERRUPTED) from None
        done = _("复查 %(looked)s 组，其中 %(wrong)s 组里有内容不同的图像。") % {"looked": looked, "wrong": wrong}
        self.stdout.write(done)
        if wrong and not options["apply"]:
            self.stdout.write(_("没有改动。核对后加 --apply 再运行，就会把它们分开。"))

    def _look_at(self, group: NearGroup, *, apply: bool) -> bool:
        """Print, and with `apply` take apart, a group whose images do not all show the same.

        Returns:
            Whether it was one.
        """
        parts = near_duplicates.parts_of(group)
        if len(parts) < 2:
            return False
        names = [_names(part) for part in parts[:_SHOWN]]
        text = _("%(group)s（%(collection)s）应分为 %(count)s 份：%(parts)s")
        shown = "；".join([*names, "……"] if len(parts) > _SHOWN else names)
        values = {"group": group, "collection": group.collection, "count": len(parts), "parts": shown}
        self.stdout.write(text % values)
        if apply:
            near_duplicates.take_apart(group=group, parts=parts)
        return True


def _names(part: list[int]) -> str:
    images = Image.objects.filter(pk__in=part[:_SHOWN]).order_by("pk")
    names = [str(image) for image in images]
    return "、".join([*names, "……"] if len(part) > _SHOWN else names)
