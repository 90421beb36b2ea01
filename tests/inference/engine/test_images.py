"""Every kind of picture that comes in arrives upright, in 8-bit RGB; everything else is refused by name."""

import math
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from inference.engine import errors, images, sizes
from tests.inference.pictures import encoded, halves, png_chunks, tiff_grey

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def left_and_right(image: Image.Image) -> tuple[tuple[int, ...], tuple[int, ...]]:
    x, y = image.width // 4, image.height // 2
    left, right = image.getpixel((x, y)), image.getpixel((image.width - 1 - x, y))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    return left, right


def close(pixel: tuple[int, ...], wanted: tuple[int, ...], by: int = 12) -> bool:
    return all(abs(a - b) <= by for a, b in zip(pixel, wanted, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF", "JPEG2000"])
def test_colours_survive_in_every_format(kind: str) -> None:
    picture = images.open_image(encoded(halves(RED, BLUE), kind))

    assert (picture.mode, picture.size) == ("RGB", (64, 32))
    left, right = left_and_right(picture)
    assert close(left, RED)
    assert close(right, BLUE)


def test_heic_from_a_telephone_is_read() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    data = encoded(halves(RED, BLUE, size=(128, 64)), "HEIF", quality=95)

    picture = images.open_image(data)

    assert (picture.mode, picture.size) == ("RGB", (128, 64))
    assert close(left_and_right(picture)[0], RED, by=25)
    assert images.read_info(data).format == "HEIF"


def test_a_turned_heic_comes_out_upright() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[274] = 6  # a telephone held upright: to be turned a quarter to the right
    stored = halves(RED, BLUE, size=(128, 64))
    data = encoded(stored, "HEIF", quality=95, exif=exif.tobytes())

    picture = images.open_image(data)

    assert picture.size == (64, 128)
    upper, lower = picture.getpixel((32, 20)), picture.getpixel((32, 108))
    assert isinstance(upper, tuple)
    assert isinstance(lower, tuple)
    assert close(upper, RED, by=25)
    assert close(lower, BLUE, by=25)
    info = images.read_info(data)
    assert (info.width, info.height) == (64, 128)


def test_a_file_is_read_like_its_bytes(tmp_path: Path) -> None:
    data = encoded(halves(RED, BLUE), "PNG")
    path = tmp_path / "扫描 1.png"
    path.write_bytes(data)

    assert images.open_image(path).tobytes() == images.open_image(data).tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_exif_orientation_is_applied_once(kind: str, orientation: int) -> None:
    upright = Image.new("RGB", (64, 32), WHITE)
    upright.paste(RED, (0, 0, 32, 16))  # red in the upper left quarter
    undo = {2: 0, 3: 1 + 2, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = upright.transpose(Image.Transpose(undo[orientation])) if orientation > 1 else upright
    if orientation == 3:
        stored = upright.transpose(Image.Transpose.ROTATE_180)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(stored, kind, exif=exif, **({"quality": 95} if kind in ("JPEG", "WEBP") else {}))

    picture = images.open_image(data)

    assert picture.size == (64, 32)
    assert close(picture.getpixel((8, 4)), RED, by=20)  # type: ignore[arg-type]
    assert close(picture.getpixel((56, 28)), WHITE, by=20)  # type: ignore[arg-type]
    info = images.read_info(data)
    assert (info.width, info.height) == (64, 32)
    again = images.open_image(encoded(picture, "JPEG", exif=picture.getexif()))
    assert again.size == (64, 32)


def test_cmyk_is_not_inverted() -> None:
    # A JPEG in CMYK carries Adobe's mark and stores its inks inverted.
    data = encoded(halves((0, 255, 255, 0), (255, 255, 0, 0), mode="CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data

    left, right = left_and_right(images.open_image(data))

    assert close(left, RED)
    assert close(right, BLUE)


def test_cmyk_with_a_broken_profile_is_still_read() -> None:
    data = encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "TIFF", icc_profile=b"no profile at all")

    assert close(left_and_right(images.open_image(data))[0], RED)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_and_not_clipped(kind: str) -> None:
    picture = Image.new("I;16", (256, 4))
    for x in range(256):
        for y in range(4):
            picture.putpixel((x, y), x * 257)

    opened = images.open_image(encoded(picture, kind))

    assert [opened.getpixel((x, 2)) for x in range(256)] == [(x, x, x) for x in range(256)]


def test_sixteen_bit_grey_with_white_as_zero_is_inverted() -> None:
    opened = images.open_image(tiff_grey(bits=16, photometric=0, values=[0, 65535]))

    assert [opened.getpixel((x, 0)) for x in range(2)] == [(255, 255, 255), (0, 0, 0)]


def test_twelve_bit_grey_fills_the_whole_range() -> None:
    opened = images.open_image(tiff_grey(bits=12, photometric=1, values=[0, 4095]))

    assert [opened.getpixel((x, 0)) for x in range(2)] == [(0, 0, 0), (255, 255, 255)]


def test_whole_number_grey_of_32_bits_is_stretched() -> None:
    picture = Image.new("I", (2, 1))
    picture.putpixel((0, 0), 0)
    picture.putpixel((1, 0), 2_000_000)

    opened = images.open_image(encoded(picture, "TIFF"))

    assert [opened.getpixel((x, 0)) for x in range(2)] == [(0, 0, 0), (255, 255, 255)]


def test_whole_number_grey_within_16_bits_keeps_its_exposure() -> None:
    opened = images.open_image(encoded(Image.new("I", (2, 1), 257 * 40), "TIFF"))

    assert opened.getpixel((0, 0)) == (40, 40, 40)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.0, 255.0), (0.0, 65535.0), (-3.0, 9.5), (1e6, 3e6)])
def test_floating_point_grey_is_scaled(low: float, high: float) -> None:
    picture = Image.new("F", (2, 1))
    picture.putpixel((0, 0), low)
    picture.putpixel((1, 0), high)

    opened = images.open_image(encoded(picture, "TIFF"))

    assert [opened.getpixel((x, 0)) for x in range(2)] == [(0, 0, 0), (255, 255, 255)]


def test_floating_point_grey_without_a_range_is_refused() -> None:
    with pytest.raises(errors.ImageUndecodable):
        images.open_image(encoded(Image.new("F", (2, 2), float("inf")), "TIFF"))


def test_sixteen_bit_colour_is_read() -> None:
    opened = images.open_image(png_chunks(width=2, height=1, depth=16, colour=2, rows=[b"\xff\xff\0\0\x80\x00" * 2]))

    assert opened.getpixel((0, 0)) in {(255, 0, 128), (255, 0, 127)}


def test_transparent_parts_become_white() -> None:
    glass = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    glass.paste((0, 0, 255, 255), (4, 0, 8, 8))

    left, right = left_and_right(images.open_image(encoded(glass, "PNG")))

    assert (left, right) == (WHITE, BLUE)


def test_grey_with_transparency_becomes_white() -> None:
    picture = images.open_image(encoded(Image.new("LA", (8, 8), (0, 0)), "PNG"))

    assert picture.getpixel((1, 1)) == WHITE


def test_a_palette_with_a_transparent_colour_becomes_white() -> None:
    palette = halves(0, 1, mode="P")
    palette.putpalette([255, 0, 0, 0, 0, 255])

    left, right = left_and_right(images.open_image(encoded(palette, "PNG", transparency=0)))

    assert (left, right) == (WHITE, BLUE)


def test_a_palette_with_graded_transparency_is_laid_on_white() -> None:
    palette = halves(0, 1, mode="P")
    palette.putpalette([255, 0, 0, 0, 0, 255])

    left, right = left_and_right(images.open_image(encoded(palette, "PNG", transparency=bytes([127, 255]))))

    assert close(left, (255, 128, 128), by=2)
    assert right == BLUE


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "GIF"])
def test_black_and_white_of_one_bit(kind: str) -> None:
    left, right = left_and_right(images.open_image(encoded(halves(0, 1, mode="1"), kind)))

    assert (left, right) == ((0, 0, 0), WHITE)


