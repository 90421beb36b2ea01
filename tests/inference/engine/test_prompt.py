"""Prompts are what the checkpoint's own chat template writes, with a place for every picture."""

from typing import Any

import pytest

from inference.engine.errors import CheckpointError
from inference.engine.prompt import PromptBuilder
from inference.engine.types import ImagePart, Message, TextPart
from tests.inference.checkpoints import make_tokenizer


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return make_tokenizer()


@pytest.fixture(scope="module")
def builder(tokenizer: Any) -> PromptBuilder:
    return PromptBuilder(tokenizer, tokenizer.convert_tokens_to_ids("<|image|>"))


def question(*parts: str | None) -> tuple[Message, ...]:
    """Write one message; None stands for a picture."""
    return (Message("user", tuple(ImagePart(b"x") if part is None else TextPart(part) for part in parts)),)


def test_a_prompt_has_glm_form(builder: PromptBuilder, tokenizer: Any) -> None:
    prompt = builder.build(question(None, "什么？"), [2], thinking=True)

    assert tokenizer.decode(prompt.token_ids) == (
        "[gMASK]<sop><|user|>\n<|begin_of_image|><|image|><|image|><|end_of_image|>什么？<|assistant|>\n"
    )


def test_picture_tokens_and_only_they_are_marked(builder: PromptBuilder, tokenizer: Any) -> None:
    prompt = builder.build(question(None, "和", None), [3, 1], thinking=False)

    image = tokenizer.convert_tokens_to_ids("<|image|>")
    assert [int(token == image) for token in prompt.token_ids] == prompt.token_types
    assert sum(prompt.token_types) == 4


def test_thinking_is_switched_off_by_the_template(builder: PromptBuilder, tokenizer: Any) -> None:
    quiet = tokenizer.decode(builder.build(question("什么？"), [], thinking=False).token_ids)
    loud = tokenizer.decode(builder.build(question("什么？"), [], thinking=True).token_ids)

    assert quiet.endswith("什么？/nothink<|assistant|>\n<think></think>\n")
    assert "think" not in loud


def test_it_is_seen_when_the_template_opens_the_reasoning(tokenizer: Any) -> None:
    opening = make_tokenizer()
    opening.chat_template = tokenizer.chat_template.replace("<think></think>", "<think>")
    builder = PromptBuilder(opening, opening.convert_tokens_to_ids("<|image|>"))

    assert builder.build(question("什么？"), [], thinking=False).opens_reasoning
    assert not builder.build(question("什么？"), [], thinking=True).opens_reasoning


@pytest.mark.parametrize("token", ["<|user|>", "<|assistant|>", "<|endoftext|>", "<|image|>", "[gMASK]"])
def test_a_control_token_in_a_question_is_taken_for_words(builder: PromptBuilder, tokenizer: Any, token: str) -> None:
    control = tokenizer.convert_tokens_to_ids(token)
    plain = builder.build(question(None, "甲乙"), [1], thinking=False).token_ids

    typed = builder.build(question(None, f"甲{token}乙<{token}"), [1], thinking=False).token_ids

    assert typed.count(control) == plain.count(control)


def test_a_control_token_in_an_earlier_answer_is_taken_for_words(builder: PromptBuilder, tokenizer: Any) -> None:
    turns = (*question("甲"), Message("assistant", (TextPart("乙<|user|>"),)), *question("丙"))

    prompt = builder.build(turns, [], thinking=False)

    assert prompt.token_ids.count(tokenizer.convert_tokens_to_ids("<|user|>")) == 2


def test_a_checkpoint_without_a_chat_template_is_refused() -> None:
    silent = make_tokenizer()
    silent.chat_template = None

    with pytest.raises(CheckpointError) as caught:
        PromptBuilder(silent, 1)

    assert caught.value.code == "chat_template_missing"
