"""How well and how fast pictures are read: character error rates by kind of page, and what a page costs."""

import time

from PIL import Image

from benchmarks.figures import report
from benchmarks.printed import KINDS, character_errors, empty_page, page, without_spaces
from inference.reader import Reader

_PAGES = 4


def run() -> None:
    """Measure the reader on pages of which the text is known, with one processor."""
    reader = Reader(threads=1)
    reader.read(empty_page())
    full = [_measure(reader, kind) for kind in KINDS]
    empty = [_cost(reader, empty_page(seed))[0] for seed in range(_PAGES)]
    seconds = sum(full) / len(full)
    report("reading.full_page", seconds, "s of one processor", pages=_PAGES * len(KINDS))
    report("reading.empty_page", sum(empty) / len(empty), "s of one processor", pages=_PAGES)
    report("reading.empty_to_full", sum(empty) / len(empty) / seconds, "share")
    reader.close()


def _measure(reader: Reader, kind: str) -> float:
    """Report a kind's share of wrong characters; return the seconds that a page takes."""
    errors = characters = 0
    seconds = 0.0
    for seed in range(_PAGES):
        printed = page(kind, seed)
        cost, found = _cost(reader, printed.picture)
        seconds += cost
        wanted, read = (_compared(kind, text) for text in (printed.text, found))
        errors += character_errors(wanted, read)
        characters += len(wanted)
    report(f"reading.errors.{kind}", 100 * errors / characters, "%", characters=characters, pages=_PAGES)
    return seconds / _PAGES


def _compared(kind: str, text: str) -> str:
    """Return what of a text counts: beside columns punctuation is a guess."""
    text = without_spaces(text)
    return "".join(filter(str.isalnum, text)) if kind == "vertical" else text


def _cost(reader: Reader, picture: Image.Image) -> tuple[float, str]:
    """Return the processor time that reading takes, whoever else is using the machine, and the text."""
    before = time.process_time()
    text = reader.read(picture).text
    return time.process_time() - before, text
