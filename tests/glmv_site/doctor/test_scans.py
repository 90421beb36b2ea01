"""The doctor looks at the shares with scans: there, only to be read, and naming all that is referenced in place."""

import shutil
from pathlib import Path

import pytest
from pytest_django import Settings

from catalog.paths import recorded
from glmv_site.doctor.scans import places, shares
from tests.factories import ImageFileFactory
from tests.outages import make_read_only, mounted
from tests.shares import dead_server, unplugged


@pytest.fixture
def root(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "1.jpg").write_bytes(b"x")
    settings.GLMV_SCANS = [folder]
    return folder


def test_without_shares_there_is_nothing_to_say(settings: Settings) -> None:
    settings.GLMV_SCANS = []
    assert list(shares()) == []


def test_a_share_that_can_only_be_read_is_in_order(root: Path) -> None:
    with mounted(root):
        (root / "1.jpg").write_bytes(b"x")
        make_read_only(root)
        (finding,) = shares()
    assert finding.level == "ok"
    assert str(root) in finding.text


def test_a_share_that_can_be_written_to_is_pointed_out_with_what_to_do(root: Path) -> None:
    (finding,) = shares()
    assert finding.level == "note"
    assert "/etc/fstab" in finding.text


def test_a_share_that_is_away_is_an_error(root: Path) -> None:
    with unplugged(root):
        (finding,) = shares()
    assert finding.level == "error"
    assert f"{root} 是空的" in finding.text


def test_a_share_that_was_mounted_and_is_not_comes_with_the_command(root: Path) -> None:
    with mounted(root):
        (root / "1.jpg").write_bytes(b"x")
        list(shares())
    (root / "1.jpg").unlink()
    (finding,) = shares()
    assert finding.level == "error"
    assert f"mount {root}" in finding.text


def test_a_dead_server_does_not_keep_the_doctor_waiting(root: Path) -> None:
    shutil.rmtree(root)
    with dead_server(root):
        (finding,) = shares()
    assert finding.level == "error"
    assert "没有应答" in finding.text


def test_a_share_named_by_a_link_is_pointed_out(settings: Settings, root: Path) -> None:
    link = root.with_name("link")
    link.symlink_to(root)
    settings.GLMV_SCANS = [link]
    (finding,) = shares()
    assert finding.level == "note"
    assert str(root) in finding.text


@pytest.mark.django_db
def test_scans_outside_of_all_shares_are_counted_with_an_example_of_where_they_lie(root: Path) -> None:
    ImageFileFactory()
    for place in (root / "甲" / "1.jpg", Path("/mnt/usb/老照片/2.jpg"), Path(f"{root}2/3.jpg")):
        ImageFileFactory(master="", source_path=recorded(place))
    (finding,) = places()
    assert finding.level == "note"
    assert "有 2 个" in finding.text
    assert "/mnt/usb/老照片" in finding.text
    assert "GLMV_SCANS" in finding.text


@pytest.mark.django_db
def test_names_in_the_old_encoding_count_as_inside(root: Path) -> None:
    place = Path(f"{root}/\udcc0\udccf/1.jpg")
    ImageFileFactory(master="", source_path=recorded(place))
    (finding,) = places()
    assert finding.level == "ok"
