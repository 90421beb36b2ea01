"""How large pictures may be and are made: the least size, the narrowest strip, and smaller copies of large ones."""

import math

from PIL import Image

from inference.engine.errors import ImageAspectRatio, ImageTooSmall

MAX_ASPECT_RATIO = 200
"""The model reads no strip whose one side is more than this many times the other."""


def check_size(width: int, height: int, min_size: tuple[int, int]) -> None:
    """Refuse a picture that is too small, lying or standing.

    Args:
        width: pixels across.
        height: pixels down.
        min_size: least width and height in pixels.

    Raises:
        ImageTooSmall: either side is too short.
    """
    if max(width, height) < max(min_size) or min(width, height) < min(min_size):
        raise ImageTooSmall(width, height, *min_size)


def check_aspect_ratio(width: int, height: int) -> None:
    """Refuse a strip that the model's image processor would refuse.

    Args:
        width: pixels across.
        height: pixels down.

    Raises:
        ImageAspectRatio: one side is more than 200 times the other.
    """
    if max(width, height) > MAX_ASPECT_RATIO * min(width, height):
        raise ImageAspectRatio(width, height, MAX_ASPECT_RATIO)


def shrink(image: Image.Image, over: int, to: int, proportions: tuple[int, int] | None = None) -> Image.Image:
    """Make a large picture smaller, keeping its proportions.

    Args:
        image: any picture.
        over: longer side in pixels above which it is shrunk; 0 never shrinks.
        to: longer side in pixels that it gets.
        proportions: width and height that are kept, of a picture that was decoded reduced and so has lost a part of a
            pixel; None keeps its own.

    Returns:
        The smaller picture, or the same object.
    """
    longer = max(image.size)
    if not over or longer <= over or longer <= to:
        return image
    return image.resize(size_within(proportions or image.size, to), Image.Resampling.LANCZOS, reducing_gap=3.0)


def size_within(size: tuple[int, int], to: int) -> tuple[int, int]:
    """Return what a size becomes when its longer side is shrunk; a strip that the model reads stays one.

    Args:
        size: width and height in pixels.
        to: longer side in pixels that it gets.

    Returns:
        Width and height in pixels.
    """
    longer = max(size)
    # Rounded off, 1024 × 5.3 pixels would be one that the model refuses.
    least = math.ceil(to / MAX_ASPECT_RATIO) if longer <= MAX_ASPECT_RATIO * min(size) else 1
    width, height = (max(least, round(side * to / longer)) for side in size)
    return width, height
