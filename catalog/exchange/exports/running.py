"""Having an export made at once, by whoever asked for it: a page that waits for it, or a command."""

from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING

from django.utils.translation import gettext as _

from catalog.batches.owners import this_process
from catalog.exceptions import CatalogError, ExportRefused
from catalog.exchange.exports import claims
from catalog.exchange.exports.making import Making
from catalog.exchange.exports.planning import prepare
from catalog.exchange.layouts import Preset
from catalog.faults import disk_reason
from catalog.models import Export
from catalog.querysets import ImageQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def export_chosen(
    *, user: "User", images: ImageQuerySet, fmt: str, preset: Preset | None = None, words: str = ""
) -> Export:
    """Export what somebody chose on a page: a few records at once, many by the worker.

    Args:
        user: who asks for it, and may see the images.
        images: the records, in the order wanted.
        fmt: one of `Export.Format`.
        preset: the columns; None for the house's own.
        words: what was chosen, as a person reads it.

    Returns:
        The export: done, or left to the worker.

    Raises:
        ExportRefused: there is nothing to export, or it cannot be made.
    """
    if not images.exists():
        raise ExportRefused(_("没有符合条件的记录，没有什么可以导出。请换一个范围。"))
    export = prepare(user=user, images=images, fmt=fmt, preset=preset, words=words)
    return export if export.background else make_now(export)


def make_now(
    export: Export,
    *,
    path: Path | None = None,
    stream: IO[bytes] | None = None,
    tries: int = 1,
    told: Callable[[int], None] = lambda _number: None,
) -> Export:
    """Make an export here and now.

    Args:
        export: just prepared, not for the worker.
        path: where the file is to lie; None for the export's own folder, from which it can be fetched.
        stream: where the table is written to instead of a file.
        tries: how often the database is asked where it stays locked.
        told: called with how many records have been written, after each part.

    Returns:
        The export, done.

    Raises:
        ExportRefused: it has been made already, was stopped, or the disk does not take it.
        BrokenPipeError: nobody reads the stream any more.
    """
    claim = claims.claim_this(export, owner=this_process())
    try:
        return _make(claim, path, stream, tries, told)
    except BrokenPipeError:
        claims.fail(claim, _("读取结果的程序提前结束了。"))
        raise
    except OSError as error:
        reason = why_not(error)
        claims.fail(claim, reason)
        raise ExportRefused(reason) from error
    except CatalogError as error:
        claims.fail(claim, str(error))
        raise
    except BaseException:
        claims.fail(claim, _("导出中断了，没有留下文件。请重新导出。"))
        raise


def why_not(error: OSError) -> str:
    """Return what is said where the disk does not take a table."""
    return _("文件写不进去：%(reason)s。没有留下写了一半的文件，处理好之后请重新导出。") % {
        "reason": disk_reason(error)
    }  # fmt: skip


def _make(
    claim: claims.Claim, path: Path | None, stream: IO[bytes] | None, tries: int, told: Callable[[int], None]
) -> Export:
    making = Making(claim, path=path, stream=stream, tries=tries)
    try:
        while making.step():
            told(making.written)
        return making.export
    finally:
        making.close()
