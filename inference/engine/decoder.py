"""The decoder, computed over rows of a cache: a whole prompt for one row, or one token for all rows at once.

The layers' modules are the checkpoint's, so that quantised ones work; what is between them is written here, because
transformers' attention repeats the few heads of keys and values for each of the many heads of queries, which costs
more than everything else once a dozen rows are read together. Formulas: Glm4vTextModel of transformers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from inference.engine.cache import RowCache, Slot

_CHUNK = 2048  # tokens of a prompt that are read at once: bounds the memory of a very long one
_MASKED_CHUNK = 512  # behind others: there the mask takes memory, too
Attend = Callable[[int, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


class Decoder:
    """The language side of a checkpoint."""

    def __init__(self, model: Any) -> None:
        """Take a model's parts.

        Args:
            model: ``Glm4vForConditionalGeneration`` or its sibling.
        """
        text = model.model.language_model
        self._embed = model.get_input_embeddings()
        self._layers = list(text.layers)
        self._rotary = text.rotary_emb
        self._norm = text.norm
        self._head = model.lm_head
        config = model.config.text_config
        self._heads: int = config.num_attention_heads
        self._kv_heads: int = config.num_key_value_heads
        self._head_dim: int = config.hidden_size // config.num_attention_heads

    @property
    def kv_heads(self) -> int:
        """Heads of keys and values."""
        return self._kv_heads

    @property
    def head_dim(self) -> int:
        """Numbers per head."""
        return self._head_dim

    @property
    def layer_count(self) -> int:
        """Layers."""
        return len(self._layers)

    def embed(self, ids: torch.Tensor) -> torch.Tensor:
        """Look tokens up.

        Args:
            ids: any shape.

        Returns:
            [..., hidden].
        """
        embedded: torch.Tensor = self._embed(ids)
        return embedded

    def prefill(self, embedded: torch.Tensor, positions: torch.Tensor, cache: RowCache, slot: Slot) -> torch.Tensor:
        """Read more of a prompt into a row, after what is there already.

        Args:
            embedded: the tokens, [1, tokens, hidden].
            positions: in time, height and width, [3, 1, tokens].
            cache: whose row it is.
            slot: the row; its length grows.

        Returns:
            The scores of the next token, [vocabulary].
        """
        hidden = embedded
        start = 0
        while start < embedded.shape[1]:
            piece = slice(start, start + (_MASKED_CHUNK if slot.length else _CHUNK))
            hidden = self._prefill_chunk(embedded[:, piece], positions[:, :, piece], cache, slot)
            start = piece.stop
        # The head is as large as the vocabulary: only the last position is worth it.
        return self._scores(hidden[:, -1])[0]

    def _prefill_chunk(
        self, embedded: torch.Tensor, positions: torch.Tensor, cache: RowCache, slot: Slot
    ) -> torch.Tensor:
        row, before = slot.index, slot.length
        after = before + embedded.shape[1]
        # Without a mask the kernels that need no scores in memory are chosen.
        group = self._heads // self._kv_heads
        masks = None if before == 0 else _causal(before, after, embedded.device).repeat(group, 1)

        def attend(layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
            cache.keys[layer][row, :, before:after] = key[0]
            cache.values[layer][row, :, before:after] = value[0]
            if masks is None:
                return functional.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
            # Grouped as in a step: no kernel takes both a mask and heads that share their keys.
            key = cache.keys[layer][row : row + 1, :, :after]
            value = cache.values[layer][row : row + 1, :, :after]
            grouped = query.reshape(1, self._kv_heads, -1, self._head_dim)
            return functional.scaled_dot_product_attention(grouped, key, value, attn_mask=masks).reshape(query.shape)

        hidden = self._forward(embedded, positions, attend)
        slot.length = after
        return hidden

    def decode(
        self, tokens: torch.Tensor, positions: torch.Tensor, lengths: torch.Tensor, window: int, cache: RowCache
    ) -> torch.Tensor:
        """Read one token in each of the first rows.

        Args:
            tokens: ids, [rows].
            positions: of these tokens, the same in all three dimensions, [rows].
            lengths: tokens that each row holds before, [rows]; the new one is written there.
            window: how much of the rows is looked at; more than every length of a row that counts.
            cache: whose rows they are. Lengths of its slots are the caller's affair.

        Returns:
            The scores of the next tokens, [rows, vocabulary].
        """
        count = tokens.shape[0]
        rows = torch.arange(count, device=tokens.device)
        mask = (torch.arange(window, device=tokens.device) <= lengths[:, None])[:, None, None]

        def attend(layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
            keys, values = cache.keys[layer], cache.values[layer]
            keys[rows, :, lengths] = key[:, :, 0]
            values[rows, :, lengths] = value[:, :, 0]
            # Queries that share a head of keys are the rows of one product, instead of copies of the keys.
            grouped = query.reshape(count, self._kv_heads, -1, self._head_dim)
            mixed = functional.scaled_dot_product_attention(
                grouped, keys[:count, :, :window], values[:count, :, :window], attn_mask=mask
            )
            return mixed.reshape(count, self._heads, 1, self._head_dim)

        hidden = self._forward(self._embed(tokens[:, None]), positions[None, :, None].expand(3, -1, -1), attend)
        return self._scores(hidden[:, -1])

    def _forward(self, hidden: torch.Tensor, positions: torch.Tensor, attend: Attend) -> torch.Tensor:
        cos, sin = (part[:, None] for part in self._rotary(hidden, positions))
        for index, layer in enumerate(self._layers):
            attended = self._attention(index, layer, _normed(layer.input_layernorm, hidden), cos, sin, attend)
            hidden = hidden + _normed(layer.post_self_attn_layernorm, attended)
            fed = layer.mlp(_normed(layer.post_attention_layernorm, hidden))
            hidden = hidden + _normed(layer.post_mlp_layernorm, fed)
        return hidden

    def _attention(
        self, index: int, layer: Any, hidden: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, attend: Attend
    ) -> torch.Tensor:
        batch, tokens, _ = hidden.shape
        attention = layer.self_attn
        query, key, value = (
            projection(hidden).view(batch, tokens, -1, self._head_dim).transpose(1, 2)
            for projection in (attention.q_proj, attention.k_proj, attention.v_proj)
        )
        turned = _rotated(torch.cat((query, key), dim=1), cos, sin)
        query, key = turned.split((self._heads, self._kv_heads), dim=1)
        mixed = attend(index, query, key, value)
        projected: torch.Tensor = attention.o_proj(mixed.transpose(1, 2).reshape(batch, tokens, -1))
        return projected

    def _scores(self, hidden: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self._head(_normed(self._norm, hidden))
        return scores


def _normed(norm: Any, hidden: torch.Tensor) -> torch.Tensor:
    return functional.rms_norm(hidden, (hidden.shape[-1],), norm.weight, norm.variance_epsilon)


def _rotated(heads: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Turn the first part of each head by its position, in interleaved pairs (partial rotary embedding)."""
    turning, fixed = heads[..., : cos.shape[-1]], heads[..., cos.shape[-1] :]
    quarter = torch.stack((-turning[..., 1::2], turning[..., 0::2]), dim=-1).flatten(-2)
    return torch.cat((turning * cos + quarter * sin, fixed), dim=-1)


def _causal(before: int, after: int, device: torch.device) -> torch.Tensor:
    """Return which tokens each new one may look at, bool [new, all]."""
    everything = torch.arange(after, device=device)
    return everything[None] <= everything[before:, None]
