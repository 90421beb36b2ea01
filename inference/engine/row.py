"""One answer of a checkpoint in this process: what it has read and written, and what may come next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from inference.engine.cache import Slot
from inference.engine.detokenise import THINK_CLOSE, THINK_OPEN, TextStream, Vocabulary
from inference.engine.grammar import Grammar
from inference.engine.prompt import Prompt
from inference.engine.sampling import Sampler
from inference.engine.types import Request
from inference.engine.vision import Picture


@dataclass(frozen=True, slots=True)
class ReasoningTokens:
    """The tokens around reasoning.

    Attributes:
        opening: of ``<think>``; None where the vocabulary has no single token for it.
        closing: of ``</think>``, alike.
        line_feed: what stands between reasoning and answer.
    """

    opening: int | None
    closing: int | None
    line_feed: tuple[int, ...]

    @classmethod
    def of(cls, tokenizer: Any) -> ReasoningTokens:
        """Look them up.

        Args:
            tokenizer: of transformers.

        Returns:
            Their ids.
        """
        ids = {token.content: index for index, token in tokenizer.added_tokens_decoder.items()}
        line_feed = tuple(tokenizer.encode("\n", add_special_tokens=False))
        return cls(ids.get(THINK_OPEN), ids.get(THINK_CLOSE), line_feed)


class LocalRow:
    """See :class:`inference.engine.model.Row`.

    Attributes:
        prompt: what is read before it.
        pictures: of the prompt.
        priority: whether a person asked, or a batch.
        tokens: ids that were generated, the one that ended the answer not among them.
        content: one number per token of prompt and answer; see :meth:`inference.engine.cache.RowCache.take`.
        slot: its place in the cache, while it has one.
        sampler: how its tokens are chosen.
    """

    def __init__(
        self, request: Request, index: int, prompt: Prompt, *, positions: torch.Tensor, next_position: int,
        content: np.ndarray, pictures: tuple[Picture, ...], budget: int, vocabulary: Vocabulary, vocab_size: int,
        device: torch.device, grammar: Grammar | None, reasoning: ReasoningTokens, end_tokens: frozenset[int],
    ) -> None:  # fmt: skip
        """Begin an answer.

        Args:
            request: what was asked.
            index: which of its answers.
            prompt: what is read.
            positions: of the prompt's tokens, [3, 1, tokens].
            next_position: the first one after it.
            content: of the prompt.
            pictures: of the prompt.
            budget: most tokens of the answer.
            vocabulary: turns tokens into text.
            vocab_size: length of the score vectors.
            device: where these are.
            grammar: what the answer has to follow, or None.
            reasoning: the tokens around reasoning.
            end_tokens: each of them ends the answer.
        """
        self.input_tokens = len(prompt.token_ids)
        self.token_budget = budget
        self.opens_reasoning = prompt.opens_reasoning
        self.vision_s = 0.0
        self.priority = request.priority
        self.prompt = prompt
        self.pictures = pictures
        self.tokens: list[int] = []
        self.slot: Slot | None = None
        self.sampler = Sampler(request, prompt.token_ids, vocab_size, device, index)
        self._positions = positions
        self._next_position = next_position
        self._content = content
        self._text = TextStream(vocabulary)
        self._grammar = grammar
        self._reasoning = reasoning
        self._thinking = request.thinking and None not in (reasoning.opening, reasoning.closing)
        self._thought = not self._thinking
        self._limit = request.thinking_limit
        self._forced: list[int] = []
        self._banned: tuple[int, ...] = ()
        if self._thinking and grammar is not None and not prompt.opens_reasoning and reasoning.opening is not None:
            # Otherwise it could begin an answer that no grammar looks at.
            self._forced.append(reasoning.opening)
        self._ends = end_tokens

    @property
    def place(self) -> Slot:
        """Its row of the cache."""
        if self.slot is None:
            raise RuntimeError("a row is admitted before anything is computed for it")
        return self.slot

    @property
    def content(self) -> np.ndarray:
        """One number per token of prompt and answer, int64 [tokens]."""
        return np.concatenate((self._content, np.array(self.tokens, dtype=np.int64)))

    @property
    def last_position(self) -> int:
        """Position of the last generated token."""
        return self._next_position + len(self.tokens) - 1

    def all_positions(self) -> torch.Tensor:
        """Return the positions of prompt and answer, [3, 1, tokens], on the host."""
        after = torch.arange(self._next_position, self._next_position + len(self.tokens))
        return torch.cat((self._positions, after.expand(3, 1, -1)), dim=-1)

    @property
    def is_constrained(self) -> bool:
        """Whether not every token may come next."""
        return bool(self._forced or self._banned) or (self._grammar is not None and self._thought)

    def allowed(self, everything: torch.Tensor) -> torch.Tensor:
        """Return which tokens may come next.

        Args:
            everything: a mask that allows all, bool [vocabulary]; not changed.

        Returns:
            A mask like it, on the host.
        """
        if self._forced:
            only = torch.zeros_like(everything)
            only[self._forced[0]] = True
            return only
        if self._grammar is not None and self._thought:
            return self._grammar.allowed()
        if self._banned:
            everything = everything.clone()
            everything[list(self._banned)] = False
        return everything

    def note(self, token: int) -> str | None:
        """Take the next token in.

        Args:
            token: its id.

        Returns:
            The text that it completes, possibly none; None where the answer has ended.
        """
        self.sampler.note(token)
        if token in self._ends:
            return None
        if self._forced:
            self._forced.pop(0)
        elif self._grammar is not None and self._thought:
            self._grammar.note(token)
        self._watch_reasoning(token)
        self.tokens.append(token)
        return self._text.feed(token)

    def _watch_reasoning(self, token: int) -> None:
        if self._thought:
            return
        begun = self.opens_reasoning or (self.tokens or [token])[0] == self._reasoning.opening
        # Without its opening there is no reasoning that could end.
        self._thought = token == self._reasoning.closing or not begun
        too_long = self._limit is not None and len(self.tokens) + 1 >= self._limit
        if too_long and not self._thought and not self._forced and self._reasoning.closing is not None:
            self._forced = [self._reasoning.closing, *self._reasoning.line_feed]
            # Whoever is interrupted likes to take the thread up again.
            self._banned = tuple(tag for tag in (self._reasoning.opening, self._reasoning.closing) if tag is not None)
