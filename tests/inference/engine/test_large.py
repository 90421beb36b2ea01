"""Very large scans come out as the others do, only smaller, and never whole."""

import io
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageCms

from inference.engine import errors, images, large, vips
from inference.engine.images import ImageLimits, open_image, take_in
from inference.engine.types import ImagePart
from tests.inference.pictures import encoded, halves

SIZE = (1200, 800)
"""Larger than the bound that these tests set."""
TO = 100


@pytest.fixture(autouse=True)
def low_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty megapixels would take seconds to make."""
    monkeypatch.setattr(images, "LARGE_PIXELS", 500_000)


def opened_both_ways(content: bytes | Path, **options: Any) -> tuple[Image.Image, Image.Image]:
    """Return a picture reduced while it was decoded, and the whole one shrunk to the same size."""
    reduced = open_image(content, reduce_to=TO, **options)
    return reduced, open_image(content, **options).resize(reduced.size, Image.Resampling.BOX)


def alike(first: Image.Image, second: Image.Image) -> bool:
    difference = ImageChops.difference(first, second).resize((16, 16), Image.Resampling.BOX)
    return max(difference.tobytes()) <= 12


PICTURES = {
    "rgb": halves((200, 30, 30), (30, 30, 200), size=SIZE),
    "grey": halves((220, 220, 220), (20, 20, 20), size=SIZE).convert("L"),
    "bilevel": halves((255, 255, 255), (0, 0, 0), size=SIZE).convert("1"),
    "palette": halves((200, 30, 30), (30, 30, 200), size=SIZE).convert("P"),
    "transparent": Image.merge(
        "RGBA", [*halves((200, 30, 30), (30, 30, 200), size=SIZE).split(), Image.linear_gradient("L").resize(SIZE)]
    ),
    "grey16": Image.linear_gradient("L")
    .resize(SIZE)
    .convert("I")
    .point(lambda value: value * 257, "I")
    .convert("I;16"),
    "cmyk": halves((200, 30, 30), (30, 30, 200), size=SIZE).convert("CMYK"),
}


@pytest.mark.parametrize("kind", ["TIFF", "PNG"])
@pytest.mark.parametrize("name", PICTURES)
def test_a_reduced_picture_shows_what_the_whole_one_shows(name: str, kind: str) -> None:
    if (name, kind) == ("cmyk", "PNG"):
        kind = "TIFF"

    reduced, whole = opened_both_ways(encoded(PICTURES[name], kind))

    assert reduced.mode == "RGB"
    assert alike(reduced, whole)
    assert reduced.size == (200, 133)


@pytest.mark.parametrize("name", ["rgb", "transparent"])
@pytest.mark.parametrize("lossless", [False, True])
def test_webp_is_reduced_while_it_is_decoded(name: str, lossless: bool) -> None:
    reduced, whole = opened_both_ways(encoded(PICTURES[name], "WEBP", lossless=lossless))

    assert reduced.size == (200, 133)
    assert alike(reduced, whole)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_webp_comes_out_upright_with_its_size(orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    content = encoded(PICTURES["rgb"], "WEBP", exif=exif)

    reduced, whole = opened_both_ways(content)
    _picture, size = take_in(ImagePart(content), ImageLimits(shrink_over=100, shrink_to=TO))

    assert alike(reduced, whole)
    assert size == (SIZE if orientation < 5 else SIZE[::-1])


def test_the_first_picture_of_an_animation_is_left_to_pillow() -> None:
    frames = [PICTURES["rgb"], PICTURES["rgb"].rotate(180)]
    content = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])

    assert open_image(content, reduce_to=TO).size == SIZE


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize(("levels", "size"), [(6, (300, 200)), (2, (600, 400)), (1, SIZE)])
def test_a_jpeg_2000_is_decoded_in_as_few_levels_as_are_needed(levels: int, size: tuple[int, int], bare: bool) -> None:
    content = encoded(PICTURES["rgb"], "JPEG2000", num_resolutions=levels, no_jp2=bare)

    reduced, whole = opened_both_ways(content)

    assert reduced.size == size
    assert alike(reduced, whole)


def test_half_a_webp_is_damaged() -> None:
    noise = Image.effect_noise(SIZE, 90).convert("RGB")
    content = encoded(noise, "WEBP")

    with pytest.raises(errors.ImageUndecodable):
        open_image(content[: len(content) // 2], reduce_to=TO)


def test_inks_become_colours_by_their_own_profile(tmp_path: Path) -> None:
    path = tmp_path / "inks.tif"
    # A profile that does not fit the inks is passed over, as it is for smaller scans; the result carries none.
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    PICTURES["cmyk"].save(path, icc_profile=srgb)

    reduced, whole = opened_both_ways(path)

    assert alike(reduced, whole)
    assert "icc_profile" not in reduced.info


def test_lab_is_shrunk_before_it_is_converted(tmp_path: Path) -> None:
    path = tmp_path / "lab.tif"
    srgb, target = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    lab = ImageCms.profileToProfile(PICTURES["rgb"], srgb, target, outputMode="LAB")
    assert lab is not None
    lab.save(path)

    reduced, whole = opened_both_ways(path)

    assert reduced.size == (200, 134)
    assert alike(reduced, whole)


def test_very_large_pictures_are_decoded_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "LARGE_PIXELS", 500_000)
    inside, most = 0, 0

    def decode(_number: int) -> None:
        nonlocal inside, most
        with large.taking_turns(1_000_000):
            inside += 1
            most = max(most, inside)
            time.sleep(0.01)
            inside -= 1

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(decode, range(8)))

    assert most == 1


def test_smaller_ones_do_not_wait_for_them() -> None:
    with large.taking_turns(100_000_000):
        assert open_image(encoded(halves(0, 255, mode="L"), "PNG")).size == (64, 32)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_deflate", "jpeg", "packbits"])
def test_scanners_compressions_are_read(compression: str) -> None:
    reduced, whole = opened_both_ways(encoded(PICTURES["rgb"], "TIFF", compression=compression))

    assert reduced.size == (200, 133)
    assert alike(reduced, whole)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_comes_out_upright(orientation: int) -> None:
    content = encoded(PICTURES["rgb"], "TIFF", tiffinfo={274: orientation})

    reduced, whole = opened_both_ways(content)

    assert (reduced.width > reduced.height) == (orientation < 5)
    assert alike(reduced, whole)


def test_white_is_zero_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "inverted.tif"
    PICTURES["grey"].save(path, tiffinfo={262: 0})

    reduced, whole = opened_both_ways(path)

    assert alike(reduced, whole)


def test_pages_are_found_and_profiles_kept(tmp_path: Path) -> None:
    path = tmp_path / "pages.tif"
    first, second = (halves(colour, (0, 0, 0), size=SIZE) for colour in ((250, 0, 0), (0, 0, 250)))
    profile = b"a profile of some scanner"
    first.save(path, save_all=True, append_images=[second], icc_profile=profile)

    reduced, whole = opened_both_ways(path, page=1)

    assert alike(reduced, whole)
    assert open_image(path, reduce_to=TO).info["icc_profile"] == profile


def test_half_a_file_is_damaged() -> None:
    content = encoded(PICTURES["rgb"], "TIFF")
    beginning = content[: len(content) // 2]

    with pytest.raises(errors.ImageUndecodable):
        open_image(beginning, reduce_to=TO)


def test_formats_that_are_not_streamed_are_left_to_pillow() -> None:
    with Image.open(io.BytesIO(encoded(PICTURES["rgb"], "BMP"))) as header:
        assert vips.decode(b"", header, 0, 2) is None
