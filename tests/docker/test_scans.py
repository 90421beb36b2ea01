"""start.sh gives the container the scans on a NAS, read-only and at the same path; what stands in the way it says."""

import subprocess
from pathlib import Path

import pytest

from glmv_site.parsing import absolute_folders
from tests.docker.conftest import ROOT, Answers, Installation, options
from tests.shares import dead_server


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "nas" / "老照片 扫描"
    folder.mkdir(parents=True)
    (folder / "1.jpg").write_bytes(b"x")
    return folder


def _volumes(installation: Installation) -> list[str]:
    return options(installation.foreign.call("run", "--detach"), "--volume")


def test_scans_are_mounted_read_only_at_the_same_path(installation: Installation, site: Answers, scans: Path) -> None:
    installation.foreign.install_docker()
    site()
    result = installation.start(GLMV_SCANS=str(scans))
    assert result.returncode == 0, result.stderr
    assert f"{scans}:{scans}:ro" in _volumes(installation)
    assert "GLMV_SCANS" in options(installation.foreign.call("run", "--detach"), "--env")
    assert "注意" not in result.stderr


def test_several_shares_are_mounted_each(installation: Installation, site: Answers, scans: Path) -> None:
    installation.foreign.install_docker()
    other = scans.with_name("底片")
    other.mkdir()
    (other / "1.tif").write_bytes(b"x")
    site()
    result = installation.start(GLMV_SCANS=f"{scans}:{other}")
    assert result.returncode == 0, result.stderr
    assert {f"{scans}:{scans}:ro", f"{other}:{other}:ro"} <= set(_volumes(installation))


def test_the_setting_may_stand_in_the_file(installation: Installation, site: Answers, scans: Path) -> None:
    installation.foreign.install_docker()
    (installation.folder / ".env").write_text(f"GLMV_SCANS={scans}\n", encoding="utf-8")
    site()
    assert installation.start().returncode == 0
    assert f"{scans}:{scans}:ro" in _volumes(installation)


def test_where_the_machine_tells_of_mounts_those_that_come_later_are_seen_inside(
    installation: Installation, site: Answers, scans: Path
) -> None:
    installation.foreign.install_docker()
    installation.foreign.install_findmnt("shared")
    site()
    assert installation.start(GLMV_SCANS=str(scans)).returncode == 0
    assert f"{scans}:{scans}:ro,rslave" in _volumes(installation)


def test_a_share_that_is_not_mounted_yet_does_not_keep_the_site_from_starting(
    installation: Installation, site: Answers, scans: Path
) -> None:
    installation.foreign.install_docker()
    (scans / "1.jpg").unlink()
    site()
    result = installation.start(GLMV_SCANS=str(scans))
    assert result.returncode == 0, result.stderr
    assert f"{scans} 是空的" in result.stderr
    assert "start.sh restart" in result.stderr
    assert f"{scans}:{scans}:ro" in _volumes(installation)


def test_a_share_whose_connection_is_lost_is_left_out_and_the_site_starts(
    installation: Installation, site: Answers, scans: Path
) -> None:
    installation.foreign.install_docker()
    (scans / "1.jpg").unlink()
    site()
    with dead_server(scans) as hang_up:
        hang_up()
        result = installation.start(GLMV_SCANS=str(scans))
    assert result.returncode == 0, result.stderr
    assert f"{scans} 没有应答" in result.stderr
    assert "start.sh restart" in result.stderr
    assert len(_volumes(installation)) == 1


def test_a_folder_on_a_share_that_gives_errors_is_left_out_too(
    installation: Installation, site: Answers, scans: Path
) -> None:
    installation.foreign.install_docker()
    (scans / "1.jpg").unlink()
    site()
    with dead_server(scans) as hang_up:
        hang_up()
        result = installation.start(GLMV_SCANS=f"{scans}/一九五九年")
    assert result.returncode == 0, result.stderr
    assert f"{scans}/一九五九年 没有应答" in result.stderr
    assert len(_volumes(installation)) == 1


