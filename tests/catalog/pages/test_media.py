"""The door to files: who gets what, and in which form it is sent."""

import io
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from PIL import Image
from pytest_django import Settings

from catalog.importing import derivatives
from catalog.models import ImageFile
from catalog.pages import media
from inference.models import ApiKey, Scope
from tests.catalog.people import browser, cataloguer, reviewer, sent
from tests.factories import CollectionFactory, DocumentFactory, ImageFileFactory, UserFactory
from tests.shares import dead_server

pytestmark = pytest.mark.django_db


def address(file: ImageFile, kind: str = "thumbnail") -> str:
    return f"/media/{file.pk}/{kind}/"


@pytest.mark.parametrize(
    ("public", "access", "kind", "statuses"),
    [
        (True, "opened", "thumbnail", [200, 200, 200, 200, 200]),
        (True, "opened", "screen", [200, 200, 200, 200, 200]),
        (True, "opened", "master", [404, 404, 404, 200, 200]),
        (True, "internal", "screen", [404, 404, 404, 200, 200]),
        (True, "restricted", "screen", [404, 404, 404, 404, 200]),
        (True, "restricted", "master", [404, 404, 404, 404, 200]),
        (False, "opened", "thumbnail", [404, 404, 404, 200, 200]),
    ],
)
def test_a_file_exists_only_for_who_may_see_it(public: bool, access: str, kind: str, statuses: list[int]) -> None:
    file = ImageFileFactory(image__collection__is_public=public, **{f"image__{access}": True})
    collection = file.image.collection
    people = [None, UserFactory(), reviewer(CollectionFactory()), cataloguer(collection), reviewer(collection)]
    assert [browser(person).get(address(file, kind)).status_code for person in people] == statuses


@pytest.mark.parametrize(
    ("scopes", "owned", "status"),
    [([Scope.READ], True, 200), ([Scope.ASK, Scope.WRITE], True, 404), ([Scope.READ], False, 404)],
)
@pytest.mark.parametrize("kind", media.KINDS)
def test_a_program_gets_the_files_that_its_keys_owner_sees(
    kind: str, scopes: list[Scope], owned: bool, status: int
) -> None:
    file = ImageFileFactory(image__internal=True)
    owner = reviewer(file.image.collection) if owned else None
    _key, secret = ApiKey.objects.issue("website", scopes, owner=owner)

    response = Client().get(address(file, kind), headers={"Authorization": f"Bearer {secret}"})

    assert response.status_code == status
    assert Client().get(address(file, kind), headers={"Authorization": "Bearer glmv-unknown"}).status_code == 404


def test_a_key_that_is_no_good_takes_nothing_from_whoever_is_signed_in() -> None:
    file = ImageFileFactory(image__internal=True)
    client = browser(reviewer(file.image.collection))

    assert client.get(address(file), headers={"Authorization": "Bearer sk-placeholder"}).status_code == 200


def test_a_derivative_is_shown_in_the_page_and_a_master_is_downloaded_under_its_own_name() -> None:
    file = ImageFileFactory(image__collection__is_public=True, original_name="册一/照片 01.jpg")
    screen = browser().get(address(file, "screen"))
    assert screen["Content-Type"] == "image/jpeg"
    assert screen["Content-Disposition"].startswith("inline")
    master = browser(cataloguer(file.image.collection)).get(address(file, "master"))
    assert master["Content-Disposition"].startswith("attachment")
    assert "%E7%85%A7%E7%89%87%2001.jpg" in master["Content-Disposition"]
    assert sent(master) == file.master_path.read_bytes()


