"""Which model start.sh chooses for the card that it finds, and where it gets the weights from."""

import re
from pathlib import Path

import pytest

from inference.engine.memory import WORKING_BYTES, Quantise, weight_bytes
from tests.docker.conftest import ROOT, Answers, Installation, options

_BIG = "NVIDIA GeForce RTX 4090, 24564, 24100, GPU-aaaa"
_MIDDLE = "NVIDIA GeForce RTX 3060, 12288, 11900, GPU-bbbb"
_SMALL = "NVIDIA GeForce GTX 1650, 4096, 3900, GPU-cccc"
_BUSY = "NVIDIA GeForce RTX 4090, 24564, 3000, GPU-dddd"
# It shares the computer's memory, and says nothing of it.
_SILENT = "NVIDIA GB10, [N/A], [N/A], GPU-eeee"
_TOOLKIT = '{"nvidia":{},"runc":{}}'
# What CUDA takes for itself before the first weight is loaded.
_CUDA_CONTEXT_MIB = 400


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
    assert "GLMV_MODEL=/app/data/models/GLM-4.6V-Flash" in options(run, "--env")
    assert f"GLMV_QUANTIZE={quantise}" in options(run, "--env")
    assert options(run, "--gpus") == ["all"]
    assert "VARIANT=cuda" in options(installation.foreign.call("build"), "--build-arg")
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
    assert "GLMV_MODEL=demo" in options(installation.foreign.call("run", "--detach"), "--env")
    assert "演示模型" in result.stdout
    assert words in result.stdout


def test_without_a_card_it_is_the_demo_model_in_the_small_image(installation: Installation, site: Answers) -> None:
    installation.foreign.install_docker()
    site()
    result = installation.start()
    run = installation.foreign.call("run", "--detach")
    assert "没有找到 NVIDIA 显卡" in result.stdout
    assert "VARIANT=cpu" in options(installation.foreign.call("build"), "--build-arg")
    assert not options(run, "--gpus")


def test_a_driver_that_does_not_answer_is_quoted(installation: Installation, site: Answers) -> None:
    installation.foreign.fail_gpu("Failed to initialize NVML: Driver/library version mismatch")
    installation.foreign.install_docker()
    site()
    assert "Driver/library version mismatch" in installation.start().stdout


def test_a_card_that_says_nothing_of_its_memory_is_used_for_the_model_that_was_asked_for(
    installation: Installation, site: Answers
) -> None:
    installation.foreign.install_gpu(_SILENT)
    installation.foreign.install_docker(runtimes=_TOOLKIT, weights="")
    site()
    result = installation.start(GLMV_MODEL="zai-org/GLM-4.6V-Flash")
    assert result.returncode == 0, result.stderr
    assert options(installation.foreign.call("run", "--detach"), "--gpus") == ["all"]
    assert "VARIANT=cuda" in options(installation.foreign.call("build"), "--build-arg")
    assert "NVIDIA GB10，显存未知" in result.stdout
    assert "CPU" not in result.stderr


def test_no_model_is_chosen_for_a_card_that_says_nothing_of_its_memory(
    installation: Installation, site: Answers
) -> None:
    installation.foreign.install_gpu(_SILENT)
    installation.foreign.install_docker(runtimes=_TOOLKIT)
    site()
    result = installation.start()
    assert result.returncode == 0, result.stderr
    assert "GLMV_MODEL=demo" in options(installation.foreign.call("run", "--detach"), "--env")
    assert "显存未知" in result.stdout
    assert "请写明 GLMV_MODEL=zai-org/GLM-4.6V-Flash" in result.stdout


def test_of_two_cards_the_one_that_says_what_is_free_is_used(installation: Installation, site: Answers) -> None:
    installation.foreign.install_gpu(_SILENT, _BIG)
    installation.foreign.install_docker(runtimes=_TOOLKIT, weights="")
    site()
    installation.start()
    assert "CUDA_VISIBLE_DEVICES=GPU-aaaa" in options(installation.foreign.call("run", "--detach"), "--env")


def test_a_real_model_that_will_run_on_the_processor_is_warned_of(installation: Installation, site: Answers) -> None:
    installation.foreign.install_docker(weights="")
    site()
    result = installation.start(GLMV_MODEL="zai-org/GLM-4.6V-Flash")
    assert result.returncode == 0, result.stderr
    assert "zai-org/GLM-4.6V-Flash 将在 CPU 上运行" in result.stderr


def test_somebody_who_names_another_kind_of_device_is_not_warned(installation: Installation, site: Answers) -> None:
    installation.foreign.install_docker(weights="")
    site()
    assert "CPU" not in installation.start(GLMV_MODEL="zai-org/GLM-4.6V-Flash", GLMV_DEVICE="npu").stderr


