"""Compares two pictures that lie one over the other, place by place: is what is to be seen there the same?

Written and drawn sheets are held to it strictly, for the difference between two cards of one form is one name; of two
photographs of one burst a part may differ, for somebody moved. What is compared is how bright each place is against its
surroundings, so another scanner, another exposure and another tint make no difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.engine.images import open_image, shrink
from inference.engine.registration import Registration, in_pixels

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

SIDE = 640
"""Longer side in pixels at which pictures are compared: letters of 24 pixels on a page of 1600 are ten pixels high."""
_BLOCK = 26
_SHIFT = 3  # pixels by which a block may lie beside where it should: paper stretches, and scanners too
_EDGE = 0.03  # share of the side that is left out all round: beds, shadows and torn edges
_LEAST_BLOCKS = 12
# Correlation of a block with itself in the other scan: 0.7 and more; of two words that stand in one place, below 0.5.
_LEAST_ALIKE = 0.55
_MOST_CHANGED_ON_SHEETS = 1
"""Blocks. A short entry changes two or more; one may be dust."""
_MOST_CHANGED_IN_PHOTOGRAPHS = 0.2
_LEAST_PAPER = 0.6
"""Share of a sheet that is bare paper: drawn forms, tables and typed pages have 0.74 or more, nearly all photographs
less than this."""
_LONGEST_STROKE = 30  # pixels; what is straight for longer is a ruled line


def shows_the_same(first: Path, second: Path, registration: Registration) -> bool:
    """Tell whether two pictures show the same, so that what is said of one is true of the other.

    Args:
        first: a copy of a picture, at least about `SIDE` pixels long where the picture is.
        second: a copy of the other.
        registration: how the second lies over the first.

    Returns:
        Whether nothing in them differs but what a scanner or a moment does; False where there is too little to go by.

    Raises:
        ImageError: one cannot be decoded.
    """
    import cv2
    import numpy as np

    one, other = _grey(first), _grey(second)
    size = (one.shape[1], one.shape[0])
    matrix = in_pixels(registration, size, (other.shape[1], other.shape[0]))
    laid = cv2.warpAffine(other, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    covered = cv2.warpAffine(np.full_like(other, 255), matrix, size) == 255
    alike = _correlations(one, laid, covered)
    if len(alike) < _LEAST_BLOCKS:
        return False
    changed = int((alike < _LEAST_ALIKE).sum())
    if max(_paper(one), _paper(other)) >= _LEAST_PAPER:
        return changed <= _MOST_CHANGED_ON_SHEETS
    return changed <= _MOST_CHANGED_IN_PHOTOGRAPHS * len(alike)


def _grey(path: Path) -> np.ndarray:
    """Return a picture in grey, its longer side `SIDE` pixels long."""
    import cv2
    import numpy as np

    # Half the side, for decoding stops at twice of what is asked.
    picture = shrink(open_image(path, reduce_to=SIDE // 2).convert("L"), SIDE, SIDE)
    grey = np.asarray(picture)
    scale = SIDE / max(grey.shape)
    if scale <= 1:
        return grey
    larger: np.ndarray = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    return larger


def _correlations(one: np.ndarray, laid: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """Return how alike two pictures are in each block in which either shows something."""
    import cv2
    import numpy as np

    details = [_details(picture) for picture in (one, laid)]
    ruled = _ruled(details[0]) | _ruled(details[1])
    for detail in details:
        # Ruled lines are the form's. They are stronger than any writing, and would make all of its cards alike.
        detail[ruled] = 0
    places = _places(covered)
    if not places:
        return np.empty(0)
    here = [details[0][y : y + _BLOCK, x : x + _BLOCK] for x, y in places]
    there = [details[1][y - _SHIFT : y + _BLOCK + _SHIFT, x - _SHIFT : x + _BLOCK + _SHIFT] for x, y in places]
    strengths = [np.array([cv2.meanStdDev(block)[1].item() for block in blocks]) for blocks in (here, there)]
    shown = np.zeros(len(places), bool)
    for strength in strengths:
        shown |= strength > 0.3 * np.percentile(strength, 90)
    empty = np.minimum(*strengths) < 1
    return np.array(
        [
            0.0 if empty[place] else cv2.matchTemplate(there[place], here[place], cv2.TM_CCOEFF_NORMED).max()
            for place in np.flatnonzero(shown)
        ]
    )


def _places(covered: np.ndarray) -> list[tuple[int, int]]:
    """Return the upper left corners of the blocks that both pictures cover, well within their edges."""
    import cv2
    import numpy as np

    edge = round(_EDGE * SIDE)
    framed = np.zeros(covered.shape, np.uint8)
    framed[edge:-edge, edge:-edge] = covered[edge:-edge, edge:-edge]
    inside = cv2.erode(framed, np.ones((edge, edge), np.uint8))
    height, width = covered.shape
    return [
        (x, y)
        for y in range(edge, height - _BLOCK - edge, _BLOCK)
        for x in range(edge, width - _BLOCK - edge, _BLOCK)
        if inside[y : y + _BLOCK, x : x + _BLOCK].all()
    ]


def _details(grey: np.ndarray) -> np.ndarray:
    """Return how much brighter each pixel is than what surrounds it."""
    import cv2
    import numpy as np

    values = grey.astype(np.float32)
    details: np.ndarray = values - cv2.GaussianBlur(values, (0, 0), _BLOCK / 4)
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
