"""A checkpoint is loaded whole or refused with the reason; its name tells its weights from others."""

import importlib.util
import json
import re
import shutil
from pathlib import Path

import pytest
from django.utils import translation

from inference.engine import checkpoint as checkpoints
from inference.engine.checkpoint import CheckpointSpec, version_of
from inference.engine.errors import CheckpointError
from inference.engine.memory import Quantise
from inference.errors import sentence
from tests.inference.checkpoints import make_checkpoint

torch = pytest.importorskip("torch")


@pytest.fixture
def copy(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_checkpoint, tmp_path / "copy"))


def refusal(location: object, **options: object) -> CheckpointError:
    with pytest.raises(CheckpointError) as caught:
        checkpoints.load(CheckpointSpec(str(location), **{"device": "cpu", **options}))  # type: ignore[arg-type]
    return caught.value


def test_what_belongs_to_a_checkpoint_is_read_from_it(tiny_checkpoint: Path) -> None:
    loaded = checkpoints.load(CheckpointSpec(str(tiny_checkpoint), device="cpu"))

    tokens = loaded.tokenizer.convert_tokens_to_ids
    assert loaded.image_token_id == tokens("<|image|>")
    assert loaded.end_token_ids == {tokens("<|endoftext|>"), tokens("<|user|>"), tokens("<|observation|>")}
    assert loaded.context_limit == 512
    assert loaded.name == "tiny-glm4v"
    assert loaded.version.startswith("tiny-glm4v@")
    assert next(loaded.model.parameters()).dtype == torch.float32
    assert not loaded.model.training


def test_end_tokens_are_found_where_there_is_no_generation_config(copy: Path) -> None:
    (copy / "generation_config.json").unlink()

    assert len(checkpoints.load(CheckpointSpec(str(copy), device="cpu")).end_token_ids) == 3


def test_the_larger_sibling_is_loaded_by_the_same_code(tmp_path: Path) -> None:
    loaded = checkpoints.load(CheckpointSpec(str(make_checkpoint(tmp_path / "m", "glm46v")), device="cpu", name="兄"))

    assert type(loaded.model).__name__ == "Glm46VForConditionalGeneration"
    assert loaded.version.startswith("兄@")


def test_vision_attention_is_never_eager(tiny_checkpoint: Path) -> None:
    model = checkpoints.load(CheckpointSpec(str(tiny_checkpoint), device="cpu")).model

    assert model.model.visual.config._attn_implementation == "sdpa"


def test_the_same_files_have_the_same_name_wherever_they_lie(tiny_checkpoint: Path, copy: Path) -> None:
    assert version_of(tiny_checkpoint, "m") == version_of(copy, "m")


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "chat_template.jinja"])
def test_another_file_gives_another_name(copy: Path, file: str) -> None:
    before = version_of(copy, "m")
    with (copy / file).open("r+b") as changed:
        changed.seek(-3, 2)
        changed.write(b"\n \n")

    assert version_of(copy, "m") != before


def test_other_weights_of_the_same_shape_have_another_name(tmp_path: Path, tiny_checkpoint: Path) -> None:
    assert version_of(make_checkpoint(tmp_path / "m", seed=1), "m") != version_of(tiny_checkpoint, "m")


def test_quantised_weights_are_told_apart(tiny_checkpoint: Path) -> None:
    assert version_of(tiny_checkpoint, "m", "int4") == version_of(tiny_checkpoint, "m") + "+int4"


@pytest.mark.parametrize("location", ["/nowhere/at/all", "./nowhere", "no-hub-id", "too/many/parts"])
def test_a_place_where_nothing_is_is_refused(location: str) -> None:
    error = refusal(location)

    assert (error.code, error.params["path"]) == ("checkpoint_missing", location)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path).code == "checkpoint_missing"


def test_a_model_of_another_family_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama"}))

    error = refusal(tmp_path)

    assert (error.code, error.params["model_type"]) == ("model_type_unsupported", "llama")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_an_unreadable_configuration_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)

    assert refusal(tmp_path).code == "checkpoint_unreadable"


