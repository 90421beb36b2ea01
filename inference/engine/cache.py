"""Rows of keys and values: what the decoder remembers of every answer that is being written, and of some that were.

One rectangle of ``rows × capacity`` tokens per layer. It grows in blocks as longer prompts come, trades rows for
length where both would not fit, and never exceeds its budget of tokens. A row whose answer is over keeps its content
until somebody else needs the place: a follow-up question begins with the same words and pictures, and reads on there.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import torch

BLOCK = 256
"""Tokens by which the rows grow."""
_WORTH_KEEPING = 16  # tokens; every prompt begins with the same few
_REMEMBERED = 4  # rows that may be kept for follow-up questions without making every step larger


@dataclass(slots=True, eq=False)
class Slot:
    """One row.

    Attributes:
        index: where it is in the buffers; changes when the rectangle does.
        length: tokens whose keys and values are there.
        content: one number per token that may be there: what was read, see :meth:`RowCache.take`; [length or more].
        needed: tokens that its answer may come to; 0 where nobody uses the row.
        used_at: when it was last given away, as a running number.
    """

    index: int
    length: int = 0
    content: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    needed: int = 0
    used_at: int = 0

    @property
    def in_use(self) -> bool:
        """Whether an answer is being written here."""
        return self.needed > 0


class RowCache:
    """The buffers, and who has which row. Belongs to the engine's thread.

    Attributes:
        keys: per layer, [rows, heads of keys and values, capacity, head dimension].
        values: alike.
        slots: the rows, by index.
        most_rows: most rows at once.
        budget: most tokens of all rows together, rounded up to no block.
    """

    def __init__(
        self,
        *,
        layers: int,
        heads: int,
        head_dim: int,
        dtype: torch.dtype,
        device: torch.device,
        rows: int,
        budget: int,
    ) -> None:
        """Describe the buffers; the first request allocates them.

        Args:
            layers: of the decoder.
            heads: of keys and values.
            head_dim: numbers per head.
            dtype: of keys and values.
            device: where they are.
            rows: most answers at once.
            budget: most tokens, over all rows.
        """
        self.keys: list[torch.Tensor] = []
        self.values: list[torch.Tensor] = []
        self.slots: list[Slot] = []
        self.budget = max(BLOCK, budget // BLOCK * BLOCK)
        self.most_rows = max(1, min(rows, self.budget // BLOCK))
        self.capacity = 0
        self.layout = 0
        """Changes whenever the buffers do; whoever keeps their addresses looks at it."""
        self._layers, self._heads, self._head_dim = layers, heads, head_dim
        self._dtype, self._device = dtype, device
        self._clock = itertools.count(1)

    @property
    def used_tokens(self) -> int:
        """Tokens of answers that are being written."""
        return sum(slot.length for slot in self.slots if slot.in_use)

    def take(self, content: np.ndarray, needed: int) -> tuple[Slot, int] | None:
        """Give a row away, if there is room.

        Args:
            content: what is going to be read, one number per token, equal for equal tokens and equal pieces of
                pictures; int64 [tokens].
            needed: tokens that the row may come to; at most :attr:`budget`.

        Returns:
            The row, and how many tokens at the beginning of ``content`` it holds already; None where there is no
            room beside the answers that are being written.
        """
        if not self._make_room(needed):
            return None
        best, shared = self._place(content)
        # The last token is always read: its scores are what the answer begins with.
        shared = min(shared, len(content) - 1)
        best.content, best.length, best.needed, best.used_at = content, shared, needed, next(self._clock)
        return best, shared

    def give_back(self, slot: Slot, content: np.ndarray) -> None:
        """End the use of a row; what it holds stays until the place is needed.

        Args:
            slot: it.
            content: what was read there, [slot.length or more].
        """
        slot.content, slot.needed = content[: slot.length], 0

    def forget(self) -> None:
        """Let go of what is kept for follow-up questions, and of the buffers where nobody uses them."""
        for slot in self.slots:
            if not slot.in_use:
                slot.length, slot.content = 0, slot.content[:0]
        if not any(slot.in_use for slot in self.slots):
            self._drop()

    def _make_room(self, needed: int) -> bool:
        users = [slot for slot in self.slots if slot.in_use]
        capacity = _blocks(max([needed, *(slot.needed for slot in users)]))
        free = len(self.slots) > len(users)
        # Rows that were traded for a length that nobody needs any more come back when all of them are free.
        traded = not users and len(self.slots) < min(self.most_rows, self.budget // capacity)
        if free and needed <= self.capacity and not traded:
            return True
        rows = min(self.most_rows, self.budget // capacity)
        if rows <= len(users):
            return False
        self._lay_out(rows, capacity)
        return True

    def _lay_out(self, rows: int, capacity: int) -> None:
        """Make buffers of another shape, layer by layer so that only one layer is there twice; users keep theirs."""
        users = [slot for slot in self.slots if slot.in_use]
        kept = sorted((s for s in self.slots if not s.in_use and s.length), key=lambda s: -s.used_at)
        # A row is never full: those that are computed along write behind what they hold.
        moved = (users + [slot for slot in kept if slot.length < capacity])[:rows]
        sources = [slot.index for slot in moved]
        longest = max((slot.length for slot in moved), default=0)
        shape = (rows, self._heads, capacity, self._head_dim)
        try:
            for buffers in (self.keys, self.values):
                for layer in range(self._layers):
                    # Zeros: rows that nobody has used yet are computed along, and must not be infinite.
                    new = torch.zeros(shape, dtype=self._dtype, device=self._device)
                    if len(buffers) == self._layers:
                        new[: len(moved), :, :longest] = buffers[layer][sources, :, :longest]
                        buffers[layer] = new
                    else:
                        buffers.append(new)
        except BaseException:
            # Half of the layers are of the old shape: what they hold belongs to nobody any more.
            self._drop()
            raise
        for index, slot in enumerate(moved):
            slot.index = index
        self.slots = moved + [Slot(index) for index in range(len(moved), rows)]
        self.capacity = shape[2]
        self.layout += 1

    def _drop(self) -> None:
        """Let go of the buffers; whoever has a row has lost what was in it."""
        for slot in self.slots:
            slot.length = 0
        self.keys, self.values, self.slots, self.capacity = [], [], [], 0
        self.layout += 1

    def _place(self, content: np.ndarray) -> tuple[Slot, int]:
        """Choose an unused row, and fill in what is known of ``content``; return it and how much that is."""
        kept, shared = _best((slot for slot in self.slots if not slot.in_use), content)
        # Another answer to the same question, or about the same picture, may be being written.
        donor, copied = _best((slot for slot in self.slots if slot.in_use), content)
        if kept is not None and shared >= max(copied, _WORTH_KEEPING):
            return kept, shared
        free = self._free_slot()
        if donor is None or copied < _WORTH_KEEPING:
            return free, 0
        for buffer in (*self.keys, *self.values):
            buffer[free.index, :, :copied] = buffer[donor.index, :, :copied]
        return free, copied

    def _free_slot(self) -> Slot:
        users = sum(slot.in_use for slot in self.slots)
        near = [slot for slot in self.slots if not slot.in_use and slot.index < users + _REMEMBERED]
        free = near or [slot for slot in self.slots if not slot.in_use]
        return min(free, key=lambda slot: (slot.used_at, slot.index))


def _best(slots: Iterable[Slot], content: np.ndarray) -> tuple[Slot | None, int]:
    best, most = None, 0
    for slot in slots:
        shared = common_prefix(slot.content[: slot.length], content)
        if shared > most:
            best, most = slot, shared
    return best, most


def common_prefix(one: np.ndarray, other: np.ndarray) -> int:
    """Count the tokens at the beginning that two contents share.

    Args:
        one: int64 [tokens].
        other: int64 [tokens].

    Returns:
        How many.
    """
    size = min(len(one), len(other))
    different = np.flatnonzero(one[:size] != other[:size])
    return int(different[0]) if len(different) else size


def _blocks(tokens: int) -> int:
    return -(-tokens // BLOCK) * BLOCK
