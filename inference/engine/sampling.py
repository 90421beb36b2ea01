"""Chooses the next tokens from the model's scores, for all rows at once and for each as its request asked."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence

import torch

from inference.engine.types import Request


class Sampler:
    """One answer's way of choosing, and its own luck: other answers never change what it draws.

    The n-th token's luck depends on the seed and on n alone, so that a token may be drawn a second time.

    Attributes:
        is_greedy: takes the likeliest token, whatever came before.
    """

    def __init__(
        self, request: Request, prompt: Sequence[int], vocab_size: int, device: torch.device, index: int = 0
    ) -> None:
        """Prepare for one answer.

        Args:
            request: says temperature, top-p, top-k, penalties and seed.
            prompt: the prompt's token ids; the repetition penalty counts them too, the other penalties do not.
            vocab_size: length of the score vectors to come.
            device: where these vectors are.
            index: which of the request's answers; each has a seed of its own, the first one the request's.
        """
        self.temperature = request.temperature
        self.top_p = request.top_p
        self.top_k = request.top_k
        self.penalty = request.repetition_penalty
        self.seen: torch.Tensor | None = None
        if self.penalty != 1.0:
            self.seen = torch.zeros(vocab_size, dtype=torch.bool, device=device)
            self.seen[torch.tensor(sorted(set(prompt)), device=device)] = True
        self.frequency_penalty = request.frequency_penalty
        self.presence_penalty = request.presence_penalty
        self.written: torch.Tensor | None = None
        if self.frequency_penalty or self.presence_penalty:
            self.written = torch.zeros(vocab_size, dtype=torch.float32, device=device)
        self._seed = secrets.randbits(63) if request.seed is None else request.seed + index
        self._drawn = 0
        self.is_greedy = self.temperature == 0 and self.seen is None and self.written is None

    def luck(self) -> float:
        """Return this token's random number, at least 0 and below 1."""
        return random.Random(f"{self._seed}-{self._drawn}").random()  # noqa: S311 - not for secrets

    def note(self, token: int) -> None:
        """Take note of the token that was chosen.

        Args:
            token: its id.
        """
        self._drawn += 1
        if self.seen is not None:
            self.seen[token] = True
        if self.written is not None:
            self.written[token] += 1

    def penalised(self, scores: torch.Tensor) -> torch.Tensor:
        """Lower the scores of tokens that have occurred, or raise them where that was asked for.

        Args:
            scores: the model's logits, [vocabulary]; not changed.

        Returns:
            Scores like them.
        """
        if self.seen is not None:
            lowered = torch.where(scores < 0, scores * self.penalty, scores / self.penalty)
            scores = torch.where(self.seen, lowered, scores)
        if self.written is not None:
            scores = scores - self.frequency_penalty * self.written - self.presence_penalty * (self.written > 0)
        return scores


def choose(scores: torch.Tensor, samplers: Sequence[Sampler], allowed: torch.Tensor | None = None) -> list[int]:
    """Choose the next token of several rows. Waits for the device once.

    Args:
        scores: the model's logits, [rows, vocabulary].
        samplers: one per row.
        allowed: which tokens a grammar allows, bool [rows, vocabulary]; None allows all.

    Returns:
        One token id per row.
    """
    scores = scores.float()
    if allowed is not None:
        scores = scores.masked_fill(~allowed, -torch.inf)
    if not all(sampler.is_greedy for sampler in samplers):
        scores = _penalised(scores, samplers)
    drawing = [row for row, sampler in enumerate(samplers) if sampler.temperature > 0]
    tokens = scores.argmax(-1)
    if drawing:
        chosen = [samplers[row] for row in drawing]
        rows = torch.tensor(drawing, device=scores.device)
        tokens[rows] = _draw(scores[rows], chosen)
    ids: list[int] = tokens.tolist()
    return ids


def _penalised(scores: torch.Tensor, samplers: Sequence[Sampler]) -> torch.Tensor:
    scores = scores.clone()
    for row, sampler in enumerate(samplers):
        scores[row] = sampler.penalised(scores[row])
    return scores


def _draw(scores: torch.Tensor, samplers: Sequence[Sampler]) -> torch.Tensor:
    """Draw by the inverse of the distribution function: one random number per row, made on the host."""

    def column(values: list[float]) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.float32, device=scores.device)[:, None]

    scaled, tokens = (scores / column([s.temperature for s in samplers])).sort(dim=-1, descending=True, stable=True)
    size = scores.shape[-1]
    kept = keep(scaled, column([float(s.top_k or size) for s in samplers]), column([s.top_p for s in samplers]))
    reached = scaled.masked_fill(~kept, -torch.inf).softmax(-1).cumsum(-1)
    target = column([s.luck() for s in samplers]) * reached[:, -1:]
    # Rounding must not lead past the last token that was kept.
    place = (reached <= target).sum(-1, keepdim=True).minimum(kept.sum(-1, keepdim=True) - 1)
    return tokens.gather(-1, place)[:, 0]


def keep(scores: torch.Tensor, top_k: torch.Tensor, top_p: torch.Tensor) -> torch.Tensor:
    """Tell which tokens top-k and then top-p leave.

    Args:
        scores: logits, temperature applied, likeliest first, [rows, vocabulary].
        top_k: keep that many of the likeliest, [rows, 1].
        top_p: keep the likeliest until their probabilities reach this sum; 1 keeps all, [rows, 1].

    Returns:
        Bool [rows, vocabulary]; at least the first of each row.
    """
    kept = torch.arange(scores.shape[-1], device=scores.device) < top_k
    probabilities = scores.masked_fill(~kept, -torch.inf).softmax(-1)
    # A token stays if those before it have not reached the sum yet; the first one always stays.
    enough = (probabilities.cumsum(-1) - probabilities) >= top_p
    kept &= ~enough | (top_p >= 1)
    kept[:, 0] = True
    return kept
