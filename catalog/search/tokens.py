"""Folded texts as the tokens of the index: pairs of neighbouring characters, and single characters.

A text of two characters or more is found by its pairs standing one after the other, which is the same as finding it in
the folded text: nothing false, nothing missed, for Chinese, digits and Latin letters alike. Breaks between words and
the ends of fields are characters like others, so that no phrase runs across them. The tokens are written with spaces
between them, as the whitespace tokenizer takes them apart.
"""

from collections.abc import Iterable

from catalog.search.folding import BREAK, FIELD_END, fold, in_digits


def spellings(text: str) -> list[str]:
    """Return a text as it is searched: folded, and with its years in digits where that makes a difference.

    Args:
        text: any text.
    """
    folded = fold(text)
    if not folded:
        return []
    with_digits = in_digits(folded)
    return [folded.text] if with_digits is folded else [folded.text, with_digits.text]


def pairs(folded: Iterable[str]) -> str:
    """Return the pairs of neighbouring characters of folded texts.

    Args:
        folded: the texts, between which no phrase runs.
    """
    text = FIELD_END.join(folded)
    return " ".join(text[at : at + 2] for at in range(len(text) - 1))


def characters(folded: Iterable[str], before: str = "") -> str:
    """Return the characters of folded texts, each once.

    Args:
        folded: the texts.
        before: what is put before each, so that one field of the index may hold those of several.
    """
    return " ".join(f"{before}{character}" for character in dict.fromkeys("".join(folded)) if character != BREAK)


def phrase(folded: str) -> list[str]:
    """Return the pairs of a folded question, in order; none where it has one character only."""
    return [folded[at : at + 2] for at in range(len(folded) - 1)]
