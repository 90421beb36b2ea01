"""Answers that cannot be malformed: a JSON schema becomes a mask over the vocabulary, token by token (llguidance)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from llguidance import LLMatcher
from llguidance.hf import from_tokenizer
from llguidance.torch import allocate_token_bitmask, fill_next_token_bitmask

from inference.engine.errors import SchemaUnusable
from inference.engine.schemas import LIMITS, grammar_of, refusing_what_breaks_it


class GrammarCompiler:
    """Makes grammars for one checkpoint's vocabulary."""

    def __init__(self, tokenizer: Any, vocab_size: int, end_token_ids: Iterable[int]) -> None:
        """Take a vocabulary.

        Args:
            tokenizer: a fast byte-level tokenizer of transformers.
            vocab_size: length of the model's score vectors; models pad theirs.
            end_token_ids: each of them ends an answer.
        """
        self._vocab_size = vocab_size
        ends = sorted(end_token_ids)
        self._tokenizer = from_tokenizer(tokenizer, n_vocab=vocab_size, eos_token=ends)

    def compile(self, json_schema: str) -> Grammar:
        """Prepare for an answer.

        Args:
            json_schema: a JSON schema as text.

        Returns:
            The grammar, at its beginning.

        Raises:
            SchemaUnusable: it is no schema, or one that cannot be obeyed.
        """
        source = grammar_of(json_schema)
        with refusing_what_breaks_it():
            matcher = LLMatcher(self._tokenizer, source, log_level=0, limits=LIMITS)
        grammar = Grammar(matcher, self._vocab_size)
        grammar.allowed()  # some are dead from the first token on
        return grammar


class Grammar:
    """What may come next in one answer."""

    def __init__(self, matcher: LLMatcher, vocab_size: int) -> None:
        """Begin.

        Args:
            matcher: at its beginning.
            vocab_size: length of the masks.
        """
        self._matcher = matcher
        self._bits = allocate_token_bitmask(1, vocab_size)
        self._vocab_size = vocab_size

    def again(self) -> Grammar:
        """Return the same grammar for another answer, where this one is."""
        return Grammar(self._matcher.deep_copy(), self._vocab_size)

    def allowed(self) -> torch.Tensor:
        """Return which tokens may come next, bool [vocabulary], on the host.

        Raises:
            SchemaUnusable: it breaks down here, and would let the answer end though nothing is complete.
        """
        fill_next_token_bitmask(self._matcher, self._bits, 0)
        if self._matcher.is_error():
            raise SchemaUnusable("json_schema", _reason(self._matcher.get_error()))
        bits = self._bits[0][:, None] >> torch.arange(32, dtype=torch.int32) & 1
        return bits.flatten()[: self._vocab_size].bool()

    def note(self, token: int) -> None:
        """Take note of the token that was chosen.

        Args:
            token: its id, one of those allowed. Where the grammar breaks down over it, :meth:`allowed` says so.
        """
        self._matcher.consume_token(token)


def _reason(report: str) -> str:
    """Return what an error of llguidance's says, without the state of the machine that follows it."""
    said = report.partition("<state>")[0].partition("<backtrace>")[0].strip()
    return "no answer could be completed" if said == "NoExtensionBias" else said[:300]
