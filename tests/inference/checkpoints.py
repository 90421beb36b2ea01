"""Makes tiny checkpoints of the GLM-4V family with random weights: everything real but the training."""

from pathlib import Path
from typing import Any

SPECIAL_TOKENS = [
    "<|endoftext|>", "[MASK]", "[gMASK]", "[sMASK]", "<sop>", "<eop>", "<|system|>", "<|user|>", "<|assistant|>",
    "<|observation|>", "<|begin_of_image|>", "<|end_of_image|>", "<|begin_of_video|>", "<|end_of_video|>", "<|image|>",
    "<|video|>", "<|begin_of_box|>", "<|end_of_box|>",
]  # fmt: skip
PLAIN_TOKENS = ["<think>", "</think>", "/nothink"]
CORPUS = [
    "石桥上站着两个人，远处有一座宝塔。",
    "这张照片拍的是什么？黑白。1964年",
    "What is shown in this picture? A sailing boat.",
]

CHAT_TEMPLATE = """[gMASK]<sop>
{%- macro show(content) -%}
{%- if content is string -%}{{ content }}
{%- else -%}
{%- for part in content -%}
{%- if part.type == 'image' -%}<|begin_of_image|><|image|><|end_of_image|>
{%- else -%}{{ part.text }}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
{%- endmacro -%}
{%- set quiet = enable_thinking is defined and not enable_thinking -%}
{%- for message in messages -%}
<|{{ message.role }}|>
{{ show(message.content) }}{{ '/nothink' if quiet and message.role == 'user' else '' }}
{%- endfor -%}
{%- if add_generation_prompt -%}<|assistant|>
{{ '<think></think>\\n' if quiet else '' }}
{%- endif -%}"""


def make_checkpoint(folder: Path, model_type: str = "glm4v", seed: int = 0) -> Path:
    """Write a checkpoint.

    Args:
        folder: where; it is made.
        model_type: ``glm4v`` or ``glm46v``.
        seed: of the weights.

    Returns:
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = make_tokenizer()
    tokenizer.save_pretrained(folder)
    _make_model(tokenizer, model_type, seed).save_pretrained(folder)
    _make_image_processor().save_pretrained(folder)
    return folder


def make_tokenizer() -> Any:
    """Train a small byte-level tokenizer with GLM's control tokens and a chat template of its shape."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    backend.train_from_iterator(CORPUS, trainer)
    backend.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in SPECIAL_TOKENS])
    backend.add_tokens([AddedToken(token, normalized=False) for token in PLAIN_TOKENS])
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        eos_token="<|endoftext|>",
        pad_token="<|endoftext|>",
        padding_side="left",
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
    )


def _make_model(tokenizer: Any, model_type: str, seed: int) -> Any:
    import torch
    import transformers

    config_class, model_class = {
        "glm4v": (transformers.Glm4vConfig, transformers.Glm4vForConditionalGeneration),
        "glm46v": (transformers.Glm46VConfig, transformers.Glm46VForConditionalGeneration),
    }[model_type]
    token = tokenizer.convert_tokens_to_ids
    ends = [token("<|endoftext|>"), token("<|user|>"), token("<|observation|>")]
    config = config_class(
        text_config={
            "model_type": "glm4v_text",
            "vocab_size": len(tokenizer) + 5,  # padded, as the real one's is
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 512,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10000.0,
                "partial_rotary_factor": 0.5,
                "mrope_section": [1, 1, 2],
            },
            "pad_token_id": token("<|endoftext|>"),
            "eos_token_id": ends,
            # Wide enough that the likeliest token is no near-tie.
            "initializer_range": 0.2,
        },
        vision_config={
            "model_type": "glm4v_vision",
            "depth": 2,
            "hidden_size": 32,
            "num_heads": 2,
            "intermediate_size": 64,
            "out_hidden_size": 64,
            "image_size": 112,
            "initializer_range": 0.2,
        },
        image_token_id=token("<|image|>"),
        image_start_token_id=token("<|begin_of_image|>"),
        image_end_token_id=token("<|end_of_image|>"),
        video_token_id=token("<|video|>"),
        video_start_token_id=token("<|begin_of_video|>"),
        video_end_token_id=token("<|end_of_video|>"),
    )
    torch.manual_seed(seed)
    model = model_class(config).eval()
    model.generation_config.eos_token_id = ends
    model.generation_config.pad_token_id = ends[0]
    return model


def _make_image_processor() -> Any:
    from transformers.models.glm46v.image_processing_pil_glm46v import Glm46VImageProcessorPil

    return Glm46VImageProcessorPil(size={"shortest_edge": 2 * 56 * 56, "longest_edge": 2 * 112 * 112})
