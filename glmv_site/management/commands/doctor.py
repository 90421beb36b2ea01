"""Says whether an installation is in order, and what to close before it faces the internet."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from glmv_site.doctor.examination import examine


class Command(BaseCommand):
    """``manage.py doctor``: a line for each thing looked at; fails where one of them does not work."""

    help = _("检查设置、数据库、磁盘和模型，并指出面向互联网之前要关上哪些门。有错误时退出状态为 1。")
    # What they would stop at is what this command is to tell.
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Look, and tell.

        Raises:
            SystemExit: with status 1 where something is broken.
        """
        words = {"ok": "[OK]", "note": _("[注意]"), "error": _("[错误]")}
        styles = {"ok": self.style.SUCCESS, "note": self.style.WARNING, "error": self.style.ERROR}
        count = dict.fromkeys(words, 0)
        for finding in examine():
            count[finding.level] += 1
            self.stdout.write(f"{styles[finding.level](words[finding.level])} {finding.text}")
        self.stdout.write(
            _("错误 %(errors)d 条，注意 %(notes)d 条。") % {"errors": count["error"], "notes": count["note"]}
        )
        if count["error"]:
            sys.exit(1)
