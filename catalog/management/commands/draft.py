"""`manage.py draft`: have the model draft a collection, resuming where an earlier run was interrupted."""

import time
from argparse import ArgumentParser, ArgumentTypeError
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.drafting.describer import Describer, chosen_describer
from catalog.exceptions import CatalogError, CollectionNotFound
from catalog.management.console import EXIT_INTERRUPTED, interruptible, progress_bar
from catalog.models import Batch, Collection
from catalog.services.batches import chosen_prompt, open_batch
from catalog.services.running import Progress, run_batch
from catalog.vocabulary import Selection
from inference.labels import demo_notice

_SHOWN_FAILURES = 20
_RATE = "{task.fields[rate]}"


class Command(BaseCommand):
    """Drafts a collection."""

    help = _("让模型为馆藏起草著录内容。中断后再次运行同一命令，即可接着起草。")

    # Not an argument: tests hand in their own describer through call_command.
    stealth_options = ("describer",)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("slug", help=_("馆藏代号"))
        parser.add_argument(
            "--prompt", default="", metavar="NAME", help=_("提示词名称；默认用馆藏的，否则用“一句话描述”")
        )
        parser.add_argument(
            "--only",
            choices=Selection.values,
            default=Selection.MISSING.value,
            help=_("missing：缺少的（默认）；rejected：被退回的；all：全部重新起草，已采用的内容不变"),
        )
        parser.add_argument("--limit", type=_positive, default=None, metavar="N", help=_("最多起草多少幅"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Draft, and say in a sentence what was done."""
        try:
            with interruptible():
                self._draft(options)
        except CatalogError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            message = _("已中断，正在处理的一幅已退回待办。再次运行同一命令，即可接着起草。")
            raise CommandError(message, returncode=EXIT_INTERRUPTED) from None

    def _draft(self, options: dict[str, Any]) -> None:
        collection = Collection.objects.filter(slug=options["slug"]).first()
        if collection is None:
            raise CollectionNotFound(slug=options["slug"])
        version = chosen_prompt(collection=collection, name=options["prompt"])
        batch = open_batch(collection=collection, version=version, selection=options["only"], limit=options["limit"])
        if batch is None:
            self.stdout.write(_("馆藏“%(title)s”没有需要起草的图像。") % {"title": collection.title})
            return
        given: Describer | None = options.get("describer")
        if given is None and (notice := demo_notice()) is not None:
            self.stderr.write(notice)
        door: AbstractContextManager[Describer] = (
            nullcontext(given) if given is not None else chosen_describer(self.stderr.write)
        )
        with door as describer:
            self._run(batch, describer, options["limit"])

    def _run(self, batch: Batch, describer: Describer, limit: int | None) -> None:
        started = time.monotonic()
        with progress_bar(self.stderr, rate=_RATE) as bar:
            task = bar.add_task(_("起草"), total=None, rate="")

            def show(so_far: Progress) -> None:
                bar.update(task, total=so_far.total, completed=so_far.settled, rate=_rate(so_far, started))

            result = run_batch(batch=batch, describer=describer, limit=limit, progress=show, waiting=self._wait)
        self._tell(batch, result, time.monotonic() - started)

    def _wait(self, until: datetime) -> None:
        words = _("剩下的图像由另一台机器认领着，等到 %(time)s；那时仍无消息，就由这里接着起草。")
        self.stderr.write(words % {"time": f"{timezone.localtime(until):%H:%M:%S}"})

    def _tell(self, batch: Batch, result: Progress, seconds: float) -> None:
        words = _("馆藏“%(title)s”·%(prompt)s：起草 %(done)s 幅") % {
            "title": batch.collection.title,
            "prompt": batch.prompt_version,
            "done": result.done,
        }
        if result.skipped:
            words += _("，不再需要 %(count)s 幅") % {"count": result.skipped}
        if result.failed:
            words += _("，失败 %(count)s 幅") % {"count": result.failed}
        left = result.total - result.settled
        if left:
            words += _("，还剩 %(count)s 幅") % {"count": left}
        self.stdout.write(words + _("。用时 %(seconds).1f 秒。") % {"seconds": seconds})
        for name, reason in result.failures[:_SHOWN_FAILURES]:
            self.stdout.write(f"  {name}：{reason}")


def _rate(so_far: Progress, started: float) -> str:
    """Return how fast it goes, in images a minute."""
    minutes = (time.monotonic() - started) / 60
    return _("%(rate).1f 幅/分") % {"rate": so_far.worked / minutes} if minutes else ""


def _positive(text: str) -> int:
    """Return a whole number over zero, as argparse wants it."""
    if not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError(_("“%(text)s”不是正整数") % {"text": text})
    return int(text)
