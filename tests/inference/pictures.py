"""Encoded pictures for tests, some written by hand because Pillow reads but does not write them."""

import io
import struct
import zlib
from typing import Any

from PIL import Image


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def halves(left: object, right: object, mode: str = "RGB", size: tuple[int, int] = (64, 32)) -> Image.Image:
    """Draw a picture whose left half differs from its right half."""
    picture = Image.new(mode, size, left)  # type: ignore[arg-type]
    picture.paste(right, (size[0] // 2, 0, *size))  # type: ignore[arg-type]
    return picture


def png_chunks(*, width: int, height: int, depth: int, colour: int, rows: list[bytes]) -> bytes:
    """Write a PNG by hand, for headers that Pillow would not write."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def tiff_grey(*, bits: int, photometric: int, values: list[int]) -> bytes:
    """Write an uncompressed TIFF of one row by hand, for kinds of grey that Pillow reads but does not write."""
    packed = sum(value << (bits * (len(values) - 1 - place)) for place, value in enumerate(values))
    row = packed.to_bytes(bits * len(values) // 8) if bits % 8 else b"".join(v.to_bytes(2, "little") for v in values)
    tags = [
        (256, 3, len(values)), (257, 3, 1), (258, 3, bits), (259, 3, 1), (262, 3, photometric),
        (273, 4, 8 + 2 + 9 * 12 + 4), (277, 3, 1), (278, 3, 1), (279, 4, len(row)),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + b"\0\0\0\0" + row
