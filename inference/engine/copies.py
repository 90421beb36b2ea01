"""Writes the copies of a picture that browsers show: JPEG, upright, in the colours that every screen understands."""

from __future__ import annotations

import contextlib
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image, ImageCms, ImageOps

from inference.engine.sizes import shrink

if TYPE_CHECKING:
    from pathlib import Path

_QUALITY = 90
_CUTOFF = 0.5  # per cent


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
    return ImageOps.autocontrast(ImageOps.invert(image), cutoff=_CUTOFF)


def positive_tones(image: Image.Image) -> Image.Image:
    """Return by which table `positive` turns a negative: what each value of each colour becomes.

    A part of the negative, or the same at another size, becomes by it what it is in the whole.

    Args:
        image: the negative, mode RGB.

    Returns:
        A picture of 256 × 1 pixels, mode RGB.
    """
    # A ramp of all values beside the negative, which is turned as that is and left out of the measure.
    beside = Image.new("RGB", (max(256, image.width), image.height + 1))
    beside.paste(image)
    beside.paste(
        Image.frombytes("RGB", (256, 1), bytes(value for value in range(256) for _ in "RGB")), (0, image.height)
    )
    measured = Image.new("L", beside.size, 0)
    measured.paste(255, (0, 0, *image.size))
    tones = ImageOps.autocontrast(ImageOps.invert(beside), cutoff=_CUTOFF, mask=measured)
    return tones.crop((0, image.height, 256, image.height + 1))


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
