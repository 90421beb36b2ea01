"""A set of hostile archives, and any number of broken ones: refused in a sentence, with nothing written outside."""

import io
import stat
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.exceptions import FileRejected, ImportSourceError
from catalog.importing.archives import ArchiveLimits, archive_source

GOOD = ("好.jpg", b"good")


def one(info: zipfile.ZipInfo | str, content: bytes = b"x", compression: int = zipfile.ZIP_STORED) -> bytes:
    """Return an archive with one bad entry beside a good one."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        archive.writestr(info, content, compression)
        archive.writestr(*GOOD)
    return target.getvalue()


def special(kind: int) -> zipfile.ZipInfo:
    """Return an entry that is no file: a link, a device, a pipe."""
    info = zipfile.ZipInfo("1.jpg")
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    return info


def locked() -> bytes:
    """Return an archive whose first entry asks for a password."""
    raw = bytearray(one("1.jpg"))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def overlapping() -> bytes:
    """Return an archive in which two names share one entry's bytes, as bombs do to be small."""
    raw = bytearray(one("1.jpg", b"y" * 64))
    second = raw.index(b"PK\x01\x02", raw.index(b"PK\x01\x02") + 4)
    raw[second + 42 : second + 46] = (0).to_bytes(4, "little")
    return bytes(raw)


HOSTILE = {
    "a way up": one("../../1.jpg"),
    "a way up on Windows": one("..\\..\\1.jpg"),
    "a way up in the middle": one("a/../../1.jpg"),
    "from the root": one("/etc/cron.d/1.jpg"),
    "from a drive": one("C:\\Windows\\1.jpg"),
    "from a share": one("\\\\server\\share\\1.jpg"),
    "a link": one(special(stat.S_IFLNK), b"/etc/passwd"),
    "a device": one(special(stat.S_IFBLK)),
    "a pipe": one(special(stat.S_IFIFO)),
    "a socket": one(special(stat.S_IFSOCK)),
    "a bomb": one("1.jpg", b"\0" * 20_000_000, zipfile.ZIP_DEFLATED),
    "a password": locked(),
}


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    folder = tmp_path / "inner" / "staging"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("name", HOSTILE)
def test_each_is_refused_in_a_sentence_and_the_good_file_comes_out(name: str, tmp_path: Path, staging: Path) -> None:
    path = tmp_path / "hostile.zip"
    path.write_bytes(HOSTILE[name])
    came, refused = [], []

    with archive_source(path, staging) as source:
        for entry in source.entries:
            try:
                with entry.local() as unpacked:
                    came.append((entry.name, unpacked.read_bytes()))
            except FileRejected as error:
                refused.append(str(error))

    assert came == [GOOD]
    assert len(refused) == 1
    assert refused[0].endswith("。")
    assert sorted(item.name for item in tmp_path.rglob("*")) == ["hostile.zip", "inner", "staging"]


def test_entries_that_share_their_bytes_give_no_more_than_they_say(tmp_path: Path, staging: Path) -> None:
    path = tmp_path / "overlap.zip"
    path.write_bytes(overlapping())

    with archive_source(path, staging) as source:
        first, second = sorted(source.entries, key=lambda entry: entry.name)
        with first.local() as unpacked:
            assert unpacked.read_bytes() == b"y" * 64
        with pytest.raises(FileRejected), second.local():
            pass


def test_many_small_bombs_are_refused_together(tmp_path: Path, staging: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"{number}.jpg", b"\0" * 1_000_000)

    with (
        pytest.raises(ImportSourceError, match="。"),
        archive_source(path, staging, ArchiveLimits(total_bytes=10_000_000)),
    ):
        pass


WHOLE = one("1.jpg", b"A" * 300, zipfile.ZIP_DEFLATED)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    damage=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=8),
    cut=st.integers(0, len(WHOLE)),
    more=st.binary(max_size=30),
)
def test_whatever_is_broken_is_refused_or_read(damage: list[tuple[int, int]], cut: int, more: bytes) -> None:
    raw = bytearray(WHOLE)
    for place, value in damage:
        raw[place] = value
    _read_all(bytes(raw) + more)
    _read_all(bytes(raw[:cut]) + more)


@settings(deadline=None, max_examples=150)
@given(names=st.lists(st.text(min_size=1, max_size=40).filter(lambda name: "\0" not in name), max_size=6, unique=True))
def test_whatever_entries_are_called_nothing_lands_outside(names: list[str]) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            try:
                archive.writestr(zipfile.ZipInfo(name), b"x")
            except UnicodeEncodeError:
                continue
    _read_all(target.getvalue())


def _read_all(content: bytes) -> None:
    """Read an archive to its end; only the catalogue's own refusals may come, and nothing may be left."""
    with tempfile.TemporaryDirectory() as name:
        path, staging = Path(name, "a.zip"), Path(name, "staging")
        path.write_bytes(content)
        staging.mkdir()
        try:
            with archive_source(path, staging) as source:
                for entry in source.entries:
                    _unpack(entry)
        except ImportSourceError as error:
            assert str(error)  # noqa: PT017 - any number of these may come or none
        assert sorted(item.name for item in Path(name).rglob("*")) == ["a.zip", "staging"]


def _unpack(entry: object) -> None:
    try:
        with entry.local() as unpacked:  # type: ignore[attr-defined]
            unpacked.read_bytes()
    except FileRejected as error:
        assert str(error)  # noqa: PT017 - as above
