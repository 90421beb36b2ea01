"""start.sh gives the container the folder of backups, to be written to and at the same path."""

from pathlib import Path

import pytest

from glmv_site import __version__
from tests.docker.conftest import Answers, Installation, lend_environment, options
from tests.shares import dead_server


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    folder = tmp_path / "备份 盘"
    folder.mkdir()
    return folder


def _volumes(installation: Installation) -> list[str]:
    return options(installation.foreign.call("run", "--detach"), "--volume")


def test_another_disk_is_mounted_to_be_written_to_and_its_folder_made(
    installation: Installation, site: Answers, disk: Path
) -> None:
    installation.foreign.install_docker()
    site()
    folder = disk / "glmv"
    result = installation.start(GLMV_BACKUP_DIR=str(folder))
    assert result.returncode == 0, result.stderr
    assert f"{folder}:{folder}:rw" in _volumes(installation)
    assert "GLMV_BACKUP_DIR" in options(installation.foreign.call("run", "--detach"), "--env")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert f"{folder.stat().st_uid}:{folder.stat().st_gid}" in options(
        installation.foreign.call("run", "--detach"), "--user"
    )


def test_a_disk_that_is_mounted_later_is_seen_inside(installation: Installation, site: Answers, disk: Path) -> None:
    installation.foreign.install_docker()
    installation.foreign.install_findmnt("shared")
    site()
    assert installation.start(GLMV_BACKUP_DIR=str(disk)).returncode == 0
    assert f"{disk}:{disk}:rw,rslave" in _volumes(installation)


@pytest.mark.parametrize("folder", ["/app/data/backups", ""])
def test_in_the_data_folder_nothing_more_is_mounted(installation: Installation, site: Answers, folder: str) -> None:
    installation.foreign.install_docker()
    site()
    assert installation.start(GLMV_BACKUP_DIR=folder).returncode == 0
    assert len(_volumes(installation)) == 1


def test_a_disk_whose_connection_is_lost_is_left_out_and_the_site_starts(
    installation: Installation, site: Answers, disk: Path
) -> None:
    installation.foreign.install_docker()
    site()
    with dead_server(disk) as hang_up:
        hang_up()
        result = installation.start(GLMV_BACKUP_DIR=str(disk))
    assert result.returncode == 0, result.stderr
    assert f"{disk} 没有应答" in result.stderr
    assert len(_volumes(installation)) == 1


@pytest.mark.parametrize(
    ("folder", "words"),
    [("/no/such/disk", "mkdir -p"), ("disk/glmv", "绝对路径"), ("/app/backups", "别的用处")],
)
def test_what_cannot_be_mounted_is_refused_with_what_to_do(installation: Installation, folder: str, words: str) -> None:
    installation.foreign.install_docker()
    result = installation.start(GLMV_BACKUP_DIR=folder)
    assert result.returncode == 1
    assert f"{folder}" in result.stderr
    assert words in result.stderr
    assert not installation.foreign.was_told("run", "--detach")


def test_commands_run_in_a_container_with_the_sites_folders_while_it_is_stopped(
    installation: Installation, disk: Path
) -> None:
    image = f"glm-vision-web:{__version__}-cuda"
    installation.foreign.install_docker(status="exited", label="1", image=image, images=f"{image}\n")
    result = installation.start("manage", "restore", str(disk), "--backup", "B", GLMV_BACKUP_DIR=str(disk))
    assert result.returncode == 0, result.stderr
    run = installation.foreign.call("run", "--rm")
    assert run[-7:] == [image, "python", "manage.py", "restore", str(disk), "--backup", "B"]
    assert options(run, "--volume") == [f"{installation.data}:/app/data", f"{disk}:{disk}:rw"]
    assert {"GLMV_MANAGE", "GLMV_HOST_DATA", "GLMV_BACKUP_DIR"} <= set(options(run, "--env"))
    assert options(run, "--add-host") == ["host.docker.internal:host-gateway"]


def test_commands_run_in_the_environment_where_there_is_no_docker(installation: Installation) -> None:
    (installation.folder / "manage.py").write_text("import os, sys; print(sys.argv[1:], os.environ['GLMV_MANAGE'])")
    assert "bash start.sh" in installation.start("manage", "backup").stderr
    lend_environment(installation.folder / ".venv")
    result = installation.start("manage", "backup", "a b")
    assert result.stdout == "['backup', 'a b'] bash start.sh manage\n"
