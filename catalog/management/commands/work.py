"""`manage.py work`: runs the batches that are left to the background; `serve` keeps one of these beside the site."""

import logging
import os
import signal
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from catalog.batches.closing import Closing
from catalog.drafting.jobs import drafting_job
from catalog.drafting.site import RunningSite
from catalog.exchange.jobs import exchange_jobs
from catalog.importing import leftovers
from catalog.importing.jobs import PyramidMaking
from catalog.reading.jobs import reading_job
from catalog.records.jobs import LogChaining
from catalog.review.bulk.jobs import BulkChanging
from catalog.review.jobs import Examining, LotWork
from catalog.webhooks.jobs import Delivering
from catalog.webhooks.sending import Sender
from catalog.worker.jobs import Job
from catalog.worker.worker import Worker
from inference.allocator import share_arenas
from inference.reader import Reader

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Runs batches, for ever."""

    help = _("在后台处理批次：请正在运行的网站起草，在本进程识读文字。serve 命令已自带一个，一般不必单独运行。")

    # Not arguments: tests hand in their own site and reader through call_command.
    stealth_options = ("site", "make_reader")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until told to stop; what is in hand is given back."""
        share_arenas()
        # Not an event: its lock might be what the signal breaks into.
        told: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _frame: told.append(number))

        def stopping() -> bool:
            return bool(told)

        _clear_away()
        hours = settings.GLMV_HOURS
        beside: dict[str, Job] = {
            "reading": reading_job(options.get("make_reader") or Reader, closed=hours.sentence),
            "log": LogChaining(),
            "pyramids": PyramidMaking(),
            "bulk": BulkChanging(),
            "examinations": Examining(),
            "lots": LotWork(),
            "webhooks": Delivering(Sender.configured()),
            **exchange_jobs(),
        }
        if hours.spans:
            beside["closing"] = Closing(hours.is_open)
        threads = [
            threading.Thread(target=_run_or_end, args=[Worker(job, stopping=stopping)], name=name, daemon=True)
            for name, job in beside.items()
        ]
        for thread in threads:
            thread.start()
        Worker(drafting_job(options.get("site") or RunningSite(), closed=hours.sentence), stopping=stopping).run()
        # They have been told as well; whatever they are at must not meet an interpreter that is being taken down.
        for thread in threads:
            thread.join()
        log.info("后台处理已停止，手上的图像已退回待办。")


def _clear_away() -> None:
    """Take away what was unfinished when the power went off; nobody waits for it, and nobody is kept from working."""
    try:
        leftovers.remove_parts(Path(settings.MEDIA_ROOT))
        leftovers.remove_folders(Path(settings.DATA_DIR, "staging"))
    except OSError:
        log.warning("unfinished files could not be removed", exc_info=True)


def _run_or_end(worker: Worker) -> None:
    """Run a worker in a thread; where that breaks down the process ends, and whoever keeps it starts another."""
    try:
        worker.run()
    except BaseException:  # in a thread nobody else would hear of it
        log.exception("background work broke down")
        os._exit(1)