def test_of_several_cards_the_freest_is_used(installation: Installation, site: Answers) -> None:
    installation.foreign.install_gpu(_BUSY, _BIG)
    installation.foreign.install_docker(runtimes=_TOOLKIT, weights="")
    site()
    installation.start()
    assert "CUDA_VISIBLE_DEVICES=GPU-aaaa" in options(installation.foreign.call("run", "--detach"), "--env")


def test_a_model_that_was_asked_for_wins(installation: Installation, site: Answers) -> None:
    installation.foreign.install_gpu(_BIG)
    installation.foreign.install_docker(runtimes=_TOOLKIT)
    (installation.folder / ".env").write_text('GLMV_MODEL="demo"\nAPI_KEY=door-key\n')
    site()
    result = installation.start()
    run = installation.foreign.call("run", "--detach")
    assert "GLMV_MODEL=demo" in options(run, "--env")
    assert "API_KEY" in options(run, "--env")
    assert "door-key" not in result.stdout + result.stderr + str(installation.foreign.calls)


def test_a_model_elsewhere_is_named_without_its_password(installation: Installation, site: Answers) -> None:
    installation.foreign.install_docker()
    site()

    result = installation.start(GLMV_BACKEND="remote", GLMV_REMOTE_URL="https://bob:secret@model.example.cn/v1")

    assert "GLMV_REMOTE_URL=https://model.example.cn/v1" in result.stdout
    assert "secret" not in result.stdout + result.stderr


def test_the_environment_takes_precedence_over_the_file(installation: Installation, site: Answers) -> None:
    installation.foreign.install_docker()
    (installation.folder / ".env").write_text("GLMV_MODEL=zai-org/GLM-4.6V-Flash\n")
    site()
    installation.start(GLMV_MODEL="demo")
    assert "GLMV_MODEL=demo" in options(installation.foreign.call("run", "--detach"), "--env")


def test_a_folder_of_this_machine_is_lent_to_the_container(
    installation: Installation, site: Answers, tmp_path: Path
) -> None:
    model = tmp_path / "别处 的模型"
    model.mkdir()
    installation.foreign.install_docker()
    site()
    installation.start(GLMV_MODEL=str(model))
    run = installation.foreign.call("run", "--detach")
    assert f"{model}:/models/别处 的模型:ro" in options(run, "--volume")
    assert "GLMV_MODEL=/models/别处 的模型" in options(run, "--env")


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


def _begin_with_weights(installation: Installation, index: str) -> None:
    """Lay the first part of a model into its folder, beside a list of all parts, on a machine that could run it."""
    folder = installation.data / "models" / "GLM-4.6V-Flash"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors.index.json").write_text(index)
    (folder / "model-1.safetensors").write_text("w")
    installation.foreign.install_gpu(_BIG)
    installation.foreign.install_docker(runtimes=_TOOLKIT)


def test_weights_that_are_there_are_not_downloaded_again(installation: Installation, site: Answers) -> None:
    _begin_with_weights(installation, '{"weight_map": {"a": "model-1.safetensors"}}')
    site()
    result = installation.start()
    assert result.returncode == 0, result.stderr
    assert not installation.foreign.was_told("run", "--rm")


def test_weights_of_which_a_part_is_missing_are_downloaded_on(installation: Installation, site: Answers) -> None:
    _begin_with_weights(installation, '{"a": "model-1.safetensors", "b": "model-2.safetensors"}')
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


# --- An update by a bundle that was cut off --------------------------------------------------------------------------


@pytest.mark.parametrize("is_linked", [False, True])
def test_a_model_that_was_moved_away_and_not_replaced_is_put_back(
    installation: Installation, site: Answers, tmp_path: Path, is_linked: bool
) -> None:
    installation.foreign.install_docker()
    link = installation.data / "models" / "m"
    link.parent.mkdir(parents=True)
    place = tmp_path / "大 磁盘" / "glm" if is_linked else link
    before = place.with_name(f".{place.name}.before")
    before.mkdir(parents=True)
    (before / "config.json").write_text("old")
    if is_linked:
        link.symlink_to(place)
    site()

    result = installation.start(GLMV_MODEL=str(link))

    assert result.returncode == 0, result.stderr
    assert (link / "config.json").read_text() == "old"
    assert not before.exists()
    assert f"模型 {place} 更新到一半断了" in result.stderr


def test_an_old_model_beside_its_successor_is_left_to_the_installer(installation: Installation, site: Answers) -> None:
    installation.foreign.install_docker()
    for name in ("m", ".m.before"):
        (installation.data / "models" / name).mkdir(parents=True)
        (installation.data / "models" / name / "config.json").write_text(name)
    site()

    result = installation.start(GLMV_MODEL=str(installation.data / "models" / "m"))

    assert result.returncode == 0, result.stderr
    assert (installation.data / "models" / "m" / "config.json").read_text() == "m"
    assert (installation.data / "models" / ".m.before" / "config.json").read_text() == ".m.before"
