"""Cutting lines out of pictures: arrays of rows, columns and the three colours blue, green, red."""

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from inference.reading_order import Quad, corners_of, sides

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


def pixels_of(picture: "Picture", *, negative: bool) -> Pixels:
    """Return a picture's pixels.

    Args:
        picture: any picture.
        negative: whether light and dark are exchanged.
    """
    pixels: Pixels = np.asarray(picture.convert("RGB"))[:, :, ::-1]
    return np.ascontiguousarray(255 - pixels if negative else pixels)


def within(pixels: Pixels, side: int) -> Pixels:
    """Return a picture whose longer side is no longer than that, and neither shorter than 32 pixels.

    Args:
        pixels: the picture.
        side: in pixels.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    return pixels if scale == 1.0 else resized(pixels, scale)


def resized(pixels: Pixels, scale: float) -> Pixels:
    """Return a larger or smaller copy of a picture, neither side shorter than 32 pixels.

    Args:
        pixels: the picture.
        scale: how many times as large.
    """
    height, width = pixels.shape[:2]
    size = (max(32, round(width * scale)), max(32, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC))


def line_pixels(pixels: Pixels, quad: Quad) -> Pixels:
    """Cut a line out of a picture and set it straight.

    Args:
        pixels: the picture.
        quad: where the line stands in it.
    """
    width, height = (max(4, round(side)) for side in sides(quad))
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(np.array(corners_of(quad), dtype=np.float32), target)
    return np.asarray(
        cv2.warpPerspective(pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_CUBIC)
    )


def quarter_turned(pixels: Pixels, quarters: int) -> Pixels:
    """Return a picture turned to the left by so many quarters."""
    return np.ascontiguousarray(np.rot90(pixels, quarters))


def in_three_colours(grey: Pixels) -> Pixels:
    """Return a grey picture as the readers take it."""
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))
