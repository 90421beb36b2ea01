"""Opens pictures: the one place that decodes them. Everything that comes in is taken for hostile until it is decoded.

Knows Pillow, and libvips for what is too large for it or of a kind that it does not read. A picture leaves here
verified, upright, 8-bit RGB; or as an :class:`ImageError`.
"""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from inference.engine.embedded import read_embedded
from inference.engine.errors import (
    EngineError,
    ImageEmpty,
    ImagePageMissing,
    ImageTooLarge,
    ImageTruncated,
    ImageUndecodable,
    ImageUnreadable,
    OutOfMemory,
)
from inference.engine.exif import SIDEWAYS, read_exif, read_orientation, read_turn
from inference.engine.jpeg import lacks_end, with_end
from inference.engine.large import LARGE_PIXELS, leave_out_levels, taking_turns
from inference.engine.pixels import to_rgb
from inference.engine.sizes import check_aspect_ratio, check_size, shrink
from inference.engine.tiff import PREFIXES, TiffPicture, pages_of
from inference.engine.types import ImageInfo, ImagePart
from inference.engine.vips import decode

PUBLIC_MAX_PIXELS = 178_000_000
"""Most pixels that a picture from a public door may have."""
IMPORT_MAX_PIXELS = 400_000_000
"""Most pixels that an imported scan may have."""

# No format that calls another program or is no picture (PostScript, PDF …).
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "HEIF", "AVIF", "JPEG2000")
_LOW_DETAIL = 512  # longer side in pixels
LACKS_END = "lacks_end"
"""In a picture's `info` where its file lacks its end mark and nothing else."""

# Pillow's own alarm is one number for the whole process; the limits here are per call and are checked before decoding.
# It stays as the second line, above the highest of them.
Image.MAX_IMAGE_PIXELS = IMPORT_MAX_PIXELS


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """How pictures are taken in.

    Attributes:
        shrink_over: longer side in pixels above which a picture is shrunk; 0 never shrinks.
        shrink_to: longer side in pixels that it gets then.
        max_pixels: most pixels that a picture's header may claim, where the request does not say.
    """

    shrink_over: int = 2000
    shrink_to: int = 1024
    max_pixels: int = PUBLIC_MAX_PIXELS


def open_image(
    source: bytes | Path,
    *,
    page: int = 0,
    max_pixels: int = PUBLIC_MAX_PIXELS,
    min_size: tuple[int, int] | None = None,
    reduce_to: int | None = None,
) -> Image.Image:
    """Decode a picture completely.

    Args:
        source: the encoded file's bytes, or its path.
        page: page of a TIFF, counted from 0. Animations give their first frame only.
        max_pixels: most pixels the header may claim; checked before anything is decoded.
        min_size: least width and height in pixels, or height and width; None accepts any.
        reduce_to: longer side in pixels to which the caller is going to shrink the picture. Large pictures are then
            decoded at a fraction of their size, never below twice this size: JPEGs at a half, a quarter or an
            eighth; TIFF, PNG, WebP and JPEG 2000 over 50 megapixels without holding all of their pixels.

    Returns:
        The picture: upright, mode RGB, 8 bits.

    Raises:
        ImageError: it cannot be used; the subclass says why.
        OutOfMemory: there is not enough memory for it.
    """
    return _decoded(source, page, max_pixels, min_size, reduce_to)[0]


def _decoded(
    source: bytes | Path, page: int, max_pixels: int, min_size: tuple[int, int] | None, reduce_to: int | None
) -> tuple[Image.Image, tuple[int, int]]:
    """Return a picture, and its size in pixels as it came, upright like itself."""
    try:
        picture, size = _decoded_once(source, page, max_pixels, min_size, reduce_to)
        if not lacks_end(source):
            return picture, size
    except ImageTruncated:
        if not lacks_end(source):
            raise
    mended = with_end(source)
    if mended is None:
        raise ImageTruncated("the picture breaks off")
    picture, size = _decoded_once(mended, page, max_pixels, min_size, reduce_to)
    picture.info[LACKS_END] = True
    return picture, size


