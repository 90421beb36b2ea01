"""Answers that cannot be malformed: a JSON schema becomes a mask over the vocabulary, token by token (llguidance)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import torch
from llguidance import LLMatcher, LLParserLimits
from llguidance.hf import from_tokenizer
from llguidance.torch import allocate_token_bitmask, fill_next_token_bitmask

from inference.engine.errors import SchemaUnusable

_LONGEST_SCHEMA = 65_536
_LARGEST_MULTIPLE = 1000  # a divisor's grammar has as many states
# One space, or a line feed and an indentation. Left alone, small models write blanks until their tokens are used up.
_BLANKS = r"( |\n[ \t]{0,32})?"
# A schema must not take longer to understand than a picture to look at.
_LIMITS = LLParserLimits(initial_lexer_fuel=500_000)


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
        if len(json_schema) > _LONGEST_SCHEMA:
            raise SchemaUnusable("json_schema", f"must have at most {_LONGEST_SCHEMA} characters")
        _refuse_costly_numbers(json_schema)
        try:
            # ``true`` is a schema too, and means what the empty one does.
            form = "{}" if json_schema.strip() == "true" else json_schema
            source = LLMatcher.grammar_from_json_schema(form, defaults={"whitespace_pattern": _BLANKS})
            matcher = LLMatcher(self._tokenizer, source, log_level=0, limits=_LIMITS)
        except ValueError as error:
            raise SchemaUnusable("json_schema", str(error)[:300]) from error
        if matcher.is_error():
            raise SchemaUnusable("json_schema", matcher.get_error()[:300])
        return Grammar(matcher, self._vocab_size)


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
        """Return which tokens may come next, bool [vocabulary], on the host."""
        fill_next_token_bitmask(self._matcher, self._bits, 0)
        bits = self._bits[0][:, None] >> torch.arange(32, dtype=torch.int32) & 1
        return bits.flatten()[: self._vocab_size].bool()

    def note(self, token: int) -> None:
        """Take note of the token that was chosen.

        Args:
            token: its id, one of those allowed.
        """
        self._matcher.consume_token(token)


def _refuse_costly_numbers(json_schema: str) -> None:
    """Refuse divisors so large that their grammar would take seconds to make.

    Raises:
        SchemaUnusable: one is there, or the text is no JSON.
    """
    try:
        waiting = [json.loads(json_schema)]
    except (ValueError, RecursionError) as error:
        raise SchemaUnusable("json_schema", str(error)[:300]) from error
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            divisor = part.get("multipleOf")
            if isinstance(divisor, int | float) and divisor > _LARGEST_MULTIPLE:
                raise SchemaUnusable("json_schema", f"multipleOf must be at most {_LARGEST_MULTIPLE}")
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
