"""Faults of the disk and the database: told apart, and said in the reader's language; the system says it in English.

Also how a database connection is let go while something else takes its time.
"""

import errno

from django.db import DatabaseError, connection
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_DISK_FULL_WORDS = ("disk is full", "no space left", "could not extend file", "readonly database")

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
    if isinstance(error, OSError):
        return error.errno in _DISK_FULL
    return isinstance(error, DatabaseError) and any(words in str(error).lower() for words in _DISK_FULL_WORDS)


def disk_full() -> str:
    """Return what a person is told about a full disk."""
    return gettext("磁盘已满或不可写，无法保存结果。请腾出空间后继续这个批次。")


def release_connection() -> None:
    """Close the database connection, unless a transaction around the whole run (a test's) holds it."""
    if not connection.in_atomic_block:
        connection.close()