def test_half_a_weights_file_is_refused(copy: Path) -> None:
    weights = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(weights[: len(weights) // 2])

    assert refusal(copy).code == "checkpoint_unreadable"


def test_missing_weights_are_refused_and_not_made_up(copy: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(copy / "model.safetensors")
    gone = "model.language_model.norm.weight"
    del weights[gone]
    save_file(weights, copy / "model.safetensors", {"format": "pt"})

    error = refusal(copy)

    assert (error.code, error.params["missing"]) == ("weights_incomplete", [gone])


def test_a_device_that_is_not_there_is_refused(tiny_checkpoint: Path) -> None:
    for device in ("xpu", "no-such-device"):
        assert refusal(tiny_checkpoint, device=device).code == "device_unavailable"


def test_the_device_is_chosen_by_what_there_is() -> None:
    accelerator = torch.accelerator.current_accelerator(check_available=True)

    assert checkpoints.choose_device("auto") == (accelerator or torch.device("cpu"))
    assert checkpoints.choose_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize(
    "failure",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 214.00 MiB."),
        RuntimeError("HIP out of memory"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"),
        MemoryError(),
    ],
    ids=["cuda", "other", "cpu", "python"],
)
def test_memory_that_does_not_suffice_is_no_damaged_file(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    import transformers

    def fail(*args: object, **options: object) -> None:
        raise failure

    monkeypatch.setattr(transformers.Glm4vForConditionalGeneration, "from_pretrained", fail)

    error = refusal(tiny_checkpoint)

    assert error.code == "checkpoint_too_large"
    with translation.override("zh-hans"):
        assert re.search("GLMV_QUANTIZE=int8 或 int4", sentence(error))


def test_memory_that_does_not_suffice_for_quantising_is_no_damaged_file(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bitsandbytes = pytest.importorskip("bitsandbytes")
    pytest.importorskip("accelerate")

    def fail(*args: object, **options: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 214.00 MiB.")

    monkeypatch.setattr(bitsandbytes.functional, "quantize_4bit", fail)

    assert refusal(tiny_checkpoint, quantise="int4").code == "checkpoint_too_large"


@pytest.mark.parametrize("package", ["bitsandbytes", "accelerate"])
def test_quantising_names_the_package_that_is_missing(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else find(name) or object())

    error = refusal(tiny_checkpoint, quantise="int4")

    assert (error.code, error.params["package"]) == ("package_missing", package)


@pytest.mark.parametrize("quantise", ["int8", "int4"])
def test_quantising_leaves_vision_and_head_alone(tiny_checkpoint: Path, quantise: Quantise) -> None:
    pytest.importorskip("bitsandbytes")
    pytest.importorskip("accelerate")

    model = checkpoints.load(CheckpointSpec(str(tiny_checkpoint), device="cpu", quantise=quantise)).model

    kinds = {
        name: type(module).__name__ for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)
    }
    plain = {name for name, kind in kinds.items() if kind == "Linear"}
    assert plain == {name for name in kinds if name.startswith("model.visual") or name == "lm_head"}
    assert plain != set(kinds)
    untouched = {p.dtype for name, p in model.named_parameters() if name.startswith(("model.visual", "lm_head"))}
    assert untouched == {torch.bfloat16}


def test_four_bits_mean_four_bits_and_an_eighth(tiny_checkpoint: Path) -> None:
    pytest.importorskip("bitsandbytes")
    pytest.importorskip("accelerate")

    model = checkpoints.load(CheckpointSpec(str(tiny_checkpoint), device="cpu", quantise="int4")).model

    states = [p.quant_state for p in model.parameters() if hasattr(p, "quant_state")]
    assert len(states) == 2 * 6
    assert {(state.quant_type, state.nested) for state in states} == {("nf4", True)}


@pytest.mark.parametrize("place", ["model.visual.merger.proj", "lm_head"])
def test_a_head_or_vision_tower_of_another_precision_is_refused(tiny_checkpoint: Path, place: str) -> None:
    pytest.importorskip("bitsandbytes")
    pytest.importorskip("accelerate")
    model = checkpoints.load(CheckpointSpec(str(tiny_checkpoint), device="cpu", quantise="int8")).model
    model.get_submodule(place).float()

    with pytest.raises(CheckpointError, match="quantisation_failed"):
        checkpoints._check_quantised(model, "int8")


def test_an_unknown_hub_id_is_refused_without_a_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("huggingface_hub")
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))

    error = refusal("zai-org/GLM-4.6V-Flash")

    assert (error.code, error.params["model"]) == ("download_failed", "zai-org/GLM-4.6V-Flash")


@pytest.mark.skipif(importlib.util.find_spec("modelscope") is not None, reason="modelscope is installed")
def test_modelscope_says_which_package_it_needs() -> None:
    error = refusal("modelscope:ZhipuAI/GLM-4.6V-Flash")

    assert (error.code, error.params["package"]) == ("package_missing", "modelscope")
