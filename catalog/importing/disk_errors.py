"""What a disk objects to, in the reader's language: the operating system says it in English."""

import errno

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
