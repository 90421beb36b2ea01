"""The directory of a ZIP archive: where it lies, and how many entries it has.

It is read without keeping anything of it; `zipfile` reads all entries to tell.
"""

import struct
from pathlib import Path
from typing import BinaryIO

_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_LONGEST_COMMENT = 1 << 16
_END_64 = struct.Struct("<4sQ2H2L4Q")
_END_64_SIGNATURE = b"PK\x06\x06"
_LOCATOR_64_SIGNATURE = b"PK\x06\x07"
_LOCATOR_64_SIZE = 20
_HEADER = struct.Struct("<4s24x3H12x")
_HEADER_SIGNATURE = b"PK\x01\x02"


def entry_count(path: Path, enough: int) -> int:
    """Return how many entries an archive has, folders included.

    Args:
        path: the archive.
        enough: counting ends where there are more.

    Returns:
        The number that its end tells, where that is more than `enough`; else how many its directory holds, since what
        the end tells may be a lie. 0 where it is no archive.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        end = _read_end(file)
        if end is None:
            return 0
        told, start, size = end
        return told if told > enough else _count(file, start, size, enough)


def directory_start(file: BinaryIO) -> int | None:
    """Return where the directory of an archive begins; None where it is no archive."""
    end = _read_end(file)
    return end[1] if end is not None else None


def _read_end(file: BinaryIO) -> tuple[int, int, int] | None:
    """Return the number of entries that an archive tells, and where its directory begins and how long it is."""
    length = file.seek(0, 2)
    first = max(0, length - _END.size - _LONGEST_COMMENT)
    file.seek(first)
    tail = file.read()
    at = tail.rfind(_END_SIGNATURE, 0, max(0, len(tail) - _END.size + len(_END_SIGNATURE)))
    if at < 0:
        return None
    _signature, _disk, _start_disk, _here, told, size, _offset, _comment = _END.unpack_from(tail, at)
    end = first + at
    # Large archives say the same again in wider numbers, right before.
    before = end - _LOCATOR_64_SIZE - _END_64.size
    if before >= 0:
        file.seek(before)
        wide = _END_64.unpack(file.read(_END_64.size))
        if wide[0] == _END_64_SIGNATURE and file.read(4) == _LOCATOR_64_SIGNATURE:
            return wide[7], before - wide[8], wide[8]
    return told, end - size, size


def _count(file: BinaryIO, start: int, size: int, enough: int) -> int:
    """Count the entries of a directory, from header to header."""
    count, end = 0, start + size
    file.seek(max(0, start))
    while file.tell() < end and count <= enough:
        raw = file.read(_HEADER.size)
        if len(raw) < _HEADER.size or not raw.startswith(_HEADER_SIGNATURE):
            break
        _signature, name, extra, comment = _HEADER.unpack(raw)
        file.seek(name + extra + comment, 1)
        count += 1
    return count
