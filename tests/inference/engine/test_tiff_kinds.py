"""Two libraries decode TIFF. Every kind that either of them opens comes out right, at both sizes, or is refused as what
it is."""

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy
import pytest
from PIL import Image, ImageCms

from inference.engine import errors, images
from inference.engine.images import open_image
from tests.inference.tiffs import (
    BLACK_IS_ZERO,
    CMYK,
    DEFLATE,
    FLOAT,
    ICC_LAB,
    JPEG,
    LAB,
    LZW,
    NONE,
    PACKBITS,
    PALETTE,
    RGB,
    SIGNED,
    UNSIGNED,
    WHITE_IS_ZERO,
    YCBCR,
    Kind,
    Samples,
    written,
)

WIDTH, HEIGHT, TO = 32, 16, 4
COLOURS = {
    WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, CMYK: 4, YCBCR: 3, LAB: 3, ICC_LAB: 3,
}  # fmt: skip
DEPTHS = [(bits, UNSIGNED) for bits in (1, 2, 4, 6, 8, 10, 12, 14, 16, 24, 32, 64)]
DEPTHS += [(bits, SIGNED) for bits in (8, 16, 32)] + [(bits, FLOAT) for bits in (16, 32, 64)]
EXTRAS: list[tuple[int, ...]] = [(), (0,), (1,), (2,), (0, 0), (2, 0), (0, 2)]
COMPRESSIONS = [(NONE, 1), (LZW, 1), (DEFLATE, 1), (DEFLATE, 2), (PACKBITS, 1), (JPEG, 1)]
# What no library reads is as unreadable with more samples in it.
WITH_EXTRAS = (8, 16, 32)


