"""Looks again at scans whose hashes are near: do they show the same, or only the same form?

A hash of 64 bits knows where a picture is light and where it is dark. So all cards of a form have nearly the same one,
and all pages of a ledger. Here the kept copies themselves are laid over each other: the thumbnails first, which is
enough to tell different writing apart, then the screen pictures of what is left, place by place.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from catalog.models import ImageFile
from inference.engine.comparison import COARSE_SIDE, SIDE, Copy, copy_of, may_show_the_same, shows_the_same
from inference.engine.errors import EngineError
from inference.engine.registration import Keypoints, Registration, keypoints, register

MOST_LAID_OVER = 16
"""Most scans whose thumbnails are laid over one: in a collection of ten thousand cards of one form all are near."""
MOST_COMPARED = 3
"""Most of them that are compared place by place, those with the most in common."""
_REMEMBERED = 1024  # 12 KiB each; while an import runs, a thumbnail is looked at once and not for each that is near it
_COPIES_REMEMBERED = 32  # up to 400 KiB each


def first_alike(scan: ImageFile, others: Sequence[ImageFile]) -> ImageFile | None:
    """Return a scan that shows the same as another.

    Args:
        scan: the one.
        others: those that may, the likeliest first; no more than `MOST_LAID_OVER` are looked at.

    Returns:
        Of those that show the same, the one that has most in common with the scan; None where none does, and where the
        scan's copies cannot be read: without looking nothing stands for anything else.
    """
    laid = []
    for other in others[:MOST_LAID_OVER]:
        registration = _laid_over(scan, other)
        if registration is not None:
            laid.append((other, registration))
    # Stable: of those with as much in common the likeliest stays first.
    laid.sort(key=lambda pair: -pair[1].in_common)
    return next((other for other, registration in laid[:MOST_COMPARED] if _same(scan, other, registration)), None)


def _laid_over(first: ImageFile, second: ImageFile) -> Registration | None:
    if not first.thumbnail or not second.thumbnail:
        return None
    try:
        return register(_keypoints(Path(first.thumbnail.path)), _keypoints(Path(second.thumbnail.path)))
    except EngineError:
        return None


def _same(first: ImageFile, second: ImageFile, registration: Registration) -> bool:
    if not first.screen or not second.screen:
        return False
    try:
        small, other_small = (_copy(Path(file.thumbnail.path), COARSE_SIDE) for file in (first, second))
        if not may_show_the_same(small, other_small, registration):
            return False
        return shows_the_same(_copy(Path(first.screen.path)), _copy(Path(second.screen.path)), registration)
    except EngineError:
        return False


@lru_cache(_REMEMBERED)
def _keypoints(thumbnail: Path) -> Keypoints:
    # A thumbnail is named after the content of its master, so what is under a name never changes.
    return keypoints(thumbnail)


@lru_cache(_COPIES_REMEMBERED)
def _copy(path: Path, side: int = SIDE) -> Copy:
    return copy_of(path, side)
