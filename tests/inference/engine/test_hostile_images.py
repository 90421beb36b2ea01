"""Bombs, halves of files, damaged bytes: refused by name, and nothing else happens."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from inference.engine import errors, images
from tests.inference.pictures import encoded, png_chunks


def test_too_many_pixels_are_refused_from_the_header_alone() -> None:
    # The header claims 30000 × 30000; there is no picture data that could be decoded.
    bomb = png_chunks(width=30_000, height=30_000, depth=8, colour=2, rows=[])

    with pytest.raises(errors.ImageTooLarge) as caught:
        images.open_image(bomb)

    assert caught.value.params == {"pixels": 900_000_000, "limit": images.PUBLIC_MAX_PIXELS}


@pytest.mark.parametrize(("width", "height"), [(20_000, 10_000), (20_000, 30_000), (1_000_000, 1_000_000)])
def test_bombs_are_refused_whatever_pillow_says_first(width: int, height: int) -> None:
    with pytest.raises(errors.ImageTooLarge):
        images.open_image(png_chunks(width=width, height=height, depth=8, colour=0, rows=[]))


def test_the_second_page_of_a_tiff_may_not_be_a_bomb_either() -> None:
    data = encoded(
        Image.new("1", (8, 8)), "TIFF", save_all=True, append_images=[Image.new("1", (400, 400))], compression="group4"
    )

    with pytest.raises(errors.ImageTooLarge):
        images.open_image(data, page=1, max_pixels=1000)


def test_imports_may_have_more_pixels_than_public_doors() -> None:
    data = encoded(Image.new("L", (100, 100)), "PNG")

    images.open_image(data, max_pixels=10_000)
    with pytest.raises(errors.ImageTooLarge):
        images.open_image(data, max_pixels=9_999)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF"])
def test_half_a_file_is_refused(kind: str) -> None:
    noise = Image.effect_noise((200, 200), 80).convert("RGB")
    data = encoded(noise, kind)

    with pytest.raises(errors.ImageUndecodable):
        images.open_image(data[: len(data) // 2])
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


@pytest.mark.parametrize("data", [b"%PDF-1.7 no picture", b"\xff\xd8\xff", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"0"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(errors.ImageUndecodable):
        images.open_image(data)


def test_nothing_at_all_is_refused_as_empty(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()

    with pytest.raises(errors.ImageEmpty):
        images.open_image(b"")
    with pytest.raises(errors.ImageEmpty):
        images.open_image(tmp_path / "empty.jpg")


def test_a_file_that_is_gone_is_told_apart_from_a_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(errors.ImageUnreadable):
        images.open_image(tmp_path / "gone.jpg")


KINDS: list[tuple[str, Callable[[], bytes]]] = [
    (kind, lambda kind=kind: encoded(Image.effect_noise((40, 30), 60).convert("RGB"), kind))  # type: ignore[misc]
    for kind in ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF")
]


@settings(max_examples=150, deadline=None)
@given(
    which=st.integers(0, len(KINDS) - 1),
    cut=st.integers(0, 400),
    damage=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=12),
)
def test_damaged_files_are_read_or_refused_and_nothing_else(
    which: int, cut: int, damage: list[tuple[int, int]]
) -> None:
    data = bytearray(KINDS[which][1]())
    for place, value in damage:
        data[place % len(data)] = value
    hostile = bytes(data[: len(data) - cut])

    with contextlib.suppress(errors.ImageError):
        assert images.open_image(hostile, max_pixels=100_000).mode == "RGB"
    with contextlib.suppress(errors.ImageError):
        assert images.read_info(hostile, max_pixels=100_000).pages >= 1


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(errors.ImageError):
        images.open_image(data, max_pixels=100_000)
