"""ZIP archives as import sources, taken for hostile.

No entry is ever written under a name from the archive: each is unpacked to a file of our own naming and removed
after use. Archives that would fill the disk are refused as a whole before anything is unpacked.
"""

import errno
import lzma
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.exceptions import FileRejected, ImportSourceError
from catalog.importing.archive_directories import entry_count
from catalog.importing.archive_names import UnmarkedFile, entry_names, is_folder
from catalog.importing.entries import (
    Entry,
    ImportSource,
    RefusedEntry,
    is_manifest,
    is_safe_name,
    is_system_file,
)
from catalog.importing.manifest import Manifest, read_manifest
from catalog.importing.matching import OUTSIDE, source_of

# The second bit: names and sizes too.
_ENCRYPTED = 0x1 | 0x40
_AES = 99
_READABLE_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
# The numbers that the ZIP specification (APPNOTE, 4.4.5) gives to methods.
_METHODS = {
    1: "Shrink", 2: "Reduce", 3: "Reduce", 4: "Reduce", 5: "Reduce", 6: "Implode", 9: "Deflate64", 10: "PKWARE DCL",
    18: "IBM TERSE", 19: "IBM LZ77", 93: "Zstandard", 94: "MP3", 95: "XZ", 96: "JPEG", 97: "WavPack", 98: "PPMd",
}  # fmt: skip
_CHUNK = 1024 * 1024
# What zipfile lets through of a damaged or odd archive.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
_NEWER = _("%(path)s 用的是较新的 ZIP 格式，这里无法解压。请先解压，再导入解压出来的文件夹。")
_DAMAGED_ENTRY = _("压缩包里的这个文件已损坏，无法解压。")


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may be at most.

    Attributes:
        entries: number of files.
        total_bytes: all files together, unpacked.
        entry_bytes: one file, unpacked.
        ratio: unpacked size over packed size of one file, asked of files over `ratio_from` bytes. Scans have grain
            and hardly ever shrink to a tenth; a bomb shrinks to a thousandth.
        ratio_from: size in bytes from which the ratio is asked.
    """

    entries: int = 200_000
    total_bytes: int = 256 * 1024**3
    entry_bytes: int = 4 * 1024**3
    ratio: int = 300
    ratio_from: int = 16 * 1024**2


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """A file inside an archive."""

    name: str
    archive: zipfile.ZipFile
    info: zipfile.ZipInfo
    staging: Path

    @contextmanager
    def local(self) -> Iterator[Path]:
        """Unpack the file for as long as the context lasts."""
        with tempfile.NamedTemporaryFile(dir=self.staging) as target:
            try:
                # zipfile reads no more than the size that was checked.
                with self.archive.open(self.info) as packed:
                    shutil.copyfileobj(packed, target, _CHUNK)
            except _DAMAGED as error:
                raise FileRejected(_DAMAGED_ENTRY) from error
            except OSError as error:
                # bzip2's way of saying so, and an entry that begins before the file. The disk's errors are others.
                if error.errno in (None, errno.EINVAL):
                    raise FileRejected(_DAMAGED_ENTRY) from error
                raise
            target.flush()
            yield Path(target.name)


@contextmanager
def archive_source(path: Path, staging: Path, limits: ArchiveLimits | None = None) -> Iterator[ImportSource]:
    """Open a ZIP archive; its own manifest.csv is used, at its top or in the one folder that everything lies in.

    Args:
        path: an existing file.
        staging: a folder for unpacked files, with room for the largest.
        limits: what is accepted; the defaults where None.

    Yields:
        The source, usable inside the context.

    Raises:
        ImportSourceError: it is no readable archive, or more than the limits allow.
    """
    limits = limits or ArchiveLimits()
    try:
        # Asked before it is opened: Python keeps half a kilobyte and more for each entry.
        _check_count(entry_count(path, limits.entries), limits)
        stack, archive, names = _opened(path)
    except NotImplementedError as error:
        raise ImportSourceError(_NEWER, path=str(path)) from error
    except (*_DAMAGED, OSError) as error:
        raise ImportSourceError(_("%(path)s 不是完好的 ZIP 压缩包。"), path=str(path)) from error
    with stack:
        named = [
            (name, info) for name, info in zip(names, archive.infolist(), strict=True) if not is_folder(name, info)
        ]
        _check([info for _name, info in named], limits, staging)
        manifest_name = _manifest_name([name for name, _info in named])
        manifest = _manifest(manifest_name, named, archive, limits)
        entries = _entries([pair for pair in named if pair[0] != manifest_name], archive, staging, limits)
        yield source_of(entries, manifest, folder=manifest_name.rpartition("/")[0], on_disk=False)


def _opened(path: Path) -> tuple[ExitStack, zipfile.ZipFile, list[str]]:
    """Open an archive and read its names; closing the stack closes it."""
    with ExitStack() as stack:
        file = stack.enter_context(UnmarkedFile(path))
        archive = stack.enter_context(zipfile.ZipFile(file))
        file.know(archive)
        names = entry_names(archive, file.marks)
        return stack.pop_all(), archive, names


def _entries(
    named: list[tuple[str, zipfile.ZipInfo]], archive: zipfile.ZipFile, staging: Path, limits: ArchiveLimits
) -> list[Entry]:
    entries: list[Entry] = []
    seen: set[str] = set()
    for name, info in sorted(named, key=lambda pair: pair[0]):
        if is_system_file(name) and is_safe_name(name):
            continue
        reason = _refusal(name, info, limits) if name not in seen else _("压缩包里有重名文件，只取第一个。")
        seen.add(name)
        if reason is None:
            entries.append(ArchiveEntry(name, archive, info, staging))
        else:
            entries.append(RefusedEntry(name, reason))
    return entries


def _refusal(name: str, info: zipfile.ZipInfo, limits: ArchiveLimits) -> str | Promise | None:
    """Return why an entry is not touched, or None."""
    if not is_safe_name(name):
        return OUTSIDE
    return _unreadable(info) or _excess(info, limits)


def _unreadable(info: zipfile.ZipInfo) -> str | Promise | None:
    """Return why an entry cannot be unpacked here, or None."""
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return _("压缩包里的链接或特殊文件，已拒绝。")
    if info.flag_bits & _ENCRYPTED or info.compress_type == _AES:
        return _("压缩包里的这个文件加了密码，请去掉密码再导入。")
    if info.compress_type not in _READABLE_METHODS:
        method = _METHODS.get(info.compress_type, str(info.compress_type))
        return _(
            "压缩包里的这个文件没有损坏，但用的是 %(method)s 压缩方式，这里无法解压。"
            "请先解压，再导入解压出来的文件夹；或改用 Deflate 方式重新压缩。"
        ) % {"method": method}
    return None


def _excess(info: zipfile.ZipInfo, limits: ArchiveLimits) -> Promise | None:
    """Return why an entry is too large, or None."""
    if info.file_size > limits.entry_bytes:
        return _("解压后的文件太大，已拒绝。")
    if info.file_size > limits.ratio_from and info.file_size > limits.ratio * max(info.compress_size, 1):
        return _("压缩比异常（疑似压缩炸弹），已拒绝。")
    return None


def _check_count(count: int, limits: ArchiveLimits) -> None:
    """Refuse the whole archive where it holds too many files."""
    if count > limits.entries:
        raise ImportSourceError(
            _("压缩包里有 %(count)s 个文件，超过上限 %(limit)s 个。"), count=count, limit=limits.entries
        )


def _check(infos: list[zipfile.ZipInfo], limits: ArchiveLimits, staging: Path) -> None:
    """Refuse the whole archive where it holds too many bytes."""
    total = sum(info.file_size for info in infos)
    allowed = min(limits.total_bytes, shutil.disk_usage(staging).free)
    if total > allowed:
        raise ImportSourceError(
            _("压缩包解压后有 %(total)s MB，超过上限或磁盘剩余空间 %(limit)s MB。"),
            total=total // 1024**2,
            limit=allowed // 1024**2,
        )


def _manifest_name(names: list[str]) -> str:
    """Return which name is the manifest's, empty where there is none.

    Packing a folder packs its name too, so the manifest may lie in the one folder that holds everything.
    """
    names = sorted(name for name in names if is_safe_name(name) and not is_system_file(name))
    tops = {name.partition("/")[0] for name in names}
    folder = f"{tops.pop()}/" if len(tops) == 1 else ""
    at_top = [name for name in names if is_manifest(name)]
    below = [name for name in names if folder and is_manifest(name.removeprefix(folder))]
    return next(iter(at_top + below), "")


def _manifest(
    manifest_name: str, named: list[tuple[str, zipfile.ZipInfo]], archive: zipfile.ZipFile, limits: ArchiveLimits
) -> Manifest:
    info = next((info for name, info in named if manifest_name and name == manifest_name), None)
    if info is None:
        return Manifest()
    if info.file_size > 64 * 1024**2:
        raise ImportSourceError(_("压缩包里的清单太大。"))
    if (reason := _refusal(manifest_name, info, limits)) is not None:
        raise ImportSourceError(_("压缩包里的清单“%(name)s”：%(reason)s"), name=manifest_name, reason=reason)
    try:
        content = archive.read(info)
    except (*_DAMAGED, OSError) as error:
        raise ImportSourceError(_("压缩包里的清单已损坏，无法读取。")) from error
    return read_manifest(content)
