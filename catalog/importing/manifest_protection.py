"""What a manifest says about who may see a record, and about secrecy: it may close a record, and never open one."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import dates
from catalog.markings import mark_in_name, mark_in_text
from catalog.records.secrecy import Mark
from catalog.vocabulary import Access, Classification, Disclosure, MarkPlace

if TYPE_CHECKING:
    from catalog.importing.manifest import ManifestRow

_DISCLOSURE, _UNTIL, _ACCESS, _CLASSIFICATION = "disclosure", "until", "access", "classification"
PROTECTION_HEADINGS = {
    "开放标识": _DISCLOSURE,
    "disclosure": _DISCLOSURE,
    "延期至": _UNTIL,
    "disclosure_until": _UNTIL,
    "内部可见": _ACCESS,
    "开放程度": _ACCESS,
    "access": _ACCESS,
    "密级": _CLASSIFICATION,
    "classification": _CLASSIFICATION,
}
"""Heading → what it is about."""
# As earlier versions and other systems write them, too.
_OPEN = ("开放", "open", "公开")
_ACCESSES = {
    "全体成员": Access.INTERNAL,
    "内部": Access.INTERNAL,
    "internal": Access.INTERNAL,
    "仅审核员": Access.RESTRICTED,
    "控制使用": Access.RESTRICTED,
    "控制": Access.RESTRICTED,
    "restricted": Access.RESTRICTED,
}
_DISCLOSURES = {
    "控制": Disclosure.CONTROLLED,
    "controlled": Disclosure.CONTROLLED,
    "延期开放": Disclosure.DEFERRED,
    "延期": Disclosure.DEFERRED,
    "deferred": Disclosure.DEFERRED,
    "未审核": Disclosure.UNEXAMINED,
    "unexamined": Disclosure.UNEXAMINED,
}


@dataclass(frozen=True, slots=True)
class Protection:
    """What a row means for a new record.

    Attributes:
        columns: of the record.
        marks: classification marks in the file's name, in the row, and in what the file says about itself.
        remarks: what of the row was not done, in sentences.
    """

    columns: dict[str, Any] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    remarks: tuple[str, ...] = ()


def protection_of(name: str, row: "ManifestRow | None", words: Iterator[str] | tuple[str, ...] = ()) -> Protection:
    """Return what a new record is closed by.

    Args:
        name: the file's path inside its source, with the source's own name before it.
        row: what the manifest says about it.
        words: what the file says about itself.
    """
    marks = [Mark(MarkPlace.FILE_NAME, found)] if (found := mark_in_name(name)) else []
    marks += [Mark(MarkPlace.VALUE, found) for text in words if (found := mark_in_text(text))]
    if row is None:
        return Protection(marks=tuple(marks))
    cells = (*row.values.values(), *row.columns.values(), row.identifier)
    marks += [Mark(MarkPlace.MANIFEST, found) for text in cells if (found := mark_in_text(text))]
    columns: dict[str, Any] = {}
    remarks: list[str] = []
    _read_classification(row.protection.get(_CLASSIFICATION, ""), columns, marks, remarks)
    _read_access(row.protection.get(_ACCESS, ""), columns, remarks)
    _read_disclosure(row.protection, columns, remarks)
    return Protection(columns, tuple(dict.fromkeys(marks)), tuple(remarks))


def _read_classification(cell: str, columns: dict[str, Any], marks: list[Mark], remarks: list[str]) -> None:
    if not cell:
        return
    plain = _plain(cell)
    grades = [grade for grade in Classification if grade is not Classification.NONE]
    for grade in grades:
        if plain.startswith((str(grade.label), grade.value)):
            columns["classification"] = grade
            if grade in Classification.state_secrets():
                marks.append(Mark(MarkPlace.MANIFEST, cell[:40]))
            return
    if plain not in ("无", "公开", "普通", "非密", "none"):
        remarks.append(_("密级“%(cell)s”不认识，没有使用。") % {"cell": cell[:40]})


def _read_access(cell: str, columns: dict[str, Any], remarks: list[str]) -> None:
    if not cell:
        return
    if _plain(cell) in _OPEN:
        remarks.append(_needs_two())
    elif (access := _ACCESSES.get(_plain(cell))) is not None:
        columns["access"] = access
    else:
        remarks.append(_("内部可见“%(cell)s”不认识，没有使用。") % {"cell": cell[:40]})


def _read_disclosure(cells: dict[str, str], columns: dict[str, Any], remarks: list[str]) -> None:
    cell = cells.get(_DISCLOSURE, "")
    if not cell:
        return
    disclosure = _DISCLOSURES.get(_plain(cell))
    if _plain(cell) in _OPEN:
        remarks.append(_needs_two())
    elif disclosure is None:
        remarks.append(_("开放标识“%(cell)s”不认识，记为未审核。") % {"cell": cell[:40]})
    elif disclosure == Disclosure.DEFERRED:
        until = _last_day(cells.get(_UNTIL, ""))
        if until is None:
            remarks.append(_("延期开放没有写明延到哪一天（“延期至”一列），记为未审核。"))
        else:
            columns |= _closed(disclosure) | {"disclosure_until": until}
    elif disclosure == Disclosure.CONTROLLED:
        columns |= _closed(disclosure)


def _closed(disclosure: Disclosure) -> dict[str, Any]:
    return {
        "disclosure": disclosure,
        "disclosure_basis": _("导入清单"),
        "disclosure_decided_on": timezone.localdate(),
    }


def _needs_two() -> str:
    return _("清单写明开放，仍记为未审核：开放须经初审和复审两个人。")


def _last_day(cell: str) -> date | None:
    found = dates.parse(cell) if cell else None
    return found.end if found else None


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip().lower()
