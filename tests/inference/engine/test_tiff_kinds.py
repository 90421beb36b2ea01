"""Two libraries decode TIFF: every kind that either opens comes out right at both sizes, or is refused as what it is.

The kinds are all photometric interpretations with colours × depths × planes × compressions × extra samples × byte
orders × strips or tiles. Of each a tiny picture is written and decoded twice: whole, as a small scan is, and reduced,
as one of over fifty megapixels.
"""

import itertools
from collections import Counter
from collections.abc import Iterator

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
SIZE = (WIDTH, HEIGHT)
COLOURS = {
    WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, CMYK: 4, YCBCR: 3, LAB: 3, ICC_LAB: 3,
}  # fmt: skip
DEPTHS = [(bits, UNSIGNED) for bits in (1, 2, 4, 6, 8, 10, 12, 14, 16, 24, 32, 64)]
DEPTHS += [(bits, SIGNED) for bits in (8, 16, 32)] + [(bits, FLOAT) for bits in (16, 32, 64)]
EXTRAS: list[tuple[int, ...]] = [(), (0,), (1,), (2,), (0, 0), (2, 0), (0, 2)]
COMPRESSIONS = [(NONE, 1), (LZW, 1), (DEFLATE, 1), (DEFLATE, 2), (PACKBITS, 1), (JPEG, 1)]
# Decoders take pains with these; of the other depths it is enough to see that they are read, or refused.
USUAL = (1, 8, 16)


