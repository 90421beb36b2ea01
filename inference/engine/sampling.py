"""Chooses the next token of one request from the model's scores, as that request asked."""

import secrets
from collections.abc import Sequence

import torch

from inference.engine.types import Request


class Sampler:
    """One request's way of choosing, and its own random numbers: other requests never change what it draws."""

    def __init__(self, request: Request, prompt: Sequence[int], vocab_size: int, device: torch.device) -> None:
        """Prepare for one answer.

        Args:
            request: says temperature, top-p, top-k, repetition penalty and seed.
            prompt: the prompt's token ids; the repetition penalty counts them too.
            vocab_size: length of the score vectors to come.
            device: where these vectors are.
        """
        self._temperature = request.temperature
        self._top_p = request.top_p
        self._top_k = request.top_k
        self._penalty = request.repetition_penalty
        self._seen: torch.Tensor | None = None
        if self._penalty != 1.0:
            self._seen = torch.zeros(vocab_size, dtype=torch.bool, device=device)
            self._seen[torch.tensor(sorted(set(prompt)), device=device)] = True
        self._random: torch.Generator | None = None
        if self._temperature > 0:
            seed = secrets.randbits(63) if request.seed is None else request.seed
            self._random = torch.Generator(device=device).manual_seed(seed % 2**63)

    def choose(self, scores: torch.Tensor) -> int:
        """Choose the next token.

        Args:
            scores: the model's logits for it, [vocabulary].

        Returns:
            The token's id.
        """
        scores = self._penalised(scores.float())
        token = int(scores.argmax()) if self._random is None else self._draw(scores)
        if self._seen is not None:
            self._seen[token] = True
        return token

    def _penalised(self, scores: torch.Tensor) -> torch.Tensor:
        if self._seen is None:
            return scores
        lowered = torch.where(scores < 0, scores * self._penalty, scores / self._penalty)
        return torch.where(self._seen, lowered, scores)

    def _draw(self, scores: torch.Tensor) -> int:
        scores, tokens = candidates(scores / self._temperature, self._top_k, self._top_p)
        place = torch.multinomial(scores.softmax(-1), 1, generator=self._random)
        return int(tokens[place])


def candidates(scores: torch.Tensor, top_k: int, top_p: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Keep the tokens that top-k and then top-p leave.

    Args:
        scores: logits, temperature applied, [vocabulary].
        top_k: keep that many of the likeliest; 0 keeps all.
        top_p: keep the likeliest until their probabilities reach this sum; 1 keeps all.

    Returns:
        The kept logits, likeliest first, and their token ids; at least one. Unsorted where nothing was cut off.
    """
    size = scores.shape[-1]
    if top_k <= 0 and top_p >= 1.0:
        return scores, torch.arange(size, device=scores.device)
    count = min(top_k, size) if top_k > 0 else size
    kept, tokens = torch.topk(scores, count)
    if top_p < 1.0:
        probabilities = kept.softmax(-1)
        # A token stays if those before it have not reached the sum yet; the first one always stays.
        enough = (probabilities.cumsum(-1) - probabilities) >= top_p
        enough[0] = False
        kept = kept[~enough]
        tokens = tokens[: kept.shape[-1]]
    return kept, tokens
