"""Finds, checks, loads, quantises and places a checkpoint of the GLM-4V family. Loading imports torch.

Codes of the :class:`CheckpointError` raised here: ``checkpoint_missing``, ``download_failed``, ``package_missing``,
``checkpoint_unreadable``, ``model_type_unsupported``, ``weights_incomplete``, ``end_token_missing``,
``device_unavailable``, ``memory_insufficient``, ``memory_too_small``, ``quantisation_failed``,
``checkpoint_too_large``, and those of the tokenizer's readers.
"""

import hashlib
import importlib.util
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inference.engine.errors import CheckpointError, is_out_of_memory, tells_of_out_of_memory
from inference.engine.memory import Quantise, available_bytes, require_memory

if TYPE_CHECKING:
    import torch

MODELSCOPE_PREFIX = "modelscope:"
_MODEL_CLASSES = {"glm4v": "Glm4vForConditionalGeneration", "glm46v": "Glm46VForConditionalGeneration"}
_FILES = ("*.json", "*.jinja", "*.safetensors", "*.txt", "*.model")
_TOLD_APART_BY = ("config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json",
                  "tokenizer_config.json", "chat_template.jinja", "model.safetensors.index.json")  # fmt: skip
_SAMPLE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class CheckpointSpec:
    """Which model, and how.

    Attributes:
        location: a folder, a Hugging Face id, or a ModelScope id after ``modelscope:``.
        device: ``auto``, ``cpu``, ``cuda`` or any other that ``torch.accelerator`` knows.
        quantise: ``none``, ``int8`` or ``int4``; only the decoder's linear layers are quantised.
        name: what answers call the model; empty takes the last part of the location.
    """

    location: str
    device: str = "auto"
    quantise: Quantise = "none"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A loaded model with what belongs to it.

    Attributes:
        model: ``Glm4vForConditionalGeneration`` or ``Glm46VForConditionalGeneration``, in evaluation mode.
        tokenizer: a fast tokenizer.
        image_processor: cuts pictures into patches, without torchvision.
        image_token_id: placeholder of pictures.
        end_token_ids: each of them ends an answer.
        context_limit: most tokens of prompt and answer together.
        device: where the model is.
        name: of the model.
        version: name and fingerprint.
    """

    model: Any
    tokenizer: Any
    image_processor: Any
    image_token_id: int
    end_token_ids: frozenset[int]
    context_limit: int
    device: "torch.device"
    name: str
    version: str


def load(spec: CheckpointSpec) -> Checkpoint:
    """Load a checkpoint; downloads it first where it is a hub's id.

    Args:
        spec: which, and how.

    Returns:
        The model, ready to answer.

    Raises:
        CheckpointError: it cannot be had, read or placed; the code says which.
    """
    folder = locate(spec.location)
    config = _read_config(folder)
    device = choose_device(spec.device)
    require_memory(config, spec.quantise, available_bytes(device), on_cpu=device.type == "cpu")
    name = spec.name or spec.location.rstrip("/").rpartition("/")[2].removeprefix(MODELSCOPE_PREFIX)
    report = _Report()
    logging.getLogger("transformers").addHandler(report)
    try:
        model = _load_model(folder, config["model_type"], device, spec.quantise)
        tokenizer, image_processor = _load_readers(folder)
    except CheckpointError:
        raise
    except Exception as error:  # damaged files fail in many ways, inside three libraries
        too_large = is_out_of_memory(error) or tells_of_out_of_memory(report.text)
        code = "checkpoint_too_large" if too_large else "checkpoint_unreadable"
        raise CheckpointError(code, path=str(folder), detail=f"{type(error).__name__}: {error}"[:500]) from error
    finally:
        logging.getLogger("transformers").removeHandler(report)
    return Checkpoint(
        model=model,
        tokenizer=tokenizer,
        image_processor=image_processor,
        image_token_id=model.config.image_token_id,
        end_token_ids=_end_tokens(model, tokenizer),
        context_limit=model.config.text_config.max_position_embeddings,
        device=device,
        name=name,
        version=version_of(folder, name, spec.quantise),
    )


class _Report(logging.Handler):
    """Keeps what transformers says while it loads: errors of quantising it tells in its log, not in what it raises."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += record.getMessage()


