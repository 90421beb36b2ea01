"""Brings every pixel format that scanners and cameras write to 8-bit RGB, with the meaning of its values kept."""

import contextlib
import math
from functools import cache
from io import BytesIO

from PIL import Image, ImageCms

from inference.engine.errors import ImageUndecodable

_BITS_PER_SAMPLE = 258
_PHOTOMETRIC = 262
_WHITE_IS_ZERO = 0
_INT_GREY = ("I", "I;16", "I;16B", "I;16L", "I;16N")
_WITH_ALPHA = ("LA", "PA", "RGBA")
_PREMULTIPLIED = {"La": "LA", "RGBa": "RGBA"}


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert a decoded picture to 8-bit RGB.

    Grey of 12, 16 or 32 bits is scaled rather than clipped; transparent parts become white, as paper is; CMYK and
    Lab go through colour management, by the embedded profile where there is one.

    Args:
        image: any mode that Pillow decodes to.

    Returns:
        A picture of mode RGB and the same size; the same object where nothing had to be done.

    Raises:
        ImageUndecodable: the values cannot be shown (a floating-point picture with infinite values).
    """
    if image.mode in _INT_GREY:
        rgb = _integer_grey(image).convert("RGB")
    elif image.mode == "F":
        rgb = _float_grey(image).convert("RGB")
    elif image.mode in ("CMYK", "LAB"):
        rgb = _managed(image)
    elif image.mode in _WITH_ALPHA or image.mode in _PREMULTIPLIED or "transparency" in image.info:
        rgb = _on_white(image)
    elif image.mode == "RGB":
        return image
    else:
        rgb = image.convert("RGB")
    # A profile for grey or CMYK values would be wrong for these.
    rgb.info.pop("icc_profile", None)
    rgb.info.pop("transparency", None)
    return rgb


def _integer_grey(image: Image.Image) -> Image.Image:
    """Scale whole-number grey to 0–255."""
    bits, white_is_zero = _tiff_grey(image)
    wide = image.convert("I")
    if image.mode != "I" or bits == 16:
        return wide.point(_ramp((1 << bits) - 1, white_is_zero), "L")
    low, high = _extrema(wide)
    if low >= 0 and high <= 65535:
        return wide.point(_ramp(65535, white_is_zero), "L")
    return _stretched(wide.convert("F"), low, high, white_is_zero)


def _float_grey(image: Image.Image) -> Image.Image:
    """Scale floating-point grey to 0–255; the values themselves tell the range they were written in."""
    low, high = _extrema(image)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ImageUndecodable("floating-point values without a range")
    top = next((top for top in (1.0, 255.0, 65535.0) if low >= 0 and high <= top), None)
    if top is not None:
        low, high = 0.0, top
    return _stretched(image, low, high, _tiff_grey(image)[1])


def _stretched(image: Image.Image, low: float, high: float, inverted: bool) -> Image.Image:
    scale = 255.0 / (high - low) if high > low else 0.0
    offset = 0.5 - low * scale
    if inverted:
        scale, offset = -scale, 256.0 - offset
    return image.point(lambda value: value * scale + offset).convert("L")


def _extrema(image: Image.Image) -> tuple[float, float]:
    """Return the least and greatest value of a picture of one band."""
    low, high = image.getextrema()
    if isinstance(low, tuple) or isinstance(high, tuple):
        raise ImageUndecodable("more than one band of grey")
    return float(low), float(high)


def _tiff_grey(image: Image.Image) -> tuple[int, bool]:
    """Return bits per sample and whether 0 means white; Pillow leaves both to the caller for wide TIFF grey."""
    tags = getattr(image, "tag_v2", None)
    if tags is None:
        return 16, False
    bits = tags.get(_BITS_PER_SAMPLE, (16,))
    bits = bits[0] if isinstance(bits, tuple) else bits
    return int(bits), tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO


@cache
def _ramp(top: int, inverted: bool) -> tuple[int, ...]:
    """Return Pillow's table of 65,536 entries that maps 0…top to 0…255."""
    levels = (min(255, (value * 255 + top // 2) // top) for value in range(65536))
    return tuple(255 - level if inverted else level for level in levels)


def _on_white(image: Image.Image) -> Image.Image:
    """Lay a picture with transparency on white."""
    if image.mode in _PREMULTIPLIED:
        image = image.convert(_PREMULTIPLIED[image.mode])
    coloured = image.convert("RGBA")
    paper = Image.new("RGB", coloured.size, "white")
    paper.paste(coloured, mask=coloured.getchannel("A"))
    paper.info = dict(image.info)
    return paper


def _managed(image: Image.Image) -> Image.Image:
    """Convert CMYK or Lab by colour management, CMYK by Pillow's formula where that has no or a broken profile."""
    if image.mode == "LAB":
        return _between(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    profile = image.info.get("icc_profile")
    if profile:
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            return _between(image, ImageCms.ImageCmsProfile(BytesIO(profile)))
    return image.convert("RGB")


def _between(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    converted = ImageCms.profileToProfile(image, profile, srgb, outputMode="RGB")
    if converted is None:  # only in-place conversion returns nothing
        raise ImageUndecodable("no colour conversion")
    return converted
