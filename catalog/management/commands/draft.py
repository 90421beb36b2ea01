"""`manage.py draft`: have the model draft a collection, resuming where an earlier run was interrupted."""

import time
from argparse import ArgumentParser
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.batches.lifecycle import chosen_prompt, open_batch, open_chosen
from catalog.batches.running import Progress, run_batch
from catalog.drafting.describer import Describer, chosen_describer
from catalog.drafting.drafting import Drafting
from catalog.exceptions import CatalogError, ImagesNotFound
from catalog.filters import ImageBatchFilter
from catalog.management.console import (
    EXIT_INTERRUPTED,
    condition,
    faults_told,
    find_collection,
    interruptible,
    positive_number,
    progress_bar,
)
from catalog.models import Batch, Collection, Image, PromptVersion
from catalog.querysets import ImageQuerySet
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
            choices=[selection.value for selection in Selection.of_a_collection()],
            default=Selection.MISSING.value,
            help=_("missing：缺少的（默认）；rejected：被退回的；all：全部重新起草，已采用的内容不变"),
        )
        chosen = parser.add_mutually_exclusive_group()
        chosen.add_argument(
            "--ids",
            type=positive_number,
            nargs="+",
            default=None,
            metavar="ID",
            help=_("只起草这些图像（图像页面地址里的编号），代替 --only；已有的 AI 草稿会被取代"),
        )
        chosen.add_argument(
            "--older-than-version",
            type=positive_number,
            default=None,
            metavar="N",
            help=_("只重新起草由这条提示词第 N 版之前的版本起草的，代替 --only"),
        )
        chosen.add_argument(
            "--filter",
            action="append",
            type=condition,
            default=None,
            metavar="NAME=VALUE",
            help=_(
                "只起草符合条件的图像，代替 --only；可写多次：q、date_from、date_to、identifier、status（undescribed、"
                "to_review、rejected、to_research、described）、flag（overlong、truncated、doubtful）"
            ),
        )
        parser.add_argument(
            "--replace-accepted",
            action="store_true",
            help=_("也为已采用、未经人改动的 AI 内容起草新的草稿；采用之前原来的内容不变，人写的、改过的从不重新起草"),
        )
        parser.add_argument("--background", action="store_true", help=_("只建立批次，由网站的后台进程起草"))
        parser.add_argument("--limit", type=positive_number, default=None, metavar="N", help=_("最多起草多少幅"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Draft, and say in a sentence what was done."""
        try:
            with interruptible(), faults_told(_("起草好的都已保存。处理好之后再次运行同一命令，即可接着起草。")):
                self._draft(options)
        except CatalogError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            message = _("已中断，正在处理的一幅已退回待办。再次运行同一命令，即可接着起草。")
            raise CommandError(message, returncode=EXIT_INTERRUPTED) from None

    def _draft(self, options: dict[str, Any]) -> None:
        collection = find_collection(options["slug"])
        batch = _open(collection, options)
        if batch is None:
            self.stdout.write(_("馆藏“%(title)s”没有需要起草的图像。") % {"title": collection.title})
            return
        if options["background"]:
            words = _("%(batch)s 已建立，共 %(count)d 幅，由网站的后台进程起草；进度见管理页面的“批次”。")
            self.stdout.write(words % {"batch": batch, "count": batch.items.count()})
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

            result = run_batch(
                batch=batch,
                work=Drafting(describer),
                limit=limit,
                progress=show,
                waiting=self._wait,
                absent=self.stderr.write,
            )
        self._tell(batch, result, time.monotonic() - started)

    def _wait(self, until: datetime) -> None:
        words = _("剩下的图像由另一台机器认领着，等到 %(time)s；那时仍无消息，就由这里接着起草。")
        self.stderr.write(words % {"time": f"{timezone.localtime(until):%H:%M:%S}"})

    def _tell(self, batch: Batch, result: Progress, seconds: float) -> None:
        words = _("馆藏“%(title)s”·%(prompt)s：起草 %(done)s 幅") % {
            "title": batch.collection.title,
            "prompt": batch.task,
            "done": result.done,
        }
        if result.skipped:
            words += _("，不再需要 %(count)s 幅") % {"count": result.skipped}
        if result.failed:
            words += _("，失败 %(count)s 幅") % {"count": result.failed}
        if result.refused:
            words += _("，模型没有给出内容 %(count)s 幅") % {"count": result.refused}
        left = result.total - result.settled
        if left:
            words += _("，还剩 %(count)s 幅") % {"count": left}
        self.stdout.write(words + _("。用时 %(seconds).1f 秒。") % {"seconds": seconds})
        for name, reason in result.failures[:_SHOWN_FAILURES]:
            self.stdout.write(f"  {name}：{reason}")


def _open(collection: Collection, options: dict[str, Any]) -> Batch | None:
    """Open the batch that is asked for.

    Raises:
        ImagesNotFound: numbers were given that are not of this collection.
        FilterRefused: a condition makes no sense.
    """
    version = chosen_prompt(collection=collection, name=options["prompt"])
    asked = {"replace_accepted": options["replace_accepted"], "background": options["background"]}
    if options["filter"] is not None:
        found = ImageBatchFilter(dict(options["filter"]), queryset=collection.images.all()).chosen()
        return _open_chosen(found, version, options["limit"], asked)
    if options["ids"] is None:
        older_than = options["older_than_version"]
        return open_batch(
            collection=collection,
            version=version,
            selection=options["only"] if older_than is None else Selection.OUTDATED,
            older_than=older_than,
            limit=options["limit"],
            **asked,
        )
    images = collection.images.filter(pk__in=options["ids"])
    if missing := set(options["ids"]) - set(images.values_list("pk", flat=True)):
        raise ImagesNotFound(title=collection.title, numbers="、".join(map(str, sorted(missing))))
    return _open_chosen(images, version, options["limit"], asked)


def _open_chosen(
    images: ImageQuerySet, version: PromptVersion, limit: int | None, asked: dict[str, bool]
) -> Batch | None:
    keys = list(images.order_by("pk").values_list("pk", flat=True)[: limit if asked["background"] else None])
    opened = open_chosen(
        images=Image.objects.filter(pk__in=keys),
        version=version,
        replace_accepted=asked["replace_accepted"],
        background=asked["background"],
    )
    return opened[0] if opened else None


def _rate(so_far: Progress, started: float) -> str:
    """Return how fast it goes, in images a minute."""
    minutes = (time.monotonic() - started) / 60
    return _("%(rate).1f 幅/分") % {"rate": so_far.worked / minutes} if minutes else ""
