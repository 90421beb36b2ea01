"""Packages that leave the catalogue: the separate program that writes into copies, digests, and where they lie."""

import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from catalog.exchange.packages import exiftool
from catalog.exchange.packages.digests import has_sm3
from glmv_site.doctor.findings import Finding


def packages() -> Iterator[Finding]:
    """Whether all kinds of packages can be made."""
    version = exiftool.version()
    if version:
        yield Finding("ok", _("exiftool %(version)s：可以做嵌入说明的副本。") % {"version": version})
    else:
        words = _("没有 exiftool，不能做嵌入说明的副本；挂接包和 BagIt 不受影响。%(how)s")
        yield Finding("note", words % {"how": exiftool.HOW_TO_INSTALL})
    if not has_sm3():
        yield Finding(
            "note", _("这台机器的 OpenSSL 没有 SM3，移交包里只有 SHA-256 摘要。要有 SM3，请换用带 SM3 的 OpenSSL。")
        )
    yield from _folder(Path(settings.GLMV_PACKAGE_DIR))


def _folder(folder: Path) -> Iterator[Finding]:
    """Where they are made; a folder that is not there yet is made in the one above it."""
    try:
        place = next(place for place in (folder, *folder.parents) if place.exists())
    except OSError:
        yield Finding("note", _("GLMV_PACKAGE_DIR：%(path)s 没有应答，请检查磁盘、网络和挂载。") % {"path": folder})
        return
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        yield Finding(
            "note", _("GLMV_PACKAGE_DIR：%(path)s 写不进去，做不了移交包。请检查它属于谁。") % {"path": folder}
        )
