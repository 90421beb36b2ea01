"""TIFF files written by hand, of every kind that the specification allows: most of them no library writes."""

import io
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy
from PIL import Image

Samples = numpy.ndarray[Any, numpy.dtype[numpy.float64]]

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, MASK, CMYK, YCBCR, LAB, ICC_LAB = 0, 1, 2, 3, 4, 5, 6, 8, 9
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
NONE, LZW, JPEG, DEFLATE, PACKBITS = 1, 5, 7, 8, 32773
_CLEAR, _END_OF_INFORMATION = 256, 257


@dataclass(frozen=True, slots=True)
class Kind:
    """How the samples of a picture are written.

    Attributes:
        photometric: what they mean (tag 262).
        bits: of one sample.
        sample_format: whole numbers, whole numbers with a sign, or floating point (tag 339).
        planar: 1 for pixel after pixel, 2 for sample after sample (tag 284).
        compression: tag 259.
        extra: what the samples after the colours are (tag 338).
        order: the byte order, as `struct` writes it.
        fill_order: 2 where the bits of a byte stand the other way round (tag 266).
        predictor: 2 where differences are stored (tag 317).
        tiled: whether in tiles of 16 × 16 and not in strips of eight rows.
        tags: more of them, of type SHORT, or LONG where they need it: values by number.
    """

    photometric: int
    bits: int = 8
    sample_format: int = UNSIGNED
    planar: int = 1
    compression: int = NONE
    extra: tuple[int, ...] = ()
    order: str = "<"
    fill_order: int = 1
    predictor: int = 1
    tiled: bool = False
    tags: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


def written(kind: Kind, samples: Samples) -> bytes:
    """Write a TIFF of one picture.

    Args:
        kind: how.
        samples: rows × columns × samples, from 0 to 1; of a palette, places from 0 to 1.
    """
    return written_pages([(kind, samples)])


def written_pages(pages: list[tuple[Kind, Samples]]) -> bytes:
    """Write a TIFF of several pictures, each a directory of the main chain."""
    order = pages[0][0].order
    content = bytearray((b"II*\0" if order == "<" else b"MM\0*") + b"\0\0\0\0")
    link = 4
    for kind, samples in pages:
        kind = replace(kind, order=order)
        blocks = _blocks(kind, samples)
        places = []
        for block in blocks:
            places.append(len(content))
            content += block + b"\0" * (len(block) % 2)
        tags = _tags(kind, samples, places, [len(block) for block in blocks])
        values = {number: struct.pack(f"{order}{len(value)}{code}", *value) for number, (code, value) in tags.items()}
        struct.pack_into(f"{order}I", content, link, len(content))
        start = len(content) + 2 + 12 * len(tags) + 4
        entries, behind = bytearray(), bytearray()
        for number in sorted(tags):
            code, value = tags[number]
            packed = values[number]
            entries += struct.pack(f"{order}HHI", number, {"H": 3, "I": 4}[code], len(value))
            if len(packed) > 4:
                entries += struct.pack(f"{order}I", start + len(behind))
                behind += packed
            else:
                entries += packed.ljust(4, b"\0")
        content += struct.pack(f"{order}H", len(tags)) + entries
        link = len(content)
        content += b"\0\0\0\0" + behind
    return bytes(content)


