"""Faults of the disk and the database: told apart, and said in the reader's language; the system says it in English.

Also how somebody who has time waits for a lock, and how a connection is let go while something else takes its time.
"""

import errno
from collections.abc import Callable
from typing import TypeVar

from django.db import Error, connection
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from inference.errors import FULL, LOCKED, READ_ONLY, outage_of

Result = TypeVar("Result")

COMMANDS_TRY = 6
"""How often commands write where the database stays locked: on SQLite two minutes, as somebody's backup may take."""

_NOT_ALLOWED = _("没有权限")

_REASONS: dict[int, Promise] = {
    errno.ENOSPC: _("磁盘空间不足"),
    errno.EDQUOT: _("磁盘配额已用完"),
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.ENOENT: _("文件或文件夹不存在"),
    errno.EIO: _("磁盘或网络存储读写出错"),
    errno.EROFS: _("磁盘是只读的"),
    errno.ENAMETOOLONG: _("文件名太长"),
}


def disk_reason(error: OSError) -> str:
    """Return why the disk refused, without a full stop; in the system's own words where it is a rare reason.

    Args:
        error: as Python raised it.
    """
    known = _REASONS.get(error.errno or 0)
    return str(known) if known is not None else error.strerror or str(error)


def is_disk_full(error: BaseException) -> bool:
    """Tell whether an error means that nothing more can be written, whatever it is.

    Args:
        error: the operating system's or the database's.
    """
    return outage_of(error) in (FULL, READ_ONLY)


def disk_full() -> str:
    """Return what a person is told about a full disk."""
    return gettext("磁盘已满或不可写，无法保存结果。请腾出空间后继续这个批次。")


def patiently(work: Callable[[], Result], *, tries: int) -> Result:
    """Do something again where the database stayed locked; each try waits for as long as the database does.

    For whoever has time: a page tells people after one try.

    Args:
        work: one transaction, which leaves nothing behind where it fails.
        tries: how often at most.

    Returns:
        What it returns.

    Raises:
        Error: the database's, which stayed locked, or has another fault.
    """
    for _number in range(tries - 1):
        try:
            return work()
        except Error as error:
            # Within a transaction of somebody else's nothing can be done again.
            if outage_of(error) is not LOCKED or connection.in_atomic_block:
                raise
    return work()


def release_connection() -> None:
    """Close the database connection, unless a transaction around the whole run (a test's) holds it."""
    if not connection.in_atomic_block:
        connection.close()
