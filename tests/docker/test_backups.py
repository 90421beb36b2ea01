"""start.sh gives the container the folder of backups, to be written to and at the same path."""

import fcntl
import shutil
import sys
from pathlib import Path

import pytest

from glmv_site import __version__
from tests.docker.conftest import ROOT, Answers, Installation, lend_environment, options
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


# Stands for a machine's Python: an environment of its making is this one, whose pip installs nothing.
_MAKES_ENVIRONMENTS = """#!/usr/bin/env bash
case "$*" in
  "-m venv "*)
    mkdir -p "$3/bin"
    cp "$0" "$3/bin/python" ;;
  "-m pip "*) echo "$*" >>"$DOUBLE/pip" ;;
  *) exec PYTHON "$@" ;;
esac
"""


@pytest.fixture
def fresh(installation: Installation) -> Installation:
    """Return the whole product as it is cloned, on a machine that has Python and no Docker."""
    for name in ("glmv_site", "catalog", "inference", "templates", "static"):
        shutil.copytree(
            ROOT / name, installation.folder / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy2(ROOT / "manage.py", installation.folder)
    python = installation.foreign.bin / "python3"
    python.write_text(_MAKES_ENVIRONMENTS.replace("PYTHON", sys.executable))
    python.chmod(0o755)
    return installation


def test_a_backup_is_restored_on_a_new_machine_by_one_command(fresh: Installation, disk: Path, tmp_path: Path) -> None:
    for command in ("upgrade", "ensure_admin"):
        assert fresh.start("manage", command, DATA_DIR=str(tmp_path / "old")).returncode == 0
    made = fresh.start("manage", "backup", str(disk), DATA_DIR=str(tmp_path / "old"))
    assert made.returncode == 0, made.stderr
    shutil.rmtree(fresh.folder / ".venv")

    restored = fresh.start("manage", "restore", str(disk))

    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "恢复完成" in restored.stdout
    assert (fresh.data / "db.sqlite3").exists()
    # What was made ready is told beside what the command says, and nothing has been started.
    assert "建立 Python 环境" in restored.stderr
    assert "软件：" not in restored.stdout
    assert not (fresh.data / "serve.pid").exists()


def test_an_environment_that_was_not_finished_is_finished_for_a_command(fresh: Installation) -> None:
    environment = fresh.folder / ".venv"
    (environment / "bin").mkdir(parents=True)
    (environment / ".made").touch()
    (environment / "bin" / "python").write_text('#!/usr/bin/env bash\n[ "$1" != -c ] || exit 1\nexec python3 "$@"\n')
    (environment / "bin" / "python").chmod(0o755)

    done = fresh.start("manage", "check")

    assert done.returncode == 0, done.stderr
    assert "-r requirements.txt" in (fresh.foreign.state / "pip").read_text()


def test_on_a_new_machine_with_docker_the_image_is_made_for_a_command(installation: Installation, disk: Path) -> None:
    installation.foreign.install_docker()

    done = installation.start("manage", "restore", str(disk), GLMV_BACKUP_DIR=str(disk))

    assert done.returncode == 0, done.stderr
    (image,) = options(installation.foreign.call("build"), "--tag")
    run = installation.foreign.call("run", "--rm")
    assert run[-5:] == [image, "python", "manage.py", "restore", str(disk)]
    assert not installation.foreign.was_told("run", "--detach")


def test_a_command_does_not_prepare_what_a_start_is_just_preparing(installation: Installation) -> None:
    installation.foreign.install_docker()
    installation.data.mkdir()
    with (installation.data / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = installation.start("manage", "check")

    assert refused.returncode == 1
    assert "另一个 start.sh 正在运行" in refused.stderr
    assert not installation.foreign.was_told("build")
