"""Paths whose names are bytes of any encoding are kept as texts that every database takes, and found again."""

import os
from pathlib import Path

import pytest

from catalog.paths import legible, recorded, recorded_below, recorded_path
from tests.factories import ImageFileFactory

GBK = Path(os.fsdecode("/nas/老照".encode("gbk") + b"/100%.jpg"))


@pytest.mark.parametrize("path", ["/nas/老照片/1.jpg", "/nas/100%.jpg", "/nas/%C0.jpg", "/%:/1.jpg"])
def test_a_path_in_utf_8_is_kept_as_it_is(path: str) -> None:
    assert recorded(Path(path)) == path
    assert recorded_path(path) == Path(path)


def test_a_path_in_another_encoding_is_kept_with_its_bytes_spelt_out() -> None:
    assert recorded(GBK) == "%:/nas/%C0%CF%D5%D5/100%25.jpg"
    assert recorded_path(recorded(GBK)) == GBK


def test_people_read_such_a_path_in_chinese() -> None:
    assert legible(GBK) == "/nas/老照/100%.jpg"
    mixed = Path(os.fsdecode("/nas/老照片/".encode() + "合影.jpg".encode("gbk")))
    assert legible(mixed) == "/nas/老照片/合影.jpg"
    assert legible(Path("/nas/老照片/1.jpg")) == "/nas/老照片/1.jpg"


def test_a_path_in_no_encoding_at_all_can_be_printed_too() -> None:
    legible(Path(os.fsdecode(b"/nas/\xff\xff.jpg"))).encode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", [GBK, Path("/nas/老照片/1.jpg"), Path(os.fsdecode(b"/nas/\xff\xfe.jpg"))], ids=repr)
def test_the_database_gives_back_the_very_bytes(path: Path) -> None:
    file = ImageFileFactory(master="", source_path=recorded(path))
    file.refresh_from_db()

    assert os.fsencode(file.master_path) == os.fsencode(path)
    assert type(file).objects.get(source_path=recorded(path)) == file


@pytest.mark.django_db
def test_all_below_a_folder_are_found_by_how_their_texts_begin() -> None:
    for path in (GBK, Path("/nas/1.jpg"), Path("/nas2/1.jpg")):
        ImageFileFactory(master="", source_path=recorded(path))
    files = ImageFileFactory._meta.model.objects

    found = [files.filter(source_path__startswith=start).count() for start in recorded_below(Path("/nas"))]

    assert found == [1, 1]