@pytest.fixture(autouse=True)
def low_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty megapixels would take seconds to make, a thousand times over."""
    monkeypatch.setattr(images, "LARGE_PIXELS", 100)


def kinds(photometric: int) -> Iterator[Kind]:
    """Yield every kind of one photometric interpretation that can be written."""
    for (bits, number), planar, (compression, predictor), extra, order, tiled in itertools.product(
        DEPTHS, (1, 2), COMPRESSIONS, EXTRAS, "<>", (False, True)
    ):
        if extra and bits not in WITH_EXTRAS:
            continue
        if order == ">" and bits == 8:
            # The bytes of a sample have no order.
            continue
        if tiled and (bits == 64 or extra not in ((), (0,), (2,)) or compression not in (NONE, DEFLATE)):
            continue
        if predictor == 2 and (bits not in (8, 16, 32) or number != UNSIGNED):
            continue
        if compression == JPEG and ((bits, number) != (8, UNSIGNED) or extra or photometric in (PALETTE, LAB, ICC_LAB)):
            continue
        if bits not in (8, 16) and compression in (LZW, PACKBITS) and bits != 1:
            continue
        if (order == ">" or extra) and compression in (LZW, PACKBITS):
            continue
        if compression == JPEG and photometric == YCBCR and planar == 2:
            continue
        if photometric == PALETTE and (bits > 16 or number != UNSIGNED):
            continue
        yield Kind(photometric, bits, number, planar, compression, extra, order, 1, predictor, tiled)


def drawn(kind: Kind) -> Samples:
    """Draw gradients, each sample its own."""
    across = numpy.linspace(0, 1, WIDTH)[None, :].repeat(HEIGHT, 0)
    down = numpy.linspace(0, 1, HEIGHT)[:, None].repeat(WIDTH, 1)
    colours = [across, down, 1 - across, across / 4][: COLOURS[kind.photometric]]
    if kind.photometric in (LAB, ICC_LAB):
        # Within what a screen can show. The specification's Lab has signs, the profile's an offset.
        a, b = 0.46 + 0.08 * down, 0.46 + 0.08 * across
        turn = 0.0 if kind.photometric == ICC_LAB else 0.5
        colours = [0.2 + 0.6 * across, (a + turn) % 1, (b + turn) % 1]
    if 1 in kind.extra:
        colours = [colour * (0.5 + down / 2) for colour in colours]
    return numpy.stack([*colours, *[0.5 + down / 2] * len(kind.extra)], axis=-1)


def right(kind: Kind) -> Image.Image:
    """Return what the picture has to look like, worked out without any decoder of TIFF."""
    samples = drawn(kind)
    count = COLOURS[kind.photometric]
    colours, others = samples[:, :, :count], samples[:, :, count:]
    if 1 in kind.extra:
        colours = colours / others[:, :, :1]
    if kind.bits < 8:
        top = (1 << kind.bits) - 1
        colours = numpy.rint(colours * top) / top
    if kind.sample_format == SIGNED and kind.bits <= 16:
        # Half of the range is below zero, and nothing of this picture is.
        colours = colours / 2
    if kind.photometric == WHITE_IS_ZERO:
        colours = 1 - colours
    values = numpy.rint(colours * 255).astype(numpy.uint8)
    if kind.photometric == LAB and kind.bits == 16:
        # 256 steps of a number with a sign are one of those that eight bits have.
        signed = numpy.rint(colours * 65535).astype(numpy.uint16).astype(numpy.int16)
        values[:, :, 1:] = numpy.rint(signed[:, :, 1:] / 256).astype(numpy.int8).astype(numpy.uint8)
    size = (WIDTH, HEIGHT)
    if kind.photometric == PALETTE:
        places = colours[:, :, 0]
        values = numpy.rint(255 * numpy.stack([places, 1 - places, places / 2], axis=-1)).astype(numpy.uint8)
    if kind.photometric in (LAB, ICC_LAB):
        if kind.photometric == ICC_LAB:
            # Pillow takes these bytes for numbers with a sign.
            values = values ^ numpy.array([0, 128, 128], dtype=numpy.uint8)
        profile, srgb = (ImageCms.createProfile(name) for name in ("LAB", "sRGB"))  # type: ignore[arg-type]
        lab = Image.frombytes("LAB", size, values.tobytes())
        converted = ImageCms.profileToProfile(lab, profile, srgb, outputMode="RGB")
        assert converted is not None
        return converted
    mode = {PALETTE: "RGB", YCBCR: "YCbCr", CMYK: "CMYK"}.get(kind.photometric, {1: "L", 3: "RGB"}.get(count, ""))
    marks = [place for place, mark in enumerate(kind.extra) if mark in (1, 2)]
    if marks and kind.photometric == CMYK:
        values = numpy.rint(values * others[:, :, marks[:1]]).astype(numpy.uint8)
    picture = Image.frombytes(mode, size, values.tobytes()).convert("RGB")
    if marks and kind.photometric != CMYK:
        alpha = numpy.rint(others[:, :, marks[0]] * 255).astype(numpy.uint8)
        paper = Image.new("RGB", size, "white")
        paper.paste(picture, mask=Image.frombytes("L", size, alpha.tobytes()))
        return paper
    return picture


def apart(first: Image.Image, second: Image.Image) -> int:
    """Return by how much two pictures differ where they differ most."""
    assert first.size == second.size
    one, other = (numpy.asarray(picture, dtype=int) for picture in (first, second))
    return int(abs(one - other).max())


def shrunk(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return picture if picture.size == size else picture.resize(size, Image.Resampling.BOX)


def outcome(kind: Kind) -> tuple[str, Any]:
    """Return what becomes of one kind: whether it is read, and by how much its sizes differ or why it is refused."""
    content = written(kind, drawn(kind))
    try:
        whole = open_image(content)
    except errors.ImageKindUnsupported as error:
        with pytest.raises(errors.ImageKindUnsupported) as again:
            open_image(content, reduce_to=TO)
        with pytest.raises(errors.ImageKindUnsupported):
            images.read_info(content)
        assert again.value.params == error.params
        return "refused", error.params["what"]
    reduced = open_image(content, reduce_to=TO)
    wanted = right(kind)
    wrong = apart(whole, wanted)
    between = apart(reduced, shrunk(whole, reduced.size))
    return "read", (wrong, between)


LOSSY = 6
"""JPEG changes values even at its best."""


@pytest.mark.parametrize("photometric", COLOURS)
def test_each_kind_is_right_at_both_sizes_or_refused_as_what_it_is(photometric: int) -> None:
    counted: Counter[str] = Counter()
    wrong = []
    for kind in kinds(photometric):
        told, detail = outcome(kind)
        counted[told] += 1
        if told == "refused":
            if detail != "samples":
                wrong.append((kind, detail))
            continue
        from_truth, between = detail
        if from_truth > (LOSSY if kind.compression == JPEG else 2) or between > 2:
            wrong.append((kind, detail))

    print(dict(counted))
    assert wrong == []
