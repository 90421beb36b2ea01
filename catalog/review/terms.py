"""Terms: the people, places, keywords and events that the catalogue has.

They complete what somebody types, and a new spelling of what is there already is pointed out.

Read from the accepted values, a collection at a time, and kept in the process for some minutes: whoever types asks at
every letter. What the process itself accepts meanwhile is added by `learn`.
"""

import re
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from catalog.models import Image
from catalog.texts import simplified
from catalog.vocabulary import Access, Field, is_left_open

FIELDS = (Field.PEOPLE, Field.PLACE, Field.KEYWORDS, Field.EVENT, Field.PHOTOGRAPHER)
"""What is made of terms; an event is one term as a whole."""
MOST = 8
"""So many completions are offered."""
_WHOLE = {Field.EVENT}
_SEPARATORS = re.compile(r"[、，,;；\n]+")
_KEPT_S = 600.0
_AT_ONCE = 4000
"""Records that are read by one statement: no statement keeps the database for long."""
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Term:
    """A term as it stands in a text.

    Attributes:
        text: the term.
        is_known: whether the catalogue has it, in these letters.
        near: terms of the catalogue that are spelt almost so, the most frequent first.
    """

    text: str
    is_known: bool
    near: tuple[str, ...] = ()


def terms_in(name: str, text: str) -> list[str]:
    """Return the terms of a field's text.

    Args:
        name: one of `FIELDS`.
        text: its value.
    """
    parts = [text] if Field(name) in _WHOLE else _SEPARATORS.split(text)
    found = [part.strip().strip("。") for part in parts]
    return [part for part in dict.fromkeys(found) if part and not is_left_open(part)]


def completions(*, name: str, typed: str, collections: Collection[int], restricted: Collection[int]) -> list[str]:
    """Return terms that go on from what was typed, or hold it, the most frequent first.

    Args:
        name: one of `FIELDS`.
        typed: the beginning of a term.
        collections: keys of the collections whose terms the user may know.
        restricted: those among them of which they may know restricted records, too.

    Returns:
        At most `MOST`.
    """
    wanted = folded(typed.strip())
    if not wanted:
        return []
    begin: Counter[str] = Counter()
    hold: Counter[str] = Counter()
    for term, fold, number in _all_of(name, collections, restricted):
        if fold.startswith(wanted):
            begin[term] += number
        elif wanted in fold:
            hold[term] += number
    ranked = [term for counted in (begin, hold) for term, _number in counted.most_common(MOST)]
    return [term for term in ranked if term != typed.strip()][:MOST]


def looked_at(*, name: str, text: str, collections: Collection[int], restricted: Collection[int]) -> list[Term]:
    """Return the terms of a text, and which of them the catalogue knows.

    Args:
        name: one of `FIELDS`.
        text: the field's value.
        collections: keys of the collections whose terms the user may know.
        restricted: those among them of which they may know restricted records, too.
    """
    known: Counter[str] = Counter()
    folds: dict[str, str] = {}
    for term, fold, number in _all_of(name, collections, restricted):
        known[term] += number
        folds[term] = fold
    return [
        Term(term, True) if term in known else Term(term, False, _near(term, known, folds))
        for term in terms_in(name, text)
    ]


def learn(*, image: Image, values: Iterable[tuple[str, str]]) -> None:
    """Add the terms of values that were just accepted.

    Args:
        image: whose they are.
        values: field and value.
    """
    with _LOCK:
        known = _KNOWN.get(image.collection_id)
    if known is not None:
        for name, value in values:
            if name in FIELDS:
                known.add(name, value, image.access, 1)


def folded(text: str) -> str:
    """Return a text as terms are compared: one width, simplified, without spaces and middle dots, in lower case."""
    plain = simplified(unicodedata.normalize("NFKC", text)).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def _near(term: str, known: Counter[str], folds: dict[str, str]) -> tuple[str, ...]:
    """Return known terms that differ from a new one in a letter, or in width, script and dots alone."""
    fold = folded(term)
    # A letter of two is half a name: of short ones only another script or width is the same.
    most = 0 if len(fold) < 3 else 1 if len(fold) < 8 else 2
    found = process.extract(fold, folds, scorer=Levenshtein.distance, score_cutoff=most, limit=20)
    ranked = sorted(((key, distance) for _fold, distance, key in found), key=lambda each: (each[1], -known[each[0]]))
    return tuple(key for key, _distance in ranked[:3])


@dataclass(slots=True)
class _Known:
    """The terms of one collection: field → term → in how many records, those of restricted ones apart."""

    read_at: float
    open: dict[str, Counter[str]] = field(default_factory=lambda: {name.value: Counter() for name in FIELDS})
    restricted: dict[str, Counter[str]] = field(default_factory=lambda: {name.value: Counter() for name in FIELDS})
    folds: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, value: str, access: str, number: int) -> None:
        """Count the terms of a value."""
        counted = self.restricted if access == Access.RESTRICTED else self.open
        for term in terms_in(name, value):
            if len(term) <= _LONGEST:
                counted[name][term] += number
                if term not in self.folds:
                    self.folds[term] = folded(term)


_LOCK = threading.Lock()
_KNOWN: dict[int, _Known] = {}


def _all_of(name: str, collections: Collection[int], restricted: Collection[int]) -> Iterator[tuple[str, str, int]]:
    """Yield the terms of a field with how they are compared and in how many records they are."""
    for collection in collections:
        known = _of_collection(collection)
        sources = [known.open, known.restricted] if collection in restricted else [known.open]
        for source in sources:
            for term, number in list(source[name].items()):
                yield term, known.folds[term], number


def _of_collection(collection: int) -> _Known:
    """Return the terms of a collection as they were some minutes ago at most."""
    now = time.monotonic()
    with _LOCK:
        known = _KNOWN.get(collection)
    if known is None or now - known.read_at > _KEPT_S:
        known = _read(collection, now)
        with _LOCK:
            _KNOWN[collection] = known
    return known


def _read(collection: int, now: float) -> _Known:
    known = _Known(read_at=now)
    images = Image.objects.filter(collection=collection).order_by("pk")
    columns = [Field(name).column for name in FIELDS]
    last = 0
    while True:
        rows = list(images.filter(pk__gt=last).values_list("pk", "access", *columns)[:_AT_ONCE])
        for _key, access, *values in rows:
            for name, value in zip(FIELDS, values, strict=True):
                if value:
                    known.add(name.value, value, access, 1)
        if len(rows) < _AT_ONCE:
            return known
        last = rows[-1][0]


def forget() -> None:
    """Read all terms anew when they are next asked for."""
    with _LOCK:
        _KNOWN.clear()
