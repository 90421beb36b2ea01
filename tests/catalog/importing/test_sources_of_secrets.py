"""What a source itself is called is looked at for classification marks, as the names inside it are."""

import zipfile
from pathlib import Path

import pytest

from catalog.importing.import_reports import ImportReport
from catalog.importing.importing import import_images
from catalog.importing.sources import open_source
from catalog.models import Collection, Image
from tests.factories import CollectionFactory, picture

pytestmark = pytest.mark.django_db


def bring_in(path: Path, collection: Collection, staging: Path, *, dry_run: bool = False) -> ImportReport:
    with open_source(path, staging) as source:
        return import_images(collection=collection, source=source, dry_run=dry_run)


def made(root: Path, name: str, kind: str) -> Path:
    folder = root / name
    folder.mkdir()
    (folder / "1.jpg").write_bytes(picture((10, 20, 30)))
    if kind == "manifest":
        (folder / "list.csv").write_text("文件,题名\n1.jpg,合影\n", encoding="utf-8")
        return folder / "list.csv"
    if kind == "archive":
        with zipfile.ZipFile(root / f"{name}.zip", "w") as archive:
            archive.write(folder / "1.jpg", "1.jpg")
        return root / f"{name}.zip"
    return folder


@pytest.mark.parametrize("kind", ["folder", "archive", "manifest"])
@pytest.mark.parametrize("name", ["机密", "1962 绝密★", "基建-秘密-1959"])
def test_a_marked_source_stops_its_records(tmp_path: Path, media: Path, kind: str, name: str) -> None:
    report = bring_in(made(tmp_path, name, kind), CollectionFactory(), tmp_path / "staging")
    image = Image.objects.get()
    assert image.secrecy_hold
    assert image.secrecy_marks.get().place == "file_name"
    assert len(report.suspected) == 1


@pytest.mark.parametrize("name", ["照片", "保守机密教育", "秘密花园"])
def test_a_word_in_a_name_is_no_mark(tmp_path: Path, media: Path, name: str) -> None:
    bring_in(made(tmp_path, name, "folder"), CollectionFactory(), tmp_path / "staging")
    assert not Image.objects.get().secrecy_hold


def test_a_link_is_called_as_what_it_leads_to(tmp_path: Path, media: Path) -> None:
    (tmp_path / "照片").symlink_to(made(tmp_path, "机密", "folder"), target_is_directory=True)
    bring_in(tmp_path / "照片", CollectionFactory(), tmp_path / "staging")
    assert Image.objects.get().secrecy_hold


def test_a_dry_run_says_so(tmp_path: Path, media: Path) -> None:
    report = bring_in(made(tmp_path, "机密", "folder"), CollectionFactory(), tmp_path / "staging", dry_run=True)
    assert len(report.suspected) == 1
    assert not Image.objects.exists()
