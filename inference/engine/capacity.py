"""How many answers are written at once, and how many tokens they may remember together: decided by free memory."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from inference.engine.memory import available_bytes

_MOST_ROWS = 32
_USUAL_TOKENS = 2048  # a shrunk picture, a question and an answer
_CPU_SHARE = 0.25  # of what is free: the rest of the machine lives there too
_GPU_SHARE = 0.9
_WORKING_BYTES = 1_500_000_000  # what the vision encoder and long prompts need beside the cache
_UNKNOWN_BYTES = 2 << 30  # a cautious guess for devices that do not tell


@dataclass(frozen=True, slots=True)
class CacheShape:
    """What one token costs.

    Attributes:
        layers: of the decoder.
        heads: of keys and values.
        head_dim: numbers per head.
        item_bytes: bytes per number.
    """

    layers: int
    heads: int
    head_dim: int
    item_bytes: int

    @property
    def token_bytes(self) -> int:
        """Bytes of keys and values per token: 40 KiB for GLM-4.6V-Flash in bf16."""
        return 2 * self.layers * self.heads * self.head_dim * self.item_bytes


@dataclass(frozen=True, slots=True)
class CachePlan:
    """What was decided.

    Attributes:
        rows: most answers at once.
        budget: most tokens of all of them.
    """

    rows: int
    budget: int


def plan_cache(shape: CacheShape, device: torch.device, rows: int | None, context_limit: int) -> CachePlan:
    """Decide by the memory that is free once the weights are there.

    Args:
        shape: what one token costs.
        device: where the cache is going to be.
        rows: most answers at once as configured; None decides by memory.
        context_limit: most tokens of one answer and its prompt; more than that for each row is never needed.

    Returns:
        At least one row, and room for one usual question even where memory seems not to suffice: then running out of
        it is told as such.
    """
    tokens = _cache_bytes(device) // shape.token_bytes
    usual = min(_USUAL_TOKENS, context_limit)
    if rows is None:
        rows = max(1, min(_MOST_ROWS, tokens // usual))
    return CachePlan(rows, max(usual, min(tokens, rows * context_limit)))


def _cache_bytes(device: torch.device) -> int:
    free = available_bytes(device)
    if free is None:
        return _UNKNOWN_BYTES
    if device.type == "cpu":
        return int(free * _CPU_SHARE)
    return max(0, int((free - _WORKING_BYTES) * _GPU_SHARE))