def _tags(
    kind: Kind, samples: Samples, places: list[int], lengths: list[int]
) -> dict[int, tuple[str, tuple[int, ...]]]:
    height, width, count = samples.shape
    short: dict[int, tuple[int, ...]] = {
        256: (width,), 257: (height,), 258: (kind.bits,) * count, 259: (kind.compression,), 262: (kind.photometric,),
        266: (kind.fill_order,), 277: (count,), 284: (kind.planar,), 317: (kind.predictor,),
        339: (kind.sample_format,) * count,
    }  # fmt: skip
    if kind.extra:
        short[338] = kind.extra
    if kind.photometric == PALETTE:
        ramp = numpy.linspace(0, 65535, 1 << kind.bits).astype(int)
        short[320] = (*ramp.tolist(), *ramp[::-1].tolist(), *(ramp // 2).tolist())
    if kind.photometric == YCBCR:
        short[530] = (1, 1)
    if kind.tiled:
        short |= {322: (16,), 323: (16,)}
    else:
        short[278] = (8,)
    short |= kind.tags
    tags = {number: ("I" if max(value) > 65535 else "H", value) for number, value in short.items()}
    where, how_long = (324, 325) if kind.tiled else (273, 279)
    return {**tags, where: ("I", tuple(places)), how_long: ("I", tuple(lengths))}


def _blocks(kind: Kind, samples: Samples) -> list[bytes]:
    """Cut a picture into strips or tiles, of one plane after the other where it has planes, and encode them."""
    planes = [samples] if kind.planar == 1 else [samples[:, :, [number]] for number in range(samples.shape[2])]
    height, width, _count = samples.shape
    across = 16 if kind.tiled else width
    down = 16 if kind.tiled else 8
    blocks = []
    for plane in planes:
        for y in range(0, height, down):
            for x in range(0, width, across):
                block = plane[y : y + down, x : x + across]
                if kind.tiled:
                    missing = ((0, 16 - block.shape[0]), (0, 16 - block.shape[1]), (0, 0))
                    block = numpy.pad(block, missing, mode="edge")
                blocks.append(_encoded(kind, block))
    return blocks


def _encoded(kind: Kind, block: Samples) -> bytes:
    if kind.compression == JPEG:
        return _jpeg(kind, block)
    values = _quantised(kind, block)
    if kind.photometric == YCBCR and kind.tags.get(530) == (2, 2):
        raw = _subsampled(values)
    else:
        raw = b"".join(_packed(kind, row) for row in values)
    if kind.fill_order == 2:
        raw = bytes(int(f"{byte:08b}"[::-1], 2) for byte in raw)
    if kind.compression == DEFLATE:
        return zlib.compress(raw)
    return {LZW: _lzw, PACKBITS: _packbits}.get(kind.compression, bytes)(raw)


def _subsampled(values: Any) -> bytes:
    """Write four values of luminance, and then the two of chrominance that they share."""
    raw = bytearray()
    for y in range(0, values.shape[0], 2):
        for x in range(0, values.shape[1], 2):
            four = values[y : y + 2, x : x + 2]
            raw += bytes([*four[:, :, 0].reshape(-1).tolist(), *four[0, 0, 1:].tolist()])
    return bytes(raw)


def _quantised(kind: Kind, block: Samples) -> Any:
    if kind.sample_format == FLOAT:
        return block
    top = (1 << kind.bits) - 1 if kind.sample_format == UNSIGNED else (1 << (kind.bits - 1)) - 1
    values = numpy.array(numpy.rint(block * float(top)), dtype=object if kind.bits == 64 else numpy.int64)
    if kind.bits == 64:
        values = numpy.vectorize(lambda value: min(int(value), top), otypes=[object])(values)
    if kind.predictor == 2:
        values = numpy.concatenate([values[:, :1], values[:, 1:] - values[:, :-1]], axis=1) % (1 << kind.bits)
    return values


def _packed(kind: Kind, row: Any) -> bytes:
    if kind.sample_format == FLOAT:
        return bytes(row.astype(f"{kind.order}f{kind.bits // 8}").tobytes())
    if kind.bits in (8, 16, 32, 64):
        modulo = numpy.array(row % (1 << kind.bits), dtype=f"{kind.order}u{kind.bits // 8}")
        return modulo.tobytes()
    if kind.bits == 24:
        return b"".join(int(v).to_bytes(3, "little" if kind.order == "<" else "big") for v in row.reshape(-1))
    places = numpy.arange(kind.bits - 1, -1, -1)
    return numpy.packbits((row.reshape(-1, 1) >> places & 1).astype(numpy.uint8).reshape(-1)).tobytes()


def _lzw(raw: bytes) -> bytes:
    """Encode without ever using a sequence, and clear the table before it would need longer codes."""
    codes = [_CLEAR]
    for place in range(0, len(raw), 250):
        codes += [*raw[place : place + 250], _CLEAR]
    codes.append(_END_OF_INFORMATION)
    bits = "".join(f"{code:09b}" for code in codes)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8)


def _packbits(raw: bytes) -> bytes:
    pieces = [raw[place : place + 128] for place in range(0, len(raw), 128)]
    return b"".join(bytes([len(piece) - 1]) + piece for piece in pieces)


def _jpeg(kind: Kind, block: Samples) -> bytes:
    values = numpy.rint(block * 255).astype(numpy.uint8)
    mode = {1: "L", 3: "RGB", 4: "CMYK"}[values.shape[2]]
    if mode == "CMYK":
        # Pillow turns inks round on their way into a JPEG, as Photoshop does; a TIFF has them as they are.
        values = 255 - values
    picture = Image.fromarray(values[:, :, 0] if mode == "L" else values, mode)
    if kind.photometric == YCBCR:
        picture = Image.frombytes("YCbCr", picture.size, picture.tobytes())
    stream = io.BytesIO()
    options = {"keep_rgb": True} if kind.photometric == RGB else {}
    picture.save(stream, "JPEG", quality=100, subsampling=0, **options)
    return stream.getvalue()
