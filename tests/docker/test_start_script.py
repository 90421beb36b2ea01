"""start.sh as the person meets it who unpacked the project and typed one command."""

import itertools
import re
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.engine.memory import WORKING_BYTES, Quantise, weight_bytes
from tests.docker.conftest import BROKEN, LOADING, READY, ROOT, Installation

_BIG = "NVIDIA GeForce RTX 4090, 24564, 24100, GPU-aaaa"
_MIDDLE = "NVIDIA GeForce RTX 3060, 12288, 11900, GPU-bbbb"
_SMALL = "NVIDIA GeForce GTX 1650, 4096, 3900, GPU-cccc"
_BUSY = "NVIDIA GeForce RTX 4090, 24564, 3000, GPU-dddd"
_TOOLKIT = '{"nvidia":{},"runc":{}}'
# What CUDA takes for itself before the first weight is loaded.
_CUDA_CONTEXT_MIB = 400

Answers = Callable[..., None]


def _options(call: list[str], name: str) -> list[str]:
    return [value for option, value in itertools.pairwise(call) if option == name]


# --- Which model -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("quantise", "name"), [("none", "BF16"), ("int8", "INT8"), ("int4", "INT4")])
def test_what_the_script_asks_for_is_what_the_engine_needs(quantise: Quantise, name: str) -> None:
    script = (ROOT / "docker/start/model.sh").read_text(encoding="utf-8")
    (asked,) = re.findall(rf"^{name}_FREE_MIB=(\d+)", script, re.MULTILINE)
    needed = (weight_bytes({}, quantise) + WORKING_BYTES) / 2**20 + _CUDA_CONTEXT_MIB
    assert needed <= int(asked) <= needed * 1.1


@pytest.mark.parametrize(("card", "quantise"), [(_BIG, "none"), (_MIDDLE, "int4")])
def test_the_real_model_is_taken_in_the_form_that_fits_the_card(
    card: str, quantise: str, installation: Installation, site: Answers
) -> None:
    installation.foreign.install_gpu(card)
    installation.foreign.install_docker(runtimes=_TOOLKIT, weights="")
    site()
    result = installation.start()
    assert result.returncode == 0, result.stderr
    run = installation.foreign.call("run", "--detach")
    assert "GLMV_MODEL=/app/data/models/GLM-4.6V-Flash" in _options(run, "--env")
    assert f"GLMV_QUANTIZE={quantise}" in _options(run, "--env")
    assert _options(run, "--gpus") == ["all"]
    assert "VARIANT=cuda" in _options(installation.foreign.call("build"), "--build-arg")
    assert card.split(",")[0] in result.stdout


@pytest.mark.parametrize(("card", "words"), [(_SMALL, "只有 3900 MiB"), (_BUSY, "别的程序占用了显存")])
def test_a_card_without_room_gets_the_demo_model_and_the_reason(
    card: str, words: str, installation: Installation, site: Answers
) -> None:
    installation.foreign.install_gpu(card)
    installation.foreign.install_docker()
    site()
    result = installation.start()
    assert result.returncode == 0, result.stderr
    assert "GLMV_MODEL=demo" in _options(installation.foreign.call("run", "--detach"), "--env")
    assert "演示模型" in result.stdout
    assert words in result.stdout


def test_without_a_card_it_is_the_demo_model_in_the_small_image(installation: Installation, site: Answers) -> None:
    installation.foreign.install_docker()
    site()
    result = installation.start()
    run = installation.foreign.call("run", "--detach")
    assert "没有找到 NVIDIA 显卡" in result.stdout
    assert "VARIANT=cpu" in _options(installation.foreign.call("build"), "--build-arg")
    assert not _options(run, "--gpus")


def test_a_driver_that_does_not_answer_is_quoted(installation: Installation, site: Answers) -> None:
    installation.foreign.fail_gpu("Failed to initialize NVML: Driver/library version mismatch")
    installation.foreign.install_docker()
    site()
    assert "Driver/library version mismatch" in installation.start().stdout


def test_of_several_cards_the_freest_is_used(installation: Installation, site: Answers) -> None:
    installation.foreign.install_gpu(_BUSY, _BIG)
    installation.foreign.install_docker(runtimes=_TOOLKIT, weights="")
    site()
    installation.start()
    assert "CUDA_VISIBLE_DEVICES=GPU-aaaa" in _options(installation.foreign.call("run", "--detach"), "--env")


def test_a_model_that_was_asked_for_wins(installation: Installation, site: Answers) -> None:
    installation.foreign.install_gpu(_BIG)
    installation.foreign.install_docker(runtimes=_TOOLKIT)
    (installation.folder / ".env").write_text('GLMV_MODEL="demo"\nAPI_KEY=door-key\n')
    site()
    result = installation.start()
    run = installation.foreign.call("run", "--detach")
    assert "GLMV_MODEL=demo" in _options(run, "--env")
    assert "API_KEY" in _options(run, "--env")
    assert "door-key" not in result.stdout + result.stderr + str(installation.foreign.calls)


def test_the_environment_takes_precedence_over_the_file(installation: Installation, site: Answers) -> None:
    installation.foreign.install_docker()
    (installation.folder / ".env").write_text("GLMV_MODEL=zai-org/GLM-4.6V-Flash\n")
    site()
    installation.start(GLMV_MODEL="demo")
    assert "GLMV_MODEL=demo" in _options(installation.foreign.call("run", "--detach"), "--env")


