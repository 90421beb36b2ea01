"""The demo checkpoint's tokenizer: a small byte-level BPE with GLM's special tokens and chat template."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from demo import language
from demo.drawing.canvas import Box
from demo.scene import random_scene

# The order of GLM's own vocabulary; the ids differ, and whoever loads a checkpoint reads them from it.
SPECIAL_TOKENS: tuple[str, ...] = (
    "<|endoftext|>",
    "[MASK]",
    "[gMASK]",
    "[sMASK]",
    "<sop>",
    "<eop>",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
    "<|observation|>",
    "<|begin_of_image|>",
    "<|end_of_image|>",
    "<|begin_of_video|>",
    "<|end_of_video|>",
    "<|begin_of_audio|>",
    "<|end_of_audio|>",
    "<|image|>",
    "<|video|>",
)
# Tokens of their own that are ordinary text to a decoder.
MARKERS: tuple[str, ...] = ("<think>", "</think>", "/nothink", "<|begin_of_box|>", "<|end_of_box|>")
EOS_TOKENS: tuple[str, ...] = ("<|endoftext|>", "<|user|>", "<|observation|>")
VOCABULARY = 1536

CHAT_TEMPLATE = """[gMASK]<sop>
{%- macro show(content) -%}
{%- if content is string -%}{{ content }}
{%- else -%}
{%- for part in content -%}
{%- if part.type == 'image' -%}<|begin_of_image|><|image|><|end_of_image|>
{%- elif part.type == 'text' -%}{{ part.text }}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
{%- endmacro -%}
{%- set quiet = enable_thinking is defined and not enable_thinking -%}
{%- for message in messages -%}
{%- if message.role == 'system' -%}<|system|>
{{ show(message.content) }}
{%- elif message.role == 'user' -%}<|user|>
{{ show(message.content) }}{{ '/nothink' if quiet else '' }}
{%- elif message.role == 'assistant' -%}<|assistant|>
<think></think>
{{ show(message.content).split('</think>')[-1].strip() }}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}<|assistant|>
{{ '<think></think>\\n' if quiet else '' }}
{%- endif -%}"""

# Words of the product's pages and records, so that their characters are tokens and not three bytes each.
EXTRA_TEXT = (
    "请附上一张照片。没有图片，请上传。已知信息：题名、描述、地点、人物、备注、全宗号、底片号、参见号、摄影者、著录、审核、编目员、"
    "档案馆、学校、文化中心、城市、县、乡镇、公社、生产队、建设、庆祝、开工、竣工、合影、留念、大会、代表、先进、国庆、春节、"
    "你是一名专业的档案著录员，只根据画面回答。ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)


def _corpus(scenes: int = 400) -> Iterator[str]:
    rng = random.Random("corpus")
    for wordings in (*language.WORDINGS.values(), *language.UNSEEN_WORDINGS.values()):
        yield from wordings
    box: Box = (0.1, 0.2, 0.8, 0.9)
    for seed in range(scenes):
        truth = language.Truth(random_scene(seed), box)
        yield from (language.answer(intent, truth) for intent in language.Intent)
        yield language.reasoning(truth)
        yield language.wording(rng.choice(list(language.Intent)), truth, rng)
    yield from (language.answer(intent, language.Truth(None)) for intent in language.Intent)
    yield from [EXTRA_TEXT] * 4


def train_tokenizer() -> PreTrainedTokenizerFast:
    """Train the tokenizer on what the demo model hears and says; the same call always gives the same tokenizer."""
    tokenizer = Tokenizer(models.BPE())
    # A Chinese character or a digit is never joined with its neighbour: fewer, more even tokens to learn.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\p{Han}|\p{N}|\p{P}|[A-Za-z]+|\s+"), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(SPECIAL_TOKENS) - len(MARKERS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_corpus(), trainer)
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS])
    tokenizer.add_tokens([AddedToken(token, special=False, normalized=False) for token in MARKERS])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|endoftext|>",
        pad_token="<|endoftext|>",
        padding_side="left",
        clean_up_tokenization_spaces=False,
        model_max_length=4096,
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast
