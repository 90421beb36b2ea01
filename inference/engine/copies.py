"""Writes the copies of a picture that browsers show: JPEG, upright, in the colours that every screen understands."""

from __future__ import annotations

import contextlib
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image, ImageCms, ImageOps

from inference.engine.images import shrink

if TYPE_CHECKING:
    from pathlib import Path

_QUALITY = 90


def to_srgb(image: Image.Image) -> Image.Image:
    """Bring a picture's colours to sRGB, by its profile.

    Args:
        image: mode RGB, as :func:`inference.engine.images.open_image` returns it.

    Returns:
        The picture in sRGB, without a profile. Where there is none, or it is damaged, the values are sRGB already as
        far as anybody can tell.
    """
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        target = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
        if converted is not None:
            image = converted
    image.info.pop("icc_profile", None)
    return image


def positive(image: Image.Image) -> Image.Image:
    """Turn a scanned negative into the photograph it shows.

    Each colour is stretched on its own, which takes away the orange of colour film; of black and white film the three
    are the same. The last half per cent at either end, dust and the film's edge, is left out of the measure.

    Args:
        image: mode RGB.

    Returns:
        The positive.
    """
    return ImageOps.autocontrast(ImageOps.invert(image), cutoff=0.5)


def write_jpeg(image: Image.Image, path: Path, quality: int = _QUALITY) -> None:
    """Write a picture, and nothing of what its file said beside the pixels: place, camera, comments.

    Args:
        image: mode RGB.
        path: where to.
        quality: JPEG's.
    """
    bare = image.copy()
    bare.info.clear()
    bare.save(path, "JPEG", quality=quality, optimize=True)


def copy_within(image: Image.Image, longer: int) -> Image.Image:
    """Return a picture whose longer side is no longer than asked.

    Args:
        image: any.
        longer: pixels.
    """
    return shrink(image, longer, longer)
