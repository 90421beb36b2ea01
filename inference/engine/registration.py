"""Lays one small picture over another: which points of the two belong together, and how one has to be moved for that.

It answers whether two pictures have enough in common to be compared closely (`inference.engine.comparison`), in a
millisecond or two, and where the one lies in the other. Two scans of one sheet do, and so do two cards of one form;
two pages of the same book do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import ImageOps

from inference.engine.images import open_image
from inference.engine.sizes import shrink

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

SIDE = 320
"""Longer side in pixels at which points are looked for: of letters of 24 pixels on a page of 1600 a blot is left, and
of a word a shape."""
_POINTS = 300
_PATCH = 31
# Of 256 bits of a description: two of different places differ in about half of them, and by chance in not so few.
_MOST_BITS = 64
# A scan that is near by its hash is moved, turned and cut by a few per cent; what lies further off is a mistake.
_FURTHEST = SIDE / 8
_LEAST_IN_COMMON = 24
"""Drawn scans of one sheet have 32 or more such points, different pages of one kind 11 or fewer; cards of a form have
what is printed on all of them."""
_TOLERANCE = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Keypoints:
    """What stands out in a picture.

    Attributes:
        points: where, in pixels; one row for each.
        descriptions: how it looks around there, 256 bits each.
        size: width and height of the picture, in pixels.
    """

    points: np.ndarray
    descriptions: np.ndarray
    size: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """How one picture lies over another.

    Attributes:
        matrix: 2 × 3, from the second picture's pixels to the first one's; both measured in widths and heights, so
            that it holds for larger copies too.
        in_common: how many points say so.
    """

    matrix: np.ndarray
    in_common: int


def keypoints(path: Path) -> Keypoints:
    """Find what stands out in a small copy of a picture.

    Args:
        path: the copy, about `SIDE` pixels long; a longer one is shrunk.

    Returns:
        The points; none for a blank sheet.

    Raises:
        ImageError: it cannot be decoded.
    """
    import cv2
    import numpy as np

    # Faded writing stands out as little to the detector as grain does, unless it is brought to full contrast.
    grey = ImageOps.autocontrast(shrink(open_image(path), SIDE, SIDE).convert("L"), cutoff=0.5)
    orb = cv2.ORB.create(_POINTS, 1.2, 3, edgeThreshold=_PATCH // 2, patchSize=_PATCH, fastThreshold=8)
    # Where nothing stands out OpenCV gives no descriptions at all.
    found, descriptions = orb.detectAndCompute(np.asarray(grey), None)
    points = np.array([point.pt for point in found], np.float32).reshape(-1, 2)
    return Keypoints(points, descriptions if found else np.empty((0, 32), np.uint8), grey.size)


def register(first: Keypoints, second: Keypoints) -> Registration | None:
    """Lay one picture over another.

    Args:
        first: of the one that stays.
        second: of the one that is moved.

    Returns:
        How the second lies over the first; None where they have too little in common.
    """
    import cv2
    import numpy as np

    if min(len(first.points), len(second.points)) < _LEAST_IN_COMMON:
        return None
    ones, others = _matched(first.descriptions, second.descriptions)
    if len(ones) < _LEAST_IN_COMMON:
        return None
    here, there = first.points[ones], second.points[others]
    near = np.hypot(*(here - there).T) < _FURTHEST
    if near.sum() < _LEAST_IN_COMMON:
        return None
    found: tuple[Any, Any] = cv2.estimateAffine2D(
        there[near], here[near], ransacReprojThreshold=_TOLERANCE, maxIters=500, confidence=0.99
    )
    matrix, inliers = found
    if matrix is None or inliers.sum() < _LEAST_IN_COMMON:
        return None
    return Registration(_in_shares(matrix, first.size, second.size), int(inliers.sum()))


def _matched(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of two sets of descriptions that are each other's nearest, and near enough."""
    import numpy as np

    # Half the processor's time of OpenCV's matcher, which starts threads for what takes two milliseconds.
    ones, others = (np.ascontiguousarray(side).view(np.uint64) for side in (first, second))
    bits = np.zeros((len(ones), len(others)), np.uint16)
    for word in range(ones.shape[1]):
        bits += np.bitwise_count(ones[:, word, None] ^ others[None, :, word])
    nearest, back = bits.argmin(axis=1), bits.argmin(axis=0)
    rows = np.arange(len(ones))
    mutual = (back[nearest] == rows) & (bits[rows, nearest] <= _MOST_BITS)
    return rows[mutual], nearest[mutual]


def in_pixels(registration: Registration, first: tuple[int, int], second: tuple[int, int]) -> np.ndarray:
    """Return the matrix of a registration for copies of other sizes.

    Args:
        registration: of the small copies.
        first: width and height of the copy that stays.
        second: of the copy that is moved.
    """
    import numpy as np

    whole = np.vstack([registration.matrix, [0, 0, 1]])
    matrix: np.ndarray = np.diag([*first, 1.0]) @ whole @ np.diag([1 / second[0], 1 / second[1], 1.0])
    return matrix[:2]


def _in_shares(matrix: np.ndarray, first: tuple[int, int], second: tuple[int, int]) -> np.ndarray:
    import numpy as np

    whole = np.vstack([matrix, [0, 0, 1]])
    shares: np.ndarray = np.diag([1 / first[0], 1 / first[1], 1.0]) @ whole @ np.diag([*second, 1.0])
    return shares[:2]