def _decoded_once(
    source: bytes | Path, page: int, max_pixels: int, min_size: tuple[int, int] | None, reduce_to: int | None
) -> tuple[Image.Image, tuple[int, int]]:
    with opened(source, max_pixels) as image:
        frame = seek_page(image, page, max_pixels)
        size = image.size
        if min_size is not None:
            check_size(*size, min_size)
        if reduce_to:
            _decode_reduced(image, reduce_to)
        with taking_turns(math.prod(image.size), image.format):
            streamed = _streamed(source, image, frame, reduce_to)
            if streamed is not None:
                return _with_profile(streamed, image), size[::-1] if read_turn(image) in SIDEWAYS else size
            return _whole(image, size, reduce_to)


def _streamed(source: bytes | Path, image: Image.Image, frame: int, reduce_to: int | None) -> Image.Image | None:
    """Let libvips decode what is very large, or of a kind that only it reads; None where that is Pillow's."""
    large = reduce_to and math.prod(image.size) > LARGE_PIXELS
    factor = max(1, max(image.size) // (2 * reduce_to)) if reduce_to and large else 1
    if isinstance(image, TiffPicture):
        image.kind.check()
        if not image.kind.vips or (image.kind.pillow and factor < 2):
            return None
    elif factor < 2:
        return None
    return decode(source, image, frame, factor)


def _whole(image: Image.Image, size: tuple[int, int], reduce_to: int | None) -> tuple[Image.Image, tuple[int, int]]:
    """Let Pillow decode a picture, and return it with its size, both upright."""
    image.load()
    turn = read_turn(image)
    rgb = to_rgb(_before_conversion(image, reduce_to))
    if turn is not None:
        rgb = rgb.transpose(turn)
        # Whoever saves the result must not have it turned a second time.
        for mark in ("exif", "xmp", "XML:com.adobe.xmp"):
            rgb.info.pop(mark, None)
    return rgb, size[::-1] if turn in SIDEWAYS else size


def _before_conversion(image: Image.Image, reduce_to: int | None) -> Image.Image:
    """Shrink a very large picture in Lab, which libvips does not take: its RGB would need as much memory again."""
    factor = max(image.size) // (2 * reduce_to) if reduce_to else 1
    if image.mode != "LAB" or factor < 2 or math.prod(image.size) <= LARGE_PIXELS:
        return image
    return image.reduce(factor)


def take_in(part: ImagePart, limits: ImageLimits) -> tuple[Image.Image, tuple[int, int]]:
    """Decode a picture of a request as the model is to see it: upright, and no larger than is useful.

    Args:
        part: which, and in how much detail.
        limits: how pictures are taken in.

    Returns:
        The picture, and its size in pixels as it came, upright.

    Raises:
        ImageError: it cannot be used.
        OutOfMemory: there is not enough memory for it.
    """
    over, to = {"high": (0, 0), "low": (_LOW_DETAIL, _LOW_DETAIL)}.get(
        part.detail, (limits.shrink_over, limits.shrink_to)
    )
    # A reduced picture must still be over the bound, or it would not be shrunk any more.
    reduce_to = max(to, over // 2 + 1) if over else None
    max_pixels = limits.max_pixels if part.max_pixels is None else part.max_pixels
    picture, size = _decoded(part.source, part.page, max_pixels, None, reduce_to)
    check_aspect_ratio(*size)
    return shrink(picture, over, to, size), size


def read_info(source: bytes | Path, *, max_pixels: int = IMPORT_MAX_PIXELS) -> ImageInfo:
    """Read what the header of a picture says, without decoding it.

    Args:
        source: the encoded file's bytes, or its path.
        max_pixels: most pixels the header may claim.

    Returns:
        Size as displayed, format, mode, number of pages and EXIF tags.

    Raises:
        ImageError: it is no picture, or claims too many pixels.
    """
    with opened(source, max_pixels) as image:
        pages = _pages(image)
        if isinstance(image, TiffPicture):
            _check_pixels(image, max_pixels)
            image.kind.check()
        width, height = image.size
        # Of a TIFF Pillow gives the size as displayed, of the others as stored.
        if image.format != "TIFF" and read_orientation(image) >= 5:
            width, height = height, width
        kind = "JPEG" if image.format == "MPO" else str(image.format)
        exif, mode = read_exif(image), image.mode
        return ImageInfo(width, height, kind, mode, len(pages), exif)


def read_words(source: bytes | Path, *, max_pixels: int = IMPORT_MAX_PIXELS) -> dict[str, str]:
    """Read what a file says about its picture, without decoding it.

    Args:
        source: the encoded file's bytes, or its path.
        max_pixels: most pixels the header may claim.

    Returns:
        Text by one of `inference.engine.embedded.NAMES`; nothing where nobody wrote anything.

    Raises:
        ImageError: it is no picture, or claims too many pixels.
    """
    with opened(source, max_pixels) as image:
        return read_embedded(image)


@contextmanager
def opened(source: bytes | Path, max_pixels: int) -> Iterator[Image.Image]:
    """Open a picture's header, check it, and turn whatever goes wrong meanwhile into an ImageError.

    Args:
        source: the encoded file's bytes, or its path.
        max_pixels: most pixels the header may claim.

    Yields:
        The picture, not decoded, as stored.

    Raises:
        ImageError: it cannot be used.
        OutOfMemory: there is not enough memory for it.
    """
    _enable_heif()
    try:
        with _stream(source) as stream, _identified(stream) as image:
            _check_pixels(image, max_pixels)
            yield image
    except EngineError:
        raise
    except MemoryError as error:
        raise OutOfMemory("image") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        claimed = re.search(r"\d+", str(error))
        raise ImageTooLarge(int(claimed[0]) if claimed else 2 * max_pixels, max_pixels) from error
    except UnidentifiedImageError as error:
        raise ImageUndecodable("no known image format") from error
    except Exception as error:  # decoders raise nearly anything on damaged data
        if "truncated" in str(error):
            raise ImageTruncated(str(error)[:200]) from error
        raise ImageUndecodable(f"{type(error).__name__}: {error}"[:200]) from error


def _identified(stream: BinaryIO) -> Image.Image:
    """Open what a stream holds, by its content."""
    prefix = stream.read(4)
    stream.seek(0)
    return TiffPicture(stream) if prefix in PREFIXES else Image.open(stream, formats=_FORMATS)


def _stream(source: bytes | Path) -> BinaryIO:
    """Open bytes or a file for reading."""
    if isinstance(source, bytes):
        if not source:
            raise ImageEmpty
        return BytesIO(source)
    try:
        if source.stat().st_size == 0:
            raise ImageEmpty
        return source.open("rb")
    except OSError as error:
        raise ImageUnreadable(str(source), error.strerror or "") from error


def _check_pixels(image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width < 1 or height < 1:
        raise ImageEmpty
    if width * height > max_pixels:
        raise ImageTooLarge(width * height, max_pixels)


def _with_profile(reduced: Image.Image, image: Image.Image) -> Image.Image:
    """Return a reduced picture as RGB, with the colour profile of the one it was made from."""
    rgb = to_rgb(reduced)
    if reduced.mode == "RGB" and "icc_profile" in image.info:
        rgb.info["icc_profile"] = image.info["icc_profile"]
    return rgb


def seek_page(image: Image.Image, page: int, max_pixels: int) -> int:
    """Go to a page, check that one's size too, and return which frame it is.

    Args:
        image: as `opened` gives it.
        page: counted from 0.
        max_pixels: most pixels the page may have.

    Raises:
        ImagePageMissing: there is no such page.
        ImageTooLarge: it has too many pixels.
    """
    pages = _pages(image, page + 1)
    if not 0 <= page < len(pages):
        raise ImagePageMissing(page, len(pages))
    if pages[page]:
        image.seek(pages[page])
        _check_pixels(image, max_pixels)
    return pages[page]


def _pages(image: Image.Image, enough: int | None = None) -> list[int]:
    """List the frames that are pages, not more of them than are enough; the picture is left at its first one."""
    if not isinstance(image, TiffPicture):
        return [0]
    return pages_of(image) if enough is None else pages_of(image, enough)


def _decode_reduced(image: Image.Image, reduce_to: int) -> None:
    """Let a large JPEG or JPEG 2000 be decoded at a fraction of its size; for other formats this does nothing."""
    target = 2 * reduce_to
    if image.format == "JPEG2000" and math.prod(image.size) > LARGE_PIXELS:
        leave_out_levels(image, target)
    if image.format not in ("JPEG", "MPO"):
        return
    factor = max(image.size) / target
    if factor >= 2:
        image.draft(None, (math.ceil(image.width / factor), math.ceil(image.height / factor)))


@cache
def _enable_heif() -> None:
    """Teach Pillow HEIC, once; not at import, since most processes never meet one."""
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False)
