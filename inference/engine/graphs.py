"""The decode step without launch overhead: recorded once for each shape as a CUDA graph, then replayed.

Everything that only CUDA can is behind one question, :func:`can_record`; elsewhere the step is computed as written.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import torch

from inference.engine.cache import RowCache
from inference.engine.decoder import Decoder

_WINDOWS = 512  # recorded graphs look at the rows in steps of so many tokens: few shapes, little waste
_MOST_RECORDS = 24
_WARM_UPS = 3  # kernels are chosen and workspaces allocated before anything may be recorded

logger = logging.getLogger(__name__)
HostStep = tuple[list[int], list[int], list[int]]


def can_record(device: torch.device) -> bool:
    """Tell whether a device's steps can be recorded.

    Args:
        device: where the model is.

    Returns:
        Whether.
    """
    return bool(device.type == "cuda")


@dataclass(slots=True)
class _Recorded:
    graph: Any
    inputs: torch.Tensor
    scores: torch.Tensor


class GraphedDecoder:
    """Decodes a step, by replaying a recorded one where that is possible."""

    def __init__(self, decoder: Decoder, cache: RowCache, device: torch.device, *, wanted: bool) -> None:
        """Wrap a decoder.

        Args:
            decoder: computes the step.
            cache: whose rows are decoded; when its buffers change all records are void.
            device: where both are.
            wanted: whether steps are recorded where the device can.
        """
        self._decoder, self._cache, self._device = decoder, cache, device
        self._recording = wanted and can_record(device)
        self._recorded: dict[tuple[int, int], _Recorded] = {}
        self._layout = -1
        self._pool: Any = None

    def decode(self, step: HostStep, window: int) -> torch.Tensor:
        """Read one token in each of the first rows.

        Args:
            step: tokens, their positions, and the lengths of the rows before; one number per row each.
            window: how much of the rows has to be looked at.

        Returns:
            The scores of the next tokens, [rows, vocabulary]; valid until the next step.
        """
        rows = len(step[0])
        if self._recording:
            recorded = self._record_for(rows, window)
            if recorded is not None:
                return self._replay(recorded, step)[:rows]
        inputs = torch.tensor(step).to(self._device, non_blocking=True)
        return self._decoder.decode(inputs[0], inputs[1], inputs[2], window, self._cache)

    def forget(self) -> None:
        """Let go of all records, and of the memory that they hold."""
        self._recorded.clear()

    def _replay(self, recorded: _Recorded, step: HostStep) -> torch.Tensor:
        size = recorded.inputs.shape[1]
        # Rows up to the recorded number compute along: they write behind what they hold, and nobody reads it.
        last = self._cache.capacity - 1
        spare = [min(slot.length, last) for slot in self._cache.slots[len(step[0]) : size]]
        padding = [0] * len(spare)
        padded = [step[0] + padding, step[1] + padding, step[2] + spare]
        recorded.inputs.copy_(torch.tensor(padded).pin_memory(), non_blocking=True)
        recorded.graph.replay()
        return recorded.scores

    def _record_for(self, rows: int, window: int) -> _Recorded | None:
        if self._layout != self._cache.layout:
            self.forget()
            self._layout = self._cache.layout
        size = min(1 << (rows - 1).bit_length(), len(self._cache.slots))
        reach = min(-(-window // _WINDOWS) * _WINDOWS, self._cache.capacity)
        key = (size, reach)
        if key not in self._recorded:
            if len(self._recorded) >= _MOST_RECORDS:
                del self._recorded[next(iter(self._recorded))]
            try:
                self._recorded[key] = self._record(size, reach)
            except RuntimeError as error:
                if "out of memory" in str(error).lower():
                    raise
                # Some quantised layers cannot be recorded: slower, not wrong.
                logger.warning("decode steps cannot be recorded, computing them one by one: %s", error)
                self._recording = False
                return None
        return self._recorded[key]

    def _record(self, rows: int, window: int) -> _Recorded:
        inputs = torch.zeros(3, rows, dtype=torch.long, device=self._device)
        # While it is recorded the step writes at these lengths, behind what the rows hold.
        lengths = [min(slot.length, self._cache.capacity - 1) for slot in self._cache.slots[:rows]]
        inputs[2] = torch.tensor(lengths, device=self._device)

        def step() -> torch.Tensor:
            return self._decoder.decode(inputs[0], inputs[1], inputs[2], window, self._cache)

        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(_WARM_UPS):
                step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        if self._pool is None:
            # One for all: what a step returns is read before the next one.
            self._pool = torch.cuda.graph_pool_handle()
        with torch.cuda.graph(graph, pool=self._pool):
            scores = step()
        return _Recorded(graph, inputs, scores)