@pytest.fixture(autouse=True)
def low_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty megapixels would take seconds to make, a thousand times over."""
    monkeypatch.setattr(images, "LARGE_PIXELS", 100)


def kinds(photometric: int) -> Iterator[Kind]:
    """Yield every kind of one photometric interpretation that can be written and is worth a look of its own."""
    for (bits, number), planar, (compression, predictor), extra, order, tiled in itertools.product(
        DEPTHS, (1, 2), COMPRESSIONS, EXTRAS, "<>", (False, True)
    ):
        kind = Kind(photometric, bits, number, planar, compression, extra, order, 1, predictor, tiled)
        if _can_be_written(kind) and _is_worth_a_look(kind):
            yield kind


def _can_be_written(kind: Kind) -> bool:
    eight = (kind.bits, kind.sample_format) == (8, UNSIGNED)
    if kind.compression == JPEG:
        lossy = kind.photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, CMYK, YCBCR)
        return eight and lossy and not kind.extra and (kind.planar == 1 or kind.photometric != YCBCR)
    if kind.predictor == 2 and (kind.bits not in (8, 16, 32) or kind.sample_format != UNSIGNED):
        return False
    return kind.photometric != PALETTE or (kind.bits <= 16 and kind.sample_format == UNSIGNED)


def _is_worth_a_look(kind: Kind) -> bool:
    if kind.order == ">" and kind.bits == 8:
        # The bytes of a sample have no order.
        return False
    if kind.extra and kind.bits not in (8, 16, 32):
        return False
    if kind.compression in (LZW, PACKBITS) and (kind.order == ">" or kind.extra or kind.bits not in USUAL):
        return False
    if kind.order == ">" and kind.predictor == 2:
        return False
    return not kind.tiled or (kind.extra in ((), (0,), (2,)) and (kind.compression, kind.order) == (DEFLATE, "<"))


def drawn(kind: Kind) -> Samples:
    """Draw gradients, each sample its own."""
    across = numpy.linspace(0, 1, WIDTH)[None, :].repeat(HEIGHT, 0)
    down = numpy.linspace(0, 1, HEIGHT)[:, None].repeat(WIDTH, 1)
    colours = [across, down, 1 - across, across / 4][: COLOURS[kind.photometric]]
    if kind.photometric in (LAB, ICC_LAB):
        # Within what a screen can show. The specification's Lab has signs, the profile's an offset.
        turn = 0.0 if kind.photometric == ICC_LAB else 0.5
        colours = [0.2 + 0.6 * across, (0.46 + 0.08 * down + turn) % 1, (0.46 + 0.08 * across + turn) % 1]
    if 1 in kind.extra:
        colours = [colour * (0.5 + down / 2) for colour in colours]
    return numpy.stack([*colours, *[0.5 + down / 2] * len(kind.extra)], axis=-1)


def right(kind: Kind) -> Image.Image:
    """Return what the picture has to look like, worked out without any decoder of TIFF."""
    samples = drawn(kind)
    colours, others = numpy.split(samples, [COLOURS[kind.photometric]], axis=2)
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
    if kind.photometric in (LAB, ICC_LAB):
        return _from_lab(kind, colours)
    if kind.photometric == PALETTE:
        colours = numpy.concatenate([colours, 1 - colours, colours / 2], axis=2)
    return _on_paper(kind, colours, others)


def _from_lab(kind: Kind, colours: Samples) -> Image.Image:
    values = numpy.rint(colours * 255).astype(numpy.uint8)
    if kind.photometric == ICC_LAB:
        # Pillow takes these bytes for numbers with a sign.
        values = values ^ numpy.array([0, 128, 128], dtype=numpy.uint8)
    elif kind.bits == 16:
        # 256 steps of a number with a sign are one of those that eight bits have.
        signed = numpy.rint(colours * 65535).astype(numpy.uint16).astype(numpy.int16)
        values[:, :, 1:] = numpy.rint(signed[:, :, 1:] / 256).astype(numpy.int8).astype(numpy.uint8)
    lab = Image.frombytes("LAB", SIZE, values.tobytes())
    converted = ImageCms.profileToProfile(
        lab, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    assert converted is not None
    return converted


def _on_paper(kind: Kind, colours: Samples, others: Samples) -> Image.Image:
    """Lay a picture on white, where any of its samples says how much of that can be seen."""
    transparency = next((place for place, mark in enumerate(kind.extra) if mark in (1, 2)), None)
    if transparency is not None:
        alpha = others[:, :, [transparency]]
        # Less of an ink is more of the paper.
        colours = colours * alpha + (0 if kind.photometric == CMYK else 1 - alpha)
    values = numpy.rint(colours * 255).astype(numpy.uint8)
    mode = {YCBCR: "YCbCr", CMYK: "CMYK"}.get(kind.photometric, "L" if values.shape[2] == 1 else "RGB")
    return Image.frombytes(mode, SIZE, values.tobytes()).convert("RGB")


def apart(first: Image.Image, second: Image.Image) -> int:
    """Return by how much two pictures differ where they differ most."""
    assert first.size == second.size
    one, other = (numpy.asarray(picture, dtype=int) for picture in (first, second))
    return int(abs(one - other).max())


def most_apart(kind: Kind) -> int:
    """Return by how much a picture may differ from the truth: JPEG changes values even at its best, inks multiply."""
    return 6 if kind.compression == JPEG else 3 if kind.photometric == CMYK else 2


def shrunk(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return picture if picture.size == size else picture.resize(size, Image.Resampling.BOX)


def refusal(kind: Kind, content: bytes) -> str:
    """Return as what a kind is refused, whoever asks; empty where it is not."""
    told = set()
    for look in (open_image, images.read_info):
        try:
            look(content)
        except errors.ImageKindUnsupported as error:
            told.add(error.params["what"])
        else:
            told.add("")
    (what,) = told
    return str(what)


READ_AND_REFUSED = {
    WHITE_IS_ZERO: (332, 294), BLACK_IS_ZERO: (362, 264), RGB: (441, 185), PALETTE: (82, 136), CMYK: (409, 217),
    YCBCR: (15, 610), LAB: (28, 596), ICC_LAB: (64, 560),
}  # fmt: skip
"""How many kinds there are; whoever changes the table of decoders sees here what it does to them."""


@pytest.mark.parametrize("photometric", COLOURS)
def test_each_kind_is_right_at_both_sizes_or_refused_as_what_it_is(photometric: int) -> None:
    counted: Counter[str] = Counter()
    wrong = []
    for kind in kinds(photometric):
        content = written(kind, drawn(kind))
        what = refusal(kind, content)
        counted["refused" if what else "read"] += 1
        if what:
            with pytest.raises(errors.ImageKindUnsupported):
                open_image(content, reduce_to=TO)
            assert what == "samples"
            continue
        whole, reduced = open_image(content), open_image(content, reduce_to=TO)
        from_truth, between = apart(whole, right(kind)), apart(reduced, shrunk(whole, reduced.size))
        if from_truth > most_apart(kind) or between > 2:
            wrong.append((kind, from_truth, between))

    assert wrong == []
    assert (counted["read"], counted["refused"]) == READ_AND_REFUSED[photometric]
