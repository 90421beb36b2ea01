"""Runs a loaded checkpoint: vision encoder, prefill of one row, one step of all rows. Imports torch.

Uses the model's parts directly rather than ``generate``: that keeps positions in the module itself, cannot be stopped
between tokens, and takes no request that comes a moment later.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from inference.engine.cache import RowCache
from inference.engine.capacity import CacheShape, plan_cache
from inference.engine.checkpoint import Checkpoint
from inference.engine.decoder import Decoder
from inference.engine.detokenise import Vocabulary
from inference.engine.errors import PromptTooLong
from inference.engine.features import FeatureCache, Features
from inference.engine.grammar import Grammar, GrammarCompiler
from inference.engine.graphs import GraphedDecoder
from inference.engine.images import ImageLimits
from inference.engine.memory import DeviceMemory
from inference.engine.prompt import PromptBuilder
from inference.engine.row import LocalRow, ReasoningTokens
from inference.engine.sampling import choose
from inference.engine.types import Request, TextPart
from inference.engine.vision import Patches, Picture, prepare_pictures

_SMALL = 50_000_000
_CHARACTERS_A_TOKEN = 4  # at most, in any long text: about one in Chinese
_TOKENS_A_TURN = 3  # at least: who speaks, and a line feed
_LONGEST_ANSWER = 4096  # tokens
_WINDOW = 64  # rows are looked at in steps of so many tokens, where no graph wants fewer shapes


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was done for a request outside the engine's thread.

    Attributes:
        pictures: in the order of the messages.
        grammar: of its JSON schema, at the beginning; None where it has none.
    """

    pictures: tuple[Picture, ...]
    grammar: Grammar | None


