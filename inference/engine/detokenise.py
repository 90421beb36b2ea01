"""Turns token ids into text one at a time, never splitting a character, never showing control tokens."""

import codecs
from functools import cache
from typing import Any

from inference.engine.errors import CheckpointError

THINK_OPEN, THINK_CLOSE = "<think>", "</think>"
BOX_OPEN, BOX_CLOSE = "<|begin_of_box|>", "<|end_of_box|>"
MARKERS = (THINK_OPEN, THINK_CLOSE, BOX_OPEN, BOX_CLOSE)
"""Tokens that structure an answer; the output parser needs to see them."""


class Vocabulary:
    """The bytes that each token of a byte-level vocabulary stands for.

    Works on bytes, not on decoded text: a Chinese character may be spread over several tokens, and only bytes can be
    joined without looking back.
    """

    def __init__(self, tokenizer: Any) -> None:
        """Take the vocabulary of a tokenizer.

        Args:
            tokenizer: a fast tokenizer of transformers.

        Raises:
            CheckpointError: the tokenizer is not a byte-level one (code ``tokenizer_unsupported``).
        """
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is None or "ByteLevel" not in repr(backend.decoder):
            raise CheckpointError("tokenizer_unsupported", tokenizer=type(tokenizer).__name__)
        self._tokenizer = tokenizer
        self._added = {
            index: b"" if token.special and token.content not in MARKERS else token.content.encode()
            for index, token in tokenizer.added_tokens_decoder.items()
        }
        self._known: dict[int, bytes] = {}

    def bytes_of(self, token: int) -> bytes:
        """Return what a token stands for.

        Args:
            token: a token id; ids beyond the vocabulary (models pad theirs) stand for nothing.

        Returns:
            UTF-8, possibly a part of a character; empty for control tokens.
        """
        found = self._known.get(token)
        if found is None:
            found = self._known[token] = self._look_up(token)
        return found

    def _look_up(self, token: int) -> bytes:
        if token in self._added:
            return self._added[token]
        piece = self._tokenizer.convert_ids_to_tokens(token)
        if piece is None:
            return b""
        alphabet = _byte_of_character()
        return bytes(alphabet[character] for character in piece if character in alphabet)


class TextStream:
    """The text of one answer, token by token."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Begin an empty text.

        Args:
            vocabulary: of the model that writes it.
        """
        self._vocabulary = vocabulary
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, token: int) -> str:
        """Add a token.

        Args:
            token: its id.

        Returns:
            The characters that are complete now; often one token's, sometimes none. What is incomplete at the very
            end of an answer is never returned: half a character helps nobody.
        """
        return self._decoder.decode(self._vocabulary.bytes_of(token))


@cache
def _byte_of_character() -> dict[str, int]:
    """Return the inverse of the alphabet in which byte-level vocabularies write bytes: GPT-2's."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    alphabet = {chr(byte): byte for byte in printable}
    alphabet |= {chr(256 + place): byte for place, byte in enumerate(others)}
    return alphabet
