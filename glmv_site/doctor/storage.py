"""The data folder, its disk, and the database."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext as _

from glmv_site import databases
from glmv_site.doctor.findings import Finding
from inference.errors import READ_ONLY
from inference.views import storage as outages

_GB = 1_000_000_000
_LITTLE_SPACE = 5 * _GB
_NO_SPACE = _GB // 2


def data_folder() -> Iterator[Finding]:
    """Whether the folder can be written to, and what room is left."""
    folder = settings.DATA_DIR
    if outages.outage_of_disk(folder) is READ_ONLY:
        yield Finding("error", _("数据文件夹 %(path)s 所在的磁盘是只读的，请检查磁盘并重新挂载。") % {"path": folder})
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding("error", _("数据文件夹 %(path)s 写不进去，请检查它属于谁。") % {"path": folder})
        return
    yield from _mounted_otherwise(folder)
    free = shutil.disk_usage(folder).free
    numbers = {"path": folder, "free": f"{free / _GB:.1f}"}
    if free < _NO_SPACE:
        yield Finding("error", _("数据文件夹 %(path)s 所在的磁盘只剩 %(free)s GB，请立即清理。") % numbers)
    elif free < _LITTLE_SPACE:
        yield Finding("note", _("数据文件夹 %(path)s 所在的磁盘只剩 %(free)s GB，请尽快清理。") % numbers)
    else:
        yield Finding("ok", _("数据文件夹 %(path)s 可以写入，磁盘剩余 %(free)s GB。") % numbers)


def _mounted_otherwise(folder: Path) -> Iterator[Finding]:
    """The pictures may lie on a disk of their own."""
    media = Path(settings.MEDIA_ROOT)
    if media.is_dir() and media.stat().st_dev != folder.stat().st_dev and (outage := outages.outage_of_disk(media)):
        yield Finding("error", _("图片文件夹 %(path)s：%(problem)s") % {"path": media, "problem": outage})


def database() -> Iterator[Finding]:
    """Whether it is there and up to date."""
    vendor = connections[DEFAULT_DB_ALIAS].vendor
    if wrong := databases.problem():
        yield Finding("error", wrong)
    elif outage := outages.outage_of_database():
        yield Finding("error", _("数据库（%(vendor)s）：%(problem)s") % {"vendor": vendor, "problem": outage})
    else:
        yield Finding("ok", _("数据库（%(vendor)s）可以使用，版本是新的。") % {"vendor": vendor})