class LocalModel:
    """A checkpoint in this process; see :class:`inference.engine.model.Model`."""

    def __init__(
        self, checkpoint: Checkpoint, limits: ImageLimits, default_max_new_tokens: int, most_rows: int | None = None,
        *, cuda_graphs: bool = True,
    ) -> None:  # fmt: skip
        """Take a checkpoint over. Call it in the thread that is to run the model.

        Args:
            checkpoint: loaded.
            limits: how pictures are taken in.
            default_max_new_tokens: bound on answers that bring none of their own.
            most_rows: how many answers are written at once; None: what memory allows.
            cuda_graphs: record steps where the device can.
        """
        self.name = checkpoint.name
        self.version = checkpoint.version
        self.checkpoint = checkpoint
        self.vocabulary = Vocabulary(checkpoint.tokenizer)
        self.features = FeatureCache()
        self.decoder = Decoder(checkpoint.model)
        dtype: torch.dtype = checkpoint.model.get_input_embeddings().weight.dtype
        shape = CacheShape(self.decoder.layer_count, self.decoder.kv_heads, self.decoder.head_dim, dtype.itemsize)
        plan = plan_cache(shape, checkpoint.device, most_rows, checkpoint.context_limit)
        self.most_rows = plan.rows
        self.cache = RowCache(
            layers=shape.layers, heads=shape.heads, head_dim=shape.head_dim, dtype=dtype, device=checkpoint.device,
            rows=plan.rows, budget=plan.budget,
        )  # fmt: skip
        self._graphs = GraphedDecoder(self.decoder, self.cache, checkpoint.device, wanted=cuda_graphs)
        self._prompts = PromptBuilder(checkpoint.tokenizer, checkpoint.image_token_id)
        self._reasoning = ReasoningTokens.of(checkpoint.tokenizer)
        self._limits = limits
        self._default_max_new_tokens = default_max_new_tokens
        self._merge_size: int = checkpoint.model.config.vision_config.spatial_merge_size
        self._vocab_size: int = checkpoint.model.config.text_config.vocab_size
        self._limit = min(checkpoint.context_limit, self.cache.budget)
        self._grammars = GrammarCompiler(checkpoint.tokenizer, self._vocab_size, checkpoint.end_token_ids)
        self._memory = DeviceMemory(checkpoint.device)
        if checkpoint.device.type == "cpu":
            _use_cores(checkpoint.model.num_parameters())

    def prepare(self, request: Request) -> Prepared:
        """Decode the request's pictures and cut them into patches, compile its schema; any thread."""
        _refuse_endless_text(request, self._limit)
        grammar = None if request.json_schema is None else self._grammars.compile(request.json_schema)
        most = self._limit * self._merge_size**2
        pictures = prepare_pictures(request, self.checkpoint.image_processor, self._limits, self.features, most)
        return Prepared(pictures, grammar)

    @torch.inference_mode()
    def begin(self, request: Request, prepared: Prepared) -> list[LocalRow]:
        """Write the prompt; the engine's thread."""
        pictures, limit = prepared.pictures, self._limit
        counts = [picture.token_count(self._merge_size) for picture in pictures]
        prompt = self._prompts.build(request.messages, counts, thinking=request.thinking)
        if len(prompt.token_ids) >= limit:
            raise PromptTooLong(len(prompt.token_ids), limit)
        # Room is kept for the whole answer: an immodest bound must not keep everybody else out.
        most = max(self._default_max_new_tokens, _LONGEST_ANSWER)
        budget = min(request.max_new_tokens or self._default_max_new_tokens, most, limit - len(prompt.token_ids))
        positions, next_position = self._positions(prompt.token_ids, prompt.token_types, pictures)
        content = _content(prompt.token_ids, prompt.token_types, counts, pictures)
        return [
            LocalRow(
                request, index, prompt, positions=positions, next_position=next_position, content=content,
                pictures=pictures, budget=budget, vocabulary=self.vocabulary, vocab_size=self._vocab_size,
                device=self.checkpoint.device, grammar=prepared.grammar and prepared.grammar.again(),
                reasoning=self._reasoning, end_tokens=self.checkpoint.end_token_ids,
            )
            for index in range(request.n)
        ]  # fmt: skip

    def admit(self, row: LocalRow) -> bool:
        """Reserve a row of the cache, one that begins alike if there is one."""
        needed = min(row.input_tokens + row.token_budget, self.cache.budget)
        taken = self.cache.take(row.content, needed)
        if taken is None:
            return False
        row.slot = taken[0]
        return True

    @torch.inference_mode()
    def prefill(self, row: LocalRow) -> str | None:
        """Read what the row's place does not hold yet, and choose the next token."""
        slot = row.place
        # Tokens generated before the row had to make way are read like those of the prompt.
        embedded = self._embedded(row, slot.length)
        positions = row.all_positions()[:, :, slot.length :].to(self.checkpoint.device)
        scores = self.decoder.prefill(embedded, positions, self.cache, slot)
        return self._choose(scores[None], [row])[0]

    @torch.inference_mode()
    def step(self, rows: Sequence[LocalRow]) -> list[str | None]:
        """Read the last token of each row, and choose the next one."""
        slots = [row.place for row in rows]
        count = max(slot.index for slot in slots) + 1
        tokens, positions = [0] * count, [0] * count
        # Rows that nobody uses are computed along: what they write goes behind what they hold.
        lengths = [min(slot.length, self.cache.capacity - 1) for slot in self.cache.slots[:count]]
        for row, slot in zip(rows, slots, strict=True):
            tokens[slot.index], positions[slot.index] = row.tokens[-1], row.last_position
        longest = max(slot.length for slot in slots) + 1
        scores = self._graphs.decode((tokens, positions, lengths), _window(longest, self.cache.capacity))
        indices = [slot.index for slot in slots]
        if indices != list(range(count)):
            scores = scores[indices]
        pieces = self._choose(scores[: len(rows)], rows)
        for slot in slots:
            slot.length += 1
        return pieces

    def release(self, row: LocalRow) -> None:
        """Give the row of the cache back; what it holds may serve a follow-up question."""
        if row.slot is not None:
            self.cache.give_back(row.slot, row.content)
            row.slot = None
            self._memory.look()

    def recover(self) -> None:
        """Let go of what is kept for speed, and hand the memory that torch keeps back to the accelerator."""
        self.features.clear()
        self.cache.forget()
        self._graphs.forget()
        if self.checkpoint.device.type != "cpu":
            torch.accelerator.memory.empty_cache()

    def figures(self) -> Mapping[str, float]:
        """Return what is used of the cache and of the device, and what the kept features were good for."""
        return {
            "cache_tokens": self.cache.used_tokens,
            "cache_budget_tokens": self.cache.budget,
            "vision_cache_hits": self.features.hits,
            "vision_cache_misses": self.features.misses,
            **self._memory.figures(),
        }

    def _choose(self, scores: torch.Tensor, rows: Sequence[LocalRow]) -> list[str | None]:
        """Choose a token for each row; take note of none of them where one fails."""
        allowed = None
        if any(row.is_constrained for row in rows):
            everything = torch.ones(scores.shape[-1], dtype=torch.bool)
            allowed = torch.stack([row.allowed(everything) for row in rows]).to(scores.device)
        tokens = choose(scores, [row.sampler for row in rows], allowed)
        return [row.note(token) for row, token in zip(rows, tokens, strict=True)]

    def _embedded(self, row: LocalRow, start: int) -> torch.Tensor:
        """Look up all tokens from ``start`` on, pictures filled in, [1, tokens, hidden]."""
        device = self.checkpoint.device
        ids = torch.tensor([[*row.prompt.token_ids, *row.tokens][start:]], device=device)
        embedded = self.decoder.embed(ids)
        pictures = row.prompt.token_types[start:]
        wanted = sum(pictures)
        if wanted:
            features = self._seen(row)
            places = torch.tensor([index for index, kind in enumerate(pictures) if kind], device=device)
            # Of a picture that is held in part only the end is wanted.
            embedded[0, places] = features[len(features) - wanted :].to(embedded.dtype)
        return embedded

    def _seen(self, row: LocalRow) -> torch.Tensor:
        """Run the vision encoder over the pictures that it has not seen yet; [image tokens of all, hidden]."""
        started = time.perf_counter()
        lasting = row.priority == "interactive"
        seen = [self._encoded(picture, lasting=lasting) for picture in row.pictures]
        row.pictures = tuple(Picture(p.key, f) for p, f in zip(row.pictures, seen, strict=True))
        values = torch.cat([features.values for features in seen])
        if self.checkpoint.device.type != "cpu":
            torch.accelerator.synchronize()
        row.vision_s += time.perf_counter() - started
        return values

    def _encoded(self, picture: Picture, *, lasting: bool) -> Features:
        if isinstance(picture.seen, Features):
            return picture.seen
        # Somebody else's request may have brought the same picture since this one was prepared.
        known = self.features.get(picture.key, lasting=lasting, count=False)
        if known is None:
            known = self._encode(picture.seen)
            self.features.put(picture.key, known, lasting=lasting)
        return known

    def _encode(self, patches: Patches) -> Features:
        device = self.checkpoint.device
        pixels = torch.from_numpy(patches.values)
        if device.type != "cpu":
            # From pinned memory the copy runs beside the computing.
            pixels = pixels.pin_memory().to(device, non_blocking=True)
        grid = torch.tensor([patches.grid], device=device)
        values = torch.cat(tuple(self.checkpoint.model.model.get_image_features(pixels, grid).pooler_output))
        return Features(values, patches.grid)

    def _positions(self, ids: list[int], types: list[int], pictures: Sequence[Picture]) -> tuple[torch.Tensor, int]:
        """Return the prompt's positions, [3, 1, tokens], on the host, and the first one after it."""
        grid = torch.tensor([picture.seen.grid for picture in pictures]) if pictures else None
        positions, delta = self.checkpoint.model.model.get_rope_index(
            torch.tensor([ids]), torch.tensor([types], dtype=torch.int32), image_grid_thw=grid
        )
        # A picture takes fewer positions than tokens, so the next position is not the number of tokens.
        return positions, len(ids) + int(delta)


