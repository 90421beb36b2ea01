"""Parses the model's answers: one parser for each output form, from text to values of descriptive fields.

What cannot be parsed raises `Unparseable`, what refuses to answer (`catalog.drafting.refusals`) `AnswerRefused`;
nothing is guessed. "待考" is proposed like any other value, so that a reviewer sees what the model did not see. An
answer of "无文字" becomes an empty value: proposed to be deliberately empty. What an answer says about the evidence of
its values is taken as it stands; `catalog.drafting.grounding` checks it.
"""

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from catalog.drafting.refusals import is_refusal
from catalog.exceptions import AnswerRefused, Unparseable
from catalog.texts import storable
from catalog.vocabulary import TO_BE_RESEARCHED, Evidence, Field, Flag, OutputForm

SENTENCE_LIMIT = 20
"""Characters that a description is asked to have at most, punctuation not counted."""
NO_TEXT = "无文字"

_KEYS = {
    "事由": Field.EVENT,
    "时间": Field.DATE,
    "地点": Field.PLACE,
    "人物": Field.PEOPLE,
    "背景": Field.BACKGROUND,
    "摄影者": Field.PHOTOGRAPHER,
}
_EVIDENCE_KEY, _CONTENT_KEY = "依据", "内容"
_EVIDENCE = {
    "画面": Evidence.PICTURE,
    "题字": Evidence.INSCRIPTION,
    "著录": Evidence.RECORD,
    "推测": Evidence.INFERENCE,
}
_REMARKS = ("优点", "问题", "改正建议")
_FORM_KEYS = {OutputForm.SIX_ELEMENTS: (*_KEYS, _EVIDENCE_KEY), OutputForm.FEEDBACK: _REMARKS}
_QUOTES = "“”\"'「」《》"
# Full-width comma, semicolon and colon by code point: they look like their ASCII cousins in too many fonts.
_KEYWORD_SEPARATORS = re.compile("[、,\uff0c;\uff1b\n]+")
_TITLE_LABEL = re.compile("^(照片)?题名[:\uff1a]\\s*")
_KEYWORD_LABEL = re.compile("^关键词[:\uff1a]\\s*")


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """What an answer says.

    Attributes:
        values: descriptive field → proposed value.
        flags: descriptive field → what a reviewer should know.
        evidence: descriptive field → what the value rests on.
    """

    values: dict[str, str]
    flags: dict[str, Flag] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)

    @property
    def is_overlong(self) -> bool:
        """Tell whether a shorter answer was asked for."""
        return any(flag in Flag.containing(Flag.OVERLONG) for flag in self.flags.values())

    @property
    def length(self) -> int:
        """Return the number of characters in all values, punctuation not counted."""
        return sum(counted_length(value) for value in self.values.values())


def parse_answer(form: str, text: str) -> ParsedAnswer:
    """Parse an answer to a prompt of a certain output form.

    Args:
        form: the output form.
        text: the answer.

    Returns:
        A value for every field of the form.

    Raises:
        AnswerRefused: the answer has no value for any of them, and says so.
        Unparseable: the answer does not have the form.
    """
    plain = storable(text).strip()
    if is_refusal(plain):
        raise AnswerRefused
    parsed = _PARSERS[OutputForm(form)](plain)
    if all(is_refusal(value) for value in parsed.values.values()):
        raise AnswerRefused
    return parsed


def keys_of(form: str) -> tuple[str, ...]:
    """Return the keys that an answer of a form may have; none where it is no JSON object.

    Args:
        form: the output form.
    """
    return _FORM_KEYS.get(OutputForm(form), ())


def counted_length(text: str) -> int:
    """Return the number of characters in a text, punctuation and spaces not counted."""
    return sum(unicodedata.category(character)[0] not in "PZC" for character in text)


def _sentence(text: str) -> ParsedAnswer:
    value = " ".join(text.split())
    if not counted_length(value):
        raise Unparseable
    # An over-long answer is kept whole: a reviewer shortens it better than a cut in the middle of a word.
    flags = {Field.DESCRIPTION.value: Flag.OVERLONG} if counted_length(value) > SENTENCE_LIMIT else {}
    return ParsedAnswer({Field.DESCRIPTION.value: value}, flags)


