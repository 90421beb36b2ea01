"""Knows the kinds of TIFF: which of two decoders reads which of them rightly, which is read by none, what is a page.

Pillow and libvips each open kinds that they decode wrongly, without an error, and each refuses kinds that the other one
reads. So what a file's tags say decides, and not who opens it. A test holds the table against both libraries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PIL import TiffImagePlugin

from inference.engine.errors import ImageKindUnsupported, ImageUndecodable

PREFIXES = tuple(TiffImagePlugin.PREFIXES)
"""How a TIFF begins."""
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, MASK, CMYK, YCBCR, LAB, ICC_LAB = 0, 1, 2, 3, 4, 5, 6, 8, 9
"""Photometric interpretations (tag 262)."""
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
"""Sample formats (tag 339)."""

_SUBFILE, _OLD_SUBFILE, _OLD_REDUCED, _SUBIFDS, _INK_SET, _NOT_CMYK = 254, 255, 2, 330, 332, 2
_REDUCED, _IS_MASK = 1, 4
_UNDEFINED = 4
_ASSOCIATED, _UNASSOCIATED, _COREL_DRAW = 1, 2, 999
_MOST_PAGES = 10_000
_MOST_SAMPLES = 16
"""Pixels are counted before anything is decoded; this many times their memory is what a file can ask for."""
_COLOURS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, CMYK: 4, YCBCR: 3, LAB: 3, ICC_LAB: 3}
_GREY = (WHITE_IS_ZERO, BLACK_IS_ZERO)
_OF_ANY_RANGE = (*_GREY, RGB, CMYK)
_CAMERA_RAW = (32803, 34892)
_UNCOMPRESSED, _JPEG, _DEFLATE = 1, 7, 8
# None, CCITT, LZW, JPEG, Deflate, PackBits, old Deflate, LZMA, Zstandard, WebP: what the libtiff inside libvips reads.
_OF_LIBVIPS = (1, 2, 3, 4, 5, 7, 8, 32773, 32946, 34925, 50000, 50001)
# Deflate, JPEG and the like as above; old JPEG besides, and no WebP.
_OF_PILLOW = (1, 2, 3, 4, 5, 6, 7, 8, 32771, 32773, 32809, 32946, 34925, 50000)


@dataclass(frozen=True, slots=True)
class Kind:
    """What the tags of one directory say about its samples.

    Attributes:
        photometric: what the colours mean (tag 262).
        bits: of each sample (tag 258); 0 where they differ.
        sample_format: whole numbers, whole numbers with a sign, or floating point (tag 339).
        planar: whether each sample has a plane of its own (tag 284).
        tiled: whether it is stored in tiles and not in strips.
        compression: tag 259.
        samples: for each pixel (tag 277).
        extra: what those after the colours are (tag 338).
        big_endian: whether the first byte of a value is the greatest.
        opened: whether Pillow knows a mode for it.
    """

    photometric: int
    bits: int
    sample_format: int
    planar: bool
    tiled: bool
    compression: int
    samples: int
    extra: tuple[int, ...]
    big_endian: bool
    opened: bool

    @property
    def colours(self) -> int:
        """How many samples are colours; 0 where it is not known what they mean."""
        return _COLOURS.get(self.photometric, 0)

    @property
    def alpha(self) -> int | None:
        """Which sample is transparency; None where none is.

        Infrared and spot colours are none: they are marked as 0, unspecified. A fourth sample of RGB without any mark
        is transparency to all programs, although the specification wants one.
        """
        if not self.extra:
            return self.colours if self.photometric in (*_GREY, RGB) and self.samples == self.colours + 1 else None
        marks = (_ASSOCIATED, _UNASSOCIATED, _COREL_DRAW)
        return next((self.colours + place for place, mark in enumerate(self.extra) if mark in marks), None)

    @property
    def premultiplied(self) -> bool:
        """Whether the colours are multiplied with their transparency."""
        return _ASSOCIATED in self.extra

    @property
    def pillow(self) -> bool:
        """Whether Pillow decodes it rightly."""
        if not self.opened or self.compression not in _OF_PILLOW:
            return False
        if self.bits == 8 and self.sample_format == SIGNED:
            return False
        if self.bits == 32 and self.sample_format == UNSIGNED:
            # The upper and the lower half of each value change places.
            return False
        if self.bits == 16 and self.premultiplied:
            # It cuts to eight bits before it divides.
            return False
        if self.photometric == YCBCR and self.samples != 3:
            return False
        by_libtiff = self.planar or self.compression != _UNCOMPRESSED
        if by_libtiff and self.big_endian and self.sample_format != UNSIGNED:
            # libtiff has turned the bytes round already; Pillow does it again.
            return False
        return not self.planar or self.samples == 1 or self._planes_of_pillow()

    def _planes_of_pillow(self) -> bool:
        """Tell whether Pillow puts planes together rightly: it does where transparency is not among several others."""
        if self.photometric == LAB or self.premultiplied:
            return False
        return self.alpha is None or (self.colours == 3 and self.samples == 4)

    @property
    def vips(self) -> bool:
        """Whether libvips decodes it rightly."""
        if self.compression not in _OF_LIBVIPS or not self._depth_of_vips() or not self._planes_of_vips():
            return False
        if not self.colours or not self.colours <= self.samples <= _MOST_SAMPLES:
            return False
        if self.premultiplied and not self._divided_by_vips():
            return False
        if self.photometric == YCBCR:
            # Of all others it hands out luminance and chrominance as if they were red, green and blue.
            return self.compression == _JPEG and self.bits == 8 and self.samples == 3
        if self.photometric == LAB:
            return self.bits == 16 and self.alpha is None
        if self.photometric == ICC_LAB:
            return self.alpha is None
        return self.photometric != PALETTE or self.samples == 1

    def _depth_of_vips(self) -> bool:
        if self.sample_format == FLOAT:
            return self.bits in (16, 32) and self.photometric in _OF_ANY_RANGE
        if self.sample_format == SIGNED:
            return self.bits in (8, 16, 32) and self.photometric in _OF_ANY_RANGE
        if self.bits == 32:
            return self.photometric in _OF_ANY_RANGE
        if self.bits in (8, 16):
            return True
        return self.bits in (1, 2, 4) and self.samples == 1 and self.photometric in (*_GREY, PALETTE)

    def _planes_of_vips(self) -> bool:
        """Tell whether libvips puts planes together rightly: it does where they need no arithmetic, and in strips."""
        if not self.planar:
            return True
        if self.tiled:
            return False
        if self.samples == 1:
            return self.bits > 8 or self.sample_format == SIGNED
        halves = self.sample_format == FLOAT and self.bits == 16
        return self.photometric in (RGB, CMYK, ICC_LAB) and not halves

    def _divided_by_vips(self) -> bool:
        """Tell whether libvips divides premultiplied colours by the right number."""
        if self.sample_format == FLOAT:
            return self.photometric == RGB
        return self.sample_format == UNSIGNED and self.bits in (8, 16) and self.photometric in (BLACK_IS_ZERO, RGB)

    def check(self) -> None:
        """Refuse a kind that no decoder reads.

        Raises:
            ImageKindUnsupported: with what it is that is not read.
        """
        if self.pillow or self.vips:
            return
        if self.photometric in _CAMERA_RAW:
            raise ImageKindUnsupported("TIFF", "camera_raw")
        if self.compression not in _OF_PILLOW and self.compression not in _OF_LIBVIPS:
            raise ImageKindUnsupported("TIFF", "compression", str(self.compression))
        if not self.colours:
            raise ImageKindUnsupported("TIFF", "colours", str(self.photometric))
        number = {SIGNED: "int", FLOAT: "float"}.get(self.sample_format, "uint")
        planes = ", planar" if self.planar and self.samples > 1 else ""
        detail = f"photometric {self.photometric}, {self.samples} × {self.bits} bit {number}{planes}"
        raise ImageKindUnsupported("TIFF", "samples", f"{detail}, compression {self.compression}")


class TiffPicture(TiffImagePlugin.TiffImageFile):
    """A TIFF of any kind: Pillow's, except that a kind which Pillow has no mode for opens, and is not decoded by it."""

    kind: Kind

    def load(self) -> Any:
        """Decode the pixels.

        Raises:
            ImageKindUnsupported: Pillow does not read them, or not rightly.
        """
        if not self.kind.pillow:
            self.kind.check()
            raise ImageUndecodable("a kind of TIFF that is not Pillow's")
        return super().load()

    def _setup(self) -> None:
        opened = True
        try:
            self._set_up_with_libtiff()
        except (SyntaxError, KeyError):
            # What it could be is told by `kind`; its size is known all the same, unless the file is damaged.
            opened = False
            self._as_unknown()
        self.kind = _kind(self.tag_v2, opened)

    def _set_up_with_libtiff(self) -> None:
        """Have libtiff decode what Pillow's own decoder of uncompressed files gets wrong.

        That is what has planes: in 16 bits it takes two bytes for two samples. And YCbCr: it knows nothing of
        subsampling and of reference values. All compressed files go to libtiff, which finds the true compression
        itself, so it is enough to call these compressed, too.
        """
        tags, compression = self.tag_v2, self.tag_v2.get(TiffImagePlugin.COMPRESSION)
        planar = tags.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2
        luminance = tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == YCBCR
        if compression not in (None, _UNCOMPRESSED) or not (planar or luminance):
            super()._setup()
            return
        tags[TiffImagePlugin.COMPRESSION] = _DEFLATE
        try:
            super()._setup()
        finally:
            tags[TiffImagePlugin.COMPRESSION] = _UNCOMPRESSED
        self.info["compression"] = "raw"

    def _as_unknown(self) -> None:
        width, height = (self.tag_v2.get(tag) for tag in (TiffImagePlugin.IMAGEWIDTH, TiffImagePlugin.IMAGELENGTH))
        if not isinstance(width, int) or not isinstance(height, int):
            raise ImageUndecodable("a TIFF without a size")
        self._tile_size = width, height
        self._size = (height, width) if self.tag_v2.get(274) in (5, 6, 7, 8) else (width, height)
        self._mode = {1: "L", 4: "CMYK"}.get(_COLOURS.get(self.tag_v2.get(262, 0), 3), "RGB")
        self.tile, self.use_load_libtiff, self.palette = [], False, None
        if TiffImagePlugin.ICCPROFILE in self.tag_v2:
            self.info["icc_profile"] = self.tag_v2[TiffImagePlugin.ICCPROFILE]


