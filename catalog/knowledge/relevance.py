"""How well a Chinese text answers a question: pairs of neighbouring characters, weighed as BM25 weighs words.

Chinese is written without spaces. A dictionary that cuts it into words would not know the names in an archive; pairs
of characters need none, and what two texts share of them is what they are both about.
"""

import math
import re
from collections.abc import Mapping

from catalog.texts import unbroken

MOST_TERMS = 32
"""How many terms of a question are looked for."""

_RUNS = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff〇々]+|[a-z0-9]+")
# Characters that hold sentences together and say nothing about what they are about.
_FILLING = re.compile(
    "[的了吗呢吧啊呀么是在有和与及或也都就还又很这那哪什谁怎几请问您你我他她它们为把被让给对从到于以]+"
)
_SATURATION = 1.2
_LENGTH_PENALTY = 0.75
# A text that shares next to nothing with the question, beside one that shares much, is no help.
_LEAST_SHARE = 0.25


def terms_of(text: str) -> list[str]:
    """Return what a question looks for.

    Args:
        text: any text.

    Returns:
        Pairs of Chinese characters, single ones where they stand alone between others, and words of Latin letters
        and digits in lower case; each once, in order, `MOST_TERMS` at most.
    """
    found: dict[str, None] = {}
    alone: dict[str, None] = {}
    for run in _RUNS.findall(text.lower()):
        if run.isascii():
            if len(run) > 1:
                found[run] = None
            continue
        for part in _FILLING.split(run):
            if len(part) == 1:
                alone[part] = None
            found |= dict.fromkeys(part[place : place + 2] for place in range(len(part) - 1))
        if len(found) >= MOST_TERMS:
            break
    # A single character stands in every second text: it counts only where there is nothing better.
    return list(found or alone)[:MOST_TERMS]


class Ranking:
    """Takes texts one by one and keeps only what it needs to compare them."""

    def __init__(self, terms: Mapping[str, float]) -> None:
        """Prepare.

        Args:
            terms: what is looked for, and how much each counts.
        """
        self._terms = terms
        self._texts = 0
        self._characters = 0
        self._containing = dict.fromkeys(terms, 0)
        self._hits: list[tuple[tuple[str, int], int, dict[str, int]]] = []

    def add(self, kind: str, key: int, text: str) -> None:
        """Take a text.

        Args:
            kind: whose text it is.
            key: which one of those.
            text: in any case.
        """
        lowered = text.lower()
        self._texts += 1
        self._characters += len(text)
        counts = {term: count for term in self._terms if (count := lowered.count(term))}
        for term in counts:
            self._containing[term] += 1
        if counts:
            self._hits.append(((kind, key), len(text), counts))

    def best(self, most: int) -> list[tuple[str, int]]:
        """Return kind and key of the texts that say most, the best first.

        Args:
            most: how many at most.
        """
        average = self._characters / self._texts if self._texts else 1
        scored = [(self._score(length / average, counts), name) for name, length, counts in self._hits]
        scored.sort(key=lambda pair: -pair[0])
        return [name for score, name in scored[:most] if score >= scored[0][0] * _LEAST_SHARE]

    def _score(self, length: float, counts: Mapping[str, int]) -> float:
        damping = _SATURATION * (1 - _LENGTH_PENALTY + _LENGTH_PENALTY * length)
        return sum(
            self._terms[term] * self._rarity(term) * count * (_SATURATION + 1) / (count + damping)
            for term, count in counts.items()
        )

    def _rarity(self, term: str) -> float:
        containing = self._containing[term]
        return math.log(1 + (self._texts - containing + 0.5) / (containing + 0.5))


def best_part(text: str, terms: Mapping[str, float], length: int) -> str:
    """Shorten a text to the part that says most.

    Args:
        text: any text; line breaks become spaces.
        terms: what is looked for, and how much each counts.
        length: how many characters the part has at most, without the ellipses.

    Returns:
        The part, with an ellipsis on each side where something was cut away.
    """
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    starts = [*range(0, len(line) - length, max(1, length // 3)), len(line) - length]
    lowered = line.lower()

    def said(start: int) -> float:
        # A term may run over what was the end of a line.
        part = unbroken(lowered[start : start + length])
        return sum(weight for term, weight in terms.items() if term in part)

    start = max(starts, key=said)  # the first of equals
    return f"{'…' if start else ''}{line[start : start + length]}{'…' if start + length < len(line) else ''}"
