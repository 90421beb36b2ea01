"""Forms, tables, typed pages, drawings and blank sheets, each in families that look alike.

Everything is drawn from numbers and without a font, so that everybody looks at the same. Writing is made of strokes in
a box, as thick and as dense as Chinese print.
"""

import random
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from demo.drawing.scan import draw_scan
from demo.scene import random_scene

_INK = (28, 28, 34)
_GLYPHS = 2500


def filled_form(family: int, number: int) -> Image.Image:
    """Draw a card of a form: ruled, its cells all filled in.

    Args:
        family: which form.
        number: which card of it.
    """
    form, card = random.Random(f"form-{family}"), random.Random(f"card-{family}-{number}")
    page = Image.new("RGB", (1240, form.choice((850, 900, 1000))), (240, 240, 238))
    draw = ImageDraw.Draw(page)
    columns, rows = form.choice((3, 4, 5)), form.choice((8, 9, 11, 13))
    xs = [100 + round(1040 * share) for share in _shares(columns, form)]
    ys = [100 + round((page.height - 200) * row / rows) for row in range(rows + 1)]
    _rule(draw, xs, ys)
    size = min(26, (ys[1] - ys[0]) - 8)
    for left, right in pairwise(xs):
        for top in ys[:-1]:
            _write(draw, (left + 8, top + 4), right - 16, size, card, least=0.55)
    return page


def sparse_form(family: int, number: int) -> Image.Image:
    """Draw a card of a form with much print and little writing: a name, a date, a number, two lines.

    Args:
        family: which form.
        number: which card of it.
    """
    return _sparse_form(family, random.Random(f"sparse-card-{family}-{number}"), None)


def one_entry(family: int, number: int) -> Image.Image:
    """Draw a card that says the same as others of its form but for one entry: the next in a series of copies.

    Args:
        family: which card.
        number: which of the series.
    """
    return _sparse_form(family, random.Random(f"series-{family}"), random.Random(f"series-{family}-{number}"))


