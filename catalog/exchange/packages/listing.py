"""What stands beside the scans of a package: its table, its lists of digests, and what the whole of it says in words.

A list of digests is one line for each file, as BagIt and `sha256sum` have it: the digest, two blanks, the path.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.exchange.columns import TECHNICAL, Column, Kind
from catalog.exchange.layouts import columns_of, frame_of
from catalog.exchange.packages import digests, layouts
from catalog.exchange.packages.entries import Written, WrittenRecord
from catalog.exchange.packages.orders import Order
from catalog.exchange.packages.planning import fault_words
from catalog.exchange.packages.workplace import Workplace, writing
from catalog.exchange.rows import Reader, Record
from catalog.exchange.tables.writing import open_table
from catalog.querysets import ImageQuerySet
from catalog.vocabulary import FileRole

TABLE, ABOUT = "目录", "说明.txt"
WRONG_NAME = "wrong_name"
"""Why a record is not in a package that skips what cannot be called by its number."""
_CHUNK = 500
_TOLD = 2000


def manifest_name(algorithm: str) -> str:
    """Return what the list of digests by an algorithm is called."""
    return f"manifest-{algorithm}.txt"


def chunks(records: Iterable[WrittenRecord], size: int = _CHUNK) -> Iterator[list[WrittenRecord]]:
    """Return records some at a time."""
    rest = iter(records)
    while some := list(islice(rest, size)):
        yield some


def write_table(order: Order, workplace: Workplace, allowed: ImageQuerySet, folder: Path) -> Iterator[Written | None]:
    """Write the table of a package into a folder.

    Args:
        order: which columns, and which kind of table.
        workplace: what was written.
        allowed: the records that may be in it.
        folder: where to.

    Yields:
        None after some rows; the table at the end.

    Raises:
        PackageBroken: it cannot be written.
    """
    # It stays where it goes: nothing by which it is known again, nothing about what may be edited.
    known = [column for column in columns_of(order.layout, export="") if column.key not in TECHNICAL]
    columns = [replace(column, editable=True, terms=()) for column in known]
    beside = _file_columns(workplace)
    path = folder / f"{TABLE}.{order.table}"
    reader, reads = Reader(allowed), [column.read for column in columns]
    with writing(), path.open("wb") as file:
        table = open_table(
            order.table,
            file,
            [*columns, *beside],
            folder=workplace.folder,
            about=order.selection,
            frame=frame_of(order.layout),
            explained=False,
        )
        for some in chunks(record for record in workplace.written() if not record.is_out):
            files = {record.image: record.scans for record in some}
            rows = reader.read([record.image for record in some])
            table.write([*(read(row) for read in reads), *_file_cells(files[row.key], beside)] for row in rows)
            yield None
        table.close()
        file.flush()
        os.fsync(file.fileno())
    yield Written(0, "", path.name, path.stat().st_size, digests.digests_of(path))


def write_about(order: Order, workplace: Workplace, folder: Path) -> Written:
    """Write what a package says of itself to whoever opens it.

    Args:
        order: what was asked for.
        workplace: what was written.
        folder: where to.
    """
    told = [order.name, "", *_facts(order, workplace), *_columns(order), "", *_labels(), *_left_out(workplace)]
    return put(folder, ABOUT, "\r\n".join(told).encode("utf-8-sig") + b"\r\n")


def write_manifests(folder: Path, files: Iterable[Written], *, prefix: str = "", tag: str = "") -> list[Written]:
    """Write the lists of digests.

    Args:
        folder: where to.
        files: what they list.
        prefix: what stands before each path.
        tag: what stands before the lists' names.
    """
    listed = list(files)
    written = []
    for algorithm in digests.algorithms():
        lines = "".join(f"{file.digests[algorithm]}  {prefix}{file.path}\n" for file in listed)
        written.append(put(folder, f"{tag}{manifest_name(algorithm)}", lines.encode()))
    return written


def put(folder: Path, name: str, content: bytes) -> Written:
    """Write a file, and wait until it is on the disk.

    Raises:
        PackageBroken: the disk does not take it.
    """
    path = folder / name
    with writing(), path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return Written(0, "", name, len(content), digests.digests_of(path))


# --- The columns of files --------------------------------------------------------------------------------------------


def _file_columns(workplace: Workplace) -> list[Column]:
    """Return the columns of paths and digests: the back's and those of other scans only where there are any."""
    columns = _columns_for("front", _("文件路径"), "")
    has_back = has_others = False
    for record in workplace.written():
        _first, back, others = _sorted(record.scans)
        has_back, has_others = has_back or back is not None, has_others or bool(others)
    if has_back:
        columns += _columns_for("verso", _("背面文件路径"), _("背面"))
    if has_others:
        columns += _columns_for("others", _("其他文件路径"), _("其他文件"))
    return columns


