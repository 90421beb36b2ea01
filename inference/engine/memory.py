"""Says before a model is loaded how much memory it takes, from its configuration alone. Needs no torch for that.

The numbers follow the architecture of :class:`Glm4vForConditionalGeneration` and its sibling; a configuration that
leaves something out has that class's default.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from inference.engine.errors import CheckpointError

if TYPE_CHECKING:
    import torch

Quantise = Literal["none", "int8", "int4"]

WORKING_BYTES = 500_000_000
"""What one request needs beside the weights: its keys and values, and what the vision encoder keeps meanwhile."""

_GB = 1_000_000_000
_BEST_FIRST: tuple[Quantise, ...] = ("none", "int8", "int4")
_BF16 = 2.0
_FLOAT32 = 4.0
_INT8 = 1.0
# Blocks of 64 share an 8-bit scale, and 256 such scales a 32-bit one: 8/64 + 32/(64·256) bits beside the four.
_NF4 = (4 + 8 / 64 + 32 / (64 * 256)) / 8

_TEXT = {
    "vocab_size": 151_552, "hidden_size": 4096, "intermediate_size": 13_696, "num_hidden_layers": 40,
    "num_attention_heads": 32, "num_key_value_heads": 2,
}  # fmt: skip
_VISION = {
    "depth": 24, "hidden_size": 1536, "in_channels": 3, "image_size": 336, "patch_size": 14, "spatial_merge_size": 2,
    "temporal_patch_size": 2, "out_hidden_size": 4096, "intermediate_size": 13_696,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parameters:
    """How many numbers a model consists of, by what becomes of them.

    Attributes:
        linears: weights of the decoder's linear layers: what quantising makes smaller.
        biases: of those layers; they stay as they are.
        norms: of the decoder.
        embedding: the vocabulary, going in.
        head: the vocabulary, coming out; 0 where it is the embedding itself.
        vision: the whole vision encoder.
    """

    linears: int
    biases: int
    norms: int
    embedding: int
    head: int
    vision: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.linears + self.plain

    @property
    def plain(self) -> int:
        """Those that are never quantised."""
        return self.biases + self.norms + self.embedding + self.head + self.vision


@dataclass(frozen=True, slots=True)
class Fit:
    """A way to load a model for which there is room.

    Attributes:
        quantise: how.
        needed_bytes: weights and one request.
    """

    quantise: Quantise
    needed_bytes: int


def count_parameters(config: Mapping[str, Any]) -> Parameters:
    """Count, with hidden size *h*, FFN *f*, keys and values *k* = h ÷ heads × KV heads, for each decoder layer:

    - linears: h·h (queries) + 2·k·h (keys, values) + h·h (output) + 3·h·f (gate, up, down);
    - biases: h + 2·k;
    - norms: 4·h, and one more h for all layers together.

    Args:
        config: of ``config.json``.

    Returns:
        The numbers by group.
    """
    text = _filled(config.get("text_config"), _TEXT)
    hidden, inner, layers = text["hidden_size"], text["intermediate_size"], text["num_hidden_layers"]
    kept = _kept_width(text)
    vocabulary = text["vocab_size"] * hidden
    return Parameters(
        linears=layers * (2 * hidden * hidden + 2 * kept * hidden + 3 * hidden * inner),
        biases=layers * (hidden + 2 * kept),
        norms=layers * 4 * hidden + hidden,
        embedding=vocabulary,
        head=0 if _is_tied(config) else vocabulary,
        vision=_count_vision(config.get("vision_config")),
    )


def weight_bytes(config: Mapping[str, Any], quantise: Quantise = "none", *, on_cpu: bool = False) -> int:
    """Compute what the weights take once they are loaded.

    Plain weights take 2 bytes (bf16), or 4 on a CPU that does not quantise (float32). Quantised linears take 1 byte
    and 4 bytes per output (int8), or 4.127 bits (nf4 with double quantisation).

    Args:
        config: of ``config.json``.
        quantise: how they are kept.
        on_cpu: whether they are loaded into main memory.

    Returns:
        Bytes.
    """
    parameters = count_parameters(config)
    if quantise == "none":
        return int(parameters.total * (_FLOAT32 if on_cpu else _BF16))
    plain = parameters.plain * _BF16
    if quantise == "int8":
        return int(plain + parameters.linears * _INT8 + 4 * _count_outputs(config))
    return int(plain + parameters.linears * _NF4)


def what_fits(config: Mapping[str, Any], available_bytes: int, *, on_cpu: bool = False) -> list[Fit]:
    """List the ways to load a model for which memory suffices.

    Args:
        config: of ``config.json``.
        available_bytes: what is free.
        on_cpu: whether that is main memory.

    Returns:
        The most exact first; empty where nothing fits.
    """
    fits = [Fit(way, weight_bytes(config, way, on_cpu=on_cpu) + WORKING_BYTES) for way in _BEST_FIRST]
    return [fit for fit in fits if fit.needed_bytes <= available_bytes]


def require_memory(
    config: Mapping[str, Any], quantise: Quantise, available_bytes: int | None, *, on_cpu: bool = False
) -> None:
    """Refuse to load what there is no room for, before minutes are spent on it.

    Args:
        config: of ``config.json``.
        quantise: how the weights are to be kept.
        available_bytes: what is free; None where nobody knows, which refuses nothing.
        on_cpu: whether that is main memory.

    Raises:
        CheckpointError: ``memory_insufficient``, where another way to load it fits, otherwise ``memory_too_small``.
    """
    if available_bytes is None:
        return
    try:
        weights = weight_bytes(config, quantise, on_cpu=on_cpu)
    except (AttributeError, TypeError, ValueError, ZeroDivisionError):
        return  # transformers says better than we do what is wrong with a configuration
    if weights + WORKING_BYTES <= available_bytes:
        return
    # The weights alone are the number that people know a model by; it is told where it says enough.
    needed = weights if weights > available_bytes else weights + WORKING_BYTES
    numbers = {
        "needed_gb": needed / _GB,
        "available_gb": available_bytes / _GB,
        "memory": "main" if on_cpu else "device",
    }
    fits = what_fits(config, available_bytes, on_cpu=on_cpu)
    if fits:
        best = fits[0]
        numbers |= {"suggestion": best.quantise, "suggestion_gb": best.needed_bytes / _GB}
        raise CheckpointError("memory_insufficient", **numbers)
    raise CheckpointError("memory_too_small", **numbers)


def available_bytes(device: "torch.device") -> int | None:
    """Look up how much memory a device has free.

    Args:
        device: where a model is to be.

    Returns:
        Bytes; None where it does not tell.
    """
    if device.type == "cpu":
        return _available_main_memory()
    import torch

    # torch.cuda and the plug-ins' modules (torch.npu, torch.musa …) have it; torch.accelerator has not yet in all.
    ask = getattr(getattr(torch, device.type, None), "mem_get_info", None)
    return None if ask is None else int(ask(device)[0])


class DeviceMemory:
    """How full an accelerator's memory is, as its driver says: this process and all others together.

    The driver is asked by the thread that runs the model only: while that one records a step, a question from another
    thread could spoil the record.
    """

    def __init__(self, device: "torch.device", *, pause_s: float = 1.0) -> None:
        """Look for the first time.

        Args:
            device: where the model is.
            pause_s: how long the last look is good for.
        """
        self._device = device
        self._pause_s = pause_s
        self._next_look = 0.0
        self._seen: dict[str, float] = {}
        self.look()

    def look(self) -> None:
        """Ask the driver, unless that was done a moment ago; the thread that runs the model."""
        now = time.monotonic()
        if now < self._next_look or self._device.type == "cpu":
            return
        self._next_look = now + self._pause_s
        import torch

        ask = getattr(getattr(torch, self._device.type, None), "mem_get_info", None)
        if ask is not None:
            free, total = ask(self._device)
            self._seen = {"device_memory_used_bytes": total - free, "device_memory_total_bytes": total}

    def figures(self) -> Mapping[str, float]:
        """Return what was seen; nothing on a CPU, or where the device does not tell. Any thread."""
        return self._seen


def _available_main_memory(table: Path = Path("/proc/meminfo")) -> int | None:
    """Read what programs can get without swapping; the kernel counts in KiB. Other systems have no such table."""
    try:
        lines = table.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _filled(given: Mapping[str, Any] | None, defaults: Mapping[str, int]) -> dict[str, int]:
    """Return a part of a configuration as whole numbers; lists of equal sides give one side."""
    values = {**defaults, **{name: value for name, value in (given or {}).items() if value is not None}}
    return {name: _side(values[name]) for name in defaults}


def _side(value: Any) -> int:
    return int(value[0] if isinstance(value, list | tuple) else value)


def _kept_width(text: Mapping[str, int]) -> int:
    """Return the width of keys, and of values: head size × KV heads."""
    return text["hidden_size"] // text["num_attention_heads"] * text["num_key_value_heads"]


def _count_outputs(config: Mapping[str, Any]) -> int:
    """Count the outputs of the decoder's linear layers: queries, keys, values, output, gate and up, down."""
    text = _filled(config.get("text_config"), _TEXT)
    per_layer = 3 * text["hidden_size"] + 2 * _kept_width(text) + 2 * text["intermediate_size"]
    return text["num_hidden_layers"] * per_layer


