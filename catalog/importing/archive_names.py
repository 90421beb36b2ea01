"""The names of a ZIP archive's entries, as the person who packed it saw them.

Names with the UTF-8 mark are UTF-8 by the standard, those without are code page 437. In truth those without are UTF-8
(macOS), code page 936 (Windows in China) or 950 (in Taiwan), and some programs set the mark over code page 936.
"""

import io
import struct
import zipfile
import zlib
from pathlib import Path

from catalog.importing.archive_directories import directory_start
from catalog.importing.entries import plain_name
from inference.engine.encodings import read_together

# What `zipfile` decodes unmarked names with: each byte is a character and can be had back.
_UNMARKED = "cp437"
_WESTERN = (_UNMARKED, "cp1252")
_UTF8_MARK = 0x800
_FLAGS = struct.Struct("<H")
_HEADER_SIGNATURE, _HEADER_FLAGS, _SHORTEST_HEADER = b"PK\x03\x04", 6, 30
_DIRECTORY_SIGNATURE, _DIRECTORY_FLAGS = b"PK\x01\x02", 8
_DIRECTORY_LENGTHS, _DIRECTORY_HEADER = struct.Struct("<28x3H"), 46
_EXTRA_HEADER = struct.Struct("<2H")
_UNICODE_PATH = 0x7075
_UNICODE_PATH_HEADER = struct.Struct("<BL")
_DOS_FOLDER = 0x10


class UnmarkedFile(io.BufferedReader):
    """An archive's file in which no name bears the UTF-8 mark.

    `zipfile` refuses a whole archive for one name that bears the mark and is none. Without it every name comes out as
    its bytes, and what they mean is decided here.

    Attributes:
        marks: for each entry, in the order of the directory, whether its name bears the mark in truth.
    """

    def __init__(self, path: Path) -> None:
        """Open an archive.

        Args:
            path: where it lies.

        Raises:
            OSError: it cannot be read.
        """
        super().__init__(io.FileIO(path))
        self.marks: list[bool] = []
        self._headers: frozenset[int] = frozenset()
        self._directory: int | None = None
        self._directory = directory_start(self)
        self.seek(0)

    def know(self, archive: zipfile.ZipFile) -> None:
        """Take note of where the headers of an opened archive's entries are."""
        self._headers = frozenset(info.header_offset for info in archive.infolist())

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as from any file, headers without the mark."""
        start = self.tell()
        content = super().read(size)
        if start == self._directory and content.startswith(_DIRECTORY_SIGNATURE):
            return self._unmarked_directory(bytearray(content))
        if start in self._headers and len(content) >= _SHORTEST_HEADER and content.startswith(_HEADER_SIGNATURE):
            header = bytearray(content)
            _clear_mark(header, _HEADER_FLAGS)
            return bytes(header)
        return content

    def _unmarked_directory(self, content: bytearray) -> bytes:
        marks, at = [], 0
        while content[at : at + len(_DIRECTORY_SIGNATURE)] == _DIRECTORY_SIGNATURE:
            if len(content) < at + _DIRECTORY_HEADER:
                break
            lengths = _DIRECTORY_LENGTHS.unpack_from(content, at)
            marks.append(_clear_mark(content, at + _DIRECTORY_FLAGS))
            at += _DIRECTORY_HEADER + sum(lengths)
        self.marks = marks
        return bytes(content)


def entry_names(archive: zipfile.ZipFile, marks: list[bool]) -> list[str]:
    """Read the names of all entries, with forward slashes.

    Args:
        archive: one opened from an `UnmarkedFile`.
        marks: which of its names bear the UTF-8 mark.

    Returns:
        The names, in the order of the directory.
    """
    infos = archive.infolist()
    raws = [info.orig_filename.encode(_UNMARKED) for info in infos]
    names = [_unicode_path(info.extra, raw) or "" for info, raw in zip(infos, raws, strict=True)]
    # 7-Zip marks the names that the code page lacks and no others, so one archive may have both.
    for marked in (True, False):
        places = [at for at, name in enumerate(names) if not name and marks[at] is marked]
        texts = read_together([raws[at] for at in places], western=_WESTERN, claimed=marked)
        for at, text in zip(places, texts, strict=True):
            names[at] = text
    return [plain_name(name) for name in names]


def is_folder(name: str, info: zipfile.ZipInfo) -> bool:
    """Tell whether an entry is a folder: .NET ends its name with a backslash, and some programs with nothing."""
    return name.endswith("/") or (info.external_attr & _DOS_FOLDER != 0 and info.file_size == 0)


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """Return the name that stands beside a name in UTF-8; None where there is none, or where it is another name's."""
    at = 0
    while at + _EXTRA_HEADER.size <= len(extra):
        kind, length = _EXTRA_HEADER.unpack_from(extra, at)
        field = extra[at + _EXTRA_HEADER.size : at + _EXTRA_HEADER.size + length]
        at += _EXTRA_HEADER.size + length
        if kind != _UNICODE_PATH or len(field) < _UNICODE_PATH_HEADER.size:
            continue
        version, checksum = _UNICODE_PATH_HEADER.unpack_from(field)
        # A program that knew nothing of it may have renamed the entry.
        if version == 1 and checksum == zlib.crc32(raw):
            try:
                return field[_UNICODE_PATH_HEADER.size :].decode()
            except UnicodeDecodeError:
                return None
    return None


def _clear_mark(content: bytearray, at: int) -> bool:
    """Take the mark from flags, and tell whether it was there."""
    (flags,) = _FLAGS.unpack_from(content, at)
    _FLAGS.pack_into(content, at, flags & ~_UTF8_MARK)
    return bool(flags & _UTF8_MARK)