def test_fax_compressed_pages_are_read() -> None:
    left, right = left_and_right(images.open_image(encoded(halves(0, 1, mode="1"), "TIFF", compression="group4")))

    assert (left, right) == ((0, 0, 0), WHITE)


def test_lab_is_converted_by_colour_management() -> None:
    lab = Image.new("LAB", (8, 8), (255, 128, 128))

    assert close(left_and_right(images.open_image(encoded(lab, "TIFF")))[0], WHITE, by=4)


def test_an_animation_gives_its_first_frame() -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, BLUE)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])

    assert images.open_image(data).getpixel((3, 3)) == RED
    assert images.read_info(data).pages == 1


def test_every_page_of_a_tiff_can_be_opened() -> None:
    data = encoded(
        Image.new("RGB", (16, 16), RED), "TIFF", save_all=True, append_images=[Image.new("RGB", (20, 10), BLUE)]
    )

    assert images.read_info(data).pages == 2
    assert images.open_image(data, page=0).getpixel((3, 3)) == RED
    second = images.open_image(data, page=1)
    assert (second.size, second.getpixel((3, 3))) == ((20, 10), BLUE)
    with pytest.raises(errors.ImagePageMissing) as caught:
        images.open_image(data, page=2)
    assert caught.value.params == {"page": 2, "pages": 2}


