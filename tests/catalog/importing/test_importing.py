"""Importing: what is new comes in whole, what is not stays out with a reason."""

import csv
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import pytest
from django.db.models.signals import pre_save
from django.utils import timezone
from PIL import Image as PillowImage
from pytest_django import Settings

from catalog.exceptions import FileRejected
from catalog.importing.entries import ImportSource
from catalog.importing.folders import folder_source
from catalog.importing.import_reports import ImportReport, Reject, write_lists
from catalog.importing.importing import import_images
from catalog.models import Action, Collection, Image, ImageFile
from tests.catalog.imports import SIZE, bring_in
from tests.factories import CollectionFactory, picture

pytestmark = pytest.mark.django_db


def test_every_picture_of_a_folder_becomes_an_image_with_its_scan(folder: Path, media: Path) -> None:
    collection = CollectionFactory()

    report = bring_in(folder, collection)

    assert (report.added, report.rejected, report.duplicates) == (3, [], [])
    names = ImageFile.objects.order_by("original_name").values_list("original_name", "format", "width", "height")
    assert list(names) == [("1.jpg", "JPEG", 400, 300), ("2.png", "PNG", 400, 300), ("甲/3.tif", "TIFF", 400, 300)]
    for scan in ImageFile.objects.all():
        assert scan.collection == collection
        assert scan.master_path.is_relative_to(media)
        assert scan.master_path.read_bytes() == (folder / scan.original_name).read_bytes()
        for name, longer in ((scan.thumbnail, 320), (scan.screen, 400)):
            with PillowImage.open(name.path) as derivative:
                assert (derivative.format, max(derivative.size)) == ("JPEG", longer)


def test_a_second_run_adds_only_what_is_new(folder: Path) -> None:
    collection = CollectionFactory()
    bring_in(folder, collection)
    (folder / "4.jpg").write_bytes(picture((40, 50, 60), SIZE))

    report = bring_in(folder, collection)

    assert (report.added, report.present) == (1, 3)
    assert collection.images.count() == 4
    assert Action.objects.filter(collection=collection).count() == 4


def test_the_same_content_under_another_name_is_reported_and_left_out(folder: Path) -> None:
    shutil.copy(folder / "1.jpg", folder / "副本.jpg")
    collection = CollectionFactory()

    first = bring_in(folder, collection)
    again = bring_in(folder, collection)

    assert first.added == 3
    assert [reject.name for reject in first.duplicates] == ["副本.jpg"]
    assert "1.jpg" in first.duplicates[0].reason
    assert (again.added, again.present, len(again.duplicates)) == (0, 3, 1)


def test_the_same_content_may_be_in_two_collections(folder: Path) -> None:
    bring_in(folder, CollectionFactory())

    assert bring_in(folder, CollectionFactory()).added == 3


def test_a_damaged_file_is_named_with_the_reason_and_stops_nothing(folder: Path) -> None:
    (folder / "0坏.jpg").write_bytes(picture()[:900])
    (folder / "空.jpg").touch()
    (folder / "说明.txt").write_text("不是图片", encoding="utf-8")

    report = bring_in(folder, CollectionFactory())

    assert report.added == 3
    assert {reject.name for reject in report.rejected} == {"0坏.jpg", "空.jpg", "说明.txt"}
    assert all(reject.reason for reject in report.rejected)
    assert Image.objects.count() == 3


def test_what_the_disk_objects_to_is_said_in_chinese(folder: Path, settings: Settings) -> None:
    # Where nobody can make a folder.
    settings.MEDIA_ROOT = Path("/proc/nowhere")

    report = bring_in(folder, CollectionFactory())

    assert {reject.reason for reject in report.rejected} == {"文件无法读写：文件或文件夹不存在。"}
    assert not Image.objects.exists()