def locate(location: str) -> Path:
    """Find a checkpoint's folder, downloading it where it is a hub's id and not there yet.

    Args:
        location: as in :class:`CheckpointSpec`. ``HF_ENDPOINT``, ``HF_HOME`` and ``HF_HUB_OFFLINE`` are respected.

    Returns:
        The folder.

    Raises:
        CheckpointError: ``checkpoint_missing``, ``download_failed`` or ``package_missing``.
    """
    path = Path(location).expanduser()
    if path.is_dir():
        return path
    hub_id = location.removeprefix(MODELSCOPE_PREFIX)
    if path.is_absolute() or location.startswith((".", "~")) or hub_id.count("/") != 1:
        raise CheckpointError("checkpoint_missing", path=location)
    try:
        return Path(_download(hub_id, from_modelscope=location.startswith(MODELSCOPE_PREFIX)))
    except CheckpointError:
        raise
    except Exception as error:  # the hubs' clients raise errors of many libraries
        raise CheckpointError("download_failed", model=hub_id, detail=str(error)[:500]) from error


def _download(hub_id: str, *, from_modelscope: bool) -> str:
    if not from_modelscope:
        from huggingface_hub import snapshot_download

        return snapshot_download(hub_id, allow_patterns=list(_FILES))
    if importlib.util.find_spec("modelscope") is None:
        raise CheckpointError("package_missing", package="modelscope")
    import huggingface_hub.constants
    from modelscope import snapshot_download as modelscope_download

    # One switch for both hubs: a client that waits for a network that is not there waits for minutes.
    offline = bool(huggingface_hub.constants.HF_HUB_OFFLINE)
    return str(modelscope_download(hub_id, allow_patterns=list(_FILES), local_files_only=offline))


def choose_device(wanted: str) -> "torch.device":
    """Choose where the model is to run.

    Args:
        wanted: ``auto``, or a device's name for torch.

    Returns:
        The device.

    Raises:
        CheckpointError: this machine does not have it (code ``device_unavailable``).
    """
    import torch

    accelerator = torch.accelerator.current_accelerator(check_available=True)
    if wanted == "auto":
        return accelerator or torch.device("cpu")
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise CheckpointError("device_unavailable", device=wanted) from error
    if device.type != "cpu" and (accelerator is None or device.type != accelerator.type):
        raise CheckpointError("device_unavailable", device=wanted)
    return device


