"""The scans on a NAS: whether each share is there, only to be read, and names all that is referenced in place."""

import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import Error
from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.models import ImageFile
from catalog.paths import legible, recorded, recorded_below, recorded_path
from catalog.querysets import ImageFileQuerySet
from catalog.shares import RECORD, absence_of
from glmv_site.doctor.findings import Finding

_SHOWN = 3


def shares() -> Iterator[Finding]:
    """Whether each folder of `GLMV_SCANS` is there, and not to be written to."""
    for root in settings.GLMV_SCANS:
        if absence := absence_of(root, fresh=True):
            yield Finding("error", _absent(root, str(absence)))
        elif root.resolve() != root:
            words = _("GLMV_SCANS 里的 %(path)s 是链接，指向 %(real)s；记录里写的是后者。请把设置改成后者。")
            yield Finding("note", words % {"path": legible(root), "real": legible(root.resolve())})
        elif _is_writable(root):
            words = _(
                "扫描原图的文件夹 %(path)s 可以读取，但本程序也能写。请只读挂载：/etc/fstab 的选项里加上 ro，"
                "再重新挂载。"
            )
            yield Finding("note", words % {"path": legible(root)})
        else:
            yield Finding("ok", _("扫描原图的文件夹 %(path)s 可以读取，不能写入。") % {"path": legible(root)})


def _absent(root: Path, sentence: str) -> str:
    try:
        kept = recorded(root) in Path(settings.DATA_DIR, RECORD).read_text("utf-8").splitlines()
    except (OSError, UnicodeError):
        kept = False
    if not kept:
        return sentence
    words = _("%(sentence)s可运行：mount %(path)s。若已改放在本机磁盘上，请删除 %(record)s。")
    return words % {"sentence": sentence, "path": legible(root), "record": Path(settings.DATA_DIR, RECORD)}


def _is_writable(root: Path) -> bool:
    """Tell whether this program could write there. Root may everywhere, so that only the mount counts for it."""
    is_read_only = bool(os.statvfs(root).f_flag & os.ST_RDONLY)
    return not is_read_only and os.access(root, os.W_OK)


def places() -> Iterator[Finding]:
    """Whether all that is referenced in place lies where a container would see it."""
    try:
        outside = _outside()
        number = outside.count()
        paths = outside.order_by("pk").values_list("source_path", flat=True)[:200]
        folders = list(dict.fromkeys(legible(recorded_path(path).parent) for path in paths))
    except Error:
        return  # told of the database
    if number:
        words = _(
            "有 %(number)d 个原地引用的扫描原图不在 GLMV_SCANS 之内（如 %(folders)s）：容器看不到它们，"
            "这个位置断开时也认不准。请在 .env 里写 GLMV_SCANS=它们所在的共享文件夹，再重新启动。"
        )
        yield Finding("note", words % {"number": number, "folders": "、".join(folders[:_SHOWN])})
    elif settings.GLMV_SCANS:
        yield Finding("ok", _("原地引用的扫描原图都在 GLMV_SCANS 之内。"))


def _outside() -> ImageFileQuerySet:
    inside = Q(pk__in=())
    for root in (*settings.GLMV_SCANS, Path(settings.DATA_DIR)):
        for start in recorded_below(root):
            inside |= Q(source_path__startswith=start)
    return ImageFile.objects.exclude(source_path="").exclude(inside)
