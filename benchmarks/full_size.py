"""A model of the real one's size with random weights: its speed and memory are the real one's, its words are noise.

Nothing is downloaded and nothing is written to disk. Weights are made on the device one by one, and quantised as they
are made, so that a card on which the quantised model fits is large enough to make it.
"""

import logging
import math
from typing import Any, Literal

import torch
import transformers
from torch import nn
from transformers import AutoTokenizer
from transformers.models.glm46v.image_processing_pil_glm46v import Glm46VImageProcessorPil

from inference.conf import DEMO_FOLDER
from inference.engine.checkpoint import Checkpoint

Precision = Literal["none", "int8", "int4"]
_DEVIATION = 0.02
# What a class-default configuration leaves out and the published one has.
_ROPE = {"rope_type": "default", "rope_theta": 500000.0, "partial_rotary_factor": 0.5, "mrope_section": [8, 12, 12]}
_TINY_TEXT = {
    "vocab_size": 1024, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 4096,
    "rope_parameters": {**_ROPE, "mrope_section": [1, 1, 2]},
}  # fmt: skip
_TINY_VISION = {"depth": 1, "hidden_size": 32, "num_heads": 2, "intermediate_size": 64, "out_hidden_size": 64}


def build(device: torch.device, precision: Precision, *, tiny: bool = False) -> Checkpoint:
    """Make the model.

    Args:
        device: where it is to be.
        precision: of the decoder's linear layers.
        tiny: a small one of the same shape, to try the code on.

    Returns:
        The model with a tokenizer, an image processor and an end token that practically never comes.
    """
    tokenizer = AutoTokenizer.from_pretrained(DEMO_FOLDER, local_files_only=True)
    config = _configuration(tokenizer, tiny=tiny)
    dtype = torch.float32 if device.type == "cpu" and precision == "none" else torch.bfloat16
    with torch.device("meta"):
        model = _make(config, dtype)
    with torch.inference_mode(False), torch.no_grad():
        _fill(model, config, device, precision)
    return Checkpoint(
        model=model.eval().requires_grad_(False),
        tokenizer=tokenizer,
        # The class's own limits on size: the demo model's would shrink every picture to a stamp.
        image_processor=Glm46VImageProcessorPil.from_pretrained(DEMO_FOLDER) if tiny else Glm46VImageProcessorPil(),
        image_token_id=config.image_token_id,
        # One id of 151,552, so that answers are as long as is asked.
        end_token_ids=frozenset({config.text_config.vocab_size - 1}),
        context_limit=config.text_config.max_position_embeddings,
        device=device,
        name="full-size",
        version=f"full-size@random+{precision}",
    )


def decoding_bytes(model: Any) -> int:
    """Say how many bytes of weights each step of decoding reads: decoder and head, neither embeddings nor vision.

    Args:
        model: quantised or not.

    Returns:
        Bytes.
    """
    return sum(
        parameter.numel() * parameter.element_size()
        for name, parameter in model.named_parameters()
        if not name.startswith("model.visual") and "embed_tokens" not in name
    )


def cache_bytes_per_token(model: Any) -> int:
    """Say how many bytes of keys and values a token has.

    Args:
        model: as built here.

    Returns:
        Bytes.
    """
    config = model.config.text_config
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    item: int = model.get_input_embeddings().weight.element_size()
    return int(2 * config.num_hidden_layers * config.num_key_value_heads * head * item)


def _configuration(tokenizer: Any, *, tiny: bool) -> Any:
    ids = {
        "image_token_id": "<|image|>",
        "image_start_token_id": "<|begin_of_image|>",
        "image_end_token_id": "<|end_of_image|>",
        "video_token_id": "<|video|>",
        "video_start_token_id": "<|begin_of_video|>",
        "video_end_token_id": "<|end_of_video|>",
    }
    text = _TINY_TEXT if tiny else {"rope_parameters": _ROPE}
    return transformers.Glm4vConfig(
        text_config={"model_type": "glm4v_text", **text},
        vision_config={"model_type": "glm4v_vision", **(_TINY_VISION if tiny else {})},
        # The class's own numbers belong to the real tokenizer.
        **{name: tokenizer.convert_tokens_to_ids(token) for name, token in ids.items()},
    )


def _make(config: Any, dtype: torch.dtype) -> Any:
    model_class = transformers.Glm4vForConditionalGeneration
    return model_class._from_config(config, dtype=dtype, attn_implementation="sdpa")  # noqa: SLF001 - the way from_pretrained takes


def _fill(model: Any, config: Any, device: torch.device, precision: Precision) -> None:
    """Give every module weights on the device, quantised where that is wanted."""
    for name, module in list(model.named_modules()):
        if precision != "none" and isinstance(module, nn.Linear) and not _stays_plain(name):
            parent = model.get_submodule(name.rpartition(".")[0])
            setattr(parent, name.rpartition(".")[2], _quantised(module, device, precision))
            continue
        for key, parameter in list(module.named_parameters(recurse=False)):
            values = _random(parameter, device)
            setattr(module, key, nn.Parameter(values, requires_grad=False))
    # Buffers are computed, not random; none of them depends on how many layers there are.
    for name, buffer in _without_layers(config).named_buffers():
        path, _, key = name.rpartition(".")
        model.get_submodule(path).register_buffer(key, buffer.to(device), persistent=False)


def _without_layers(config: Any) -> Any:
    small = type(config)(**config.to_dict())
    small.text_config.num_hidden_layers = small.vision_config.depth = 0
    return _make(small, torch.float32)


def _random(parameter: torch.Tensor, device: torch.device) -> torch.Tensor:
    values = torch.empty(parameter.shape, dtype=parameter.dtype, device=device)
    # Vectors are the norms' scales and the biases: with ones and small noise alike the numbers stay tame.
    return values.normal_(0.0, _DEVIATION) if parameter.dim() > 1 else values.fill_(1.0)


def _stays_plain(name: str) -> bool:
    return name.startswith("model.visual") or name == "lm_head"


def _quantised(linear: nn.Linear, device: torch.device, precision: Precision) -> nn.Module:
    """Make a quantised layer of another one's shape, as transformers makes it of a checkpoint's."""
    from bitsandbytes import nn as quantised

    # It warns of every product that bf16 becomes fp16, which is what int8 means here.
    logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
    weight = torch.empty(linear.out_features, linear.in_features, dtype=torch.bfloat16, device=device)
    weight.normal_(0.0, _DEVIATION / math.sqrt(2))
    bias = linear.bias is not None
    layers: Any = quantised  # its types are not what it exports
    if precision == "int4":
        made = layers.Linear4bit(
            linear.in_features, linear.out_features, bias=bias, compute_dtype=torch.bfloat16, quant_type="nf4",
            compress_statistics=True, device="meta",
        )  # fmt: skip
        made.weight = layers.Params4bit(
            weight, requires_grad=False, quant_type="nf4", compress_statistics=True, module=made
        ).to(device)
    else:
        made = layers.Linear8bitLt(
            linear.in_features, linear.out_features, bias=bias, has_fp16_weights=False, threshold=6.0, device="meta"
        )
        # It quantises what comes from main memory only.
        made.weight = layers.Int8Params(weight.cpu(), requires_grad=False, has_fp16_weights=False).to(device)
    if bias:
        made.bias = nn.Parameter(
            torch.zeros(linear.out_features, dtype=torch.bfloat16, device=device), requires_grad=False
        )
    return made
