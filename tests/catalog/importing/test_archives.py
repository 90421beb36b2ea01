"""Archives are taken for hostile."""

import os
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from catalog.exceptions import FileRejected, ImportSourceError
from catalog.importing.archives import ArchiveLimits, archive_source
from catalog.importing.sources import open_source


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    folder = tmp_path / "staging"
    folder.mkdir()
    return folder


def packed(tmp_path: Path, files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    path = tmp_path / "scans.zip"
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def contents(path: Path, staging: Path, limits: ArchiveLimits | None = None) -> dict[str, bytes | None]:
    """Return what comes out under which name; None for what is refused."""
    found: dict[str, bytes | None] = {}
    with archive_source(path, staging, limits) as source:
        for entry in source.entries:
            try:
                with entry.local() as unpacked:
                    assert unpacked.parent == staging
                    found[entry.name] = unpacked.read_bytes()
            except FileRejected:
                found[entry.name] = None
    return found


def test_files_come_out_under_their_names_and_nothing_stays_behind(tmp_path: Path, staging: Path) -> None:
    path = packed(tmp_path, {"甲/1.jpg": b"one", "2.jpg": b"two", "__MACOSX/2.jpg": b"x", ".DS_Store": b"x"})

    assert contents(path, staging) == {"2.jpg": b"two", "甲/1.jpg": b"one"}
    assert list(staging.iterdir()) == []


@pytest.mark.parametrize("name", ["../1.jpg", "a/../../1.jpg", "/etc/1.jpg", "C:\\1.jpg", "..\\1.jpg", "C:/1.jpg"])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, staging: Path, name: str) -> None:
    path = packed(tmp_path, {name: b"x", "2.jpg": b"two"})

    found = contents(path, staging)

    assert found.pop("2.jpg") == b"two"
    assert list(found.values()) == [None]


def test_links_are_refused(tmp_path: Path, staging: Path) -> None:
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("1.jpg")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")

    assert contents(path, staging) == {"1.jpg": None}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_entries_with_one_name_the_first_counts(tmp_path: Path, staging: Path) -> None:
    path = tmp_path / "twice.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.jpg", b"first")
        archive.writestr("1.jpg", b"second")

    with archive_source(path, staging) as source:
        first, second = source.entries
        with first.local() as unpacked:
            assert unpacked.read_bytes() == b"first"
        with pytest.raises(FileRejected), second.local():
            pass


def test_an_entry_that_unpacks_to_far_more_than_it_should_is_refused(tmp_path: Path, staging: Path) -> None:
    limits = ArchiveLimits(ratio=100, ratio_from=1000)
    path = packed(tmp_path, {"bomb.bmp": b"\0" * 1_000_000, "1.jpg": os.urandom(2000)}, zipfile.ZIP_DEFLATED)

    found = contents(path, staging, limits)

    assert found["bomb.bmp"] is None
    assert found["1.jpg"] is not None


def test_an_entry_over_the_limit_is_refused(tmp_path: Path, staging: Path) -> None:
    path = packed(tmp_path, {"1.jpg": b"x" * 11, "2.jpg": b"x" * 10})

    assert contents(path, staging, ArchiveLimits(entry_bytes=10)) == {"1.jpg": None, "2.jpg": b"x" * 10}


@pytest.mark.parametrize("limits", [ArchiveLimits(entries=1), ArchiveLimits(total_bytes=3)])
def test_too_many_files_or_bytes_refuse_the_whole_archive(tmp_path: Path, staging: Path, limits: ArchiveLimits) -> None:
    path = packed(tmp_path, {"1.jpg": b"ab", "2.jpg": b"cd"})

    with pytest.raises(ImportSourceError), archive_source(path, staging, limits):
        pass


def test_a_size_that_lies_gets_no_more_than_it_says(tmp_path: Path, staging: Path) -> None:
    path = packed(tmp_path, {"1.jpg": b"x" * 5000}, zipfile.ZIP_DEFLATED)
    raw = bytearray(path.read_bytes())
    # The uncompressed size in the central directory, 24 bytes after its signature.
    at = raw.index(b"PK\x01\x02") + 24
    raw[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(raw)

    assert contents(path, staging) == {"1.jpg": None}


def test_a_damaged_entry_is_refused_and_the_others_come_out(tmp_path: Path, staging: Path) -> None:
    path = packed(tmp_path, {"1.jpg": b"A" * 100, "2.jpg": b"two"})
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"A" * 100) + 50] = ord("B")
    path.write_bytes(raw)

    assert contents(path, staging) == {"1.jpg": None, "2.jpg": b"two"}


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED])
def test_an_entry_damaged_under_any_compression_is_refused(tmp_path: Path, staging: Path, compression: int) -> None:
    path = packed(tmp_path, {"1.jpg": os.urandom(5000)}, compression)
    raw = bytearray(path.read_bytes())
    start = raw.index(b"1.jpg") + 5
    raw[start + 4 : start + 3000] = b"\xff" * 2996
    path.write_bytes(raw)

    assert contents(path, staging) == {"1.jpg": None}


