"""The demo checkpoint's shape: a `Glm4vForConditionalGeneration` of about one and a half million parameters."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import GenerationConfig, Glm4vConfig, Glm4vForConditionalGeneration, PreTrainedTokenizerFast
from transformers.models.glm46v.image_processing_pil_glm46v import Glm46VImageProcessorPil

from demo.training.tokenizer import EOS_TOKENS

PATCH, MERGE = 14, 2
# Areas over two temporal frames, as GLM's image processor counts. Any size with sides between 1.27 : 1 and 1.48 : 1
# becomes 224 × 168 px, which is 8 × 6 image tokens.
IMAGE_SIZE = {"shortest_edge": 2 * 32_000, "longest_edge": 2 * 42_000}
CONTEXT = 4096


def build_model(tokenizer: PreTrainedTokenizerFast, seed: int) -> Glm4vForConditionalGeneration:
    """Return an untrained model for ``tokenizer``, its weights drawn from ``seed``."""
    torch.manual_seed(seed)

    def token(text: str) -> int:
        return int(tokenizer.convert_tokens_to_ids(text))

    config = Glm4vConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": 128,
            "intermediate_size": 320,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 32,
            "max_position_embeddings": CONTEXT,
            "pad_token_id": tokenizer.pad_token_id,
            "eos_token_id": [token(text) for text in EOS_TOKENS],
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10000.0,
                "partial_rotary_factor": 0.5,
                "mrope_section": [2, 3, 3],
            },
        },
        vision_config={
            "depth": 3,
            "hidden_size": 128,
            "num_heads": 4,
            "intermediate_size": 320,
            "out_hidden_size": 128,
            "image_size": 224,
            "patch_size": PATCH,
            "spatial_merge_size": MERGE,
            "temporal_patch_size": 2,
        },
        image_token_id=token("<|image|>"),
        video_token_id=token("<|video|>"),
        image_start_token_id=token("<|begin_of_image|>"),
        image_end_token_id=token("<|end_of_image|>"),
        video_start_token_id=token("<|begin_of_video|>"),
        video_end_token_id=token("<|end_of_video|>"),
        tie_word_embeddings=False,
    )
    model = Glm4vForConditionalGeneration(config)
    model.generation_config = GenerationConfig(
        eos_token_id=[token(text) for text in EOS_TOKENS], pad_token_id=tokenizer.pad_token_id, do_sample=False
    )
    return model


def build_image_processor() -> Glm46VImageProcessorPil:
    """Return GLM's image processor with a small ``size``."""
    return Glm46VImageProcessorPil(size=IMAGE_SIZE, patch_size=PATCH, merge_size=MERGE, temporal_patch_size=2)


def save_checkpoint(model: Glm4vForConditionalGeneration, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write a complete checkpoint, as a hub would hold it, to ``folder``."""
    model.save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)
    tokenizer.save_pretrained(folder)
    build_image_processor().save_pretrained(folder)
