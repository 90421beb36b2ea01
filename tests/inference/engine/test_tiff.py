"""A TIFF is its pages and no thumbnail or mask, its samples are what its tags say; what is not read is not damaged."""

from dataclasses import replace

import numpy
import pytest
from PIL import Image

from inference.engine import errors, images
from inference.engine.images import open_image, read_info
from tests.inference.tiffs import (
    BLACK_IS_ZERO,
    CMYK,
    DEFLATE,
    FLOAT,
    MASK,
    PALETTE,
    RGB,
    SIGNED,
    YCBCR,
    Kind,
    Samples,
    written,
    written_pages,
)

SUBFILE, OLD_SUBFILE, SUBIFDS, INK_SET, SUBSAMPLING, BITS = 254, 255, 330, 332, 530, 258
THUMBNAIL, OTHER_PAGE, TRANSPARENCY_MASK = (1,), (2,), (4,)
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def plain(width: int, height: int, *values: float) -> Samples:
    """Draw a picture of one colour."""
    return numpy.tile(numpy.array(values, dtype=float), (height, width, 1))


def halves(*left_and_right: tuple[float, ...]) -> Samples:
    """Draw a picture whose left half differs from its right half."""
    left, right = left_and_right
    return numpy.concatenate([plain(16, 16, *left), plain(16, 16, *right)], axis=1)


def left_and_right(picture: Image.Image) -> tuple[object, object]:
    return picture.getpixel((4, 8)), picture.getpixel((27, 8))


def marked(kind: Kind, **tags: tuple[int, ...]) -> Kind:
    return replace(kind, tags={int(number.removeprefix("t")): value for number, value in tags.items()})


GREY, COLOUR = Kind(BLACK_IS_ZERO), Kind(RGB)
SMALL, LARGE = plain(12, 8, 0.2), plain(60, 40, 0.6)


