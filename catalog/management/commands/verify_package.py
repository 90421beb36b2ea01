"""`manage.py verify_package`: read a package again, and hold each file against the package's own lists of digests."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from catalog.exceptions import CatalogError
from catalog.exchange.packages.digests import name_of
from catalog.exchange.packages.verifying import Verified, count, verify
from catalog.management.console import EXIT_INTERRUPTED, interruptible, progress_bar

EXIT_FAULTY = 2
_SHOWN = 200


class Command(BaseCommand):
    """Verifies a package."""

    help = _("核对移交包（挂接包、副本、BagIt）：文件是否齐全、有没有多出来的、摘要（SHA-256、SM3）是否相符。只读。")
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("directory", metavar="DIR", type=Path, help=_("包的文件夹"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, and say what was found."""
        folder: Path = options["directory"]
        try:
            with interruptible(), progress_bar(self.stderr) as bar:
                task = bar.add_task(_("核对"), total=count(folder))
                found = verify(folder, step=lambda _path: bar.advance(task))
        except CatalogError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(_("已中断，没有核对完。"), returncode=EXIT_INTERRUPTED) from None
        self._tell(found)
        if found.problems:
            text = _("有 %(number)d 处问题，请重新索取这个包，或与移交的单位核对。") % {"number": len(found.problems)}
            raise CommandError(text, returncode=EXIT_FAULTY)
        self.stdout.write(_("完好。"))

    def _tell(self, found: Verified) -> None:
        kind = "BagIt" if found.is_bag else _("挂接包或副本")
        numbers = {"kind": kind, "files": found.files, "size": f"{found.bytes / 1e6:.1f}"}
        self.stdout.write(_("%(kind)s：读了 %(files)d 个文件，共 %(size)s MB。") % numbers)
        names = "、".join(map(name_of, found.algorithms))
        self.stdout.write(_("核对了这些摘要：%(names)s。") % {"names": names})
        if found.unknown:
            names = "、".join(map(name_of, found.unknown))
            self.stdout.write(_("这台机器不会算这些摘要，没有核对：%(names)s。") % {"names": names})
        for problem in found.problems[:_SHOWN]:
            self.stdout.write(f"  {problem}")
        if len(found.problems) > _SHOWN:
            self.stdout.write(_("  ……其余 %(number)d 处从略") % {"number": len(found.problems) - _SHOWN})
