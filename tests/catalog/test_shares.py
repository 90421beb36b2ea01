"""A share that is away is told from files that are gone; nobody waits for a dead server."""

import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from pytest_django import Settings

from catalog import shares
from catalog.exceptions import ShareAway
from catalog.shares import RECORD, absence_of, require
from tests.outages import mounted
from tests.shares import dead_server, detach, unplugged
from tests.waiting import eventually


@pytest.fixture
def root(settings: Settings, tmp_path: Path) -> Path:
    """A share with one scan, named in the settings."""
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    folder = tmp_path / "nas" / "scans"
    (folder / "甲").mkdir(parents=True)
    (folder / "甲" / "1.jpg").write_bytes(b"x")
    settings.GLMV_SCANS = [folder]
    return folder


def _reason(path: Path) -> str:
    absence = absence_of(path, fresh=True)
    return "" if absence is None else str(absence)


def test_a_share_that_is_there_is_not_away(root: Path) -> None:
    assert absence_of(root / "甲" / "1.jpg") is None


def test_one_file_that_is_gone_is_one_files_loss(root: Path) -> None:
    assert absence_of(root / "甲" / "2.jpg") is None
    assert absence_of(root / "乙" / "2.jpg") is None


def test_an_empty_mount_point_is_a_share_that_is_away(root: Path) -> None:
    with unplugged(root):
        assert f"{root} 是空的" in _reason(root / "甲" / "1.jpg")
        assert _reason(root)
    assert not _reason(root / "甲" / "1.jpg")


def test_a_folder_that_is_not_there_is_a_share_that_is_away(root: Path) -> None:
    root.rename(root.with_name("renamed"))
    assert f"{root} 不存在" in _reason(root / "甲" / "1.jpg")


def test_files_on_the_disk_below_the_mount_point_do_not_pass_for_the_share(
    settings: Settings, root: Path, tmp_path: Path
) -> None:
    with mounted(root):
        (root / "1.jpg").write_bytes(b"x")
        assert not _reason(root / "1.jpg")
    if _kind(root) not in ("overlay", "ext4", "xfs", "btrfs"):
        pytest.skip("the folder for tests is on no disk that counts as this machine's own")

    assert "没有挂载" in _reason(root / "甲" / "1.jpg")

    (settings.DATA_DIR / RECORD).unlink()
    assert not _reason(root / "甲" / "1.jpg")


def _kind(path: Path) -> str:
    command = ["stat", "-f", "-c", "%T", str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return {"overlayfs": "overlay", "ext2/ext3": "ext4"}.get(told, told)


def test_a_server_that_does_not_answer_is_waited_for_a_few_seconds_only(root: Path) -> None:
    shutil.rmtree(root)
    with dead_server(root) as hang_up:
        assert f"{root} 没有应答" in _reason(root / "1.jpg")
        # The look goes on hanging; no second one hangs beside it, and nobody waits again.
        assert "没有应答" in _reason(root / "2.jpg")
        hang_up()


def test_a_share_that_is_mounted_anew_is_there_though_a_look_still_hangs(root: Path) -> None:
    shutil.rmtree(root)
    with dead_server(root):
        assert "没有应答" in _reason(root / "1.jpg")
        detach(root)
        with mounted(root):
            (root / "1.jpg").write_bytes(b"x")
            assert not _reason(root / "1.jpg")


def test_a_share_that_goes_on_hanging_is_looked_at_again_a_few_times(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "LOOK_S", 0.1)
    monkeypatch.setattr(shares, "ANOTHER_LOOK_S", 0.0)
    shutil.rmtree(root)
    before = _looking()
    with dead_server(root) as hang_up:
        assert all("没有应答" in _reason(root / "1.jpg") for _turn in range(shares.MOST_HANGING + 2))
        assert len(_looking() - before) == shares.MOST_HANGING
        hang_up()
        eventually(lambda: "读不出来" in _reason(root / "1.jpg"))
    eventually(lambda: not _looking() - before)


def _looking() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "share"}


def test_a_connection_that_is_lost_is_a_share_that_is_away(root: Path) -> None:
    shutil.rmtree(root)
    with dead_server(root) as hang_up:
        hang_up()
        assert f"{root} 读不出来" in _reason(root / "1.jpg")


def test_what_is_mounted_counts_as_a_share_without_a_setting(settings: Settings, root: Path) -> None:
    settings.GLMV_SCANS = []
    shutil.rmtree(root)
    with dead_server(root) as hang_up:
        hang_up()
        absence = absence_of(root / "甲" / "1.jpg")
        assert absence is not None
        assert absence.root == root


def test_without_a_setting_a_whole_tree_that_is_gone_counts_as_away(settings: Settings, root: Path) -> None:
    settings.GLMV_SCANS = []
    with unplugged(root):
        assert f"{root} 是空的" in _reason(root / "甲" / "1.jpg")
    (root / "甲" / "1.jpg").unlink()
    assert not _reason(root / "甲" / "1.jpg"), "a folder that a person emptied"


def test_whoever_needs_files_is_stopped_with_the_name_of_the_share(root: Path) -> None:
    require([root / "甲" / "1.jpg"])
    with unplugged(root), pytest.raises(ShareAway, match=root.name):
        require([root / "甲" / "1.jpg"], fresh=True)
