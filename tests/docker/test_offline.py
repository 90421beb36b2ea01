"""start.sh on a machine without a network: it says what is missing, and reaches for nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from glmv_site import __version__
from tests.docker.conftest import ROOT, Answers, Installation, lend_environment


def refuse_pip(installation: Installation) -> None:
    """Give the installation an environment whose Python installs nothing.

    Args:
        installation: the one that is to have it.
    """
    python = installation.folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/usr/bin/env bash\necho "$@" >>"${0%/*}/calls"\nexit 1\n')
    python.chmod(0o755)
    (installation.folder / ".venv" / ".made").touch()


def was_called(installation: Installation) -> bool:
    """Tell whether that Python was run.

    Args:
        installation: the one that has it.
    """
    return (installation.folder / ".venv" / "bin" / "calls").exists()


@pytest.mark.parametrize("by", ["setting", "bundle"])
def test_missing_packages_are_not_looked_for_in_the_network(installation: Installation, by: str) -> None:
    refuse_pip(installation)
    if by == "bundle":
        (installation.folder / "bundle.txt").write_text("format=1\n")

    started = installation.start(GLMV_MODEL="demo", GLMV_OFFLINE="1" if by == "setting" else "")

    assert started.returncode == 1
    assert "缺少所需的软件包" in started.stderr
    assert "bash install.sh" in started.stderr
    assert not was_called(installation)


def test_a_machine_with_a_bundle_and_a_network_may_say_so(installation: Installation) -> None:
    refuse_pip(installation)
    (installation.folder / "bundle.txt").write_text("format=1\n")

    assert installation.start(GLMV_MODEL="demo", GLMV_OFFLINE="Off").returncode == 1
    assert was_called(installation)


def test_weights_that_are_not_there_are_not_downloaded(installation: Installation) -> None:
    lend_environment(installation.folder / ".venv")
    (installation.folder / ".venv" / ".gpu").touch()

    started = installation.start(GLMV_MODEL="zai-org/GLM-4.6V-Flash", GLMV_OFFLINE="1")

    assert started.returncode == 1
    assert "没有模型 GLM-4.6V-Flash 的权重" in started.stderr
    assert str(installation.data / "models" / "GLM-4.6V-Flash") in started.stderr


def test_a_gpu_needs_packages_that_a_bundle_without_them_does_not_bring(installation: Installation) -> None:
    lend_environment(installation.folder / ".venv")
    installation.foreign.install_gpu("NVIDIA RTX 4090, 24564, 24000, GPU-1")

    started = installation.start(GLMV_OFFLINE="1")

    assert started.returncode == 1
    assert "制作时带 --gpu 的安装盘" in started.stderr


def test_docker_without_an_image_is_of_no_use_and_the_environment_is_taken(installation: Installation) -> None:
    refuse_pip(installation)
    installation.foreign.install_docker()

    started = installation.start(GLMV_MODEL="demo", GLMV_OFFLINE="1")

    assert "Python 虚拟环境（离线，也没有这个版本的映像）" in started.stdout
    assert not installation.foreign.was_told("build")


def test_an_image_that_came_with_the_bundle_is_run_and_told(installation: Installation, site: Answers) -> None:
    installation.foreign.install_docker(images=f"glm-vision-web:{__version__}-cpu\n")
    site()

    started = installation.start(GLMV_MODEL="demo", GLMV_OFFLINE="1")

    assert started.returncode == 0, started.stderr
    assert "GLMV_OFFLINE" in installation.foreign.call("run", "--detach")
    assert not installation.foreign.was_told("build")


def test_the_image_of_another_commit_is_not_taken_for_the_bundles(installation: Installation) -> None:
    refuse_pip(installation)
    (installation.folder / "bundle.txt").write_text(f"format=1\ncommit={'b' * 40}\n")
    others = (f"glm-vision-web:{__version__}{commit}-cpu\n" for commit in ("", "-" + "a" * 12))
    installation.foreign.install_docker(images="".join(others))

    started = installation.start(GLMV_MODEL="demo")

    assert "Python 虚拟环境（离线，也没有这个版本的映像）" in started.stdout


def test_the_image_of_the_bundles_commit_is_run(installation: Installation, site: Answers) -> None:
    (installation.folder / "bundle.txt").write_text(f"format=1\ncommit={'b' * 40}\n")
    image = f"glm-vision-web:{__version__}-{'b' * 12}-cpu"
    installation.foreign.install_docker(images=f"{image}\n")
    site()

    started = installation.start(GLMV_MODEL="demo")

    assert started.returncode == 0, started.stderr
    assert installation.foreign.call("run", "--detach")[-1] == image


@pytest.mark.parametrize(("value", "told"), [("1", "1"), ("0", "None")])
def test_the_hubs_client_is_told(tmp_path: Path, value: str, told: str) -> None:
    program = "import os; from glmv_site import settings; print(os.environ.get('HF_HUB_OFFLINE'))"
    environment = {"DATA_DIR": str(tmp_path), "GLMV_OFFLINE": value, "ENV_FILE": str(tmp_path / "none")}

    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)

    assert said.stdout.strip() == told, said.stderr
