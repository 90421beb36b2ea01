"""The page on which files are sent into a collection."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from catalog.models import Collection, Image
from catalog.vocabulary import Access
from tests.catalog.people import browser, cataloguer, reviewer, stranger
from tests.factories import CollectionFactory, picture
from tests.outages import BYTES_OF_A_PICTURE, leave_room, mounted

pytestmark = pytest.mark.django_db

PAGE = "/admin/catalog/image/upload/"


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory(slug="box", title="一盒照片")


def send(user: User | None, *files: tuple[str, bytes], accept: str = "text/html", slug: str = "box") -> Any:
    data = {"collection": slug, "file": [SimpleUploadedFile(name, content) for name, content in files]}
    return browser(user).post(PAGE, data, headers={"accept": accept})


def test_four_steps_to_the_door(collection: Collection) -> None:
    assert browser().get(PAGE).status_code == 302
    assert browser(stranger()).get(PAGE).status_code == 403
    page = browser(cataloguer(collection)).get(PAGE).content.decode()
    assert "一盒照片" in page
    assert 'name="file"' in page


def test_only_ones_own_collections_are_offered_and_taken(collection: Collection) -> None:
    CollectionFactory(slug="other", title="别人的照片")
    user = cataloguer(collection)

    assert "别人的照片" not in browser(user).get(PAGE).content.decode()
    assert send(user, ("1.jpg", picture()), slug="other").status_code == 400
    assert not Image.objects.exists()


def test_a_script_is_told_of_one_file_in_json(collection: Collection) -> None:
    user = cataloguer(collection)

    done = send(user, ("1.jpg", picture()), accept="application/json")
    bad = send(user, ("坏.jpg", b"\xff\xd8"), accept="application/json")

    image = Image.objects.get()
    assert done.json() == {
        "name": "1.jpg",
        "kind": "added",
        "sentence": "已导入。",
        "address": f"/admin/catalog/image/{image.pk}/change/",
    }
    assert (bad.status_code, bad.json()["name"]) == (400, "坏.jpg")
    assert bad.json()["error"].endswith("。")


def test_without_a_script_all_come_at_once_and_are_listed(collection: Collection) -> None:
    response = send(
        cataloguer(collection), ("1.jpg", picture((1, 1, 1))), ("1_v.jpg", picture((2, 2, 2))), ("坏.jpg", b"x")
    )

    page = response.content.decode()
    assert Image.objects.get().files.count() == 2
    assert "已导入。" in page
    assert "“1.jpg”的背面" in page
    assert '<li class="bad">' in page


class TestTheVolume:
    def send(self, collection: Collection, volume: str, *files: tuple[str, bytes], accept: str = "text/html") -> Any:
        sent = [SimpleUploadedFile(name, content) for name, content in files]
        data = {"collection": collection.slug, "volume": volume, "file": sent}
        return browser(cataloguer(collection)).post(PAGE, data, headers={"accept": accept})

    def test_all_files_get_it(self, collection: Collection) -> None:
        self.send(collection, " 3 ", ("1.jpg", picture((1, 1, 1))), ("2.jpg", picture((2, 2, 2))))
        assert list(Image.objects.values_list("volume", flat=True)) == ["3", "3"]

    def test_a_record_that_has_none_gets_it_and_one_that_has_another_keeps_it(self, collection: Collection) -> None:
        file = ("1.jpg", picture())
        answers = [self.send(collection, volume, file, accept="application/json") for volume in ("", "3", "4")]
        sentences = [answer.json()["sentence"] for answer in answers]
        assert Image.objects.get().volume == "3"
        assert "册号已补上。" in sentences[1]
        assert "给出的册号“4”没有使用，这条记录的册号是“3”。" in sentences[2]

    def test_one_that_no_record_can_hold_is_refused_and_stays_in_the_form(self, collection: Collection) -> None:
        long = "册" * 41
        answer = self.send(collection, long, ("1.jpg", picture()))
        told = self.send(collection, long, ("1.jpg", picture()), accept="application/json")
        assert (answer.status_code, told.status_code) == (400, 400)
        assert f'value="{long}"' in answer.content.decode()
        assert "40" in told.json()["error"]
        assert not Image.objects.exists()

    def test_a_link_to_the_page_may_bring_it(self, collection: Collection) -> None:
        page = browser(cataloguer(collection)).get(PAGE, {"volume": "7"}).content.decode()
        assert 'name="volume" value="7"' in page


def test_files_that_came_in_before_the_disk_was_full_are_told_beside_those_that_did_not(
    collection: Collection, settings: Settings, tmp_path: Path
) -> None:
    files = [(f"{number}.jpg", picture((number * 50, 1, 1))) for number in range(4)]
    with mounted(tmp_path / "disk") as disk:
        settings.MEDIA_ROOT = disk
        leave_room(2 * BYTES_OF_A_PICTURE, disk)
        response = send(cataloguer(collection), *files)

    page, came_in = response.content.decode(), Image.objects.count()
    assert 0 < came_in < 4
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert page.count("已导入。") == came_in
    assert page.count("磁盘已满") == 4 - came_in


def test_nothing_chosen_and_too_large_are_answered_in_words(collection: Collection, settings: Settings) -> None:
    user = cataloguer(collection)

    assert "请选择馆藏和文件" in send(user).content.decode()
    settings.GLMV_MAX_UPLOAD_MB = 2
    large = send(user, ("1.jpg", b"x" * 3_000_000), accept="application/json")
    assert (large.status_code, "2 MB" in large.json()["error"]) == (413, True)


def test_more_files_than_are_taken_at_once_are_answered_on_the_page(collection: Collection, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 3
    files = [(f"{number}.jpg", picture((number, 1, 1))) for number in range(4)]

    response = send(cataloguer(collection), *files)

    page = response.content.decode()
    assert response.status_code == 400
    assert "一次最多上传 3 个文件，请分几次上传。" in page
    assert "一盒照片" in page
    assert send(stranger(), *files).status_code == 403
    assert send(None, *files).status_code == 302
    assert not Image.objects.exists()


def test_a_forged_form_is_refused(collection: Collection) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cataloguer(collection))

    response = client.post(PAGE, {"collection": "box", "file": SimpleUploadedFile("1.jpg", picture())})

    assert response.status_code == 403
    assert not Image.objects.exists()


def test_the_form_of_the_page_itself_is_taken(collection: Collection) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cataloguer(collection))
    client.get(PAGE)
    token = client.cookies["csrftoken"].value
    data = {"collection": "box", "file": SimpleUploadedFile("1.jpg", picture()), "csrfmiddlewaretoken": token}

    assert client.post(PAGE, data).status_code == 200
    assert Image.objects.count() == 1


def test_nothing_is_told_of_a_restricted_record(collection: Collection) -> None:
    send(reviewer(collection), ("张三病历.jpg", picture()))
    Image.objects.update(access=Access.RESTRICTED, disclosure="unexamined")

    told = send(cataloguer(collection), ("2.jpg", picture()), accept="application/json").json()

    assert told == {"name": "2.jpg", "kind": "duplicate", "sentence": "馆藏里已有相同内容的文件，未重复导入。"}


def test_the_list_of_images_leads_to_the_page(collection: Collection) -> None:
    assert PAGE in browser(cataloguer(collection)).get("/admin/catalog/image/").content.decode()
