"""Reading the writing on scans from the command line: what `read_images` and `import_images --read` have in common."""

import time

from django.core.management.base import CommandError, OutputWrapper
from django.db import Error
from django.utils.translation import gettext as _

from catalog.exceptions import ShareAway
from catalog.management.console import EXIT_INTERRUPTED, faults_told, progress_bar
from catalog.models import Collection
from catalog.reading.reading import PictureReader, ReadingReport, read_collection
from inference.engine.errors import EngineError
from inference.errors import sentence

_SHOWN_FAILURES = 20


def read_with_progress(
    *,
    collection: Collection,
    reader: PictureReader,
    stdout: OutputWrapper,
    stderr: OutputWrapper,
    again: bool = False,
    limit: int | None = None,
) -> None:
    """Read a collection's scans, show how far it is, and say in a sentence what was done.

    Args:
        collection: whose scans.
        reader: who reads.
        stdout: where the sentence goes.
        stderr: where the progress goes.
        again: read again what was read already.
        limit: how many images at most.

    Raises:
        CommandError: it was interrupted, the database or the disk does not work, or there is no reader on this machine.
    """
    report = ReadingReport()
    started = time.monotonic()
    broken_off: BaseException | None = None
    try:
        with progress_bar(stderr) as bar:
            task = bar.add_task(_("识读"), total=None)

            def show(so_far: ReadingReport) -> None:
                nonlocal report
                report = so_far
                bar.update(task, total=so_far.total, completed=so_far.worked)

            read_collection(collection=collection, reader=reader, again=again, limit=limit, progress=show)
    except (KeyboardInterrupt, Error, OSError) as error:
        broken_off = error
    except ShareAway as away:
        broken_off = away
    except EngineError as error:
        raise CommandError(sentence(error)) from error
    _tell(report, collection, stdout, time.monotonic() - started)
    if isinstance(broken_off, KeyboardInterrupt):
        message = _("已中断，已识读的都已保存。再次运行同一命令，即可接着识读。")
        raise CommandError(message, returncode=EXIT_INTERRUPTED)
    if isinstance(broken_off, ShareAway):
        message = _("%(absence)s已识读的都已保存；恢复之后再次运行同一命令，即可接着识读。")
        raise CommandError(message % {"absence": broken_off})
    if broken_off is not None:
        with faults_told(_("已识读的都已保存。处理好之后再次运行同一命令，即可接着识读。")):
            raise broken_off


def _tell(report: ReadingReport, collection: Collection, stdout: OutputWrapper, seconds: float) -> None:
    if not report.total:
        stdout.write(_("馆藏“%(title)s”没有需要识读的图像。") % {"title": collection.title})
        return
    words = _("馆藏“%(title)s”：") % {"title": collection.title} + report.sentence()
    stdout.write(words + _("用时 %(seconds).1f 秒。") % {"seconds": seconds})
    for name, reason in report.failures[:_SHOWN_FAILURES]:
        stdout.write(f"  {name}：{reason}")
