"""Folders and manifests as import sources: files that lie on disk."""

import os
from collections.abc import Mapping
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
from catalog.importing.matching import OUTSIDE, Reasons, folded_name, match_rows, source_of
from inference.engine.encodings import read_together

_XMP = (".xmp", ".XMP")


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
    refused: list[Path] = []

    def refuse_folder(error: OSError) -> None:
        if Path(error.filename) == root:
            raise ImportSourceError(
                _("文件夹 %(path)s 无法读取：%(detail)s。"), path=str(folder), detail=disk_reason(error)
            )
        refused.append(Path(error.filename))

    paths: list[Path] = []
    # os.walk follows no links to folders, so it cannot go round in circles.
    for parent, folders, files in os.walk(root, onerror=refuse_folder):
        folders.sort()
        paths += [Path(parent, name) for name in sorted(files)]
    names = _names(root, [*paths, *refused])
    entries = [_file(root, path, names[path]) for path in paths]
    entries += [RefusedEntry(names[path], _("文件夹无法读取，里面的文件没有导入。")) for path in refused]
    entries = [entry for entry in entries if not is_system_file(entry.name)]
    own = next((entry for entry in entries if isinstance(entry, FileEntry) and is_manifest(entry.name)), None)
    manifest = _read(own.path) if own else Manifest()
    return source_of([entry for entry in entries if entry is not own], manifest)


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
    named = list(dict.fromkeys(plain_name(row.name) for row in manifest.rows))
    there = {name: _file(root, root / name, name) for name in named if is_safe_name(name) and _is_there(root / name)}
    near = _near(root, [name for name in named if name not in there])
    manifest, reasons = match_rows(manifest, [*there.values(), *near])
    files = there | {entry.name: entry for entry in near}
    # What nobody names is not imported, except what describes a picture that is.
    entries = [_named(root, plain_name(row.name), files, reasons) for row in manifest.rows]
    beside = [sidecar for entry in entries if isinstance(entry, FileEntry) for sidecar in _beside(root, entry)]
    unique = {entry.name: entry for entry in [*entries, *beside]}
    return source_of(list(unique.values()), manifest)


def _named(root: Path, name: str, files: Mapping[str, Entry], reasons: Reasons) -> Entry:
    if name in files:
        return files[name]
    if not is_safe_name(name):
        return RefusedEntry(name, OUTSIDE)
    return RefusedEntry(name, reasons[name]) if name in reasons else _file(root, root / name, name)


def _near(root: Path, missing: list[str]) -> list[Entry]:
    """Return the files in the folders that rows mean whose own file is not there, whatever these are called exactly."""
    if not missing:
        return []
    folders: dict[str, list[Path]] = {}
    for name in missing:
        folder = folded_name(name).rpartition("/")[0]
        if folder not in folders:
            folders[folder] = _folders(root, folder)
    paths = [path for found in folders.values() for parent in found for path in _listed(parent) if path.is_file()]
    names = _names(root, paths)
    return [entry for path in paths if not is_system_file((entry := _file(root, path, names[path])).name)]


def _folders(root: Path, folded: str) -> list[Path]:
    """Return the folders below `root` that are called so, folded; there may be several."""
    found = [root]
    for part in folded.split("/") if folded else ():
        below = [path for parent in found for path in _listed(parent) if path.is_dir() and not path.is_symlink()]
        names = _names(root, below)
        found = [path for path in below if folded_name(names[path]).rpartition("/")[2] == part]
    return found


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        # Its files are then not there, which is said.
        return []


def _beside(root: Path, entry: FileEntry) -> list[Entry]:
    """Return the files that may describe a picture by their name."""
    ways = [Path(f"{entry.path}{suffix}") for suffix in _XMP] + [entry.path.with_suffix(suffix) for suffix in _XMP]
    stem = entry.name.removesuffix(entry.path.suffix)
    names = [f"{entry.name}{suffix}" for suffix in _XMP] + [f"{stem}{suffix}" for suffix in _XMP]
    return [_file(root, path, name) for path, name in zip(ways, names, strict=True) if _is_there(path)]


def _is_there(path: Path) -> bool:
    """Tell whether there is a file. Where it cannot be told there is, and why it cannot be read is said on its turn."""
    try:
        return path.is_file()
    except OSError:
        return True


def _file(root: Path, path: Path, name: str) -> Entry:
    try:
        inside = path.resolve().is_relative_to(root)
    except (RuntimeError, OSError):
        return RefusedEntry(name, _("链接绕成了圈，或指向无法读取的地方。"))
    if not inside:
        return RefusedEntry(name, OUTSIDE)
    return FileEntry(name, path)


def _names(root: Path, paths: list[Path]) -> dict[Path, str]:
    """Return the names of files inside a source. Unpacking archives from Chinese Windows leaves GB18030 on a disk."""
    raws = [os.fsencode(path.relative_to(root).as_posix()) for path in paths]
    return {path: plain_name(name) for path, name in zip(paths, read_together(raws, claimed=True), strict=True)}


def _read(path: Path) -> Manifest:
    try:
        return read_manifest(path.read_bytes())
    except OSError as error:
        raise ImportSourceError(
            _("清单 %(path)s 无法读取：%(detail)s。"), path=str(path), detail=disk_reason(error)
        ) from error
