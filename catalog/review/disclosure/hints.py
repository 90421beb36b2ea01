"""Hints: what in a record's texts speaks against opening it. They are listed for people, and decide nothing.

Numbers are found by their form (`catalog.masking`), words by the list that reviewers edit; in accepted values, and in
what was read on the scans.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog.examination_words import HintKind
from catalog.masking import masked, personal_numbers
from catalog.models import Image, Reading, SensitiveWord
from catalog.texts import unbroken
from catalog.vocabulary import Field

_AROUND = 8


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing that was found in a record.

    Attributes:
        kind: what it is.
        where: the field, or the scan's writing.
        text: the word, or the number with its middle masked.
        context: what stands around it, masked as well.
        digest: tells it from others of the record; a number's is not the number.
    """

    kind: HintKind
    where: str
    text: str
    context: str
    digest: str


def hints_of(images: Sequence[Image]) -> dict[int, list[Hint]]:
    """Return the hints of records, in two queries for all of them.

    Args:
        images: the records.

    Returns:
        Image's key → its hints, each once, in the order of the fields; empty lists where there are none.
    """
    pattern, kinds = _words()
    read: dict[int, list[str]] = {}
    readings = Reading.objects.filter(file__image__in=[image.pk for image in images]).exclude(text="")
    for key, text in readings.order_by("file_id").values_list("file__image_id", "text"):
        read.setdefault(key, []).append(text)
    found: dict[int, list[Hint]] = {}
    for image in images:
        texts = [(str(field.label), image.accepted_value(field)) for field in Field]
        texts += [(_("图上读出的文字"), text) for text in read.get(image.pk, [])]
        hints = (hint for where, text in texts if text for hint in _in_text(where, text, pattern, kinds))
        # The same number in the transcription and in the reading is told once.
        found[image.pk] = list({hint.digest: hint for hint in reversed(list(hints))}.values())[::-1]
    return found


def digests_of(hints: Sequence[Hint]) -> list[str]:
    """Return what tells hints from others, as it is kept with a list.

    Args:
        hints: of one record.
    """
    return sorted(hint.digest for hint in hints)


def _words() -> tuple[re.Pattern[str] | None, dict[str, HintKind]]:
    active = SensitiveWord.objects.filter(is_active=True).values_list("word", "kind")
    kinds = {word.lower(): HintKind(kind) for word, kind in active}
    if not kinds:
        return None, kinds
    # The longest first: of 政治审查 and 审查 the former is what stands there.
    longest_first = sorted(kinds, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE), kinds


def _in_text(where: str, text: str, pattern: re.Pattern[str] | None, kinds: dict[str, HintKind]) -> Iterator[Hint]:
    for number in personal_numbers(text):
        shown = masked(text[number.start : number.end])
        context = masked(text)[max(0, number.start - _AROUND) : number.end + _AROUND]
        yield Hint(number.kind, where, shown, unbroken(context), _digest(number.kind, number.figures))
    if pattern is None:
        return
    plain = unbroken(text)
    hidden = masked(plain)
    for hit in pattern.finditer(plain):
        kind = kinds[hit.group().lower()]
        context = hidden[max(0, hit.start() - _AROUND) : hit.end() + _AROUND]
        yield Hint(kind, where, hit.group(), context, _digest(kind, hit.group().lower()))


def _digest(kind: HintKind, text: str) -> str:
    return hashlib.sha256(f"{kind.value}:{text}".encode()).hexdigest()[:16]
