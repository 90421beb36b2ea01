"""The entries of an archive are counted without being kept."""

import tracemalloc
import zipfile
from pathlib import Path

import pytest

from catalog.exceptions import ImportSourceError
from catalog.importing.archive_directories import entry_count
from catalog.importing.archives import ArchiveLimits, archive_source


def packed(path: Path, count: int, comment: bytes = b"") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number:06d}.jpg", b"")
        archive.comment = comment
    return path


@pytest.mark.parametrize("comment", [b"", "石桥镇档案馆，第三箱".encode("gb18030")])
def test_what_an_archive_tells_is_what_it_has(tmp_path: Path, comment: bytes) -> None:
    path = packed(tmp_path / "a.zip", 7, comment)

    assert entry_count(path, 100) == 7
    assert entry_count(path, 3) == 7


def test_the_wide_numbers_of_a_large_archive_are_read(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", 65_540)

    assert entry_count(path, 200_000) == 65_540
    assert entry_count(path, 10) == 65_540


def test_an_archive_behind_other_bytes_is_counted_too(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", 5)
    path.write_bytes(b"#!/bin/sh\n" * 50 + path.read_bytes())

    assert entry_count(path, 100) == 5


def test_an_end_that_lies_does_not_get_past_the_count(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", 50)
    raw = bytearray(path.read_bytes())
    end = raw.rindex(b"PK\x05\x06")
    raw[end + 8 : end + 12] = (1).to_bytes(2, "little") * 2
    path.write_bytes(raw)

    assert entry_count(path, 20) == 21


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"no archive at all" * 10, b"PK\x06\x06" + b"\0" * 200])
def test_what_is_no_archive_has_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(content)

    assert entry_count(path, 10) == 0


def test_an_archive_of_too_many_is_refused_before_its_directory_is_kept(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", 20_000)
    tracemalloc.start()
    try:
        with (
            pytest.raises(ImportSourceError, match="20000 个文件，超过上限 1000 个"),
            archive_source(path, tmp_path, ArchiveLimits(entries=1000)),
        ):
            pass
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    # The directory alone has more than a megabyte, and as Python's objects ten times as much.
    assert most < 600_000