def version_of(folder: Path, name: str, quantise: Quantise = "none") -> str:
    """Name a checkpoint so that the same files always get the same name, and other weights another.

    Reads the small files whole and, of each weights file, its length and the first and last mebibyte: training
    changes every part of it, and reading 20 GB would take longer than loading them.

    Args:
        folder: the checkpoint's.
        name: of the model.
        quantise: how it is loaded; answers depend on it.

    Returns:
        ``name@fingerprint``, with ``+int8`` or ``+int4`` where it is quantised.
    """
    digest = hashlib.sha256()
    for file in _TOLD_APART_BY:
        path = folder / file
        if path.is_file():
            digest.update(f"{file}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    for path in sorted(folder.glob("*.safetensors")):
        size = path.stat().st_size
        digest.update(f"{path.name}\0{size}\0".encode())
        with path.open("rb") as weights:
            digest.update(weights.read(_SAMPLE_BYTES))
            weights.seek(max(0, size - _SAMPLE_BYTES))
            digest.update(weights.read())
    suffix = "" if quantise == "none" else f"+{quantise}"
    return f"{name}@{digest.hexdigest()[:12]}{suffix}"


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    if not path.is_file():
        raise CheckpointError("checkpoint_missing", path=str(folder))
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        model_type = config["model_type"]
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError("checkpoint_unreadable", path=str(path), detail=str(error)) from error
    if model_type not in _MODEL_CLASSES:
        raise CheckpointError("model_type_unsupported", model_type=model_type, known=sorted(_MODEL_CLASSES))
    return config


def _load_model(folder: Path, model_type: str, device: "torch.device", quantise: Quantise) -> Any:
    import torch
    import transformers

    options: dict[str, Any] = {
        "dtype": torch.float32 if device.type == "cpu" and quantise == "none" else torch.bfloat16,
        # Eager attention would hold every patch's weight for every other one.
        "attn_implementation": "sdpa",
        "local_files_only": True,
        "output_loading_info": True,
    }
    if quantise != "none":
        options["quantization_config"] = _quantisation(quantise)
    # With accelerate weights go to the device one by one; without it they pass through main memory.
    if device.type != "cpu" and importlib.util.find_spec("accelerate") is not None:
        options["device_map"] = {"": device}
    transformers.utils.logging.disable_progress_bar()  # a server's log is no place for one
    model, info = getattr(transformers, _MODEL_CLASSES[model_type]).from_pretrained(folder, **options)
    if info["missing_keys"]:
        raise CheckpointError("weights_incomplete", path=str(folder), missing=sorted(info["missing_keys"])[:5])
    if quantise != "none":
        _check_quantised(model, quantise)
    elif "device_map" not in options:
        model.to(device)
    return model.eval().requires_grad_(False)


def _quantisation(quantise: Quantise) -> Any:
    """Say what is quantised: the decoder's linear layers, neither the vision encoder nor the head."""
    for package in ("bitsandbytes", "accelerate"):
        if importlib.util.find_spec(package) is None:
            raise CheckpointError("package_missing", package=package)
    import torch
    from transformers import BitsAndBytesConfig

    # It warns of every single product of matrices that bf16 becomes fp16, which is what int8 means here.
    logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
    # Naming modules replaces the defaults, and "visual" alone would not match.
    plain = ["model.visual", "lm_head"]
    if quantise == "int8":
        return BitsAndBytesConfig(load_in_8bit=True, llm_int8_skip_modules=plain)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
        llm_int8_skip_modules=plain,
    )


def _check_quantised(model: Any, quantise: Quantise) -> None:
    """Make sure that what was to be quantised is, as it was to be, and that all of vision and head is bf16.

    A wrong name in the list of exceptions fails silently, and memory would not be what was promised.
    """
    import torch

    for name, module in model.named_modules():
        if not isinstance(module, torch.nn.Linear):
            continue
        is_plain = type(module) is torch.nn.Linear
        nested = quantise != "int4" or is_plain or module.weight.quant_state.nested
        if is_plain != _stays_plain(name) or not nested:
            raise CheckpointError("quantisation_failed", module=name)
    for name, parameter in model.named_parameters():
        if _stays_plain(name) and parameter.dtype is not torch.bfloat16:
            raise CheckpointError("quantisation_failed", module=name)


def _stays_plain(name: str) -> bool:
    return name.startswith(("model.visual.", "lm_head"))


def _load_readers(folder: Path) -> tuple[Any, Any]:
    """Load tokenizer and image processor one by one: AutoProcessor would want torchvision for its video half."""
    from transformers import AutoTokenizer
    from transformers.models.glm46v.image_processing_pil_glm46v import Glm46VImageProcessorPil

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return tokenizer, Glm46VImageProcessorPil.from_pretrained(folder, local_files_only=True)


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Collect the ids that end an answer; checkpoints keep them in several places."""
    for holder in (model.generation_config, model.config, model.config.text_config, tokenizer):
        found = getattr(holder, "eos_token_id", None)
        if found is not None:
            return frozenset(found if isinstance(found, list | tuple) else [found])
    raise CheckpointError("end_token_missing")