def test_an_archive_for_newer_programs_is_refused_in_words(tmp_path: Path, staging: Path) -> None:
    path = packed(tmp_path, {"1.jpg": b"one"})
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 6] = 99
    path.write_bytes(raw)

    with pytest.raises(ImportSourceError, match="较新"), archive_source(path, staging):
        pass


def test_a_name_that_is_not_the_utf8_it_claims_to_be_refuses_nothing(tmp_path: Path, staging: Path) -> None:
    path = packed(tmp_path, {"桥.jpg": b"one", "2.jpg": b"two"})
    path.write_bytes(path.read_bytes().replace("桥".encode(), b"\xff\xfe\xfd"))

    found = contents(path, staging)

    assert found.pop("2.jpg") == b"two"
    assert list(found.values()) == [b"one"]


def test_an_encrypted_entry_is_refused(tmp_path: Path, staging: Path) -> None:
    path = packed(tmp_path, {"1.jpg": b"one"})
    raw = bytearray(path.read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)

    assert contents(path, staging) == {"1.jpg": None}


def test_names_packed_by_chinese_windows_are_read(tmp_path: Path, staging: Path) -> None:
    path = packed(tmp_path, {"aaaa.jpg": b"one"})
    path.write_bytes(path.read_bytes().replace(b"aaaa.jpg", "石桥".encode("gb18030") + b".jpg"))

    assert contents(path, staging) == {"石桥.jpg": b"one"}


def renamed(path: Path, names: dict[str, bytes]) -> Path:
    """Put other bytes, as many, in the place of names in an archive; its marks stay."""
    content = path.read_bytes()
    for name, other in names.items():
        assert len(name.encode()) == len(other)
        content = content.replace(name.encode(), other)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("placeholder", ["aaaa", "éé"])
@pytest.mark.parametrize("name", ["学校", "照片", "石桥"])
def test_names_in_gbk_are_read_whether_they_are_valid_utf8_or_marked_as_such(
    tmp_path: Path, staging: Path, placeholder: str, name: str
) -> None:
    path = renamed(packed(tmp_path, {f"{placeholder}/1.jpg": b"one"}), {placeholder: name.encode("gbk")})

    assert contents(path, staging) == {f"{name}/1.jpg": b"one"}


@pytest.mark.parametrize("name", ["Школа", "Ελλάδα", "Müller", "照片/石桥"])
def test_names_in_utf8_are_read_with_and_without_the_mark(tmp_path: Path, staging: Path, name: str) -> None:
    path = packed(tmp_path, {f"{name}.jpg": b"one"})
    assert contents(path, staging) == {f"{name}.jpg": b"one"}

    raw = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = raw.index(signature) + flags
        raw[at : at + 2] = (int.from_bytes(raw[at : at + 2], "little") & ~0x800).to_bytes(2, "little")
    path.write_bytes(raw)

    assert contents(path, staging) == {f"{name}.jpg": b"one"}


def test_marked_and_unmarked_names_of_one_archive_are_read_each_as_they_are(tmp_path: Path, staging: Path) -> None:
    files = {"Школа.jpg": b"one", "aaaa.jpg": b"two"}

    path = renamed(packed(tmp_path, files), {"aaaa": "学校".encode("gbk")})

    assert contents(path, staging) == {"Школа.jpg": b"one", "学校.jpg": b"two"}


@pytest.mark.parametrize(("checksum", "read"), [(None, "照片/國慶.jpg"), (0, None)])
def test_the_unicode_path_counts_where_it_is_of_this_name(
    tmp_path: Path, staging: Path, checksum: int | None, read: str | None
) -> None:
    name = "照片/國慶.jpg".encode("big5")
    known = zlib.crc32(name) if checksum is None else checksum
    path = tmp_path / "big5.zip"
    info = zipfile.ZipInfo("a" * len(name))
    field = struct.pack("<BL", 1, known) + "照片/國慶.jpg".encode()
    # Before it lies a field of another kind, as Info-ZIP writes them.
    info.extra = struct.pack("<2H", 0x5455, 5) + b"\x01\0\0\0\0" + struct.pack("<2H", 0x7075, len(field)) + field
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, b"one")

    found = contents(renamed(path, {"a" * len(name): name}), staging)

    assert list(found.values()) == [b"one"]
    # Another name's is passed over; what the bytes say is left.
    assert list(found) == [read or "照片/國慶.jpg"]