class TestWhatIsAPage:
    @pytest.mark.parametrize(
        "mark",
        [
            {SUBFILE: THUMBNAIL}, {SUBFILE: TRANSPARENCY_MASK}, {SUBFILE: (5,)}, {SUBFILE: (65537,)},
            {OLD_SUBFILE: OTHER_PAGE},
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("first", [True, False])
    def test_thumbnails_masks_and_infrared_frames_are_none(self, mark: dict[int, tuple[int, ...]], first: bool) -> None:
        other, page = (replace(GREY, tags=mark), SMALL), (GREY, LARGE)

        content = written_pages([other, page] if first else [page, other])

        info = read_info(content)
        assert (info.width, info.height, info.pages) == (60, 40, 1)
        assert open_image(content).size == (60, 40)
        with pytest.raises(errors.ImagePageMissing):
            open_image(content, page=1)

    def test_a_transparency_mask_is_none_without_any_mark(self) -> None:
        content = written_pages([(Kind(MASK, bits=1), SMALL), (GREY, LARGE)])

        assert (read_info(content).pages, open_image(content).size) == (1, (60, 40))

    def test_pages_are_counted_without_what_stands_between_them(self) -> None:
        thumbnail = (replace(GREY, tags={SUBFILE: THUMBNAIL}), SMALL)
        later = (replace(GREY, tags={SUBFILE: OTHER_PAGE}), plain(30, 20, 0.8))

        content = written_pages([thumbnail, (GREY, LARGE), thumbnail, later])

        assert read_info(content).pages == 2
        assert [open_image(content, page=page).size for page in (0, 1)] == [(60, 40), (30, 20)]

    def test_a_file_of_thumbnails_shows_the_largest(self) -> None:
        mark = {SUBFILE: THUMBNAIL}

        content = written_pages([(replace(GREY, tags=mark), SMALL), (replace(GREY, tags=mark), LARGE)])

        assert (read_info(content).pages, open_image(content).size) == (1, (60, 40))

    def test_the_preview_of_a_camera_s_raw_file_is_not_taken_for_its_picture(self) -> None:
        content = written(replace(GREY, tags={SUBFILE: THUMBNAIL, SUBIFDS: (8,)}), SMALL)

        with pytest.raises(errors.ImageKindUnsupported) as caught:
            open_image(content)

        assert caught.value.params["what"] == "camera_raw"

    def test_a_page_of_a_kind_that_is_not_read_leaves_the_others_readable(self) -> None:
        odd = (Kind(BLACK_IS_ZERO, bits=14), SMALL)

        content = written_pages([(GREY, LARGE), odd])

        assert open_image(content).size == (60, 40)
        with pytest.raises(errors.ImageKindUnsupported):
            open_image(content, page=1)

    def test_what_the_pages_after_a_thumbnail_claim_is_checked_too(self) -> None:
        content = written_pages([(replace(GREY, tags={SUBFILE: THUMBNAIL}), SMALL), (GREY, LARGE)])

        for look in (open_image, read_info):
            with pytest.raises(errors.ImageTooLarge):
                look(content, max_pixels=1000)

    def test_a_page_is_found_from_its_number_at_any_size(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(images, "LARGE_PIXELS", 100)
        content = written_pages(
            [(replace(GREY, tags={SUBFILE: THUMBNAIL}), plain(60, 40, 0)), (GREY, plain(60, 40, 1))]
        )

        assert open_image(content, reduce_to=10).getpixel((5, 5)) == WHITE


class TestWhatSamplesMean:
    @pytest.mark.parametrize("order", "<>")
    @pytest.mark.parametrize("tiled", [False, True])
    def test_planes_of_sixteen_bits_without_compression_are_no_stripes(self, order: str, tiled: bool) -> None:
        colour = Kind(RGB, bits=16, planar=2, order=order, tiled=tiled)
        inks = Kind(CMYK, bits=16, planar=2, order=order, tiled=tiled)

        assert left_and_right(open_image(written(colour, halves((0, 0, 0), (1, 1, 1))))) == (BLACK, WHITE)
        assert left_and_right(open_image(written(inks, halves((0, 0, 0, 1), (0, 0, 0, 0))))) == (BLACK, WHITE)

    @pytest.mark.parametrize("bits", [8, 16])
    @pytest.mark.parametrize("large", [False, True])
    def test_infrared_and_spot_colours_are_no_transparency(
        self, bits: int, large: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(images, "LARGE_PIXELS", 100 if large else 50_000_000)
        film = written(Kind(RGB, bits, extra=(0,)), halves((0, 0, 0, 0.2), (1, 1, 1, 0.2)))
        spot = written(Kind(CMYK, bits, extra=(0,)), halves((0, 0, 0, 1, 0.2), (0, 0, 0, 0, 0.2)))

        for content in (film, spot):
            picture = open_image(content, reduce_to=4).resize((32, 16), Image.Resampling.NEAREST)
            assert left_and_right(picture) == (BLACK, WHITE)

    @pytest.mark.parametrize("bits", [1, 2, 4, 8])
    def test_bits_that_stand_the_other_way_round_are_read_at_both_sizes(
        self, bits: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(images, "LARGE_PIXELS", 100)
        content = written(Kind(BLACK_IS_ZERO, bits, fill_order=2), halves((0.2,), (1,)))

        whole, reduced = open_image(content), open_image(content, reduce_to=4)

        assert left_and_right(whole) == left_and_right(reduced.resize((32, 16), Image.Resampling.NEAREST))
        assert left_and_right(whole)[1] == WHITE

    def test_a_fourth_sample_without_any_mark_is_transparency(self) -> None:
        picture = open_image(written(COLOUR, halves((0, 0, 0, 0), (0, 0, 0, 1))))

        assert left_and_right(picture) == (WHITE, BLACK)

    @pytest.mark.parametrize("compression", [1, DEFLATE])
    def test_luminance_and_chrominance_are_shared_as_the_file_says(self, compression: int) -> None:
        kind = Kind(YCBCR, compression=compression, tags={SUBSAMPLING: (2, 2)})

        left, right = left_and_right(open_image(written(kind, halves((0.3, 0.33, 1.0), (1.0, 0.502, 0.502)))))

        assert isinstance(left, tuple)
        assert left[0] > 240
        assert max(left[1:]) < 20
        assert right == WHITE

    def test_whole_numbers_of_32_bits_keep_their_halves_in_place(self) -> None:
        values = numpy.linspace(0, 1, 32)[None, :, None].repeat(16, 0)

        picture = open_image(written(Kind(BLACK_IS_ZERO, bits=32), values))

        line = [picture.getpixel((x, 8)) for x in range(32)]
        assert line == sorted(line)  # type: ignore[type-var]
        assert (line[0], line[-1]) == (BLACK, WHITE)

    def test_values_below_zero_are_black_and_not_white(self) -> None:
        kind = Kind(BLACK_IS_ZERO, bits=8, sample_format=SIGNED)

        assert left_and_right(open_image(written(kind, halves((-1,), (1,))))) == (BLACK, WHITE)

    @pytest.mark.parametrize("top", [1.0, 255.0, 65535.0, 1e6])
    @pytest.mark.parametrize("bits", [16, 32])
    def test_floating_point_colours_tell_their_range_themselves(self, top: float, bits: int) -> None:
        top = min(top, 65504.0) if bits == 16 else top  # the greatest that there is

        picture = open_image(written(Kind(RGB, bits, FLOAT), halves((0, 0, 0), (top, top, top))))

        left, right = left_and_right(picture)
        assert left == BLACK
        assert isinstance(right, tuple)
        assert min(right) >= 254

    def test_floating_point_colours_without_a_range_are_refused(self) -> None:
        content = written(Kind(RGB, 32, FLOAT), plain(32, 16, 0.0, 1.0, float("inf")))

        with pytest.raises(errors.ImageUndecodable):
            open_image(content)

    def test_a_palette_of_sixteen_bits_is_read(self) -> None:
        picture = open_image(written(Kind(PALETTE, bits=16), halves((0,), (1,))))

        # The palette of these tests goes from green to red.
        assert left_and_right(picture) in (((0, 255, 0), (255, 0, 127)), ((0, 255, 0), (255, 0, 128)))

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_what_only_libvips_reads_comes_out_upright_with_its_size(self, orientation: int) -> None:
        kind = Kind(BLACK_IS_ZERO, bits=16, extra=(2,), tags={274: (orientation,)})
        upright = Kind(BLACK_IS_ZERO, bits=8, tags={274: (orientation,)})
        values = halves((0,), (1,))
        with_alpha = numpy.concatenate([values, numpy.ones_like(values)], axis=2)

        picture, info = open_image(written(kind, with_alpha)), read_info(written(kind, with_alpha))

        assert picture.tobytes() == open_image(written(upright, values)).tobytes()
        assert picture.size == (info.width, info.height)


class TestWhatIsNotRead:
    @pytest.mark.parametrize(
        ("kind", "what"),
        [
            (Kind(32803, bits=16), "camera_raw"),
            (Kind(34892, bits=16), "camera_raw"),
            (Kind(10), "colours"),
            (Kind(32845), "colours"),
            (Kind(CMYK, tags={INK_SET: (2,)}), "colours"),
            (Kind(RGB, tags={259: (34712,)}), "compression"),
            (Kind(RGB, bits=12), "samples"),
            (Kind(RGB, bits=8, extra=(0,) * 40), "samples"),
            (Kind(BLACK_IS_ZERO, bits=64, sample_format=FLOAT), "samples"),
        ],
    )
    def test_it_is_told_by_what_it_is_and_never_as_damaged(self, kind: Kind, what: str) -> None:
        count = {CMYK: 4, BLACK_IS_ZERO: 1, 32803: 1}.get(kind.photometric, 3)
        content = written(kind, plain(32, 16, *[0.5] * (count + len(kind.extra))))

        for look in (open_image, read_info):
            with pytest.raises(errors.ImageKindUnsupported) as caught:
                look(content)
            assert caught.value.params["what"] == what

    def test_half_of_a_file_of_any_kind_is_damaged(self) -> None:
        noise = numpy.random.default_rng(1).random((64, 64, 2))
        content = written(Kind(BLACK_IS_ZERO, bits=16, extra=(2,)), noise)
        # The directory stands at the end; what is missing are the pixels before it.
        place = content.index(content[8:40])
        hole = content[: place + 100]

        with pytest.raises(errors.ImageUndecodable):
            open_image(hole)

    def test_a_directory_without_a_size_is_damaged(self) -> None:
        content = bytearray(written(Kind(RGB, bits=12), plain(32, 16, 0, 0, 0)))
        directory = int.from_bytes(content[4:8], "little")
        content[directory + 2 : directory + 4] = b"\xff\xff"

        with pytest.raises(errors.ImageUndecodable):
            open_image(bytes(content))
