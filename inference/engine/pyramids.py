"""Writes the pyramid of a picture: the picture itself, a half of it, a quarter …, in tiles, in one file.

A viewer then fetches what it shows and no more. A picture of up to 50 megapixels is decoded as for everything else;
larger ones are streamed from the file into the pyramid, a few rows at a time, where their format allows it.
"""

from __future__ import annotations

import math
import mmap
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from PIL import Image

from inference.engine.errors import ImageUndecodable
from inference.engine.images import IMPORT_MAX_PIXELS, open_image, opened, seek_page
from inference.engine.large import LARGE_PIXELS, taking_turns
from inference.engine.pixels import to_rgb
from inference.engine.tiles import set_size
from inference.engine.vips import libvips, stream

TILE_SIZE = 512
"""Pixels of a tile's side."""
_QUALITY = 85
_BLOCK = 16  # pixels of a side of what JPEG compresses together
_STRIP = 256  # rows that are in memory at a time


def write_pyramid(
    source: Path, target: Path, *, tones: Image.Image | None = None, max_pixels: int = IMPORT_MAX_PIXELS
) -> None:
    """Write the pyramid of a picture's first page.

    Args:
        source: the encoded file.
        target: the file that is written; `inference.engine.tiles` reads it.
        tones: what each value becomes, as `inference.engine.copies.positive_tones` says of a negative.
        max_pixels: most pixels the picture may have.

    Raises:
        ImageError: the picture cannot be used, or the disk does not take the pyramid.
        OutOfMemory: there is not enough memory for it.
    """
    vips = libvips()
    try:
        with ExitStack() as stack:
            picture = _upright(source, target.parent, max_pixels, stack)
            if tones is not None:
                picture = picture.maplut(vips.Image.new_from_memory(tones.tobytes(), 256, 1, 3, "uchar"))
            width, height = picture.width, picture.height
            picture = _filled_up(picture.copy(interpretation="srgb"))
            # One core: whoever waits at a page comes first.
            picture.set_type(vips.GValue.gint_type, "concurrency", 1)
            picture.tiffsave(
                os.fsencode(target), tile=True, tile_width=TILE_SIZE, tile_height=TILE_SIZE, pyramid=True, bigtiff=True,
                compression="jpeg", Q=_QUALITY, keep="none",
            )  # fmt: skip
        set_size(target, width, height)
    except vips.Error as error:
        raise ImageUndecodable(f"libvips: {error}"[:200]) from error


def _filled_up(picture: Any) -> Any:
    """Repeat the last pixels beyond the edges, so that in every level JPEG's blocks are full.

    libvips fills tiles up with black, which would spread into the picture as far as a block reaches.
    """
    halvings = max(0, math.ceil(math.log2(max(picture.width, picture.height) / TILE_SIZE)))
    # Never beyond a tile, or there would be more of them than the picture has.
    step = min(_BLOCK << halvings, TILE_SIZE)
    width, height = (-(-side // step) * step for side in (picture.width, picture.height))
    return picture.embed(0, 0, width, height, extend="copy")


def _upright(source: Path, scratch: Path, max_pixels: int, stack: ExitStack) -> Any:
    """Return libvips' picture of a file: upright, RGB, 8 bits; what it needs lasts as long as the stack."""
    with opened(source, max_pixels) as header:
        frame = seek_page(header, 0, max_pixels)
        if math.prod(header.size) > LARGE_PIXELS:
            streamed = stream(source, header, frame)
            if streamed is not None:
                stack.enter_context(taking_turns(math.prod(header.size), header.format))
                return _rgb(*streamed, header.info.get("icc_profile"), scratch, stack)
    picture = open_image(source, max_pixels=max_pixels)
    return libvips().Image.new_from_memory(picture.tobytes(), picture.width, picture.height, 3, "uchar")


def _rgb(picture: Any, mode: str, profile: bytes | None, scratch: Path, stack: ExitStack) -> Any:
    if mode == "RGB":
        return picture
    if mode == "L":
        return picture.bandjoin([picture, picture])
    # Inks and Lab become colours as those of smaller scans do, strip by strip, and lie on the disk meanwhile.
    vips = libvips()
    raw = stack.enter_context(tempfile.TemporaryFile(dir=scratch))  # noqa: SIM115 - the stack closes it
    region = vips.Region.new(picture)
    for top in range(0, picture.height, _STRIP):
        rows = min(_STRIP, picture.height - top)
        strip = Image.frombytes(mode, (picture.width, rows), bytes(region.fetch(0, top, picture.width, rows)))
        if profile and mode == "CMYK":
            strip.info["icc_profile"] = profile
        raw.write(to_rgb(strip).tobytes())
    raw.flush()
    pixels = mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ)
    return vips.Image.new_from_memory(pixels, picture.width, picture.height, 3, "uchar")
