"""A JPEG that lacks its end mark and nothing else is taken; one whose picture breaks off is not."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from inference.engine import errors
from inference.engine.images import LACKS_END, open_image
from tests.inference.pictures import encoded

END = b"\xff\xd9"


def drawn(mode: str = "RGB") -> Image.Image:
    noise = Image.effect_noise((200, 120), 70)
    return Image.merge(mode, [noise] * len(mode)) if len(mode) > 1 else noise


KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "baseline": ("RGB", {}),
    "progressive": ("RGB", {"progressive": True}),
    "grey": ("L", {}),
    "inks": ("CMYK", {}),
    "with restart marks": ("RGB", {"restart_marker_blocks": 4}),
    "optimised": ("RGB", {"optimize": True, "quality": 20}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("end", [b"", b"\xff", b"\0", b"\0" * 500, b"\xff\0\0"])
def test_without_its_end_mark_it_shows_the_same(kind: str, end: bytes) -> None:
    mode, options = KINDS[kind]
    whole = encoded(drawn(mode), "JPEG", **options)

    picture = open_image(whole.removesuffix(END) + end)

    assert picture.info[LACKS_END]
    assert picture.tobytes() == open_image(whole).tobytes()
    assert LACKS_END not in open_image(whole).info


def test_from_a_file_and_reduced_too(tmp_path: Path) -> None:
    path = tmp_path / "旧相机.jpg"
    path.write_bytes(encoded(drawn().resize((2000, 1200)), "JPEG").removesuffix(END))

    picture = open_image(path, reduce_to=200)

    assert picture.size == (500, 300)
    assert picture.info[LACKS_END]


def test_the_end_mark_of_a_thumbnail_inside_is_not_its_own() -> None:
    exif = Image.Exif()
    exif[0x010E] = "front"
    small = io.BytesIO()
    drawn().resize((40, 24)).save(small, "JPEG")
    whole = encoded(drawn(), "JPEG", exif=exif, comment=small.getvalue())

    assert open_image(whole.removesuffix(END)).info[LACKS_END]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("missing", [12, 100, 2000])
def test_where_the_picture_itself_breaks_off_it_is_refused(kind: str, missing: int) -> None:
    mode, options = KINDS[kind]
    whole = encoded(drawn(mode), "JPEG", **options)

    with pytest.raises(errors.ImageTruncated):
        open_image(whole[:-missing])


@pytest.mark.parametrize("kind", KINDS)
def test_zeros_in_place_of_its_lower_half_are_no_picture(kind: str) -> None:
    mode, options = KINDS[kind]
    whole = encoded(drawn(mode), "JPEG", **options)
    half = len(whole) // 2

    with pytest.raises(errors.ImageUndecodable):
        open_image(whole[:half] + b"\0" * half)


def test_what_cameras_write_behind_its_end_is_no_part_of_it() -> None:
    whole = encoded(drawn(), "JPEG")

    picture = open_image(whole + b"\0\0ftypmp42" + b"\xff\xda\x12" * 40)

    assert LACKS_END not in picture.info
    assert picture.tobytes() == open_image(whole).tobytes()


def test_what_breaks_off_in_another_format_is_refused() -> None:
    with pytest.raises(errors.ImageUndecodable) as caught:
        open_image(encoded(drawn(), "BMP")[:-20])

    assert caught.value.code == "image_undecodable"
