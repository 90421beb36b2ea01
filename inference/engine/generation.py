"""Runs a loaded checkpoint: vision encoder, prefill, and one token after another. Imports torch.

Uses the model's parts directly rather than ``generate``: that keeps positions in the module itself, cannot be stopped
between tokens, and takes one request at a time for good.
"""

import os
import time
from collections.abc import Sequence
from typing import Any

import torch
from transformers import DynamicCache

from inference.engine.checkpoint import Checkpoint
from inference.engine.detokenise import TextStream, Vocabulary
from inference.engine.errors import PromptTooLong
from inference.engine.images import ImageLimits
from inference.engine.prompt import Prompt, PromptBuilder
from inference.engine.sampling import Sampler
from inference.engine.types import Request
from inference.engine.vision import Patches, cut

_SMALL = 50_000_000


class LocalModel:
    """A checkpoint in this process; see :class:`inference.engine.model.Model`."""

    def __init__(self, checkpoint: Checkpoint, limits: ImageLimits, default_max_new_tokens: int) -> None:
        """Take a checkpoint over. Call it in the thread that is to run the model.

        Args:
            checkpoint: loaded.
            limits: how pictures are taken in.
            default_max_new_tokens: bound on answers that bring none of their own.
        """
        self.name = checkpoint.name
        self.version = checkpoint.version
        self.checkpoint = checkpoint
        self.vocabulary = Vocabulary(checkpoint.tokenizer)
        self._prompts = PromptBuilder(checkpoint.tokenizer, checkpoint.image_token_id)
        self._limits = limits
        self._default_max_new_tokens = default_max_new_tokens
        self._merge_size: int = checkpoint.model.config.vision_config.spatial_merge_size
        if checkpoint.device.type == "cpu":
            _use_cores(checkpoint.model.num_parameters())

    def prepare(self, request: Request) -> tuple[Patches, ...]:
        """Decode the request's pictures and cut them into patches; any thread."""
        return cut(request, self.checkpoint.image_processor, self._limits)

    @torch.inference_mode()
    def begin(self, request: Request, prepared: tuple[Patches, ...]) -> "LocalRow":
        """Read the prompt; the engine's thread."""
        image_tokens = [patches.token_count(self._merge_size) for patches in prepared]
        prompt = self._prompts.build(request.messages, image_tokens, thinking=request.thinking)
        limit = self.checkpoint.context_limit
        if len(prompt.token_ids) >= limit:
            raise PromptTooLong(len(prompt.token_ids), limit)
        wanted = request.max_new_tokens or self._default_max_new_tokens
        budget = min(wanted, limit - len(prompt.token_ids))
        return LocalRow(self, request, prompt, prepared, budget)

    def recover(self) -> None:
        """Hand the memory that torch keeps back to the accelerator."""
        if self.checkpoint.device.type != "cpu":
            torch.accelerator.memory.empty_cache()


class LocalRow:
    """One answer of a :class:`LocalModel`: its keys and values, its sampler, its text."""

    def __init__(
        self, owner: LocalModel, request: Request, prompt: Prompt, prepared: Sequence[Patches], budget: int
    ) -> None:
        """Run vision encoder and prefill.

        Args:
            owner: whose model answers.
            request: says how tokens are chosen.
            prompt: what the model reads.
            prepared: its pictures.
            budget: most tokens of the answer.
        """
        checkpoint = owner.checkpoint
        self._head = checkpoint.model.lm_head
        self._decoder = checkpoint.model.model.language_model
        self._embed = checkpoint.model.get_input_embeddings()
        self._end_tokens = checkpoint.end_token_ids
        self._device = checkpoint.device
        self._cache = DynamicCache(config=checkpoint.model.config.text_config)
        self._text = TextStream(owner.vocabulary)
        self.input_tokens = len(prompt.token_ids)
        self.token_budget = budget
        self.opens_reasoning = prompt.opens_reasoning
        self.vision_s = 0.0
        self.tokens: list[int] = []
        self._scores = self._prefill(checkpoint.model.model, prompt, prepared)
        self._sampler = Sampler(request, prompt.token_ids, self._scores.shape[-1], self._scores.device)
        self._unread: int | None = None

    @torch.inference_mode()
    def next_piece(self) -> str | None:
        """Generate one token; see :class:`inference.engine.model.Row`."""
        if self._unread is not None:
            self._scores = self._read(self._unread)
        token = self._sampler.choose(self._scores)
        if token in self._end_tokens:
            return None
        # It is read only when another one is wanted: the last token of a bounded answer never is.
        self._unread = token
        self.tokens.append(token)
        return self._text.feed(token)

    def _prefill(self, body: Any, prompt: Prompt, prepared: Sequence[Patches]) -> torch.Tensor:
        """Read the whole prompt; return the scores of the first token, [vocabulary]."""
        ids = torch.tensor([prompt.token_ids], device=self._device)
        types = torch.tensor([prompt.token_types], device=self._device, dtype=torch.int32)
        embedded = self._embed(ids)
        grid = None
        if prepared:
            grid = torch.tensor([patches.grid for patches in prepared], device=self._device)
            embedded[types.bool()] = self._encode(body, prepared, grid).to(embedded.dtype)
        positions, delta = body.get_rope_index(ids, types, image_grid_thw=grid)
        # A picture takes fewer positions than tokens, so the next position is not the number of tokens.
        self._next_position = len(prompt.token_ids) + int(delta)
        return self._forward(embedded, positions)

    def _encode(self, body: Any, prepared: Sequence[Patches], grid: torch.Tensor) -> torch.Tensor:
        """Run the vision encoder over all pictures; returns their features, [image tokens, hidden]."""
        started = time.perf_counter()
        pixels = torch.cat([torch.from_numpy(patches.values) for patches in prepared]).to(self._device)
        features = torch.cat(body.get_image_features(pixels, grid).pooler_output)
        if self._device.type != "cpu":
            torch.accelerator.synchronize()
        self.vision_s = time.perf_counter() - started
        return features

    def _read(self, token: int) -> torch.Tensor:
        """Read one token of the answer; return the scores of the next one, [vocabulary]."""
        embedded = self._embed(torch.tensor([[token]], device=self._device))
        positions = torch.full((3, 1, 1), self._next_position, device=self._device)
        self._next_position += 1
        return self._forward(embedded, positions)

    def _forward(self, embedded: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        hidden = self._decoder(
            inputs_embeds=embedded, position_ids=positions, past_key_values=self._cache, use_cache=True
        ).last_hidden_state
        # The head is as large as the vocabulary: only the last position is worth it.
        scores: torch.Tensor = self._head(hidden[:, -1])[0]
        return scores


def _use_cores(parameters: int) -> None:
    """Choose how many threads compute; torch counts the machine's cores, not those that this process may use."""
    if "OMP_NUM_THREADS" in os.environ:
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # The matrices of a small model are done sooner than a second thread is woken.
    torch.set_num_threads(1 if parameters < _SMALL else cores)
