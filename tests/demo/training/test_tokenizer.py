"""The demo checkpoint's tokenizer speaks GLM's form."""

from pathlib import Path

import pytest
from transformers import PreTrainedTokenizerFast

from demo.training.tokenizer import EOS_TOKENS, MARKERS, SPECIAL_TOKENS, train_tokenizer

QUESTION = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "几个人？"}]}]


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return train_tokenizer()


@pytest.mark.parametrize(
    "text", ["1959年，三人在石桥前", "生僻字鑫𠮷与 emoji 🀄", "line\nbreak\ttab", '{"事由": "待考"}']
)
def test_any_text_survives_encoding(tokenizer: PreTrainedTokenizerFast, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text


def test_special_tokens_are_one_token_each(tokenizer: PreTrainedTokenizerFast) -> None:
    for token in (*SPECIAL_TOKENS, *MARKERS):
        assert len(tokenizer.encode(token, add_special_tokens=False)) == 1
    assert set(EOS_TOKENS) <= set(tokenizer.all_special_tokens) | set(SPECIAL_TOKENS)


def test_the_template_has_glms_form(tokenizer: PreTrainedTokenizerFast) -> None:
    text = tokenizer.apply_chat_template(QUESTION, tokenize=False, add_generation_prompt=True)
    image = "<|begin_of_image|><|image|><|end_of_image|>"
    assert text == f"[gMASK]<sop><|user|>\n{image}几个人？<|assistant|>\n"


def test_thinking_is_switched_off_by_the_template(tokenizer: PreTrainedTokenizerFast) -> None:
    text = tokenizer.apply_chat_template(QUESTION, tokenize=False, add_generation_prompt=True, enable_thinking=False)
    assert isinstance(text, str)
    assert text.endswith("几个人？/nothink<|assistant|>\n<think></think>\n")


def test_training_it_again_gives_the_same_tokenizer(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    assert train_tokenizer().get_vocab() == tokenizer.get_vocab()
