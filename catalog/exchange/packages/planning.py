"""Looking a selection over before a package is made: what each file will be called, how many bytes, what is missing.

Nothing is written but the plan. Masters are looked at, not read: whether their content is what came in is seen when
they are copied.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.models import Prefetch, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.exchange.packages.entries import PlannedFile, PlannedRecord
from catalog.exchange.packages.naming import NO_GROUP, NO_VOLUME, NO_YEAR, NameFault, Names, part_of, suffix_of
from catalog.faults import disk_reason
from catalog.models import Image, ImageFile, Package
from catalog.querysets import ImageQuerySet
from catalog.shares import absence_of
from catalog.vocabulary import FileRole

CHUNK = 500
SHOWN = 50
"""So many of each kind are told by name; all of them are in the list."""
RESERVE = 500_000_000
"""Bytes that stay free on the disk: the database and the site go on writing."""
_PER_FILE, _PER_RECORD = 4096, 12_000
_ROLES = {FileRole.FRONT: 0, FileRole.PAGE: 1, FileRole.VERSO: 2, FileRole.NEGATIVE: 3, FileRole.DOCUMENT: 4}


class MasterFault(TextChoices):
    """Why a scan is not in a package."""

    MISSING = "missing", gettext_lazy("找不到扫描原图")
    AWAY = "away", gettext_lazy("存放扫描原图的文件夹连不上")
    SIZE = "size", gettext_lazy("扫描原图的大小与导入时不同")
    UNREADABLE = "unreadable", gettext_lazy("扫描原图读不出来")
    DAMAGED = "damaged", gettext_lazy("扫描原图的内容与导入时不同")
    GONE = "gone", gettext_lazy("记录已删除、已停用，或您不能再看")


@dataclass(slots=True)
class Report:
    """What was found.

    Attributes:
        records: how many records the package will have.
        files: how many scans, those whose master is not there left out.
        bytes: of their masters.
        held: records that are held back as possibly classified, and are left out.
        gone: records that are gone or not to be seen any more.
        without_scan: records without a scan.
        wrongly_named: records of which some file cannot be called by its number.
        names: why, the number and the first of them.
        masters: what is amiss with masters, likewise.
    """

    records: int = 0
    files: int = 0
    bytes: int = 0
    held: int = 0
    gone: int = 0
    without_scan: int = 0
    wrongly_named: int = 0
    names: dict[str, dict[str, Any]] = field(default_factory=dict)
    masters: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, record: PlannedRecord) -> None:
        """Count a record."""
        self.records += 1
        self.without_scan += not record.files
        self.wrongly_named += any(file.faults for file in record.files)
        for file in record.files:
            for fault in file.faults:
                _count(self.names, fault, record.label, file.path)
            if file.amiss:
                _count(self.masters, file.amiss, record.label, file.path)
            else:
                self.files += 1
                self.bytes += file.size

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def look_over(keys: Sequence[int], allowed: ImageQuerySet, grouping: Package.Grouping) -> Iterator[PlannedRecord]:
    """Plan the files of records, in the order of their keys.

    Args:
        keys: of images.
        allowed: those that may be in the package.
        grouping: which folders their scans lie in.

    Yields:
        Each record that is there and allowed.
    """
    scans, records = Names(), Names()
    for start in range(0, len(keys), CHUNK):
        for image in _images(allowed, keys[start : start + CHUNK]):
            folders = folders_of(image, grouping)
            files = tuple(_file(image, file, folders, scans) for file in _in_order(image))
            stem = records.name(folders, image.identifier, "", ".xml").path.removesuffix(".xml")
            yield PlannedRecord(image.pk, image.reference, stem, files)


def left_out_of(keys: Sequence[int], planned: int) -> tuple[int, int]:
    """Return how many records are held back as possibly classified, and how many are gone or not to be seen.

    Args:
        keys: of images that were chosen.
        planned: how many of them are in the plan.
    """
    held = sum(
        Image.objects.filter(pk__in=keys[start : start + CHUNK], secrecy_hold=True).count()
        for start in range(0, len(keys), CHUNK)
    )
    return held, max(0, len(keys) - planned - held)


def folders_of(image: Image, grouping: Package.Grouping) -> list[str]:
    """Return the folders that a record's scans lie in.

    Args:
        image: with its collection and its group.
        grouping: by volume or by group.
    """
    group = image.photo_group if image.photo_group is not None and image.photo_group.is_confirmed else None
    year = (group.year if group is not None else "") or _year(image) or NO_YEAR
    fonds = image.collection.fonds_number.strip() or image.collection.slug
    if grouping == Package.Grouping.VOLUME:
        return [fonds, year, image.volume.strip() or NO_VOLUME]
    return [fonds, year, (group.number or group.title.strip() or str(group.pk)) if group is not None else NO_GROUP]


def needed(report: Mapping[str, Any]) -> int:
    """Return about how many bytes a package will take on the disk.

    Args:
        report: as `Report.as_json` has it.
    """
    size, files, records = (int(report.get(name, 0)) for name in ("bytes", "files", "records"))
    return size + files * _PER_FILE + records * _PER_RECORD


def lack_of_room(needed: int, folder: Path) -> str:
    """Return what is said where the disk has no room for a package; empty where it has.

    Args:
        needed: about how many bytes it takes.
        folder: where it is written; it need not be there.
    """
    place = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        return _("看不到 %(path)s 的剩余空间：%(reason)s。") % {"path": place, "reason": disk_reason(error)}
    if needed + RESERVE <= free:
        return ""
    words = _(
        "磁盘空间不够：大约需要 %(needed)s GB（另留 0.5 GB 给系统），%(path)s 所在的磁盘只剩 %(free)s GB。"
        "请先腾出空间，或用 GLMV_PACKAGE_DIR 换一块磁盘，或缩小范围分几次做。"
    )
    return words % {"needed": f"{needed / 1e9:.1f}", "free": f"{free / 1e9:.1f}", "path": folder}


def _images(allowed: ImageQuerySet, keys: Sequence[int]) -> Iterable[Image]:
    files = ImageFile.objects.defer("exif")
    rows = allowed.filter(pk__in=keys).select_related("collection", "photo_group")
    found = {image.pk: image for image in rows.order_by().prefetch_related(Prefetch("files", queryset=files))}
    return [found[key] for key in keys if key in found]


def _in_order(image: Image) -> list[ImageFile]:
    return sorted(image.files.all(), key=lambda file: (_ROLES[FileRole(file.role)], file.sequence, file.pk))


def _year(image: Image) -> str:
    return f"{image.date_start.year:04}" if image.date_start is not None else ""


def _file(image: Image, file: ImageFile, folders: Sequence[str], names: Names) -> PlannedFile:
    part, suffix = part_of(file.role, file.sequence), suffix_of(file.format, file.original_name)
    name = names.name(folders, image.identifier, part, suffix)
    faults = tuple(fault.value for fault in name.faults)
    return PlannedFile(file.pk, file.role, name.path, file.byte_size, faults, _amiss(file))


def _amiss(file: ImageFile) -> str:
    path = file.master_path
    # Looked at first: a file on a dead server would keep the worker waiting for ever.
    if file.place_outside is not None and absence_of(path) is not None:
        return MasterFault.AWAY.value
    try:
        size = path.stat().st_size
    except OSError:
        return MasterFault.MISSING.value
    return MasterFault.SIZE.value if size != file.byte_size else ""


def _count(found: dict[str, dict[str, Any]], kind: str, label: str, path: str) -> None:
    said = found.setdefault(kind, {"number": 0, "first": []})
    said["number"] += 1
    if len(said["first"]) < SHOWN:
        said["first"].append([label, path])


def fault_words(kind: str) -> str:
    """Return what is said of a fault of a name or of a master.

    Args:
        kind: value of `NameFault` or `MasterFault`.
    """
    if kind in NameFault.values:
        return str(NameFault(kind).label)
    return str(MasterFault(kind).label) if kind in MasterFault.values else kind