def pages_of(image: TiffPicture, enough: int = _MOST_PAGES) -> list[int]:
    """List the frames that are pages; the picture is left at its first one.

    Thumbnails, masks and the infrared frames of film scanners are marked in each directory. Where nothing else is
    there, the largest of them is what there is to see.

    Args:
        image: an opened TIFF, at its first frame.
        enough: stop looking after this many.

    Raises:
        ImageKindUnsupported: there are only thumbnails, and the picture itself is where cameras put theirs.
    """
    pages: list[int] = []
    others: list[tuple[int, int]] = []
    raw = False
    for frame in range(_MOST_PAGES):
        try:
            image.seek(frame)
        except EOFError:
            break
        if _is_page(image):
            pages.append(frame)
            if len(pages) >= enough:
                break
        else:
            raw = raw or _SUBIFDS in image.tag_v2
            others.append((-image.width * image.height, frame))
    if not pages and raw:
        raise ImageKindUnsupported("TIFF", "camera_raw")
    pages = pages or [min(others)[1]]
    image.seek(pages[0])
    return pages


def _is_page(image: TiffPicture) -> bool:
    subfile = image.tag_v2.get(_SUBFILE, 0)
    reduced = image.tag_v2.get(_OLD_SUBFILE) == _OLD_REDUCED
    return not (reduced or image.kind.photometric == MASK or subfile & (_REDUCED | _IS_MASK))


def _kind(tags: Any, opened: bool) -> Kind:
    photometric = tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION, 0)
    if photometric == CMYK and tags.get(_INK_SET) == _NOT_CMYK:
        # Inks of other colours than these four.
        photometric, opened = -1, False
    bits = set(tags.get(TiffImagePlugin.BITSPERSAMPLE, (1,)))
    formats = set(tags.get(TiffImagePlugin.SAMPLEFORMAT, (UNSIGNED,)))
    sample_format = formats.pop() if len(formats) == 1 else 0
    return Kind(
        photometric=photometric,
        bits=bits.pop() if len(bits) == 1 else 0,
        sample_format=UNSIGNED if sample_format == _UNDEFINED else sample_format,
        planar=tags.get(TiffImagePlugin.PLANAR_CONFIGURATION, 1) == 2,
        tiled=TiffImagePlugin.TILEOFFSETS in tags,
        compression=tags.get(TiffImagePlugin.COMPRESSION, _UNCOMPRESSED),
        samples=tags.get(TiffImagePlugin.SAMPLESPERPIXEL, 1),
        extra=tuple(tags.get(TiffImagePlugin.EXTRASAMPLES, ())),
        big_endian=tags.prefix == TiffImagePlugin.MM,
        opened=opened,
    )
