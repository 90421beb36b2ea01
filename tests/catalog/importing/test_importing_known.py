"""What is there already: told in the proper words, and found again where its master was lost."""

import shutil
from pathlib import Path

import pytest

from catalog.models import Action, ImageFile
from catalog.records.fixity import verify_files
from catalog.vocabulary import Access, Fixity
from tests.catalog.imports import bring_in
from tests.catalog.people import cataloguer
from tests.factories import CollectionFactory

pytestmark = pytest.mark.django_db


def test_masters_that_moved_are_found_again_in_place(folder: Path, tmp_path: Path) -> None:
    collection = CollectionFactory()
    bring_in(folder, collection, in_place=True)
    moved = folder.rename(tmp_path / "新的共享")
    verify_files()
    assert set(ImageFile.objects.values_list("fixity", flat=True)) == {Fixity.MISSING}

    tried = bring_in(moved, collection, in_place=True, dry_run=True)
    report = bring_in(moved, collection, in_place=True)
    again = bring_in(moved, collection, in_place=True)

    assert (tried.found_again, report.found_again, report.present, again.found_again) == (3, 3, 3, 0)
    assert "重新找到 3 个" in report.sentence()
    for scan in ImageFile.objects.all():
        assert scan.master_path == (moved / scan.original_name).resolve()
        assert (scan.fixity, scan.master_modified_ns) == (Fixity.INTACT, scan.master_path.stat().st_mtime_ns)
    assert verify_files().missing == 0
    entry = Action.objects.filter(details__found_again=True).first()
    assert entry is not None
    assert str(folder) in entry.details["before"]


def test_without_in_place_what_moved_is_copied_in(folder: Path, tmp_path: Path) -> None:
    collection = CollectionFactory()
    bring_in(folder, collection, in_place=True)
    moved = folder.rename(tmp_path / "新的共享")

    report = bring_in(moved, collection)

    assert report.found_again == 3
    for scan in ImageFile.objects.all():
        assert (bool(scan.master), scan.source_path) == (True, "")
        assert scan.master_path.read_bytes() == (moved / scan.original_name).read_bytes()


def test_a_copy_that_was_lost_is_found_again_under_another_name(folder: Path) -> None:
    collection = CollectionFactory()
    bring_in(folder, collection)
    scan = ImageFile.objects.get(original_name="1.jpg")
    scan.master_path.unlink()
    (folder / "1.jpg").rename(folder / "改名.jpg")

    report = bring_in(folder, collection)

    assert (report.found_again, [reject.name for reject in report.duplicates]) == (1, ["改名.jpg"])
    assert scan.master_path.read_bytes() == (folder / "改名.jpg").read_bytes()


def test_a_master_that_is_there_stays_where_it_is(folder: Path, tmp_path: Path) -> None:
    collection = CollectionFactory()
    bring_in(folder, collection, in_place=True)
    copy = Path(shutil.copytree(folder, tmp_path / "副本"))

    report = bring_in(copy, collection, in_place=True)

    assert (report.present, report.found_again) == (3, 0)
    assert not ImageFile.objects.filter(source_path__contains="副本").exists()


def test_nothing_is_told_of_a_record_that_whoever_imports_may_not_see(folder: Path) -> None:
    collection = CollectionFactory()
    bring_in(folder, collection)
    collection.images.update(access=Access.RESTRICTED, disclosure="unexamined")
    (folder / "1.jpg").rename(folder / "另一个.jpg")
    (folder / "manifest.csv").write_text("文件名,题名,照片号\n2.png,石桥,P-1\n", encoding="utf-8")

    report = bring_in(folder, collection, user=cataloguer(collection))

    assert (report.added, report.present, report.completed, len(report.duplicates)) == (0, 0, 0, 3)
    assert {reject.reason for reject in report.duplicates} == {"馆藏里已有相同内容的文件，未重复导入。"}
    assert not collection.images.exclude(identifier="", title="").exists()