def _sparse_form(family: int, card: random.Random, entry: random.Random | None) -> Image.Image:
    """Draw a card; where `entry` is given, it decides one of its cells."""
    form = random.Random(f"sparse-{family}")
    page = Image.new("RGB", form.choice(((1240, 880), (900, 1270))), (238, 232, 214))
    draw = ImageDraw.Draw(page)
    _write(draw, (page.width * 0.3, 40), page.width * 0.4, 44, form, least=1)
    rows, pitch = form.choice((7, 9)), (page.height - 240) // 9
    xs = [70, 70 + (page.width - 140) // 4, 70 + (page.width - 140) // 2, 70 + 3 * (page.width - 140) // 4]
    ys = [130 + pitch * row for row in range(rows + 1)]
    _rule(draw, [*xs, page.width - 70], ys)
    for row, top in enumerate(ys[:-1]):
        for column in (0, 2):
            _write(draw, (xs[column] + 12, top + 14), pitch * 2, 30, form, least=0.6)
        for column in (1, 3):
            if card.random() < 0.6 and (row or column == 3 or entry is None):
                _write(draw, (xs[column] + 10, top + 12), (page.width - 140) / 4 - 20, 34, card, least=0.35, bold=3)
    if entry is not None:
        _write(draw, (xs[1] + 10, ys[0] + 12), (page.width - 140) / 4 - 20, 34, entry, least=0.5, bold=3)
    for line in range(2):
        _write(draw, (90, ys[-1] + 20 + 36 * line), page.width - 180, 26, form, least=0.8)
    return page


def table(family: int, number: int) -> Image.Image:
    """Draw a page of a ledger: many narrow columns of figures under one heading.

    Args:
        family: which ledger.
        number: which page of it.
    """
    form, page_chance = random.Random(f"ledger-{family}"), random.Random(f"ledger-{family}-{number}")
    page = Image.new("RGB", (1000, 1400), (236, 226, 200))
    draw = ImageDraw.Draw(page)
    _write(draw, (260, 40), 480, 46, form, least=1)
    xs = [60 + round(880 * share) for share in _shares(form.choice((6, 8)), form)]
    ys = [120 + 60 * row for row in range(21)]
    _rule(draw, xs, ys)
    for row, top in enumerate(ys[:-1]):
        for left, right in pairwise(xs):
            _write(draw, (left + 6, top + 16), right - left - 12, 22, form if not row else page_chance, least=0.3)
    return page


def typed_page(family: int, number: int) -> Image.Image:
    """Draw a typed page with the letterhead that others have too.

    Args:
        family: which letterhead.
        number: which letter.
    """
    form, letter = random.Random(f"letterhead-{family}"), random.Random(f"letter-{family}-{number}")
    page = Image.new("RGB", (1000, 1400), (244, 242, 236))
    draw = ImageDraw.Draw(page)
    _write(draw, (240, 70), 520, 52, form, least=1, ink=(190, 40, 40))
    draw.line([(110, 150), (890, 150)], fill=(190, 40, 40), width=4)
    pitch, top = form.choice((38, 44)), 190
    for _line in range(letter.randint(14, 26)):
        _write(draw, (120, top), 760 * letter.choice((1, 1, 1, 0.4)), 26, letter, least=0.95)
        top += pitch
    return page


def line_drawing(family: int, number: int) -> Image.Image:
    """Draw a drawing of a machine's part, in the frame and with the title block that all of its set have.

    Args:
        family: which set.
        number: which sheet.
    """
    form, sheet = random.Random(f"set-{family}"), random.Random(f"sheet-{family}-{number}")
    page = Image.new("RGB", (1400, 1000), (246, 246, 244))
    draw = ImageDraw.Draw(page)
    draw.rectangle([40, 40, 1360, 960], outline=_INK, width=5)
    draw.rectangle([960, 820, 1360, 960], outline=_INK, width=4)
    for row in range(3):
        _write(draw, (975, 832 + 42 * row), 180, 28, form, least=0.8)
        _write(draw, (1170, 832 + 42 * row), 170, 28, sheet, least=0.4)
    for left, top in ((110, 100), (760, 100), (110, 540)):
        _draw_part(draw, left + sheet.uniform(0, 60), top + sheet.uniform(0, 40), sheet)
    return page


def photograph(family: int, number: int) -> Image.Image:
    """Draw a photograph.

    Args:
        family: no matter.
        number: which.
    """
    return draw_scan(random_scene(number * 7 + family), long_side=1000).image


def blank_sheet(family: int, number: int) -> Image.Image:
    """Draw a sheet with nothing on it: paper, its shadow, dust.

    Args:
        family: which scanner.
        number: which sheet.
    """
    scanner, sheet = random.Random(f"scanner-{family}"), random.Random(f"blank-{family}-{number}")
    slope = np.linspace(0, scanner.uniform(4, 22), 900)[None, :] + np.linspace(0, scanner.uniform(4, 22), 1200)[:, None]
    noise = np.random.default_rng(number).normal(0, 2.5, (1200, 900))
    page = Image.fromarray(np.clip(246 - slope + noise, 0, 255).astype(np.uint8)).convert("RGB")
    draw = ImageDraw.Draw(page)
    for _speck in range(sheet.randint(0, 12)):
        x, y = sheet.uniform(0, 900), sheet.uniform(0, 1200)
        draw.ellipse([x, y, x + 3, y + 3], fill=(150, 140, 130))
    return page


DRAWN: dict[str, Callable[[int, int], Image.Image]] = {
    "filled form": filled_form,
    "sparse form": sparse_form,
    "table": table,
    "typed page": typed_page,
    "drawing": line_drawing,
    "photograph": photograph,
}
"""Things that can be scanned twice."""


def _draw_part(draw: ImageDraw.ImageDraw, left: float, top: float, chance: random.Random) -> None:
    width, height = chance.uniform(260, 500), chance.uniform(180, 330)
    draw.rectangle([left, top, left + width, top + height], outline=_INK, width=4)
    for _hole in range(chance.randint(1, 4)):
        radius = chance.uniform(18, 60)
        x, y = left + chance.uniform(0.2, 0.8) * width, top + chance.uniform(0.25, 0.75) * height
        draw.ellipse([x - radius, y - radius, x + radius, y + radius], outline=_INK, width=4)
        for dash in range(int(x - radius - 20), int(x + radius + 20), 24):
            draw.line([(dash, y), (dash + 14, y)], fill=_INK, width=2)
    _write(draw, (left + width * 0.3, top + height + 14), 160, 24, chance, least=0.5)


def _shares(parts: int, chance: random.Random) -> list[float]:
    widths = [chance.uniform(0.7, 1.3) for _ in range(parts)]
    return [sum(widths[:place]) / sum(widths) for place in range(parts + 1)]


def _rule(draw: ImageDraw.ImageDraw, xs: list[int], ys: list[int]) -> None:
    for x in xs:
        draw.line([(x, ys[0]), (x, ys[-1])], fill=_INK, width=2)
    for y in ys:
        draw.line([(xs[0], y), (xs[-1], y)], fill=_INK, width=2)


def _write(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], room: float, size: float, chance: random.Random, *,
    least: float, bold: int = 2, ink: tuple[int, int, int] = _INK,
) -> None:  # fmt: skip
    """Write as many characters as have room, or fewer: at least a share of them."""
    most = int(room // size)
    for place in range(max(1, round(most * chance.uniform(least, 1)))):
        _draw_glyph(draw, (at[0] + place * size, at[1]), size, chance.randrange(_GLYPHS), bold, ink)


def _draw_glyph(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], size: float, glyph: int, bold: int, ink: tuple[int, int, int]
) -> None:
    shape = random.Random(f"glyph-{glyph}")
    for _stroke in range(shape.randint(4, 9)):
        x, y, length = shape.uniform(0.05, 0.6), shape.uniform(0.05, 0.85), shape.uniform(0.2, 0.45)
        dx, dy = shape.choice(((1, 0), (1, 0), (0, 1), (0, 1), (0.7, 0.7), (-0.5, 0.7)))
        ends = [x, y, min(0.92, max(0.04, x + dx * length)), min(0.92, y + dy * length)]
        draw.line([at[place % 2] + value * size for place, value in enumerate(ends)], fill=ink, width=bold)
