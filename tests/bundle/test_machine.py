"""Machines that cannot take a bundle are told why, and what to do."""

import shutil
from pathlib import Path

import pytest

from tests.bundle.conftest import Bundle

_TOOLS = """
awk basename bash cat cut df dirname du find getconf grep head id ln locale ls mkdir mktemp mv readlink rm sed sha256sum
sort stat tail tar tee touch tr uname
"""


def with_programs(folder: Path, **scripts: str) -> str:
    """Make a PATH on which there is no Python.

    Args:
        folder: to be made.
        **scripts: programs in place of the machine's, or beside them.

    Returns:
        The PATH.
    """
    folder.mkdir()
    for tool in _TOOLS.split():
        found = shutil.which(tool)
        assert found, tool
        (folder / tool).symlink_to(found)
    for name, text in scripts.items():
        (folder / name).unlink(missing_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def test_another_processor_is_refused(first: Bundle, tmp_path: Path) -> None:
    programs = with_programs(tmp_path / "bin", uname="case $1 in -s) echo Linux ;; *) echo aarch64 ;; esac")

    refused = first.install(PATH=programs)

    assert refused.returncode == 1
    assert "处理器是 aarch64，安装盘是给 x86_64 的" in refused.stderr


def test_a_system_that_is_too_old_is_refused(first: Bundle) -> None:
    first.set_fact("glibc", "9.99")

    refused = first.install()

    assert refused.returncode == 1
    assert "需要 9.99 或更新的" in refused.stderr


def test_without_python_it_says_that_root_can_install_it_from_the_medium(first: Bundle, tmp_path: Path) -> None:
    (first.folder / "debs").mkdir()
    (first.folder / "debs" / "Packages").write_text("Package: python3\n")
    programs = with_programs(tmp_path / "bin", id="echo 1000")

    refused = first.install(PATH=programs)

    assert refused.returncode == 1
    assert "没有 Python 3.11（没有装 Python）" in refused.stderr
    assert "sudo bash install.sh" in refused.stderr
    assert not first.base.exists()


def test_another_system_with_another_python_is_told_which_it_needs(first: Bundle, tmp_path: Path) -> None:
    (tmp_path / "os").write_text('ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04 LTS"\n')
    programs = with_programs(tmp_path / "bin", python3="case $1 in --version) echo Python 3.12.3 ;; *) exit 1 ;; esac")

    refused = first.install(PATH=programs, OS_RELEASE=str(tmp_path / "os"))

    assert refused.returncode == 1
    assert "Ubuntu 24.04 LTS，不是 Debian 12" in refused.stderr
    assert "没有 Python 3.11（Python 3.12.3）" in refused.stderr


def test_another_system_with_the_right_python_can_be_installed_to(first: Bundle, tmp_path: Path) -> None:
    (tmp_path / "os").write_text('ID=rocky\nVERSION_ID="9.4"\nPRETTY_NAME="Rocky Linux 9.4"\n')

    done = first.install(OS_RELEASE=str(tmp_path / "os"))

    assert done.returncode == 0, done.stderr
    assert "Rocky Linux 9.4，不是 Debian 12" in done.stderr


def test_a_disk_without_enough_space_is_said_before_the_medium_is_read(first: Bundle) -> None:
    refused = first.install(AIR_KIB="999999999999")

    assert refused.returncode == 1
    assert "磁盘空间不够" in refused.stderr
    assert "核对" not in refused.stdout
    assert not first.base.exists()


def test_missing_system_software_is_named_where_this_user_may_not_install_it(first: Bundle, tmp_path: Path) -> None:
    (first.base).mkdir(parents=True)
    (first.base / ".env").write_text("DATABASE_URL=postgres://glmv@db/glmv\n")
    python = shutil.which("python3.11", path=first.environment["PATH"])
    programs = with_programs(tmp_path / "bin", id="echo 1000", **{"python3.11": f'exec "{python}" "$@"'})
    for tool in ("flock", "gzip", "sync", "compileall", "cp", "chmod", "fc-list"):
        found = shutil.which(tool)
        if found:
            (tmp_path / "bin" / tool).symlink_to(found)

    done = first.install(PATH=programs)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "make" in done.stderr
    assert "postgresql-client" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["--no-such"], "看不懂：--no-such"), (["--with"], "--with 后面缺少值")],
)
def test_what_is_typed_wrong_is_said(first: Bundle, arguments: list[str], sentence: str) -> None:
    refused = first.install(*arguments)

    assert refused.returncode == 1
    assert sentence in refused.stderr


def test_the_medium_is_no_place_to_install_to(first: Bundle) -> None:
    first.base = first.folder / "glmv"

    refused = first.install()

    assert refused.returncode == 1
    assert "不能装到安装盘里面" in refused.stderr