def test_a_reduced_copy_inside_a_tiff_is_no_page() -> None:
    thumbnail = Image.new("RGB", (4, 4), BLUE)
    thumbnail.encoderinfo = {"tiffinfo": {254: 1}}
    data = encoded(Image.new("RGB", (16, 16), RED), "TIFF", save_all=True, append_images=[thumbnail])

    assert images.read_info(data).pages == 1


def test_a_negative_page_is_refused() -> None:
    with pytest.raises(errors.ImagePageMissing):
        images.open_image(encoded(halves(RED, BLUE), "PNG"), page=-1)


@pytest.mark.parametrize("size", [(639, 480), (640, 479), (100, 100), (479, 640)])
def test_pictures_below_the_least_size_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(errors.ImageTooSmall) as caught:
        images.open_image(encoded(Image.new("RGB", size), "PNG"), min_size=(640, 480))

    assert caught.value.params == {"width": size[0], "height": size[1], "min_width": 640, "min_height": 480}


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (2000, 480)])
def test_the_least_size_holds_lying_and_standing(size: tuple[int, int]) -> None:
    assert images.open_image(encoded(Image.new("RGB", size), "PNG"), min_size=(640, 480)).size == size


def test_strips_that_the_model_cannot_read_are_refused() -> None:
    sizes.check_aspect_ratio(2000, 10)
    with pytest.raises(errors.ImageAspectRatio):
        sizes.check_aspect_ratio(10, 2001)


@pytest.mark.parametrize(
    ("size", "wanted"),
    [((2001, 1000), (1024, 512)), ((1000, 4000), (256, 1024)), ((2000, 1500), (2000, 1500)), ((9000, 9), (1024, 1))],
)
def test_only_large_pictures_are_shrunk(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    assert sizes.shrink(Image.new("RGB", size), over=2000, to=1024).size == wanted


@given(longer=st.integers(2001, 200_000), times=st.floats(1, 200), to=st.integers(200, 2000), standing=st.booleans())
@example(longer=90_000, times=187.5, to=1024, standing=True)
@example(longer=2100, times=2100 / 11, to=1024, standing=False)
def test_a_strip_that_the_model_reads_is_one_when_it_has_been_shrunk(
    longer: int, times: float, to: int, standing: bool
) -> None:
    size = (longer, math.ceil(longer / times))
    sizes.check_aspect_ratio(*size)

    shrunk = sizes.size_within(size[::-1] if standing else size, to)

    sizes.check_aspect_ratio(*shrunk)
    assert max(shrunk) == to


def test_shrinking_can_be_turned_off() -> None:
    picture = Image.new("RGB", (3000, 10))

    assert sizes.shrink(picture, over=0, to=1024) is picture


def test_shrinking_never_enlarges() -> None:
    assert sizes.shrink(Image.new("RGB", (900, 10)), over=800, to=1024).size == (900, 10)


def test_a_large_jpeg_is_decoded_reduced_but_never_below_twice_the_target() -> None:
    data = encoded(Image.new("RGB", (4000, 3000), RED), "JPEG")

    assert images.open_image(data, reduce_to=400).size == (1000, 750)
    assert images.open_image(data, reduce_to=1024).size == (4000, 3000)
    assert images.open_image(encoded(Image.new("RGB", (400, 300)), "PNG"), reduce_to=20).size == (400, 300)


def test_the_header_tells_size_pages_and_exif() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Seagull\0"
    exif[0x0132] = "1964:10:01 09:30:00"
    exif.get_ifd(0x8769)[0x829D] = 8.0
    exif.get_ifd(0x8825)[2] = (31.0, 14.0, 5.5)

    info = images.read_info(encoded(Image.new("L", (30, 20)), "JPEG", exif=exif))

    assert (info.width, info.height, info.format, info.mode, info.pages) == (30, 20, "JPEG", "L", 1)
    assert info.exif == {
        "Make": "Seagull",
        "DateTime": "1964:10:01 09:30:00",
        "FNumber": 8.0,
        "GPSLatitude": [31.0, 14.0, 5.5],
    }


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP", "GIF"])
def test_the_header_is_read_without_decoding_what_follows(kind: str) -> None:
    data = encoded(Image.effect_noise((300, 200), 90), kind)
    # A TIFF of Pillow's has its header at the end.
    header = data if kind == "TIFF" else data[: len(data) * 2 // 3]

    info = images.read_info(header)

    assert (info.width, info.height, info.format) == (300, 200, kind)


def test_damaged_exif_does_not_make_a_picture_unreadable() -> None:
    data = encoded(halves(RED, BLUE), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff garbage")

    assert images.open_image(data).size == (64, 32)
    assert images.read_info(data).exif == {}
