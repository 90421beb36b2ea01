"""Pictures that are asked about come in, are refused, and converted."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image, ImageCms
from pytest_django import Settings

from inference.engine.images import open_image
from inference.history import copies, quotas
from inference.models import Picture
from tests.factories import ExchangeFactory, UserFactory
from tests.inference.pictures import encoded, halves
from tests.inference.scripted import picture
from tests.inference.views.conftest import (
    IMAGES,
    convert,
    error_of,
    files,
    signed_in,
    upload,
    uploaded,
    visiting,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

ADVICE = "检测到%s格式,建议转为JPEG以提升识别精度(可点击此处一键转换)"
SIZE = (800, 600)
MARK = 20  # tolerance of colours after JPEG


def shown(client: Client, address: str) -> Image.Image:
    response: Any = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "image/jpeg"
    return Image.open(BytesIO(b"".join(response.streaming_content)))


def near(colour: Any, expected: tuple[int, int, int]) -> bool:
    return all(abs(one - other) <= MARK for one, other in zip(colour, expected, strict=True))


def tiff(*pages: Image.Image, **options: Any) -> bytes:
    return encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:], **options)


class TestTakingIn:
    @pytest.mark.parametrize(
        ("kind", "name"), [("JPEG", "JPEG"), ("PNG", "PNG"), ("WEBP", "WEBP"), ("GIF", "GIF"), ("BMP", "BMP")]
    )
    def test_what_browsers_show_can_be_asked_about_at_once(self, browser: Client, kind: str, name: str) -> None:
        told = uploaded(browser, picture(*SIZE, kind=kind), f"桥.{kind.lower()}")

        assert (told["format"], told["width"], told["height"], told["pages"]) == (name, 800, 600, 1)
        assert (told["needs_conversion"], told["message"], told["name"]) == (False, "", f"桥.{kind.lower()}")
        assert shown(browser, told["preview"]).size == SIZE
        assert shown(browser, told["thumbnail"]).size == (240, 180)

    @pytest.mark.parametrize(("kind", "name"), [("TIFF", "TIFF"), ("HEIF", "HEIC"), ("JPEG2000", "JPEG 2000")])
    def test_what_they_do_not_show_may_be_converted_and_can_be_asked_about_as_it_is(
        self, browser: Client, kind: str, name: str
    ) -> None:
        copies_of_formats()
        told = uploaded(browser, picture(*SIZE, kind=kind))

        assert (told["format"], told["needs_conversion"], told["message"]) == (name, False, ADVICE % name)
        assert shown(browser, told["preview"]).size == SIZE
        assert shown(browser, told["thumbnail"]).size == (240, 180)

    @pytest.mark.parametrize("first", [(100, 100), (4000, 20)])
    def test_a_file_whose_first_page_is_of_no_use_waits_for_another_to_be_chosen(
        self, browser: Client, first: tuple[int, int]
    ) -> None:
        told = uploaded(browser, tiff(Image.new("RGB", first), Image.new("RGB", SIZE)))

        assert (told["needs_conversion"], told["message"]) == (True, ADVICE % "TIFF")
        assert (told["preview"], told["thumbnail"]) == (None, None)
        assert browser.get(f"{IMAGES}{told['id']}/preview/").status_code == 404
        assert not convert(browser, told, 1).json()["needs_conversion"]

    def test_a_damaged_tiff_of_one_page_is_refused_when_it_comes(self, browser: Client, media: Path) -> None:
        whole = tiff(halves("red", "blue", size=SIZE), compression="tiff_lzw")
        response = upload(browser, whole[:20] + b"\0" * 400 + whole[420:])

        assert (response.status_code, error_of(response)["code"]) == (422, "image_undecodable")
        assert not files(media)

    def test_a_large_picture_is_shown_smaller(self, browser: Client) -> None:
        told = uploaded(browser, picture(4000, 3000, kind="JPEG"))

        assert (told["width"], told["height"]) == (4000, 3000)
        assert shown(browser, told["preview"]).size == (1600, 1200)

    def test_a_turned_photograph_is_shown_upright_and_without_its_place(self, browser: Client) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        exif.get_ifd(0x8825)[1] = "N"
        told = uploaded(browser, encoded(halves("red", "blue", size=SIZE), "JPEG", exif=exif))

        preview = shown(browser, told["preview"])

        assert (told["width"], told["height"]) == preview.size == (600, 800)
        assert near(preview.getpixel((300, 100)), (255, 0, 0))
        assert not preview.getexif()

    def test_the_name_is_shown_and_nothing_else(self, browser: Client, media: Path) -> None:
        told = uploaded(browser, name="../../\u202e石桥\x07.png")

        assert told["name"] == "石桥.png"
        assert {path.name.partition("-")[0] for path in files(media)} == {"original.png", "preview", "thumbnail"}

    def test_other_fields_and_files_are_read_past(self, browser: Client, media: Path) -> None:
        extra = SimpleUploadedFile("b.png", picture(*SIZE))

        assert upload(browser, other=extra, note="无关").status_code == 201
        assert Picture.objects.count() == 1
        assert len(files(media)) == 3


def copies_of_formats() -> None:
    """Teach Pillow to write HEIC, as the engine teaches it to read it."""
    import pillow_heif

    pillow_heif.register_heif_opener()


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "code"),
        [(b"no picture", "image_undecodable"), (b"", "image_empty"), (picture(320, 240), "image_too_small"),
         (picture(*SIZE)[:-60], "image_undecodable"), (picture(20000, 50), "image_too_small")],
    )  # fmt: skip
    def test_what_cannot_be_used_is_not_kept(self, browser: Client, media: Path, content: bytes, code: str) -> None:
        response = upload(browser, content)

        assert (response.status_code, error_of(response)["code"]) == (422, code)
        assert not files(media)
        assert not Picture.objects.exists()

    def test_the_least_size_is_told_in_the_public_words(self, browser: Client) -> None:
        message = error_of(upload(browser, picture(320, 240)))["message"]

        assert message == "图片尺寸太小,请上传分辨率不低于640x480的JPEG文件"

    def test_a_strip_is_refused(self, browser: Client, settings: Settings) -> None:
        settings.GLMV_MIN_IMAGE_SIZE = (20, 20)

        assert error_of(upload(browser, picture(8000, 30)))["code"] == "image_aspect_ratio"

    def test_a_file_over_the_limit_is_refused(self, browser: Client, settings: Settings, media: Path) -> None:
        settings.GLMV_MAX_UPLOAD_MB = 1
        response = upload(browser, b"x" * (1024 * 1024 + 1))

        assert (response.status_code, error_of(response)["code"]) == (413, "request_too_large")
        assert "1 MB" in error_of(response)["message"]
        assert not files(media)

    def test_a_request_that_says_it_is_too_long_is_not_read(self, browser: Client, settings: Settings) -> None:
        settings.GLMV_MAX_UPLOAD_MB = 1
        response = browser.post(
            IMAGES, b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(2 * 1024 * 1024)
        )

        assert response.status_code == 413

    @pytest.mark.parametrize(
        ("body", "kind"),
        [(b"", "multipart/form-data; boundary=x"), (b"{}", "application/json"), (b"--y", "multipart/form-data"),
         (b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nwords\r\n--x--\r\n',
          "multipart/form-data; boundary=x")],
    )  # fmt: skip
    def test_what_is_no_upload_is_a_bad_request(self, browser: Client, body: bytes, kind: str) -> None:
        response = browser.post(IMAGES, body, content_type=kind)

        assert response.status_code == 400
        error_of(response)

    def test_an_upload_that_breaks_off_leaves_nothing(self, browser: Client, media: Path) -> None:
        body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + picture(*SIZE)
        response = browser.post(IMAGES, body, content_type="multipart/form-data; boundary=x")

        assert (response.status_code, error_of(response)["code"]) == (400, "incomplete_body")
        assert not files(media)

    def test_who_uploads_without_asking_is_stopped_in_time(self, browser: Client) -> None:
        first = uploaded(browser)
        mine = Picture.objects.get()
        Picture.objects.bulk_create(
            Picture(visitor=mine.visitor, format="PNG", width=800, height=600, size=1)
            for _ in range(quotas.MOST_WAITING - 1)
        )

        response = upload(browser)
        assert (response.status_code, error_of(response)["code"]) == (429, "too_many_images")
        assert browser.delete(f"{IMAGES}{first['id']}/").status_code == 204
        assert upload(browser).status_code == 201

    def test_of_too_many_the_oldest_go_with_their_files_once_they_have_waited_for_long(
        self, browser: Client, media: Path
    ) -> None:
        oldest, asked = uploaded(browser), uploaded(browser)
        Picture.objects.update(created_at=timezone.now() - quotas.ABANDONED)
        mine = Picture.objects.get(pk=oldest["id"])
        Picture.objects.filter(pk=asked["id"]).update(exchange=ExchangeFactory())
        others = uploaded(visiting())
        Picture.objects.bulk_create(
            Picture(visitor=mine.visitor, format="PNG", width=800, height=600, size=1)
            for _ in range(quotas.MOST_WAITING - 1)
        )
        before = len(files(media))

        latest = uploaded(browser)

        assert not Picture.objects.filter(pk=oldest["id"]).exists()
        assert Picture.objects.filter(pk__in=[asked["id"], others["id"], latest["id"]]).count() == 3
        assert Picture.objects.filter(visitor=mine.visitor, exchange=None).count() == quotas.MOST_WAITING
        assert len(files(media)) == before

    def test_visitors_together_are_stopped_in_time_and_users_are_not(self, browser: Client, settings: Settings) -> None:
        settings.GLMV_MAX_UPLOAD_MB = 1
        most = quotas.VISITORS_UPLOADS * 1024 * 1024
        fill = {"format": "PNG", "width": 800, "height": 600}
        Picture.objects.create(visitor="somebody", size=most // 2, **fill)
        Picture.objects.create(user=UserFactory(), size=most, **fill)
        assert upload(browser).status_code == 201
        other = Picture.objects.create(visitor="somebody else", size=most // 2, **fill)

        response = upload(visiting())

        assert (response.status_code, error_of(response)["code"]) == (429, "visitors_full")
        assert "登录" in error_of(response)["message"]
        assert response["Retry-After"] == "600"
        assert upload(signed_in(UserFactory())).status_code == 201
        Picture.objects.filter(pk=other.pk).update(exchange=ExchangeFactory())
        assert upload(visiting()).status_code == 201

    def test_a_disk_that_does_not_work_is_told(self, browser: Client, media: Path, settings: Settings) -> None:
        (media).mkdir(parents=True, exist_ok=True)
        (media / "asked").write_bytes(b"a file where the folder should be")
        response = upload(browser)

        assert (response.status_code, error_of(response)["code"]) == (503, "storage_failed")

    def test_a_request_that_another_site_made_a_browser_send_is_refused(self, media: Path) -> None:
        browser = visiting(enforce_csrf_checks=True)
        response = upload(browser)

        assert (response.status_code, error_of(response)["code"]) == (403, "csrf_failed")
        assert not files(media)
        token = browser.cookies["csrftoken"].value
        assert upload(browser, csrfmiddlewaretoken=token).status_code == 201
        response = browser.post(
            IMAGES, {"file": SimpleUploadedFile("a.png", picture(*SIZE))}, headers={"X-CSRFToken": token}
        )
        assert response.status_code == 201
        address = f"{IMAGES}{response.json()['id']}/"
        assert browser.delete(address).status_code == 403
        assert browser.delete(address, headers={"X-CSRFToken": token}).status_code == 204

    def test_other_methods_are_told(self, browser: Client) -> None:
        response = browser.get(IMAGES)

        assert (response.status_code, response["Allow"]) == (405, "POST")


class TestConversion:
    def test_a_page_of_a_tiff_is_chosen_turned_and_shown(self, browser: Client) -> None:
        pages = [Image.new("RGB", SIZE, colour) for colour in ("red", "lime", "blue")]
        told = uploaded(browser, tiff(*pages, tiffinfo={274: 6}))
        assert told["pages"] == 3

        second = convert(browser, told, 1).json()

        assert (second["needs_conversion"], second["message"]) == (False, "")
        assert (second["width"], second["height"]) == (600, 800)
        preview = shown(browser, second["preview"])
        assert preview.size == (600, 800)
        assert near(preview.getpixel((10, 10)), (0, 255, 0))

        third = convert(browser, told, 2).json()
        assert near(shown(browser, third["preview"]).getpixel((10, 10)), (0, 0, 255))
        assert shown(browser, third["thumbnail"]).size == (180, 240)

    def test_an_upper_half_stays_up(self, browser: Client) -> None:
        told = uploaded(browser, tiff(halves("red", "blue", size=SIZE), tiffinfo={274: 6}))

        preview = shown(browser, convert(browser, told).json()["preview"])

        assert near(preview.getpixel((300, 50)), (255, 0, 0))
        assert near(preview.getpixel((300, 750)), (0, 0, 255))

    def test_cmyk_becomes_the_colours_that_it_prints(self, browser: Client) -> None:
        told = uploaded(browser, tiff(Image.new("CMYK", SIZE, (0, 255, 255, 0))))

        assert near(shown(browser, convert(browser, told).json()["preview"]).getpixel((9, 9)), (255, 0, 0))

    def test_colours_of_a_profile_become_those_of_the_screen(self, browser: Client) -> None:
        swapped = profile_with_red_and_blue_swapped()
        told = uploaded(browser, tiff(Image.new("RGB", SIZE, (250, 20, 20)), icc_profile=swapped))

        colour = shown(browser, convert(browser, told).json()["preview"]).getpixel((9, 9))

        assert near(colour, (20, 20, 250))

    def test_sixteen_bits_of_grey_keep_their_meaning(self, browser: Client) -> None:
        told = uploaded(browser, tiff(Image.new("I;16", SIZE, 0x8000)))

        assert near(shown(browser, convert(browser, told).json()["preview"]).getpixel((9, 9)), (128, 128, 128))

    def test_a_photograph_of_an_iphone_is_converted(self, browser: Client) -> None:
        copies_of_formats()
        told = uploaded(browser, encoded(Image.new("RGB", SIZE, (200, 40, 40)), "HEIF", quality=95), "IMG_1.HEIC")

        after = convert(browser, told).json()

        assert near(shown(browser, after["preview"]).getpixel((9, 9)), (200, 40, 40))

    def test_what_the_model_sees_is_no_larger_than_it_needs(self, browser: Client, media: Path) -> None:
        told = uploaded(browser, tiff(Image.new("RGB", (4800, 500), "red"), compression="tiff_lzw"))
        convert(browser, told)

        picture = Picture.objects.get()
        assert open_image(media / picture.converted).size[0] == copies.CONVERTED_SIZE
        assert (picture.width, picture.height) == (4800, 500)

    @pytest.mark.parametrize(("page", "status"), [(3, 422), (-1, 400), ("one", 400), (1.5, 400), (True, 400)])
    def test_a_page_that_is_not_there_is_told(self, browser: Client, page: object, status: int) -> None:
        told = uploaded(browser, tiff(*[Image.new("RGB", SIZE)] * 3))

        response = convert(browser, told, page)

        assert response.status_code == status
        error_of(response)

    def test_a_page_that_is_too_small_or_damaged_is_refused(self, browser: Client, media: Path) -> None:
        told = uploaded(browser, tiff(Image.new("RGB", SIZE), Image.new("RGB", (100, 100))))
        assert error_of(convert(browser, told, 1))["code"] == "image_too_small"

        whole = tiff(halves("red", "blue", size=SIZE), compression="tiff_lzw")
        Path(media, Picture.objects.get().original).write_bytes(whole[:20] + b"\0" * 400 + whole[420:])
        assert convert(browser, told).status_code == 422

    def test_choosing_another_page_leaves_no_files_of_the_first(self, browser: Client, media: Path) -> None:
        told = uploaded(browser, tiff(*[Image.new("RGB", SIZE)] * 2))
        convert(browser, told, 0)
        before = files(media)

        convert(browser, told, 1)

        assert len(files(media)) == len(before) == 4


def profile_with_red_and_blue_swapped() -> bytes:
    """Write a profile whose red is sRGB's blue: nobody mistakes whether it was heeded."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(profile[128:132], "big")
    entries = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, blue = entries[b"rXYZ"], entries[b"bXYZ"]
    profile[red + 4 : red + 8], profile[blue + 4 : blue + 8] = profile[blue + 4 : blue + 8], profile[red + 4 : red + 8]
    return bytes(profile)