def test_a_folder_on_a_share_that_is_not_mounted_does_not_keep_the_site_from_starting(
    installation: Installation, site: Answers, scans: Path
) -> None:
    installation.foreign.install_docker()
    (scans / "1.jpg").unlink()
    site()
    result = installation.start(GLMV_SCANS=f"{scans}/一九五九年")
    assert result.returncode == 0, result.stderr
    assert f"{scans} 是空的：共享没有挂载，或者还没有挂载点" in result.stderr
    # As where the folder above holds other things: whoever mistyped it, or has not made it, is helped alike.
    assert f'sudo mkdir -p "{scans}/一九五九年"' in result.stderr
    assert "/etc/fstab" in result.stderr
    assert "start.sh restart" in result.stderr
    assert len(_volumes(installation)) == 1
    assert not (scans / "一九五九年").exists()


def test_paths_are_read_as_the_site_reads_them(installation: Installation, site: Answers, scans: Path) -> None:
    installation.foreign.install_docker()
    other = scans.with_name("底片")
    other.mkdir()
    (other / "1.tif").write_bytes(b"x")
    site()
    untidy = f" {scans}/ : /{scans.parent}//./x/../底片/. ::{scans}"
    result = installation.start(GLMV_SCANS=untidy)
    assert result.returncode == 0, result.stderr
    assert [str(folder) for folder in absolute_folders(untidy)] == [str(scans), str(other)]
    assert {f"{scans}:{scans}:ro", f"{other}:{other}:ro"} == set(_volumes(installation)[1:])
    assert len(_volumes(installation)) == 3


@pytest.mark.parametrize(
    "path",
    [
        "/mnt/nas/../nas/scans",
        "/mnt/../etc",
        "/..",
        "/../../mnt",
        "//mnt/nas",
        "///mnt/nas//",
        "/.",
        "/./mnt",
        "/mnt/nas/.",
        "/mnt/nas/..",
        "/mnt/nas/../..",
        "/mnt/a..b/...",
        " /mnt/老照片 扫描/ ",
        "/mnt/a\\b",
        "/mnt/*",
        "nas/../x",
        "../x",
        "../..",
        "a/..",
        ".",
    ],
)
def test_each_path_is_the_sites_and_no_less_is_refused(path: str) -> None:
    script = f'. "{ROOT}/docker/start/words.sh"; . "{ROOT}/docker/start/volumes.sh"; plain_path "$1"'
    said = subprocess.run(["bash", "-euc", script, "bash", path], capture_output=True, text=True, check=True)
    read = said.stdout.removesuffix("\n")
    try:
        assert [read] == [str(folder) for folder in absolute_folders(path)]
    except ValueError:
        # What the site refuses, require_place_for_volume refuses.
        assert read == "/" or not read.startswith("/")
        assert read


@pytest.mark.parametrize("folder", ["/binder/scans", "/libdata/scans", "/libraries", "/application", "/variants"])
def test_a_place_is_not_taken_for_another_one_that_begins_alike(installation: Installation, folder: str) -> None:
    installation.foreign.install_docker()
    result = installation.start(GLMV_SCANS=folder)
    assert f"没有扫描原图的文件夹 {folder}" in result.stderr
    assert "别的用处" not in result.stderr


@pytest.mark.parametrize("folder", ["/mnt/../etc", "/.", "/mnt/..", "//"])
def test_a_place_of_the_containers_own_is_refused_however_it_is_written(
    installation: Installation, folder: str
) -> None:
    installation.foreign.install_docker()
    result = installation.start(GLMV_SCANS=folder)
    assert result.returncode == 1
    assert "别的用处" in result.stderr
    assert not installation.foreign.was_told("run", "--detach")


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("/no/such/share", "mkdir -p"),
        ("nas/scans", "绝对路径"),
        ("/app/scans", "别的用处"),
        ("/", "别的用处"),
        ("/lib64", "别的用处"),
        ("/sbin/x", "别的用处"),
        ("/var", "别的用处"),
    ],
)
def test_what_cannot_be_mounted_is_refused_with_what_to_do(installation: Installation, folder: str, words: str) -> None:
    installation.foreign.install_docker()
    result = installation.start(GLMV_SCANS=folder)
    assert result.returncode == 1
    assert folder in result.stderr
    assert words in result.stderr
    assert not installation.foreign.was_told("run", "--detach")


def test_without_the_setting_nothing_is_mounted_but_the_data(installation: Installation, site: Answers) -> None:
    installation.foreign.install_docker()
    site()
    assert installation.start().returncode == 0
    assert len(_volumes(installation)) == 1
