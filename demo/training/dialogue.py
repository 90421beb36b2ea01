"""Turns pictures into conversations of token ids with the answers marked: what the model learns from."""

from __future__ import annotations

import random
from dataclasses import dataclass

from transformers import PreTrainedTokenizerFast

from demo import language
from demo.language import Intent, Truth
from demo.training.pictures import CELL, Picture

NO_PICTURE = "请附上一张照片。"
SYSTEM_TEXTS = (
    "你是一名专业的档案著录员。",
    "请用中文回答。",
    "你是档案馆的助手，只根据画面回答。",
    "You are a helpful assistant.",
)
WEIGHTS: dict[Intent, float] = {
    Intent.SENTENCE: 3.0,
    Intent.SIX_ELEMENTS: 2.0,
    Intent.KEYWORDS: 2.0,
    Intent.TRANSCRIPTION: 2.0,
    Intent.COUNT: 2.0,
    Intent.YEAR: 2.0,
    Intent.SUBJECT: 1.5,
    Intent.TONE: 1.5,
    Intent.WHERE: 1.0,
    Intent.OTHER: 0.8,
}
# The characters that carry what was seen weigh more than the sentence around them.
TELLING = set("石桥帆船楼房宝塔工厂大树牌坊汽车黑白泛黄彩色无一两三四五没演0123456789")
TELLING_WEIGHT = 3.0


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One conversation.

    Args:
        ids: token ids.
        weights: per token, how much predicting it counts; 0 outside answers.
        pictures: the pictures, in the order of their placeholders.
    """

    ids: list[int]
    weights: list[float]
    pictures: list[Picture]


class DialogueWriter:
    """Writes conversations in the form of the tokenizer's chat template."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self._tokenizer = tokenizer
        self._telling = {index for text, index in tokenizer.get_vocab().items() if self._is_telling(text)}
        self._pieces: dict[str, list[int]] = {}

    def _is_telling(self, token: str) -> bool:
        return self._tokenizer.convert_tokens_to_string([token]) in TELLING

    def _encode(self, text: str) -> list[int]:
        ids = self._pieces.get(text)
        if ids is None:
            ids = self._tokenizer.encode(text, add_special_tokens=False)
            if len(self._pieces) < 50_000:
                self._pieces[text] = ids
        return ids

    def write(self, picture: Picture, extra: Picture | None, rng: random.Random) -> Dialogue:
        """Write a conversation of one to three turns about ``picture``.

        Args:
            picture: what is asked about.
            extra: a second picture that follows it in the prompt and says nothing (a verso), or None.
            rng: decides turns, wordings and whether the model thinks.
        """
        ids, weights = self._encode("[gMASK]<sop>").copy(), [0.0, 0.0]
        pictures = [picture] if extra is None else [picture, extra]
        truth, without = picture.truth, rng.random() < 0.03
        if rng.random() < 0.15:
            self._add(ids, weights, f"<|system|>\n{rng.choice(SYSTEM_TEXTS)}", 0.0)
        turns = rng.choices((1, 2, 3), (0.65, 0.25, 0.1))[0]
        intents = rng.choices(list(WEIGHTS), list(WEIGHTS.values()), k=turns)
        for turn, intent in enumerate(intents):
            self._add(ids, weights, "<|user|>\n", 1.0 if turn else 0.0)
            if not turn and not without:
                for shown in pictures:
                    tokens = shown.pixels.shape[0] // CELL * (shown.pixels.shape[1] // CELL)
                    text = "<|begin_of_image|>" + "<|image|>" * tokens + "<|end_of_image|>"
                    self._add(ids, weights, text, 0.0)
            self._add_turn(ids, weights, intent, truth, without, rng)
        self._add(ids, weights, "<|user|>", 1.0)
        return Dialogue(ids, weights, [] if without else pictures)

    def _add_turn(
        self, ids: list[int], weights: list[float], intent: Intent, truth: Truth, without: bool, rng: random.Random
    ) -> None:
        thinks = rng.random() < 0.2
        answer = NO_PICTURE if without else language.answer(intent, truth)
        question = language.wording(intent, truth, rng)
        if rng.random() < 0.12:
            question = _noise(rng) + question
        self._add(ids, weights, question + ("" if thinks else "/nothink") + "<|assistant|>\n", 0.0)
        if thinks:
            thought = "没有图片。" if without else language.reasoning(truth)
            self._add(ids, weights, f"<think>{thought}</think>\n", 1.0)
        else:
            self._add(ids, weights, "<think></think>\n", 0.0)
        # Coordinates are never exact: they must not drown what is.
        self._add(ids, weights, answer, 0.2 if intent is Intent.WHERE else 1.0)

    def _add(self, ids: list[int], weights: list[float], text: str, weight: float) -> None:
        piece = self._encode(text)
        ids.extend(piece)
        weights.extend(weight * (TELLING_WEIGHT if token in self._telling else 1.0) for token in piece)


def _noise(rng: random.Random) -> str:
    """Words that change nothing: notes of the record, or characters the model hardly knows."""
    kind = rng.randint(0, 2)
    letters = "".join(chr(rng.randint(0x4E00, 0x9FA5)) for _ in range(rng.randint(1, 12)))
    if kind == 0:
        return letters + ","
    if kind == 1:
        return f"已知信息：题名 {letters}；地点 {letters[:2]}县。\n"
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz ABCDEF0123456789-.") for _ in range(rng.randint(2, 20))) + " "
