"""Files and folders are written through to the disk, and what cannot be is said."""

from pathlib import Path

import pytest

from inference.engine.durable_files import make_folder, sync_files, sync_folder


def test_a_folder_is_made_with_all_above_it_and_may_be_there(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b" / "c"
    make_folder(folder)
    make_folder(folder)
    assert folder.is_dir()


def test_a_file_where_a_folder_is_wanted_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(OSError, match="a"):
        make_folder(tmp_path / "a" / "b")
    with pytest.raises(NotADirectoryError):
        sync_folder(tmp_path / "a")


def test_a_folder_that_has_no_writing_to_wait_for_is_no_fault() -> None:
    sync_folder(Path("/proc"))


def test_the_files_of_a_folder_stay_as_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    make_folder(folder)
    (folder / "1.jpg").write_bytes(b"a picture")
    sync_files(folder)
    assert (folder / "1.jpg").read_bytes() == b"a picture"