def test_a_marked_entry_that_holds_a_header_is_not_altered(tmp_path: Path, staging: Path) -> None:
    header = b"PK\x03\x04\x14\x00\x00\x08" + b"\0" * 22
    path = packed(tmp_path, {"照片.jpg": header, "2.jpg": header * 3})

    assert contents(path, staging) == {"照片.jpg": header, "2.jpg": header * 3}


def test_folders_of_dotnet_are_no_files(tmp_path: Path, staging: Path) -> None:
    path = packed(tmp_path, {"aaaa\\": b"", "aaaa\\bb\\": b"", "aaaa\\1.jpg": b"one", "empty.jpg": b""})
    dos_folder = zipfile.ZipInfo("plain")
    dos_folder.external_attr = 0x10
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(dos_folder, b"")

    assert contents(renamed(path, {"aaaa": "册一".encode("gbk")}), staging) == {"册一/1.jpg": b"one", "empty.jpg": b""}


@pytest.mark.parametrize(("method", "word"), [
    (9, "Deflate64"), (93, "Zstandard"), (98, "PPMd"), (6, "Implode"), (200, "200"), (99, "密码"),
])  # fmt: skip
def test_a_method_that_cannot_be_unpacked_is_named_and_not_called_damage(
    tmp_path: Path, staging: Path, method: int, word: str
) -> None:
    path = packed(tmp_path, {"1.jpg": b"one", "2.jpg": b"two"})
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02") + 10
    raw[8:10] = raw[at : at + 2] = method.to_bytes(2, "little")
    path.write_bytes(raw)

    with archive_source(path, staging) as source:
        refused, fine = source.entries
        with pytest.raises(FileRejected, match=word) as error, refused.local():
            pass
        assert "已损坏" not in str(error.value)
        with fine.local() as unpacked:
            assert unpacked.read_bytes() == b"two"


def test_a_manifest_that_cannot_be_unpacked_says_why(tmp_path: Path, staging: Path) -> None:
    path = packed(tmp_path, {"manifest.csv": "文件名\n1.jpg\n".encode(), "1.jpg": b"one"})
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02") + 10
    raw[8:10] = raw[at : at + 2] = (9).to_bytes(2, "little")
    path.write_bytes(raw)

    with pytest.raises(ImportSourceError, match=r"manifest\.csv.*Deflate64"), archive_source(path, staging):
        pass


def test_a_manifest_inside_is_used_and_is_no_picture(tmp_path: Path, staging: Path) -> None:
    path = packed(tmp_path, {"manifest.csv": "文件名,题名\n1.jpg,石桥\n2.jpg,x\n".encode(), "1.jpg": b"one"})

    with archive_source(path, staging) as source:
        assert source.manifest.rows[0].values == {"title": "石桥"}
        assert [entry.name for entry in source.entries] == ["1.jpg", "2.jpg"]
        with pytest.raises(FileRejected), source.entries[1].local():
            pass


def test_a_manifest_in_the_one_folder_of_an_archive_is_used(tmp_path: Path, staging: Path) -> None:
    manifest = "文件名,题名\n1.jpg,石桥\n老照片/2.jpg,木桥\n".encode()
    files = {"老照片/Manifest.csv": manifest, "老照片/1.jpg": b"one", "老照片/2.jpg": b"two", "__MACOSX/x": b"x"}

    with archive_source(packed(tmp_path, files), staging) as source:
        assert [entry.name for entry in source.entries] == ["老照片/1.jpg", "老照片/2.jpg"]
        assert [row.name for row in source.manifest.rows] == ["老照片/1.jpg", "老照片/2.jpg"]


@pytest.mark.parametrize(("name", "content"), [("x.zip", b"PK no archive"), ("x.jpg", b"no archive"), ("x", b"")])
def test_what_is_no_source_is_refused_in_words(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(ImportSourceError, match=name), open_source(path, tmp_path / "staging"):
        pass


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImportSourceError, match=r"missing\.csv"), open_source(tmp_path / "missing.csv", tmp_path):
        pass


def test_what_a_killed_import_unpacked_is_cleared_away_by_the_next(tmp_path: Path, staging: Path) -> None:
    old = staging / "old"
    old.mkdir()
    (old / "leftover").write_bytes(b"x")

    path = packed(tmp_path, {"1.jpg": b"one"})
    with open_source(path, staging), open_source(path, staging):
        assert not old.exists()
        assert len(list(staging.iterdir())) == 2, "one of two imports at once has taken the other's folder away"

    assert not list(staging.iterdir())
