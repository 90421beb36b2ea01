"""start.sh where there is no Docker: the site itself, in a virtual environment, up and down again."""

import os
import shutil

import pytest

from tests.docker.conftest import ROOT, Installation, lend_environment

# The site and its model start once for the whole file's worth of questions: it takes a while.


@pytest.fixture
def unpacked(installation: Installation) -> Installation:
    """Return an installation with the whole product and an environment in which everything is installed."""
    for name in ("glmv_site", "catalog", "inference", "templates", "static"):
        shutil.copytree(
            ROOT / name, installation.folder / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy2(ROOT / "manage.py", installation.folder)
    lend_environment(installation.folder / ".venv")
    return installation


def test_the_site_starts_is_found_running_and_stops(unpacked: Installation) -> None:
    started = unpacked.start(GLMV_MODEL="demo", HOST="127.0.0.1")
    try:
        assert started.returncode == 0, started.stdout + started.stderr
        assert "没有安装 Docker" in started.stdout
        assert f"服务已就绪：http://127.0.0.1:{unpacked.port}（模型 demo@" in started.stdout
        assert str(unpacked.data / "admin_password") in started.stdout
        first = (unpacked.data / "serve.pid").read_text()

        again = unpacked.start(GLMV_MODEL="demo", HOST="127.0.0.1")
        assert again.returncode == 0
        assert "已经在运行" in again.stdout
        assert (unpacked.data / "serve.pid").read_text() == first

        state = unpacked.start("status", HOST="127.0.0.1")
        assert state.returncode == 0
        assert f"进程 {first.strip()}" in state.stdout
        assert "可以使用" in state.stdout
    finally:
        stopped = unpacked.start("stop")
    assert stopped.returncode == 0, stopped.stderr
    assert unpacked.start("status").returncode == 3
    assert "服务已停止" in (unpacked.data / "serve.log").read_text()


def test_a_model_that_is_not_there_leaves_the_reason_and_the_command_for_the_log(unpacked: Installation) -> None:
    started = unpacked.start(GLMV_MODEL="/没有/这个模型", HOST="127.0.0.1")
    try:
        assert started.returncode == 1
        assert "模型加载不了：找不到模型" in started.stderr
        assert "/没有/这个模型" in (unpacked.data / "serve.log").read_text()
        assert f'tail -f "{unpacked.data}/serve.log"' in started.stderr
    finally:
        unpacked.start("stop")


def test_a_setting_that_is_wrong_is_named_before_there_is_a_database(unpacked: Installation) -> None:
    started = unpacked.start(GLMV_MODEL="demo", GLMV_MAX_NEW_TOKENS="0", HOST="127.0.0.1")
    assert started.returncode == 1
    assert "错误：设置有误。设置 GLMV_MAX_NEW_TOKENS 的值 0 不可用" in started.stderr
    assert str(unpacked.folder / ".env") in started.stderr
    assert "数据库" not in started.stdout + started.stderr
    assert not (unpacked.data / "db.sqlite3").exists()


def test_a_number_that_is_now_another_programs_is_not_taken_for_the_site(unpacked: Installation) -> None:
    unpacked.data.mkdir()
    (unpacked.data / "serve.pid").write_text(str(os.getpid()))
    stopped = unpacked.start("stop")
    assert stopped.returncode == 0
    assert "没有在运行" in stopped.stdout


def test_without_docker_and_without_python_both_are_named(installation: Installation) -> None:
    result = installation.start()
    assert result.returncode == 1
    assert "Python 3.11" in result.stderr
    assert "没有安装 Docker" in result.stderr
    assert "apt-get install" in result.stderr


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", "systemctl start docker"),
        ("permission denied while trying to connect to the Docker daemon socket", "usermod -aG docker"),
    ],
)
def test_an_engine_that_does_not_answer_is_told_with_what_to_do(
    answer: str, words: str, installation: Installation
) -> None:
    installation.foreign.install_docker(down=answer)
    assert words in installation.start().stdout
