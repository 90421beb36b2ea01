"""`manage.py work`: the worker, which `manage.py serve` keeps running beside the site."""

import contextlib
import ctypes
import logging
import signal
import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from catalog.drafting.site import RunningSite
from catalog.services.worker import Worker

_M_ARENA_MAX = -8

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Runs the batches that are left to the background."""

    help = _("在后台起草：请正在运行的网站起草所有交给后台的批次，直到被停止。manage.py serve 会自动运行它。")

    # Not an argument: tests hand in their own site through call_command.
    stealth_options = ("site",)

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until told to stop; what is in hand is given back."""
        _keep_memory_small()
        # Not an event: its lock might be what the signal breaks into.
        told: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _frame: told.append(number))
        Worker(options.get("site") or RunningSite(), stopping=lambda: bool(told)).run()
        log.info("后台起草已停止，手上的图像已退回待办。")


def _keep_memory_small() -> None:
    """Let the threads that encode pictures share their memory: glibc would keep a pool of its own for each of them."""
    if sys.platform == "linux":
        # Other C libraries have no such pools, and no such function.
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