def _refuse_endless_text(request: Request, limit: int) -> None:
    """Refuse what cannot fit before it is cut into tokens: everybody would wait for that."""
    parts = (part for message in request.messages for part in message.parts if isinstance(part, TextPart))
    least = sum(len(part.text) for part in parts) // _CHARACTERS_A_TOKEN + _TOKENS_A_TURN * len(request.messages)
    if least > limit:
        raise PromptTooLong(least, limit)


def _content(ids: list[int], types: list[int], counts: Sequence[int], pictures: Sequence[Picture]) -> np.ndarray:
    """Return one number per token that is equal for equal words and equal pieces of equal pictures, int64 [tokens]."""
    content = np.array(ids, dtype=np.int64)
    places = np.flatnonzero(np.array(types))
    start = 0
    for count, picture in zip(counts, pictures, strict=True):
        # Negative, so that no piece of a picture is taken for a word.
        name = int.from_bytes(picture.key[:7], "big") << 6
        content[places[start : start + count]] = -1 - (name + np.arange(count))
        start += count
    return content


def _window(longest: int, capacity: int) -> int:
    return min(capacity, -(-longest // _WINDOW) * _WINDOW)


def _use_cores(parameters: int) -> None:
    """Choose how many threads compute; torch counts the machine's cores, not those that this process may use."""
    if "OMP_NUM_THREADS" in os.environ:
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # The matrices of a small model are done sooner than a second thread is woken.
    torch.set_num_threads(1 if parameters < _SMALL else cores)
