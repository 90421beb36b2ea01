"""start.sh as the person meets it who unpacked the project and typed one command."""

import re
import socket
import subprocess

import pytest

from tests.docker.conftest import BROKEN, LOADING, READY, Answers, Installation, answering_at, options

_BIG = "NVIDIA GeForce RTX 4090, 24564, 24100, GPU-aaaa"
_TOOLKIT = '{"nvidia":{},"runc":{}}'


# --- The container ---------------------------------------------------------------------------------------------------


def test_the_container_is_the_articles(installation: Installation, site: Answers) -> None:
    installation.foreign.install_docker()
    site(LOADING, LOADING, READY)
    result = installation.start(cwd=installation.folder)
    assert result.returncode == 0, result.stderr
    run = installation.foreign.call("run", "--detach")
    assert options(run, "--name") == ["glm-vision-web"]
    assert options(run, "--restart") == ["unless-stopped"]
    assert options(run, "--publish") == [f"{installation.port}:8080"]
    assert f"{installation.data}:/app/data" in options(run, "--volume")
    assert "正在加载模型：正在读取“权重”" in result.stdout
    assert re.search(rf"服务已就绪：http://[\d.]+:{installation.port}（模型 demo@0123456789ab）", result.stdout)
    assert "docker logs glm-vision-web" in result.stdout


def test_the_containers_log_stays_small(installation: Installation, site: Answers) -> None:
    installation.foreign.install_docker()
    site()
    installation.start()
    assert options(installation.foreign.call("run", "--detach"), "--log-opt") == ["max-size=50m", "max-file=5"]


def test_a_way_of_logging_with_limits_of_its_own_is_left_alone(installation: Installation, site: Answers) -> None:
    installation.foreign.install_docker(logging="journald")
    site()
    assert installation.start().returncode == 0
    assert not options(installation.foreign.call("run", "--detach"), "--log-opt")


def test_an_image_that_is_there_is_not_built_again(installation: Installation, site: Answers) -> None:
    version = _version()
    installation.foreign.install_docker(images=f"glm-vision-web:{version}-cpu\n")
    site()
    assert installation.start().returncode == 0
    assert not installation.foreign.was_told("build")


def test_what_runs_is_left_running(installation: Installation, site: Answers) -> None:
    image = f"glm-vision-web:{_version()}-cpu"
    installation.foreign.install_docker(status="running", label="1", image=image, port=installation.port)
    site()
    result = installation.start(PORT="1")
    assert result.returncode == 0, result.stderr
    assert "已经在运行" in result.stdout
    assert installation.port in result.stdout
    assert not installation.foreign.was_told("run")
    assert not installation.foreign.was_told("rm")


def test_a_container_at_one_address_is_asked_there(installation: Installation) -> None:
    image = f"glm-vision-web:{_version()}-cpu"
    installation.foreign.install_docker(status="running", label="1", image=image, port=f"{installation.port} 127.0.0.3")
    with answering_at("127.0.0.3", installation.port):
        result = installation.start("status", PORT="1")
    assert f"http://127.0.0.3:{installation.port}" in result.stdout
    assert "可以使用" in result.stdout


def test_a_container_that_does_not_answer_is_said_to(installation: Installation) -> None:
    installation.foreign.install_docker(status="running", label="1", image="glm-vision-web:1", port=installation.port)
    result = installation.start("status")
    assert result.returncode == 4
    assert f"端口 {installation.port} 上没有应答" in result.stdout


def test_an_older_version_that_runs_is_pointed_out(installation: Installation, site: Answers) -> None:
    installation.foreign.install_docker(
        status="running", label="1", image="glm-vision-web:0.0.1-cpu", port=installation.port
    )
    site()
    assert "start.sh restart" in installation.start().stderr


def test_a_container_that_was_stopped_is_replaced(installation: Installation, site: Answers) -> None:
    installation.foreign.install_docker(status="exited", label="1", image="glm-vision-web:old", port=installation.port)
    site()
    result = installation.start()
    assert result.returncode == 0, result.stderr
    assert installation.foreign.was_told("rm", "--force", "glm-vision-web")


def test_somebody_elses_container_of_that_name_is_not_touched(installation: Installation) -> None:
    installation.foreign.install_docker(status="exited", label="<no value>", image="zhinao/other", port="1")
    result = installation.start()
    assert result.returncode == 1
    assert "zhinao/other" in result.stderr
    assert "docker rm -f glm-vision-web" in result.stderr
    assert not installation.foreign.was_told("rm")


def test_a_container_that_dies_leaves_its_last_error_and_the_command_for_the_log(installation: Installation) -> None:
    log = "[INFO] x\nCommandError: 设置 GLMV_QUANTIZE 的值 int3 不可用\n[INFO] y\n"
    installation.foreign.install_docker(becomes="exited", log=log)
    result = installation.start()
    assert result.returncode == 1
    assert "设置 GLMV_QUANTIZE 的值 int3 不可用" in result.stderr
    assert "docker logs glm-vision-web" in result.stderr


