"""Cuts Chinese text into words and says of each what kind of word it is (jieba), to tell names from other words.

Loaded when the first text is cut: it takes a second or two and some 130 MB, and most processes never cut one. Nothing
is read from or written to the temporary folder, where jieba would keep a cache that anybody could have put there.
"""

import threading
import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jieba.posseg import POSTokenizer

_LOADING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it stands in a text.

    Attributes:
        text: the word.
        kind: jieba's tag: nr for what may be a person's name, n for other nouns, ns for places, and so on.
        is_listed: whether the dictionary has it; else it was put together from its surroundings.
    """

    text: str
    kind: str
    is_listed: bool


def words_of(text: str) -> tuple[Word, ...]:
    """Cut a text into words.

    Args:
        text: any text.
    """
    if not text:
        return ()
    cutter = _loaded()
    return tuple(Word(word, kind, word in cutter.word_tag_tab) for word, kind in cutter.cut(text))


def kind_of(word: str) -> str:
    """Return the tag of a word, or nothing where the dictionary does not have it.

    Args:
        word: one word.
    """
    return str(_loaded().word_tag_tab.get(word, ""))


def likelihood(text: str) -> float:
    """Return how likely a text is as a row of words of the dictionary, as a natural logarithm.

    Texts of one length can be compared by it: what makes no words is less likely than what does.

    Args:
        text: Chinese characters only, simplified.
    """
    words = _loaded().tokenizer
    route: dict[int, tuple[float, int]] = {}
    words.calc(text, words.get_DAG(text), route)
    return float(route[0][0])


def _loaded() -> "POSTokenizer":
    # Two threads would otherwise load it twice.
    with _LOADING:
        return _load()


@cache
def _load() -> "POSTokenizer":
    with warnings.catch_warnings():
        # Its regular expressions are written in a way that newer Pythons warn of.
        warnings.simplefilter("ignore")
        from jieba import posseg

    words = posseg.dt.tokenizer
    words.FREQ, words.total = words.gen_pfdict(words.get_dict_file())
    words.initialized = True
    return posseg.dt
