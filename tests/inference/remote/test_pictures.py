"""Pictures arrive at the other server as the local engine would see them."""

import base64
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from inference.engine import errors
from inference.engine.images import ImageLimits, open_image
from inference.engine.types import ImagePart, Message, Request
from tests.inference.openai_server import OpenAIServer
from tests.inference.remote.conftest import Start, failure
from tests.inference.scripted import ask, picture


def sent_picture(server: OpenAIServer) -> tuple[str, bytes]:
    """Return kind and bytes of the picture in the last question."""
    [part] = [part for part in server.asked[-1]["messages"][-1]["content"] if part["type"] == "image_url"]
    head, _, data = part["image_url"]["url"].partition(";base64,")
    return head.removeprefix("data:"), base64.b64decode(data)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_a_picture_that_everybody_reads_is_sent_as_it_is(
    server: OpenAIServer, start: Start, kind: str, mime: str
) -> None:
    source = picture(kind=kind)

    start().submit(ask("什么？", picture=source)).result()

    assert sent_picture(server) == (mime, source)


def test_a_picture_in_a_file_is_sent_by_its_bytes(server: OpenAIServer, start: Start, tmp_path: Any) -> None:
    file = tmp_path / "scan.png"
    file.write_bytes(picture())

    start().submit(Request((Message("user", (ImagePart(file),)),))).result()

    assert sent_picture(server) == ("image/png", picture())


def test_a_turned_scan_arrives_upright(server: OpenAIServer, start: Start) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = encoded(Image.new("RGB", (90, 60), "teal"), "JPEG", exif=exif)

    start().submit(ask("什么？", picture=turned)).result()

    kind, data = sent_picture(server)
    assert (kind, open_image(data).size) == ("image/jpeg", (60, 90))
    assert data != turned


def test_a_page_of_a_tiff_arrives_as_that_page(server: OpenAIServer, start: Start) -> None:
    pages = [Image.new("RGB", (64, 48), colour) for colour in ("black", "white")]
    tiff = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])

    start().submit(Request((Message("user", (ImagePart(tiff, page=1),)),))).result()

    kind, data = sent_picture(server)
    assert kind == "image/jpeg"
    assert open_image(data).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["CMYK", "I;16", "RGBA"])
def test_pixels_that_servers_read_differently_are_translated(server: OpenAIServer, start: Start, mode: str) -> None:
    source = encoded(Image.new(mode, (64, 48)), "JPEG" if mode == "CMYK" else "PNG")

    start().submit(ask("什么？", picture=source)).result()

    kind, data = sent_picture(server)
    assert (kind, Image.open(BytesIO(data)).mode) == ("image/jpeg", "RGB")


def test_large_pictures_are_shrunk_as_here(server: OpenAIServer, start: Start) -> None:
    engine = start(limits=ImageLimits(shrink_over=200, shrink_to=100))

    for detail, size in (("auto", (100, 75)), ("high", (400, 300))):
        engine.submit(Request((Message("user", (ImagePart(picture(400, 300), detail=detail),)),))).result()  # type: ignore[arg-type]
        assert open_image(sent_picture(server)[1]).size == size


def test_a_damaged_picture_is_refused_before_anybody_is_asked(server: OpenAIServer, start: Start) -> None:
    engine = start()

    refusal = failure(engine, ask("什么？", picture=picture()[:200]))

    assert isinstance(refusal, errors.ImageUndecodable)
    assert refusal.picture == 0
    assert (server.asked, engine.waiting) == ([], 0)


def test_a_picture_with_many_bytes_is_sent_in_fewer(server: OpenAIServer, start: Start) -> None:
    noise = Image.effect_noise((1600, 1200), 90).convert("RGB")
    source = encoded(noise, "PNG", compress_level=0)
    assert len(source) > 5_000_000

    start().submit(ask("什么？", picture=source)).result()

    kind, data = sent_picture(server)
    assert (kind, open_image(data).size) == ("image/jpeg", (1600, 1200))
    assert len(data) < 2_500_000