def _is_tied(config: Mapping[str, Any]) -> bool:
    """Tell whether the head is the embedding; older files say so inside the text's part."""
    return bool(config.get("tie_word_embeddings") or (config.get("text_config") or {}).get("tie_word_embeddings"))


def _count_vision(given: Mapping[str, Any] | None) -> int:
    """Count the vision encoder, with hidden size *v*, output *o*, merger's FFN *f*:

    - patches: v·channels·frames·patch² + v, positions (image ÷ patch)²·v;
    - each block: 4·v² (attention) + 3·v·o (FFN, whose width is *o*) + 2·v (norms), and 3·v where attention has biases;
    - two norms: 2·v; downsampling: o·v·merge² + o; merger: o² + 2·o + 3·o·f.
    """
    vision = _filled(given, _VISION)
    hidden, out, patch = vision["hidden_size"], vision["out_hidden_size"], vision["patch_size"]
    patches = hidden * (vision["in_channels"] * vision["temporal_patch_size"] * patch**2 + 1)
    positions = (vision["image_size"] // patch) ** 2 * hidden
    block = 4 * hidden**2 + 3 * hidden * out + 2 * hidden
    if (given or {}).get("attention_bias"):
        block += 3 * hidden
    downsampling = out * hidden * vision["spatial_merge_size"] ** 2 + out
    merger = out**2 + 2 * out + 3 * out * vision["intermediate_size"]
    return patches + positions + vision["depth"] * block + 2 * hidden + downsampling + merger