def _columns_for(key: str, heading: str, whose: str) -> list[Column]:
    said = _("在本包里的位置，从包的文件夹算起；同一格里有几个时用分号隔开。")
    names = [(algorithm, f"{whose} {digests.name_of(algorithm)}".strip()) for algorithm in digests.algorithms()]
    return [
        Column(f"{key}_path", heading, Kind.IDENTIFIER, said, True, _nothing, width=40),
        *(
            Column(f"{key}_{algorithm}", name, Kind.IDENTIFIER, _("文件的数字摘要。"), True, _nothing, width=20)
            for algorithm, name in names
        ),
    ]


def _nothing(_record: Record) -> str:
    return ""


def _file_cells(scans: Sequence[Written], columns: Sequence[Column]) -> list[str]:
    first, back, others = _sorted(scans)
    files = {"front": [first] if first else [], "verso": [back] if back else [], "others": others}
    cells = []
    for column in columns:
        whose, _line, what = column.key.partition("_")
        cells.append("；".join(file.path if what == "path" else file.digests.get(what, "") for file in files[whose]))
    return cells


def _sorted(scans: Sequence[Written]) -> tuple[Written | None, Written | None, list[Written]]:
    """Return the scan that stands for a record, its back, and the others."""
    back = next((file for file in scans if file.role == FileRole.VERSO), None)
    rest = [file for file in scans if file is not back]
    return (rest[0], back, rest[1:]) if rest else (None, back, [])


# --- In words --------------------------------------------------------------------------------------------------------


def _facts(order: Order, workplace: Workplace) -> list[str]:
    records = files = size = 0
    for record in workplace.written():
        records += not record.is_out
        files += len(record.scans)
        size += sum(file.size for file in record.scans)
    numbers = {"records": records, "files": files, "size": f"{size / 1e6:.1f}"}
    return [
        _("范围：%(selection)s") % {"selection": order.selection},
        _("制作时间：%(when)s") % {"when": f"{timezone.localtime():%Y-%m-%d %H:%M}"},
        _("内容：%(records)d 条记录，%(files)d 个文件，共 %(size)s MB") % numbers,
        _("核对：%(names)s 列出每个文件的数字摘要，可以用本系统的 verify_package 命令核对。")
        % {"names": "、".join(map(manifest_name, digests.algorithms()))},
    ]


def _columns(order: Order) -> list[str]:
    name = layouts.name_of(order.layout)
    if not name:
        return []
    doubts = layouts.doubts_of(order.layout)
    said = [_("目录表的栏目：%(name)s") % {"name": name}]
    return [*said, *([_("栏目里存疑的：")] if doubts else []), *(f"  {doubt}" for doubt in doubts)]


def _labels() -> list[str]:
    return [
        _("说明文字中有的由人工智能起草，见目录表的“AI 标识”一栏或附注；改动、转载时请保留标识。"),
        _("图像都是原件的扫描或原始的数字照片，不是人工智能生成的。"),
    ]


def _left_out(workplace: Workplace) -> list[str]:
    told: list[str] = []
    number = 0
    for record in workplace.written():
        for path, reason in record.left_out:
            number += 1
            if number <= _TOLD:
                told.append(f"  {path}  {reason_words(reason)}")
    if not number:
        return []
    more = [_("  ……其余 %(number)d 个从略") % {"number": number - _TOLD}] if number > _TOLD else []
    return ["", _("没有写入的文件（%(number)d 个）：") % {"number": number}, *told, *more]


def reason_words(reason: str) -> str:
    """Return why something was left out, in words.

    Args:
        reason: as `WrittenRecord.left_out` has it.
    """
    return _("名称有问题，按要求跳过") if reason == WRONG_NAME else fault_words(reason)


def as_tags(told: Iterable[tuple[str, Any]]) -> bytes:
    """Return lines of a tag file of BagIt; values stand on one line."""
    return "".join(f"{name}: {' '.join(str(value).split())}\n" for name, value in told if str(value)).encode()
