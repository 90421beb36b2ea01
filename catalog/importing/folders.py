"""Folders and manifests as import sources: files that lie on disk."""

import os
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from catalog.exceptions import ImportSourceError
from catalog.faults import disk_reason
from catalog.importing.entries import (
    Entry,
    FileEntry,
    ImportSource,
    RefusedEntry,
    is_manifest,
    is_safe_name,
    is_system_file,
    plain_name,
)
from catalog.importing.manifest import Manifest, read_manifest

OUTSIDE = _("路径指向来源之外，已拒绝。")
_ABSENT = _("清单里有这个文件，来源里没有。")


def folder_source(folder: Path) -> ImportSource:
    """Open a folder with everything below it; its own manifest.csv is used.

    Args:
        folder: an existing folder.

    Returns:
        The source.

    Raises:
        ImportSourceError: the folder or its manifest cannot be read.
    """
    root = folder.resolve()
    entries: list[Entry] = []

    def refuse_folder(error: OSError) -> None:
        if Path(error.filename) == root:
            raise ImportSourceError(
                _("文件夹 %(path)s 无法读取：%(detail)s。"), path=str(folder), detail=disk_reason(error)
            )
        name = plain_name(_legible(Path(error.filename).relative_to(root).as_posix()))
        entries.append(RefusedEntry(name, _("文件夹无法读取，里面的文件没有导入。")))

    # os.walk follows no links to folders, so it cannot go round in circles.
    for parent, folders, files in os.walk(root, onerror=refuse_folder):
        folders.sort()
        entries += [_file(root, Path(parent, name)) for name in sorted(files)]
    entries = [entry for entry in entries if not is_system_file(entry.name)]
    own = next((entry for entry in entries if isinstance(entry, FileEntry) and is_manifest(entry.name)), None)
    manifest = _read(own.path) if own else Manifest()
    entries = [entry for entry in entries if entry is not own]
    return ImportSource(entries + absent_entries(manifest, entries), manifest)


def manifest_source(path: Path) -> ImportSource:
    """Open a manifest: the files it names, relative to its folder.

    Args:
        path: an existing CSV file.

    Returns:
        The source.

    Raises:
        ImportSourceError: the manifest cannot be read.
    """
    manifest = _read(path)
    root = path.resolve().parent
    entries: dict[str, Entry] = {}
    for row in manifest.rows:
        name = plain_name(row.name)
        if is_safe_name(name):
            entries.setdefault(name, _file(root, root / name))
        else:
            entries.setdefault(name, RefusedEntry(name, OUTSIDE))
    return ImportSource(list(entries.values()), manifest)


def absent_entries(manifest: Manifest, entries: list[Entry]) -> list[Entry]:
    """Return an entry to be refused for each file that a manifest names and its source does not have."""
    present = {entry.name for entry in entries}
    named = dict.fromkeys(plain_name(row.name) for row in manifest.rows)
    return [RefusedEntry(name, _ABSENT if is_safe_name(name) else OUTSIDE) for name in named if name not in present]


def _file(root: Path, path: Path) -> Entry:
    name = plain_name(_legible(path.relative_to(root).as_posix()))
    try:
        inside = path.resolve().is_relative_to(root)
    except (RuntimeError, OSError):
        return RefusedEntry(name, _("链接绕成了圈，或指向无法读取的地方。"))
    if not inside:
        return RefusedEntry(name, OUTSIDE)
    return FileEntry(name, path)


def _legible(name: str) -> str:
    """Return a file name as text. Unpacking an archive from Chinese Windows leaves names in GB18030 on a disk."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("gb18030", errors="replace")
    return name


def _read(path: Path) -> Manifest:
    try:
        return read_manifest(path.read_bytes())
    except OSError as error:
        raise ImportSourceError(
            _("清单 %(path)s 无法读取：%(detail)s。"), path=str(path), detail=disk_reason(error)
        ) from error
