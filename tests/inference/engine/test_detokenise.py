"""Tokens become text without a character ever being split."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.engine.detokenise import TextStream, Vocabulary
from inference.engine.errors import CheckpointError
from tests.inference.checkpoints import make_tokenizer


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return make_tokenizer()


@pytest.fixture(scope="module")
def vocabulary(tokenizer: Any) -> Vocabulary:
    return Vocabulary(tokenizer)


def stream(vocabulary: Vocabulary, ids: list[int]) -> list[str]:
    text = TextStream(vocabulary)
    return [text.feed(token) for token in ids]


def test_a_character_comes_out_when_its_last_byte_is_there(tokenizer: Any, vocabulary: Vocabulary) -> None:
    ids = tokenizer("龘")["input_ids"]
    assert len(ids) == 3

    assert stream(vocabulary, ids) == ["", "", "龘"]


def test_half_a_character_at_the_end_is_not_shown(tokenizer: Any, vocabulary: Vocabulary) -> None:
    assert stream(vocabulary, tokenizer("桥龘")["input_ids"][:-1])[-1] == ""


def test_control_tokens_are_silent_and_markers_are_not(tokenizer: Any, vocabulary: Vocabulary) -> None:
    token = tokenizer.convert_tokens_to_ids

    assert stream(vocabulary, [token("<|user|>"), token("<|image|>"), token("[gMASK]")]) == ["", "", ""]
    assert stream(vocabulary, [token("<think>"), token("<|begin_of_box|>")]) == ["<think>", "<|begin_of_box|>"]


def test_ids_beyond_the_vocabulary_are_silent(tokenizer: Any, vocabulary: Vocabulary) -> None:
    assert stream(vocabulary, [len(tokenizer) + 3]) == [""]


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=40))
def test_every_text_survives(text: str, tokenizer: Any, vocabulary: Vocabulary) -> None:
    ids = tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]

    assert "".join(stream(vocabulary, ids)) == text


@settings(max_examples=200, deadline=None)
@given(ids=st.lists(st.integers(0, 290), max_size=30))
def test_whatever_a_model_says_is_what_the_tokenizer_would_decode(
    ids: list[int], tokenizer: Any, vocabulary: Vocabulary
) -> None:
    decoded = tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)

    given_out = "".join(stream(vocabulary, ids))
    assert decoded.startswith(given_out)
    # Only half a character at the very end is left out, where the tokenizer writes a replacement.
    assert decoded[len(given_out) :].strip("\ufffd") == ""


def test_a_tokenizer_of_another_kind_is_refused(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, decoders, models
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.WordLevel({"a": 0, "[UNK]": 1}, unk_token="[UNK]"))
    backend.decoder = decoders.WordPiece()

    with pytest.raises(CheckpointError) as caught:
        Vocabulary(PreTrainedTokenizerFast(tokenizer_object=backend))

    assert caught.value.code == "tokenizer_unsupported"
