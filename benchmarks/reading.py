"""How well and how fast pictures are read: character error rates by kind of page, and what a page costs."""

import time

from PIL import Image

from benchmarks.figures import report
from benchmarks.printed import KINDS, character_errors, empty_page, page, without_spaces
from benchmarks.stamped import captioned, photograph
from inference.reader import Reader
from inference.reading.pixels import pixels_of, within
from inference.reading.regions import MOST_REGIONS, regions_with_strokes

_PAGES = 4
_CAPTION = "一九五九年三月云溪石桥落成留念"
_LOOKED_AT = 3200  # longer side in pixels of the copy in which the reader looks for small writing


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
    _second_look(reader)
    reader.close()


def _second_look(reader: Reader) -> None:
    """Report what looking for small writing costs where there is none, as shares of reading within this run.

    On photographs hardly any place is looked at; on a sheet full of small captions as many as ever are.
    """
    photographs = [photograph(5000, 3500, seed) for seed in range(_PAGES)]
    share, places = _search(reader, [*photographs, *(empty_page(seed) for seed in range(_PAGES))])
    report("reading.second_look.search", share, "share of reading", pictures=2 * _PAGES)
    report("reading.second_look.places", places, "places on average", most=MOST_REGIONS)
    plain = Image.new("RGB", (6000, 6000), (60, 60, 60))
    empty = _cost(reader, plain)[0]
    full = plain
    for place in range(72):
        full = captioned(full, _CAPTION, (200 + 950 * (place % 6), 200 + 480 * (place // 6)))
    _, looked_at = _search(reader, [full])
    report("reading.second_look.most", _cost(reader, full)[0] / empty, "times an empty picture", places=looked_at)
    picture = photographs[0]
    picture.paste((90, 90, 90), (2000, 3330, 3000, 3460))
    cost, found = _cost(reader, captioned(picture, _CAPTION, (2200, 3380)))
    report("reading.second_look.caption", cost / empty, "times an empty picture", read=_CAPTION in found)


def _search(reader: Reader, pictures: list[Image.Image]) -> tuple[float, float]:
    """Return which share of reading is the search for places with small writing, and how many are looked at each."""
    whole = search = 0.0
    places = 0
    for picture in pictures:
        whole += _cost(reader, picture)[0]
        pixels = within(pixels_of(picture, negative=False), _LOOKED_AT)
        before = time.process_time()
        regions = regions_with_strokes(pixels, [], picture.width / pixels.shape[1])
        search += time.process_time() - before
        places += len(regions[:MOST_REGIONS])
    return search / whole, places / len(pictures)


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