def test_a_folder_of_this_machine_is_lent_to_the_container(
    installation: Installation, site: Answers, tmp_path: Path
) -> None:
    model = tmp_path / "别处 的模型"
    model.mkdir()
    installation.foreign.install_docker()
    site()
    installation.start(GLMV_MODEL=str(model))
    run = installation.foreign.call("run", "--detach")
    assert f"{model}:/models/别处 的模型:ro" in _options(run, "--volume")
    assert "GLMV_MODEL=/models/别处 的模型" in _options(run, "--env")


def test_a_model_that_cannot_be_meant_is_refused(installation: Installation) -> None:
    installation.foreign.install_docker()
    result = installation.start(GLMV_MODEL="glm")
    assert result.returncode == 1
    assert "看不懂的模型" in result.stderr


# --- The weights -----------------------------------------------------------------------------------------------------


def test_a_failed_download_ends_with_what_to_do_and_starts_nothing_else(installation: Installation) -> None:
    installation.foreign.install_gpu(_BIG)
    installation.foreign.install_docker(runtimes=_TOOLKIT)
    result = installation.start()
    assert result.returncode == 1
    for words in ("接着下载", "HF_ENDPOINT", "GLMV_MODEL=demo bash start.sh"):
        assert words in result.stdout
    assert not installation.foreign.was_told("run", "--detach")


def test_weights_that_are_there_are_not_downloaded_again(installation: Installation, site: Answers) -> None:
    folder = installation.data / "models" / "GLM-4.6V-Flash"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"a": "model-1.safetensors"}}')
    (folder / "model-1.safetensors").write_text("w")
    installation.foreign.install_gpu(_BIG)
    installation.foreign.install_docker(runtimes=_TOOLKIT)
    site()
    result = installation.start()
    assert result.returncode == 0, result.stderr
    assert not installation.foreign.was_told("run", "--rm")


def test_weights_of_which_a_part_is_missing_are_downloaded_on(installation: Installation, site: Answers) -> None:
    folder = installation.data / "models" / "GLM-4.6V-Flash"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors.index.json").write_text('{"a": "model-1.safetensors", "b": "model-2.safetensors"}')
    (folder / "model-1.safetensors").write_text("w")
    installation.foreign.install_gpu(_BIG)
    installation.foreign.install_docker(runtimes=_TOOLKIT)
    installation.start()
    assert installation.foreign.was_told("run", "--rm")


@pytest.mark.parametrize(
    ("settings", "sources"),
    [
        ({}, ["modelscope=ZhipuAI/GLM-4.6V-Flash", "huggingface=zai-org/GLM-4.6V-Flash"]),
        ({"HF_ENDPOINT": "https://hf-mirror.com"}, ["huggingface=zai-org/GLM-4.6V-Flash"]),
        ({"MODEL_SOURCE": "modelscope"}, ["modelscope=ZhipuAI/GLM-4.6V-Flash"]),
        ({"GLMV_MODEL": "modelscope:ZhipuAI/GLM-4.6V-Flash"}, ["modelscope=ZhipuAI/GLM-4.6V-Flash"]),
    ],
)
def test_the_source_follows_the_settings(
    settings: dict[str, str], sources: list[str], installation: Installation
) -> None:
    installation.foreign.install_gpu(_BIG)
    installation.foreign.install_docker(runtimes=_TOOLKIT)
    installation.environment |= settings
    installation.start()
    fetch = installation.foreign.call("run", "--rm")
    assert fetch[fetch.index("/app/data/models/GLM-4.6V-Flash") + 1 :] == sources


def test_a_full_disk_is_noticed_before_the_download(installation: Installation) -> None:
    installation.foreign.install_gpu(_BIG)
    installation.foreign.install_docker(runtimes=_TOOLKIT)
    df = installation.foreign.bin / "df"
    df.unlink()
    df.write_text("#!/usr/bin/env bash\nprintf 'Filesystem\\n/dev/x 9000000 8000000 1000000 90%% /\\n'\n")
    df.chmod(0o755)
    result = installation.start()
    assert result.returncode == 1
    assert "磁盘空间不够" in result.stderr
    assert not installation.foreign.was_told("run", "--rm")


# --- The container ---------------------------------------------------------------------------------------------------


def test_the_container_is_the_articles(installation: Installation, site: Answers) -> None:
    installation.foreign.install_docker()
    site(LOADING, LOADING, READY)
    result = installation.start(cwd=installation.folder)
    assert result.returncode == 0, result.stderr
    run = installation.foreign.call("run", "--detach")
    assert _options(run, "--name") == ["glm-vision-web"]
    assert _options(run, "--restart") == ["unless-stopped"]
    assert _options(run, "--publish") == [f"{installation.port}:8080"]
    assert f"{installation.data}:/app/data" in _options(run, "--volume")
    assert "正在加载模型：正在读取“权重”" in result.stdout
    assert re.search(rf"服务已就绪：http://[\d.]+:{installation.port}（模型 demo@0123456789ab）", result.stdout)
    assert "docker logs glm-vision-web" in result.stdout


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
    assert "GLMV_QUANTIZE=int4" in _options(run, "--env")
    assert "GLMV_MAX_NEW_TOKENS" in _options(run, "--env")


@pytest.mark.parametrize("arguments", [["--colour", "red"], ["--port"], ["begin"], ["--port", "http"]])
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
