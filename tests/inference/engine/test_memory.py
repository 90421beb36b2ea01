"""What a model is going to take is known before a byte of it is loaded."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from inference.conf import DEMO_FOLDER
from inference.engine import memory
from inference.engine.checkpoint import CheckpointSpec, load
from inference.engine.errors import CheckpointError
from inference.engine.memory import (
    Quantise,
    count_parameters,
    require_memory,
    weight_bytes,
    what_fits,
)
from inference.errors import sentence
from tests.inference.checkpoints import make_checkpoint

FLASH: dict[str, Any] = {"model_type": "glm4v"}
"""The class's defaults are the model that the product is made for."""
GB = 10**9


def config_of(folder: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return config


def numbers_in(folder: Path) -> int:
    """Count what a checkpoint's weights file holds, by its header."""
    with (folder / "model.safetensors").open("rb") as weights:
        header = json.loads(weights.read(struct.unpack("<Q", weights.read(8))[0]))
    header.pop("__metadata__", None)
    total = 0
    for tensor in header.values():
        count = 1
        for side in tensor["shape"]:
            count *= side
        total += count
    return total


def refusal(available_gb: float, quantise: Quantise = "none", *, on_cpu: bool = False) -> CheckpointError:
    with pytest.raises(CheckpointError) as caught:
        require_memory(FLASH, quantise, int(available_gb * GB), on_cpu=on_cpu)
    return caught.value


def test_the_flash_model_has_as_many_parameters_as_transformers_builds() -> None:
    parameters = count_parameters(FLASH)

    assert parameters.total == 10_292_777_472
    assert round(parameters.linears / GB, 2) == 8.16
    assert round(parameters.vision / GB, 2) == 0.89
    assert parameters.embedding == parameters.head == 620_756_992


@pytest.mark.parametrize(
    ("quantise", "on_cpu", "gigabytes"),
    [("none", False, 20.6), ("none", True, 41.2), ("int8", False, 12.4), ("int4", False, 8.5), ("int4", True, 8.5)],
)
def test_the_flash_models_weights_take_what_they_are_known_to(
    quantise: Quantise, on_cpu: bool, gigabytes: float
) -> None:
    assert round(weight_bytes(FLASH, quantise, on_cpu=on_cpu) / GB, 1) == gigabytes


def test_the_demo_model_is_counted_right() -> None:
    assert count_parameters(config_of(DEMO_FOLDER)).total == numbers_in(DEMO_FOLDER)


@pytest.mark.parametrize("model_type", ["glm4v", "glm46v"])
def test_both_siblings_are_counted_right(tmp_path: Path, model_type: str) -> None:
    folder = make_checkpoint(tmp_path / model_type, model_type)

    assert count_parameters(config_of(folder)).total == numbers_in(folder)


def test_a_head_that_is_the_embedding_is_counted_once() -> None:
    for tied in ({"tie_word_embeddings": True}, {"text_config": {"tie_word_embeddings": True}}):
        assert count_parameters(tied).head == 0


def test_biases_in_the_vision_encoder_are_counted() -> None:
    plain = count_parameters({}).vision

    assert count_parameters({"vision_config": {"attention_bias": True}}).vision == plain + 24 * 3 * 1536


@pytest.mark.parametrize(
    ("available_gb", "ways"),
    [(24, ["none", "int8", "int4"]), (16, ["int8", "int4"]), (11.6, ["int4"]), (6, [])],
)
def test_what_fits_is_listed_with_the_most_exact_first(available_gb: float, ways: list[str]) -> None:
    assert [fit.quantise for fit in what_fits(FLASH, int(available_gb * GB))] == ways


def test_too_little_memory_is_refused_with_what_would_fit() -> None:
    with translation.override("zh-hans"):
        words = sentence(refusal(11.6))

    assert words == "需要约 20.6 GB 显存，可用 11.6 GB；请使用 --quantize int4（约 9 GB）。"


def test_main_memory_is_called_by_its_name() -> None:
    with translation.override("zh-hans"):
        words = sentence(refusal(15.5, on_cpu=True))

    assert words == "需要约 41.2 GB 内存，可用 15.5 GB；请使用 --quantize int8（约 12.9 GB）。"


@pytest.mark.parametrize("on_cpu", [False, True])
def test_where_nothing_fits_another_machine_is_advised(on_cpu: bool) -> None:
    error = refusal(6, "int4", on_cpu=on_cpu)

    assert error.code == "memory_too_small"
    with translation.override("zh-hans"):
        assert "需要约 8.5 GB" in sentence(error)


def test_weights_that_fit_without_room_for_a_request_are_refused() -> None:
    error = refusal(8.6, "int4")

    assert error.params["needed_gb"] > error.params["available_gb"]


def test_enough_memory_is_let_pass() -> None:
    require_memory(FLASH, "int4", 9 * GB)


@pytest.mark.parametrize(
    ("config", "available"), [(FLASH, None), ({"text_config": "?"}, 0), ({"text_config": {"hidden_size": "?"}}, 0)]
)
def test_what_cannot_be_known_refuses_nothing(config: dict[str, Any], available: int | None) -> None:
    require_memory(config, "none", available)


def test_free_main_memory_is_read_from_the_kernel(tmp_path: Path) -> None:
    table = tmp_path / "meminfo"
    table.write_text("MemTotal:       1000 kB\nMemAvailable:    600 kB\n", encoding="ascii")

    assert memory._available_main_memory(table) == 600 * 1024
    assert memory._available_main_memory(tmp_path / "nowhere") is None


def test_a_checkpoint_without_room_is_refused_before_its_weights_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "enormous"
    folder.mkdir()
    config = {"model_type": "glm4v", "text_config": {"num_hidden_layers": 4_000_000}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")

    with pytest.raises(CheckpointError) as caught:
        load(CheckpointSpec(str(folder), device="cpu"))

    assert caught.value.code == "memory_too_small"
