"""start.sh restart: what would keep the site from starting again is said while the old one still runs."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from glmv_site import __version__
from tests.docker.conftest import ROOT, Installation, lend_environment, options
from tests.glmv_site.conftest import free_port

_FAULT = "设置 GLMV_HOURS 的值“abc”不可用，应为 08:00-18:00 这样的时段。"
_FAULTS = (
    "SystemCheckError: System check identified some issues:\n\nERRORS:\n"
    "?: (glmv_site.E001) 设置 CORS_ORIGINS 里的 abc 不是网页来源。\n"
    "?: (inference.E001) 设置 GLMV_MAX_NEW_TOKENS 的值 0 不可用。\n\nSystem check identified 2 issues (0 silenced).\n"
)


@pytest.fixture
def running(installation: Installation) -> Iterator[Installation]:
    """Return an installation whose site runs as a process, see quick_site.py.

    Yields:
        The installation; what still runs of it is stopped afterwards.
    """
    shutil.copy2(ROOT / "tests/docker/quick_site.py", installation.folder / "manage.py")
    lend_environment(installation.folder / ".venv")
    installation.environment |= {"HOST": "127.0.0.1", "GLMV_MODEL": "demo"}
    assert installation.start().returncode == 0
    yield installation
    installation.start("stop")


def _pid(installation: Installation) -> str:
    return (installation.data / "serve.pid").read_text().strip()


def test_a_setting_that_is_wrong_does_not_take_the_site_down(running: Installation) -> None:
    before = _pid(running)
    (running.foreign.state / "fault").write_text(_FAULT)

    refused = running.start("restart")

    assert refused.returncode == 1
    assert f"错误：设置有误。{_FAULT}" in refused.stderr
    assert "网站没有停下" in refused.stderr
    assert str(running.folder / ".env") in refused.stderr
    assert "数据库" not in refused.stdout + refused.stderr
    assert "停止" not in refused.stdout
    assert running.start("status").returncode == 0
    assert _pid(running) == before


def test_every_setting_that_is_wrong_is_named_once(running: Installation) -> None:
    (running.foreign.state / "fault").write_text(_FAULTS)

    refused = running.start("restart")

    assert refused.stderr.count("CORS_ORIGINS") == refused.stderr.count("GLMV_MAX_NEW_TOKENS") == 1
    assert "SystemCheckError" not in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "settings", "words"),
    [
        (["--colour", "red"], {}, "没有这个选项：--colour"),
        ([], {"GLMV_MODEL": "GLM"}, "看不懂的模型：GLMV_MODEL=GLM"),
        ([], {"GLMV_MODEL": "/no/such/model"}, "没有这个模型文件夹：/no/such/model"),
        ([], {"PORT": "http"}, "端口 PORT=http 不可用"),
    ],
)
def test_what_is_typed_wrong_does_not_take_the_site_down(
    running: Installation, arguments: list[str], settings: dict[str, str], words: str
) -> None:
    before = _pid(running)
    # For this call only: with a setting that is wrong the site could not be stopped afterwards.
    refused = running.start("restart", *arguments, cwd=None, **settings)

    assert refused.returncode == 1
    assert words in refused.stderr
    assert _pid(running) == before
    assert Path("/proc", before).exists()


def test_another_port_that_is_taken_does_not_take_the_site_down(running: Installation) -> None:
    before = _pid(running)
    with socket.create_server(("127.0.0.1", int(port := free_port()))):
        refused = running.start("restart", PORT=port)

    assert refused.returncode == 1
    assert f"端口 {port} 已被别的程序占用" in refused.stderr
    assert _pid(running) == before


def test_packages_that_only_the_new_program_wants_keep_nobody_from_restarting(running: Installation) -> None:
    before = _pid(running)
    (running.foreign.state / "fault").write_text("Traceback (most recent call last):\nModuleNotFoundError: new\n")

    refused = running.start("restart")
    assert "检查设置时出错：ModuleNotFoundError: new" in refused.stderr
    assert _pid(running) == before

    # The start will install them; what it meets first here is that pip has no network.
    os.utime(running.folder / "requirements.txt", (4_000_000_000, 4_000_000_000))
    behind = running.start("restart", GLMV_OFFLINE="1")
    assert "缺少所需的软件包" in behind.stderr


def test_a_failed_upgrade_is_still_said_to_be_the_databases(running: Installation) -> None:
    (running.foreign.state / "broken").write_text("CommandError: 迁移失败")

    failed = running.start("restart")

    assert failed.returncode == 1
    assert "错误：数据库没有建好：CommandError: 迁移失败" in failed.stderr


# --- The container ---------------------------------------------------------------------------------------------------


@pytest.fixture
def container(installation: Installation) -> Installation:
    """Return an installation whose site runs as a container of this program."""
    image = f"glm-vision-web:{__version__}-cuda"
    installation.foreign.install_docker(
        status="running", label="1", image=image, images=f"{image}\n", port=installation.port
    )
    return installation


def test_the_container_is_asked_with_the_new_settings_before_the_old_one_is_stopped(container: Installation) -> None:
    (container.foreign.state / "check_fails").write_text(_FAULT)

    refused = container.start("restart", GLMV_HOURS="abc", GLMV_QUANTIZE="int4")

    assert refused.returncode == 1
    assert f"错误：设置有误。{_FAULT}" in refused.stderr
    run = container.foreign.call("run", "--rm")
    assert run[-3:] == ["python", "manage.py", "check"]
    assert {"GLMV_HOURS", "GLMV_QUANTIZE"} <= set(options(run, "--env"))
    assert not container.foreign.was_told("stop")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"GLMV_SCANS": "nas/scans"}, "GLMV_SCANS 要写文件夹的绝对路径"),
        ({"GLMV_BACKUP_DIR": "/no/such/disk"}, "没有备份文件夹 /no/such/disk"),
        ({"DATABASE_URL": "postgres://u:p@127.0.0.1/glmv"}, "host.docker.internal"),
    ],
)
def test_what_the_container_could_not_be_given_does_not_take_the_site_down(
    container: Installation, settings: dict[str, str], words: str
) -> None:
    container.environment |= settings

    refused = container.start("restart")

    assert refused.returncode == 1
    assert words in refused.stderr
    assert not container.foreign.was_told("stop")


def test_an_image_that_cannot_be_built_does_not_take_the_site_down(container: Installation) -> None:
    (container.foreign.state / "images").write_text("")
    (container.foreign.state / "build_fails").write_text("ERROR: registry-1.docker.io: i/o timeout")

    refused = container.start("restart")

    assert refused.returncode == 1
    assert "下载不到基础映像" in refused.stderr
    assert not container.foreign.was_told("stop")


def test_with_good_settings_the_container_is_replaced(container: Installation) -> None:
    (container.foreign.state / "images").write_text(f"glm-vision-web:{__version__}-cpu\n")
    (container.foreign.state / "image").write_text(f"glm-vision-web:{__version__}-cpu")
    (container.foreign.state / "becomes").write_text("running")
    calls = container.start("restart", GLMV_MODEL="demo", READY_TIMEOUT="0")

    assert "还没有就绪" in calls.stderr
    told = [call[:2] for call in container.foreign.calls if call[0] in {"stop", "run"}]
    assert told == [["run", "--rm"], ["stop", "glm-vision-web"], ["run", "--detach"]]