def test_a_model_that_cannot_be_loaded_leaves_the_reason(installation: Installation, site: Answers) -> None:
    installation.foreign.install_docker()
    site(LOADING, BROKEN)
    result = installation.start()
    assert result.returncode == 1
    assert "找不到模型 /nowhere" in result.stderr
    assert "docker logs glm-vision-web" in result.stderr


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("docker: Error response from daemon: Bind for 0.0.0.0:80 failed: port is already allocated", "换一个：PORT="),
        ("docker: Error response from daemon: could not select device driver", "nvidia-container-toolkit"),
        ("docker: no space left on device", "磁盘满了"),
    ],
)
def test_what_docker_refuses_is_said_in_plain_words(answer: str, words: str, installation: Installation) -> None:
    installation.foreign.install_docker(run_fails=answer)
    result = installation.start()
    assert result.returncode == 1
    assert words in result.stderr


def test_an_image_that_cannot_be_built_says_which_mirrors_to_try(installation: Installation) -> None:
    installation.foreign.install_docker(build_fails="ERROR: failed to do request: registry-1.docker.io: i/o timeout")
    result = installation.start()
    assert result.returncode == 1
    assert "下载不到基础映像" in result.stderr
    assert "BASE_IMAGE=" in result.stderr


def test_a_card_that_docker_cannot_use_names_the_package(installation: Installation) -> None:
    installation.foreign.install_gpu(_BIG)
    installation.foreign.install_docker()
    result = installation.start()
    assert result.returncode == 1
    assert "apt-get install -y nvidia-container-toolkit" in result.stderr
    assert "USE_DOCKER=0" in result.stderr


def test_an_address_of_this_machine_that_a_container_cannot_reach_is_refused(installation: Installation) -> None:
    installation.foreign.install_docker()
    result = installation.start(DATABASE_URL="postgres://u:p-secret@127.0.0.1:5432/glmv")
    assert result.returncode == 1
    assert "host.docker.internal" in result.stderr
    assert "p-secret" not in result.stderr


def test_stopping_and_asking_for_the_state(installation: Installation, site: Answers) -> None:
    installation.foreign.install_docker()
    assert installation.start("status").returncode == 3
    site()
    assert installation.start().returncode == 0
    (installation.foreign.state / "port").write_text(installation.port)
    state = installation.start("status")
    assert state.returncode == 0
    assert "可以使用" in state.stdout
    assert installation.start("stop").returncode == 0
    assert installation.foreign.was_told("stop", "glm-vision-web")
    assert "没有在运行" in installation.start("stop").stdout


# --- The script itself -----------------------------------------------------------------------------------------------


def test_a_port_that_is_taken_is_noticed_first(installation: Installation) -> None:
    installation.foreign.install_docker()
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", int(installation.port)))
        occupant.listen()
        result = installation.start()
    assert result.returncode == 1
    assert f"端口 {installation.port} 已被别的程序占用" in result.stderr
    assert not installation.foreign.was_told("build")


def test_flags_are_those_of_serve(installation: Installation, site: Answers) -> None:
    installation.foreign.install_gpu(_BIG)
    installation.foreign.install_docker(runtimes=_TOOLKIT, weights="")
    site()
    result = installation.start("--quantize", "int4", "--max_new_tokens=64", PORT=installation.port)
    assert result.returncode == 0, result.stderr
    run = installation.foreign.call("run", "--detach")
    assert "GLMV_QUANTIZE=int4" in options(run, "--env")
    assert "GLMV_MAX_NEW_TOKENS" in options(run, "--env")


@pytest.mark.parametrize("port", ["http", "0", "65536", "080", "-1"])
def test_what_is_no_port_is_refused(port: str, installation: Installation) -> None:
    result = installation.start("--port", port)
    assert result.returncode == 1
    assert f"端口 PORT={port} 不可用，要写 1–65535 之间的整数" in result.stderr


@pytest.mark.parametrize("arguments", [["--colour", "red"], ["--port"], ["begin"]])
def test_what_it_does_not_understand_is_refused(arguments: list[str], installation: Installation) -> None:
    result = installation.start(*arguments)
    assert result.returncode == 1
    assert result.stderr.strip().startswith("错误：")


def test_the_articles_name_starts_the_same(installation: Installation) -> None:
    result = subprocess.run(
        ["bash", str(installation.folder / "1键推理.sh"), "--help"],
        cwd="/",
        env=installation.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "bash start.sh stop" in result.stdout


def _version() -> str:
    from glmv_site import __version__

    return __version__
