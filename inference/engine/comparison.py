"""Compares two pictures that lie one over the other, place by place: is what is to be seen there the same?

Written and drawn sheets are held to it strictly, for the difference between two cards of one form is one name; of two
photographs of one burst a part may differ, for somebody moved. What is compared is how bright each place is against its
surroundings, so another scanner, another exposure and another tint make no difference.

A coarse look at small copies tells most cards of one form apart at a tenth of the price of the fine one, which decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from inference.engine.images import open_image
from inference.engine.registration import Registration, in_pixels
from inference.engine.sizes import shrink

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

SIDE = 640
"""Longer side in pixels at which pictures are compared: letters of 24 pixels on a page of 1600 are ten pixels high."""
COARSE_SIDE = 320
"""Longer side in pixels of the coarse look: a word is a shape."""
_EDGE = 0.03  # share of the side that is left out all round: beds, shadows and torn edges
_LEAST_BLOCKS = 12
_STRIDE = 7
_MOST_CHANGED_IN_PHOTOGRAPHS = 0.2
_LEAST_PAPER = 0.6
"""Share of a sheet that is bare paper: drawn forms, tables and typed pages have 0.74 or more, nearly all photographs
less than this."""
_LONGEST_STROKE = 30  # pixels; what is straight for longer is a ruled line


@dataclass(frozen=True, slots=True)
class _Look:
    """How closely two pictures are looked at.

    Attributes:
        side: longer side of the pictures, in pixels.
        block: side of a block, in pixels.
        shift: pixels by which a block may lie beside where it should: paper stretches, and scanners too.
        least_alike: correlation below which a block has changed.
        least_paper: share of paper from which on a picture is a sheet.
        changed_on_sheets: how many blocks of a sheet may have changed.
        ruled: whether ruled lines count. They are the form's; they are stronger than any writing, and make all of its
            cards alike.
    """

    side: int
    block: int
    shift: int
    least_alike: float
    least_paper: float
    changed_on_sheets: int
    ruled: bool


# Correlation of a block with itself in the other scan: 0.7 and more; of two words that stand in one place, below 0.5.
# A short entry changes two blocks or more; one may be dust.
_FINE = _Look(SIDE, 26, 3, least_alike=0.55, least_paper=_LEAST_PAPER, changed_on_sheets=1, ruled=False)
# Of a re-scanned sheet no block was below it in any drawn pair, of another card of its form twelve and more, mostly.
_COARSE = _Look(COARSE_SIDE, 13, 2, least_alike=0.4, least_paper=0.7, changed_on_sheets=6, ruled=True)


@dataclass(frozen=True, slots=True, eq=False)
class Copy:
    """A copy of a picture, ready to be compared.

    Attributes:
        grey: its brightness, rows × columns.
        paper: which share of it is as bright as bare paper would be there.
    """

    grey: np.ndarray
    paper: float


def copy_of(path: Path, side: int = SIDE) -> Copy:
    """Make a copy ready to be compared.

    Args:
        path: a copy of a picture, at least about `side` pixels long where the picture is.
        side: the longer side of what comes of it, in pixels.

    Raises:
        ImageError: it cannot be decoded.
    """
    grey = _grey(path, side)
    return Copy(grey, _paper(grey))


def may_show_the_same(first: Copy, second: Copy, registration: Registration) -> bool:
    """Tell whether a fine look at two pictures is worth its price.

    Args:
        first: a small copy of a picture, `COARSE_SIDE` pixels long.
        second: one of the other.
        registration: how the second lies over the first.

    Returns:
        False where so much differs that they cannot show the same; True also where there is too little to go by.
    """
    return _agree(first, second, registration, _COARSE) is not False


def shows_the_same(first: Copy, second: Copy, registration: Registration) -> bool:
    """Tell whether two pictures show the same, so that what is said of one is true of the other.

    Args:
        first: a copy of a picture, `SIDE` pixels long.
        second: one of the other.
        registration: how the second lies over the first.

    Returns:
        Whether nothing in them differs but what a scanner or a moment does; False where there is too little to go by.
    """
    return _agree(first, second, registration, _FINE) is True


def _agree(first: Copy, second: Copy, registration: Registration, look: _Look) -> bool | None:
    """Tell whether two pictures agree at one look; None where there is too little to go by."""
    import cv2
    import numpy as np

    one, other = first.grey, second.grey
    size = (one.shape[1], one.shape[0])
    matrix = in_pixels(registration, size, (other.shape[1], other.shape[0]))
    laid = cv2.warpAffine(other, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    covered = cv2.warpAffine(np.full_like(other, 255), matrix, size) == 255
    blocks = _blocks(one, laid, covered, look)
    if len(blocks) < _LEAST_BLOCKS:
        return None
    is_sheet = max(first.paper, second.paper) >= look.least_paper
    allowed = look.changed_on_sheets if is_sheet else _MOST_CHANGED_IN_PHOTOGRAPHS * len(blocks)
    changed = 0
    # From all over the sheet: what is printed at its head is the same on all cards of a form, and says nothing.
    for here, there in (block for start in range(_STRIDE) for block in blocks[start::_STRIDE]):
        changed += here is None or cv2.matchTemplate(there, here, cv2.TM_CCOEFF_NORMED).max() < look.least_alike
        if changed > allowed:
            return False
    return True


def _grey(path: Path, side: int) -> np.ndarray:
    """Return a picture in grey, its longer side `side` pixels long."""
    import cv2
    import numpy as np

    # Half the side, for decoding stops at twice of what is asked.
    picture = shrink(open_image(path, reduce_to=side // 2).convert("L"), side, side)
    grey = np.asarray(picture)
    scale = side / max(grey.shape)
    if scale <= 1:
        return grey
    larger: np.ndarray = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    return larger


def _blocks(
    one: np.ndarray, laid: np.ndarray, covered: np.ndarray, look: _Look
) -> list[tuple[np.ndarray | None, np.ndarray]]:
    """Return the blocks in which either picture shows something: of the first, and with its surroundings of the other.

    Of a block that is empty in one of them nothing is returned for the first: it has changed.
    """
    import numpy as np

    details = [_details(picture, look) for picture in (one, laid)]
    if not look.ruled:
        ruled = _ruled(details[0]) | _ruled(details[1])
        for detail in details:
            detail[ruled] = 0
    block, shift = look.block, look.shift
    places = _places(covered, look)
    if not places:
        return []
    here = [details[0][y : y + block, x : x + block] for x, y in places]
    there = [details[1][y - shift : y + block + shift, x - shift : x + block + shift] for x, y in places]
    strengths = [_strengths(details[0], places, block, 0), _strengths(details[1], places, block, shift)]
    shown = np.zeros(len(places), bool)
    for strength in strengths:
        shown |= strength > 0.3 * np.percentile(strength, 90)
    empty = np.minimum(*strengths) < 1
    return [(None if empty[place] else here[place], there[place]) for place in np.flatnonzero(shown)]


def _strengths(details: np.ndarray, places: list[tuple[int, int]], block: int, margin: int) -> np.ndarray:
    """Return how much blocks vary, each with a margin around it: the standard deviation of their pixels."""
    import cv2
    import numpy as np

    side = block + 2 * margin
    left, top = np.array(places).T - margin
    right, bottom = left + side, top + side
    means = [
        (sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]) / side**2
        for sums in cv2.integral2(details, sdepth=cv2.CV_64F, sqdepth=cv2.CV_64F)
    ]
    strengths: np.ndarray = np.sqrt(np.maximum(means[1] - means[0] ** 2, 0))
    return strengths


def _places(covered: np.ndarray, look: _Look) -> list[tuple[int, int]]:
    """Return the upper left corners of the blocks that both pictures cover, well within their edges."""
    import cv2
    import numpy as np

    edge = round(_EDGE * look.side)
    framed = np.zeros(covered.shape, np.uint8)
    framed[edge:-edge, edge:-edge] = covered[edge:-edge, edge:-edge]
    inside = cv2.erode(framed, np.ones((edge, edge), np.uint8))
    height, width = covered.shape
    return [
        (x, y)
        for y in range(edge, height - look.block - edge, look.block)
        for x in range(edge, width - look.block - edge, look.block)
        if inside[y : y + look.block, x : x + look.block].all()
    ]


def _details(grey: np.ndarray, look: _Look) -> np.ndarray:
    """Return how much brighter each pixel is than what surrounds it."""
    import cv2
    import numpy as np

    values = grey.astype(np.float32)
    details: np.ndarray = values - cv2.GaussianBlur(values, (0, 0), look.block / 4)
    return details


def _ruled(details: np.ndarray) -> np.ndarray:
    """Return where long straight lines run across or down, dark on light."""
    import cv2
    import numpy as np

    ink = (-details > max(12.0, 0.35 * float(np.percentile(-details[::3, ::3], 99)))).astype(np.uint8)
    across = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, _LONGEST_STROKE), np.uint8))
    down = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((_LONGEST_STROKE, 1), np.uint8))
    ruled: np.ndarray = cv2.dilate(np.maximum(across, down), np.ones((5, 5), np.uint8)).astype(bool)
    return ruled


def _paper(grey: np.ndarray) -> float:
    """Return which share of a picture is as bright as bare paper would be there, lit unevenly or not."""
    import numpy as np

    values = grey[::3, ::3].astype(np.float32)
    darkest, brightest = np.percentile(values, (1, 99))
    tolerance = max(8.0, 0.15 * float(brightest - darkest))
    commonest = np.convolve(np.bincount(values.astype(np.uint8).ravel(), minlength=256), np.ones(9), "same").argmax()
    down, across = np.mgrid[-1 : 1 : values.shape[0] * 1j, -1 : 1 : values.shape[1] * 1j]
    places = np.stack([np.ones_like(down), down, across], axis=-1).reshape(-1, 3)
    brightness = values.ravel()
    paper = np.abs(brightness - commonest) < 2 * tolerance
    for _again in range(2):
        plane = np.linalg.lstsq(places[paper], brightness[paper], rcond=None)[0]
        paper = np.abs(brightness - places @ plane) < tolerance
    return float(paper.mean())
