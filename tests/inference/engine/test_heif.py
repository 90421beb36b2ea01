"""HEIC and AVIF come out upright by their own marks, and large ones are decoded one after the other."""

import struct
import time
from concurrent.futures import ThreadPoolExecutor

import pillow_heif
import pytest
from PIL import Image

from inference.engine import large
from inference.engine.images import open_image, read_info
from tests.inference.pictures import encoded, halves

RED, BLUE = (255, 0, 0), (0, 0, 255)
ORIENTATION, RESOLUTION_UNIT = 0x0112, 0x0128
TURN_RIGHT = 6


def turned(kind: str) -> bytes:
    """Encode a picture that is to be turned a quarter to the right, by its own mark."""
    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[ORIENTATION] = TURN_RIGHT
    return encoded(halves(RED, BLUE, size=(128, 64)), kind, quality=95, exif=exif.tobytes())


def turned_by_exif_only(kind: str) -> bytes:
    """Encode a picture of which only EXIF says that it is to be turned; no library writes that."""
    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[RESOLUTION_UNIT] = 2
    content = encoded(halves(RED, BLUE, size=(128, 64)), kind, quality=95, exif=exif.tobytes())
    # The tag, its type SHORT, one value, and that value.
    written, wanted = (
        struct.pack(">HHIH", *tag) for tag in ((RESOLUTION_UNIT, 3, 1, 2), (ORIENTATION, 3, 1, TURN_RIGHT))
    )
    assert content.count(written) == 1
    return content.replace(written, wanted)


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_its_own_mark_turns_it(kind: str) -> None:
    content = turned(kind)

    info = read_info(content)
    assert open_image(content).size == (64, 128)
    assert (info.width, info.height, info.format) == (64, 128, kind)


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_exif_alone_does_not_turn_it(kind: str) -> None:
    content = turned_by_exif_only(kind)

    info = read_info(content)
    assert open_image(content).size == (128, 64)
    assert (info.width, info.height) == (128, 64)


def test_avif_is_read_with_its_colours_and_transparency() -> None:
    glass = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    glass.paste((0, 0, 255, 255), (32, 0, 64, 64))

    picture = open_image(encoded(glass, "AVIF", quality=95))

    left, right = picture.getpixel((10, 30)), picture.getpixel((54, 30))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert min(left) > 245
    assert right[2] > 240
    assert right[0] < 15


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_thirteen_megapixels_of_video_frames_wait_for_each_other(kind: str) -> None:
    inside, most = 0, 0

    def decode(_number: int) -> None:
        nonlocal inside, most
        with large.taking_turns(13_000_000, kind):
            inside += 1
            most = max(most, inside)
            time.sleep(0.01)
            inside -= 1

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(decode, range(8)))

    assert most == 1


def test_thirteen_megapixels_of_another_format_do_not_wait_for_them() -> None:
    with large.taking_turns(13_000_000, "HEIF"), large.taking_turns(13_000_000, "JPEG"):
        pass
