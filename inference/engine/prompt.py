"""Turns a conversation into the token ids that the model reads, by the chat template that came with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inference.engine.detokenise import MARKERS, THINK_OPEN
from inference.engine.errors import CheckpointError, InvalidRequest
from inference.engine.types import ImagePart, Message

_INVISIBLE = "\u200b"


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model reads.

    Attributes:
        token_ids: one id per token; each picture has one image token per merged patch.
        token_types: 1 where the token is a picture's, else 0. The positions of pictures depend on it.
        opens_reasoning: the template itself ends with an opened ``<think>``.
    """

    token_ids: list[int]
    token_types: list[int]
    opens_reasoning: bool


class PromptBuilder:
    """Writes prompts for one checkpoint. Not thread-safe, as fast tokenizers are not."""

    def __init__(self, tokenizer: Any, image_token_id: int) -> None:
        """Take the checkpoint's vocabulary.

        Args:
            tokenizer: transformers' tokenizer of the checkpoint.
            image_token_id: the placeholder of pictures, from the checkpoint's configuration.

        Raises:
            CheckpointError: there is no chat template (code ``chat_template_missing``).
        """
        if not getattr(tokenizer, "chat_template", None):
            raise CheckpointError("chat_template_missing")
        self._tokenizer = tokenizer
        self._image_token_id = image_token_id
        control = {token.content for token in tokenizer.added_tokens_decoder.values() if token.special}
        control.add(tokenizer.convert_ids_to_tokens(image_token_id))
        words = sorted(control.difference(MARKERS[:2]), key=len, reverse=True)
        self._control = re.compile("|".join(re.escape(word) for word in words))

    def build(self, messages: Sequence[Message], image_tokens: Sequence[int], *, thinking: bool) -> Prompt:
        """Write a prompt.

        Args:
            messages: the conversation.
            image_tokens: how many tokens each of its pictures takes, in order.
            thinking: whether the model is to reason first.

        Returns:
            The prompt, ending where the answer begins.

        Raises:
            InvalidRequest: the template has no place for one of the pictures.
        """
        text = self._tokenizer.apply_chat_template(
            [self._turn(message) for message in messages],
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=thinking,
        )
        written = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        if written.count(self._image_token_id) != len(image_tokens):
            raise InvalidRequest("messages", "pictures belong into messages of the user")
        return self._with_pictures(written, image_tokens, opens_reasoning=text.rstrip().endswith(THINK_OPEN))

    def _turn(self, message: Message) -> dict[str, Any]:
        """Write one message in the form that chat templates expect."""
        if message.role != "user":
            text = "".join("" if isinstance(part, ImagePart) else self._harmless(part.text) for part in message.parts)
            return {"role": message.role, "content": text}
        content = [
            {"type": "image"} if isinstance(part, ImagePart) else {"type": "text", "text": self._harmless(part.text)}
            for part in message.parts
        ]
        return {"role": message.role, "content": content}

    def _harmless(self, text: str) -> str:
        """Break control tokens that somebody typed: they would end the turn, or take a picture's place."""
        return self._control.sub(lambda match: match[0][0] + _INVISIBLE + match[0][1:], text)

    def _with_pictures(self, written: list[int], image_tokens: Sequence[int], *, opens_reasoning: bool) -> Prompt:
        token_ids: list[int] = []
        token_types: list[int] = []
        counts = iter(image_tokens)
        for token in written:
            is_picture = token == self._image_token_id
            count = next(counts) if is_picture else 1
            token_ids += [token] * count
            token_types += [int(is_picture)] * count
        return Prompt(token_ids, token_types, opens_reasoning)