def _six_elements(text: str) -> ParsedAnswer:
    found = _json_object(text)
    known = {_KEYS[key.strip()]: value for key, value in found.items() if key.strip() in _KEYS}
    if not known:
        raise Unparseable
    told = found.get(_EVIDENCE_KEY)
    claims = {key.strip(): claim for key, claim in told.items()} if isinstance(told, dict) else {}
    evidence = {
        element.value: claim
        for key, element in _KEYS.items()
        if (claim := _evidence(claims.get(key, known.get(element)))) is not None
    }
    values = {element.value: _element(known.get(element)) for element in _KEYS.values()}
    if set(values.values()) == {TO_BE_RESEARCHED} and any(_refuses(value) for value in known.values()):
        raise AnswerRefused
    return ParsedAnswer(values, evidence=evidence)


def _evidence(told: Any) -> Evidence | None:
    """Return the kind of evidence that an answer names, be it beside the value or inside it."""
    if isinstance(told, dict):
        told = told.get(_EVIDENCE_KEY)
    return _EVIDENCE.get(told.strip()) if isinstance(told, str) else None


def _title(text: str) -> ParsedAnswer:
    value = _TITLE_LABEL.sub("", " ".join(text.split())).strip()
    if value[:1] in _QUOTES and value[-1:] in _QUOTES:
        value = value[1:-1].strip()
    value = value.rstrip("。")
    if not counted_length(value):
        raise Unparseable
    return ParsedAnswer({Field.TITLE.value: value})


def _feedback(text: str) -> ParsedAnswer:
    """Read faults and corrections of a drawing into one remark, numbered under their headings."""
    found = {key.strip(): value for key, value in _json_object(text).items()}
    sections = []
    for heading in _REMARKS:
        given = found.get(heading)
        items = [_element(item) for item in (given if isinstance(given, list) else [given])]
        lines = [
            f"{number}. {item}" for number, item in enumerate((item for item in items if item != TO_BE_RESEARCHED), 1)
        ]
        if lines:
            sections.append("\n".join([f"{heading}\uff1a", *lines]))
    if not sections:
        remarks = (item for given in found.values() for item in (given if isinstance(given, list) else [given]))
        raise AnswerRefused if any(_refuses(item) for item in remarks) else Unparseable
    return ParsedAnswer({Field.NOTES.value: "\n".join(sections)})


def _free(text: str) -> ParsedAnswer:
    if not counted_length(text):
        raise Unparseable
    return ParsedAnswer({Field.DESCRIPTION.value: text})


def _keywords(text: str) -> ParsedAnswer:
    words = (word.strip(" 。.") for word in _KEYWORD_SEPARATORS.split(_KEYWORD_LABEL.sub("", text)))
    found = list(dict.fromkeys(word for word in words if word))
    kept = [word for word in found if not is_refusal(word)]
    if not kept:
        raise AnswerRefused if found else Unparseable
    return ParsedAnswer({Field.KEYWORDS.value: "、".join(kept)})


def _transcription(text: str) -> ParsedAnswer:
    if not text:
        raise Unparseable
    return ParsedAnswer({Field.TRANSCRIPTION.value: "" if text.strip('。.“”"') == NO_TEXT else text})


def _json_object(text: str) -> dict[str, Any]:
    """Return the first JSON object in a text, whatever stands around it."""
    decoder = json.JSONDecoder()
    for match in re.finditer(r"\{", text):
        try:
            value, _end = decoder.raw_decode(text, match.start())
        except (json.JSONDecodeError, RecursionError):
            continue
        if isinstance(value, dict):
            return value
    raise Unparseable


def _element(value: Any) -> str:
    """Return one element as text: lists joined, what is left out, empty or refused (看不清) as 待考."""
    text = _element_text(value)
    return TO_BE_RESEARCHED if not text or is_refusal(text) else text


def _refuses(value: Any) -> bool:
    return is_refusal(_element_text(value))


def _element_text(value: Any) -> str:
    if isinstance(value, list):
        value = "、".join(str(item).strip() for item in value if item not in (None, ""))
    if isinstance(value, dict):
        value = value.get(_CONTENT_KEY)
    if value is None or isinstance(value, dict | list | bool):
        return ""
    # JSON can spell characters that the text around it does not have.
    return storable(str(value)).strip()


_PARSERS: dict[OutputForm, Callable[[str], ParsedAnswer]] = {
    OutputForm.SENTENCE: _sentence,
    OutputForm.SIX_ELEMENTS: _six_elements,
    OutputForm.TITLE: _title,
    OutputForm.KEYWORDS: _keywords,
    OutputForm.TRANSCRIPTION: _transcription,
    OutputForm.FEEDBACK: _feedback,
    OutputForm.FREE: _free,
}
