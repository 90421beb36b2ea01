"""Which file a row of a manifest is about, where the two write its name otherwise.

Lists are typed by people and made by programs: other capitals, no suffix, full-width letters, marks that cannot be
seen, a backslash, an apostrophe against formulas. A row that fits one file only, and whose file fits no other row, is
about that file, and the report says so. Everything else stays apart: a wrong title is found by nobody, a row without a
file is found by everybody who looks.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.importing.companions import sort_out
from catalog.importing.documents import is_document
from catalog.importing.entries import Entry, ImportSource, RefusedEntry, is_safe_name, plain_name
from catalog.importing.manifest import Manifest, ManifestRow
from catalog.texts import visible
from inference.spreadsheets import safe_cell

OUTSIDE = _("路径指向来源之外，已拒绝。")
_ABSENT = _("清单里有这个文件，来源里没有。")
_SEVERAL_FILES = _("清单里的这个名称与来源里的几个文件都接近（%(names)s），无法判断是哪一个，没有使用。请写全文件名。")
_SEVERAL_ROWS = _("清单里有几行的名称都接近“%(name)s”，无法判断是哪一行，都没有使用。请按实际文件名改写。")
_MOST_NAMES = 5
# A word processor's dashes, and the slashes that are none.
_LOOKALIKES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-") | dict.fromkeys("∕⁄⧸", "/") | dict.fromkeys("’‘", "'"))
_SAME_SUFFIXES = {".jpeg": ".jpg", ".jpe": ".jpg", ".tiff": ".tif", ".heif": ".heic"}

Reasons = dict[str, str | Promise]


def source_of(entries: list[Entry], manifest: Manifest, *, folder: str = "", on_disk: bool = True) -> ImportSource:
    """Put a source together: its files, what its manifest says of which of them, and what it says of others.

    Args:
        entries: all files except the manifest.
        manifest: its manifest; empty where there is none.
        folder: the folder inside the source that the manifest lies in; empty for the top.
        on_disk: whether the files lie on disk for good.
    """
    entries, sidecars = sort_out(entries)
    manifest, reasons = match_rows(manifest, entries, folder)
    present = {entry.name for entry in (*entries, *sidecars.values())}
    absent = absent_entries(manifest, present, reasons)
    return ImportSource(entries + absent, manifest, on_disk, sidecars)


def match_rows(manifest: Manifest, entries: Iterable[Entry], folder: str = "") -> tuple[Manifest, Reasons]:
    """Find the file of each row.

    Args:
        manifest: the manifest.
        entries: the files.
        folder: the folder that the manifest lies in; names are counted from there or from the top.

    Returns:
        The manifest, each row with the name of its file where that was found; and for names that fit several files, or
        are not the only ones to fit theirs, why they were not taken.
    """
    files = list(entries)
    exact = _names_of_pages(files) | {entry.name: entry.name for entry in files}
    wanted: dict[str, list[str]] = {}
    for row in manifest.rows:
        name = plain_name(row.name)
        wanted[name] = [name, f"{folder}/{name}"] if folder else [name]
    found = {name: exact[one] for name, ways in wanted.items() for one in reversed(ways) if one in exact}
    taken = set(found.values())
    free = [entry.name for entry in files if entry.name not in taken and not isinstance(entry, RefusedEntry)]
    near, reasons = _near({name: ways for name, ways in wanted.items() if name not in found}, free)
    rows = [_about(row, found.get(plain_name(row.name)), near, wanted) for row in manifest.rows]
    return replace(manifest, rows=tuple(rows)), {wanted[name][-1]: reason for name, reason in reasons.items()}


def _about(row: ManifestRow, file: str | None, near: Mapping[str, str], wanted: Mapping[str, list[str]]) -> ManifestRow:
    """Return a row with the name of its file; of one that has none with its own, counted from the top of the source."""
    name = plain_name(row.name)
    if name in near:
        return replace(row, name=near[name], written=row.name)
    file = file or wanted[name][-1]
    return row if file == name else replace(row, name=file)


def absent_entries(manifest: Manifest, present: set[str], reasons: Reasons) -> list[Entry]:
    """Return an entry to be refused for each file that a manifest names and its source does not have."""
    named = dict.fromkeys(plain_name(row.name) for row in manifest.rows)
    return [
        RefusedEntry(name, reasons.get(name, _ABSENT) if is_safe_name(name) else OUTSIDE)
        for name in named
        if name not in present
    ]


def folded_name(name: str) -> str:
    """Return a path as it is compared where it is written otherwise.

    Args:
        name: a path inside a source, in whatever form.
    """
    text = unicodedata.normalize("NFC", "".join(_narrow(character) for character in visible(name)))
    text = text.translate(_LOOKALIKES).replace("\\", "/").casefold()
    parts = (" ".join(part.split()) for part in text.split("/"))
    return "/".join(part for part in parts if part not in ("", "."))


def _names_of_pages(files: list[Entry]) -> dict[str, str]:
    """Return the documents by the name of their first page: that is what an exported table calls their records."""
    return {f"{entry.name}/0001.png": entry.name for entry in files if is_document(entry)}


def _near(wanted: Mapping[str, list[str]], free: list[str]) -> tuple[dict[str, str], Reasons]:
    """Find the files whose names are written otherwise, and say where that cannot be told."""
    found: dict[str, str] = {}
    reasons: Reasons = {}
    tables = [(_table(free, of_file), of_row) for of_file, of_row in _WAYS] if wanted else []
    for name, ways in wanted.items():
        fitting = next((fit for table, fold in tables if (fit := _fitting(table, fold, ways))), [])
        if len(fitting) == 1:
            found[name] = fitting[0]
        elif fitting:
            names = "、".join(fitting[:_MOST_NAMES]) + ("……" if len(fitting) > _MOST_NAMES else "")
            reasons[name] = _SEVERAL_FILES % {"names": names}
    rows = Counter(found.values())
    reasons |= {name: _SEVERAL_ROWS % {"name": file} for name, file in found.items() if rows[file] > 1}
    return {name: file for name, file in found.items() if rows[file] == 1}, reasons


def _table(free: list[str], fold: Callable[[str], str]) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for name in free:
        for key in {fold(name), fold(safe_cell(name))}:
            table.setdefault(key, []).append(name)
    return table


def _fitting(table: Mapping[str, list[str]], fold: Callable[[str], str], ways: list[str]) -> list[str]:
    return next((table[key] for way in ways if (key := fold(way)) in table), [])


def _same_suffix(name: str) -> str:
    folded = folded_name(name)
    suffix = PurePosixPath(folded).suffix
    return folded.removesuffix(suffix) + _SAME_SUFFIXES.get(suffix, suffix)


def _without_suffix(name: str) -> str:
    folded = folded_name(name)
    return folded.removesuffix(PurePosixPath(folded).suffix)


# How a file's name is folded and how a row's, the nearest first: as it is, .jpeg for .jpg, and no suffix in the row.
_WAYS = ((folded_name, folded_name), (_same_suffix, _same_suffix), (_without_suffix, folded_name))


def _narrow(character: str) -> str:
    """Return the ordinary form of a full-width or half-width character."""
    kind, _space, code = unicodedata.decomposition(character).partition(" ")
    return chr(int(code, 16)) if kind in ("<wide>", "<narrow>") else character