def test_what_the_browser_has_already_is_not_sent_again() -> None:
    file = ImageFileFactory(image__collection__is_public=True)
    first = browser().get(address(file))
    again = browser().get(address(file), headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert not again.content


def test_no_shared_cache_keeps_a_file_and_closed_ones_are_asked_for_each_time() -> None:
    public = ImageFileFactory(image__collection__is_public=True)
    closed = ImageFileFactory()
    assert browser().get(address(public))["Cache-Control"] == "private, max-age=3600"
    assert "no-cache" in browser(cataloguer(closed.image.collection)).get(address(closed))["Cache-Control"]


def test_behind_nginx_only_the_way_to_the_file_is_sent(settings: Settings) -> None:
    settings.GLMV_X_ACCEL_PREFIX = "/protected/"
    file = ImageFileFactory(image__collection__is_public=True)
    response = browser().get(address(file))
    assert response["X-Accel-Redirect"] == f"/protected/{file.thumbnail.name}"
    assert response.content == b""


def test_a_master_referenced_where_it_lies_is_sent_by_django_even_behind_nginx(
    settings: Settings, tmp_path: Path
) -> None:
    settings.GLMV_X_ACCEL_PREFIX = "/protected/"
    scan = tmp_path / "scan.tif"
    scan.write_bytes(b"II*\0")
    file = ImageFileFactory(master="", source_path=str(scan))
    response = browser(cataloguer(file.image.collection)).get(address(file, "master"))
    assert "X-Accel-Redirect" not in response
    assert sent(response) == b"II*\0"


def test_a_master_on_a_server_that_does_not_answer_keeps_no_page_waiting(settings: Settings, tmp_path: Path) -> None:
    settings.GLMV_SCANS = [tmp_path / "nas"]
    file = ImageFileFactory(master="", source_path=str(tmp_path / "nas" / "1.tif"))
    with dead_server(tmp_path / "nas"):
        assert browser(cataloguer(file.image.collection)).get(address(file, "master")).status_code == 404


def test_a_derivative_whose_master_does_not_answer_keeps_no_page_waiting(settings: Settings, tmp_path: Path) -> None:
    settings.GLMV_SCANS = [tmp_path / "nas"]
    file = ImageFileFactory(image__collection__is_public=True)
    ImageFile.objects.filter(pk=file.pk).update(master="", source_path=str(tmp_path / "nas" / "1.tif"))
    Path(file.thumbnail.path).unlink()
    with dead_server(tmp_path / "nas"):
        assert browser().get(address(file)).status_code == 404


@pytest.mark.parametrize("left", [None, b"", b"\xff\xd8\xff", "zeros"])
@pytest.mark.parametrize("kind", media.DERIVATIVES)
def test_a_derivative_that_the_disk_has_lost_or_cut_off_is_made_again(kind: str, left: bytes | str | None) -> None:
    file = ImageFileFactory(image__collection__is_public=True)
    path = Path(getattr(file, kind).path)
    damaged = path.read_bytes()[:100] + b"\0" * 2000 if left == "zeros" else left
    path.write_bytes(damaged) if isinstance(damaged, bytes) else path.unlink()

    response = browser().get(address(file, kind))

    assert response.status_code == 200
    with Image.open(io.BytesIO(sent(response))) as picture:
        picture.load()
        assert max(picture.size) == (320 if kind == "thumbnail" else 1000)
    assert not list(Path(settings.MEDIA_ROOT).rglob("*.part"))


def test_whoever_was_sent_a_picture_that_was_cut_off_does_not_keep_it() -> None:
    file = ImageFileFactory(image__collection__is_public=True)
    path = Path(file.thumbnail.path)
    path.write_bytes(path.read_bytes()[:-40] + b"\xff\xd9")  # ends as it should: sent as it is
    before = browser().get(address(file))["ETag"]
    path.write_bytes(b"")

    assert browser().get(address(file), headers={"if-none-match": before}).status_code == 200


@pytest.mark.parametrize("master", [None, b"no picture"])
def test_a_file_that_is_gone_with_its_master_is_not_found(master: bytes | None) -> None:
    file = ImageFileFactory(image__collection__is_public=True)
    Path(file.thumbnail.path).unlink()
    file.master_path.write_bytes(master) if master else file.master_path.unlink()
    assert browser().get(address(file)).status_code == 404


def test_pages_wait_for_no_derivative_whose_master_goes_on_being_read(monkeypatch: pytest.MonkeyPatch) -> None:
    file = ImageFileFactory(image__collection__is_public=True)
    Path(file.thumbnail.path).unlink()
    monkeypatch.setattr(derivatives, "WAIT_S", 0.05)
    with derivatives._turn.taken():
        waited = browser().get(address(file))
        monkeypatch.setattr(derivatives, "WAIT_S", 1e6)
        monkeypatch.setattr(derivatives, "HANGS_S", 0.0)
        not_waited = browser().get(address(file))
    for response in (waited, not_waited):
        assert response.status_code == 503
        assert int(response["Retry-After"]) > 0
        assert response["Cache-Control"] == "no-store"

    assert browser().get(address(file)).status_code == 200


def test_what_could_not_be_made_is_not_tried_again_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    file = ImageFileFactory(image__collection__is_public=True)
    master = file.master_path.read_bytes()
    Path(file.thumbnail.path).unlink()
    file.master_path.unlink()
    assert browser().get(address(file)).status_code == 404
    file.master_path.write_bytes(master)
    with derivatives._turn.taken():
        assert browser().get(address(file)).status_code == 404

    later = time.monotonic() + derivatives.NOT_AGAIN_S + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert browser().get(address(file)).status_code == 200


def test_a_derivative_that_was_never_made_is_not_found() -> None:
    file = ImageFileFactory(image__collection__is_public=True, screen="")
    assert browser().get(address(file, "screen")).status_code == 404


@pytest.mark.parametrize("path", ["/media/1/exif/", "/media/0/screen/", "/media/99999999999999999999/screen/"])
def test_an_address_of_nothing_is_not_found(path: str) -> None:
    assert browser().get(path).status_code == 404


def test_a_file_is_read_never_written() -> None:
    file = ImageFileFactory(image__collection__is_public=True)
    assert browser().post(address(file)).status_code == 405


def test_a_document_is_downloaded_by_members_only_and_has_no_picture() -> None:
    file = DocumentFactory(image__collection__is_public=True, original_name="册一/纪念册.pdf")
    member = browser(cataloguer(file.image.collection))

    response = member.get(address(file, "master"))

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert browser().get(address(file, "master")).status_code == 404
    assert [member.get(address(file, kind)).status_code for kind in ("thumbnail", "screen")] == [404, 404]