def test_what_operating_systems_leave_behind_is_not_mentioned(folder: Path) -> None:
    for name in (".DS_Store", "Thumbs.db", "__MACOSX/1.jpg", ".hidden/1.jpg"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")

    report = bring_in(folder, CollectionFactory())

    assert (report.seen, report.added) == (3, 3)


def test_a_link_that_leads_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "secret.jpg"
    outside.write_bytes(picture((1, 1, 1)))
    (folder / "link.jpg").symlink_to(outside)
    (folder / "inside.jpg").symlink_to(folder / "1.jpg")

    report = bring_in(folder, CollectionFactory())

    assert [reject.name for reject in report.rejected] == ["link.jpg"]
    assert report.added == 3


def test_links_that_go_in_a_circle_are_refused(folder: Path) -> None:
    (folder / "a.jpg").symlink_to(folder / "b.jpg")
    (folder / "b.jpg").symlink_to(folder / "a.jpg")

    report = bring_in(folder, CollectionFactory())

    assert (report.added, [reject.name for reject in report.rejected]) == (3, ["a.jpg", "b.jpg"])


def test_a_folder_that_cannot_be_read_is_reported() -> None:
    # Not under tmp_path, which nobody but its owner may enter.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "锁着").mkdir(mode=0)

        with _without_privileges():
            source = folder_source(folder)

    (refused,) = source.entries
    assert refused.name == "锁着"
    with pytest.raises(FileRejected, match="无法读取"):
        refused.local()


@contextmanager
def _without_privileges() -> Iterator[None]:
    """Be nobody where the tests run as root, who may read everything."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_nothing_hidden_in_a_master_is_in_its_public_pictures(folder: Path) -> None:
    exif = PillowImage.Exif()
    exif[0x013B] = "GEHEIM"
    noise = PillowImage.effect_noise(SIZE, 60).convert("RGB")
    noise.save(folder / "1.jpg", comment=b"GEHEIM", exif=exif, xmp=b"GEHEIM")

    bring_in(folder, CollectionFactory())

    scan = ImageFile.objects.get(original_name="1.jpg")
    for name in (scan.thumbnail, scan.screen):
        assert b"GEHEIM" not in Path(name.path).read_bytes()


def test_in_place_the_master_stays_where_it_is(folder: Path, media: Path) -> None:
    report = bring_in(folder, CollectionFactory(), in_place=True)

    assert report.added == 3
    assert not (media / "masters").exists()
    for scan in ImageFile.objects.all():
        assert scan.master_path == (folder / scan.original_name).resolve()
        assert Path(scan.screen.path).is_file()


def test_an_archive_cannot_be_referenced_in_place() -> None:
    with pytest.raises(FileRejected):
        import_images(collection=CollectionFactory(), source=ImportSource([], on_disk=False), in_place=True)


def test_a_dry_run_looks_at_everything_and_writes_nothing(folder: Path, media: Path) -> None:
    shutil.copy(folder / "1.jpg", folder / "副本.jpg")
    (folder / "坏.jpg").write_bytes(b"\xff\xd8")

    report = bring_in(folder, Collection(slug="new", title="新"), dry_run=True)

    assert (report.added, len(report.duplicates), len(report.rejected)) == (3, 1, 1)
    assert not media.exists()
    assert not Image.objects.exists()


def test_an_import_that_died_after_keeping_a_file_goes_on_with_it(folder: Path, media: Path) -> None:
    collection = CollectionFactory()
    pre_save.connect(_die, sender=ImageFile)
    try:
        with pytest.raises(KeyboardInterrupt):
            bring_in(folder, collection)
    finally:
        pre_save.disconnect(_die, sender=ImageFile)
    kept = [path for path in media.rglob("*") if path.is_file()]
    assert not Image.objects.exists()
    assert len(kept) == 3  # master, thumbnail and screen picture of the first
    (media / "masters" / str(collection.pk) / "half.jpg.part").touch()

    report = bring_in(folder, collection)

    assert report.added == 3
    assert all(path.is_file() for path in kept)


def _die(*args: object, **kwargs: object) -> NoReturn:
    raise KeyboardInterrupt


def test_progress_is_told_after_each_file(folder: Path) -> None:
    told = []

    bring_in(folder, CollectionFactory(), progress=lambda report, name: told.append((report.seen, name)))

    assert told == [(1, "1.jpg"), (2, "2.png"), (3, "甲/3.tif")]


def test_exif_and_a_perceptual_hash_are_kept(tmp_path: Path, folder: Path) -> None:
    exif = PillowImage.Exif()
    exif[0x010F] = "Seagull"
    PillowImage.effect_noise(SIZE, 60).convert("RGB").save(folder / "exif.jpg", exif=exif)

    bring_in(folder, CollectionFactory())

    scan = ImageFile.objects.get(original_name="exif.jpg")
    assert scan.exif["Make"] == "Seagull"
    assert len(scan.perceptual_hash) == 16


def test_rejects_are_listed_for_excel_and_never_run(tmp_path: Path) -> None:
    report = ImportReport(rejected=[Reject("=坏.jpg", "已损坏。")], duplicates=[Reject("副本.jpg", "重复。")])
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.get_current_timezone())

    ((_words, path),) = write_lists(report, folder=tmp_path, slug="demo", now=now)

    assert path == tmp_path / "rejects" / "demo-20260102-030405.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [["文件", "原因"], ["'=坏.jpg", "已损坏。"], ["副本.jpg", "重复。"]]


def test_without_rejects_there_is_no_file(tmp_path: Path) -> None:
    assert list(write_lists(ImportReport(added=1), folder=tmp_path, slug="demo", now=timezone.now())) == []
    assert not (tmp_path / "rejects").exists()


def test_the_report_is_a_sentence() -> None:
    report = ImportReport(added=24, duplicates=[Reject("a", "b")], rejected=[Reject("c", "d")])

    words = report.sentence()

    assert "26" in words
    assert "24" in words
