"""Importing with a manifest: what a person wrote comes in as accepted values, and overwrites nothing."""

import os
import shutil
from datetime import date
from pathlib import Path

import pytest

from catalog.exceptions import FileRejected
from catalog.importing.importing import import_images
from catalog.importing.sources import open_source
from catalog.models import Collection, Image, ImageFile
from catalog.records.numbering import propose_numbers
from catalog.vocabulary import ImageStatus, Source, State, Verb
from tests.catalog.imports import SIZE, bring_in
from tests.factories import CollectionFactory, ImageFactory, UserFactory, described, picture

pytestmark = pytest.mark.django_db


def test_a_manifest_writes_accepted_values_of_a_person(folder: Path) -> None:
    (folder / "manifest.csv").write_text(
        "文件名,照片号,题名,时间,备注\n1.jpg,P-1,石桥,1959年5月,\n甲\\3.tif,P-3,,,背面有字\n", encoding="utf-8-sig"
    )
    user = UserFactory()

    report = bring_in(folder, CollectionFactory(), user=user)

    assert report.added == 3
    bridge = Image.objects.get(identifier="P-1")
    assert (bridge.title, bridge.date_text, bridge.date_start) == ("石桥", "1959年5月", date(1959, 5, 1))
    assert (bridge.status, bridge.revision) == (ImageStatus.DESCRIBED, 1)
    title = bridge.annotations.get(field="title")
    assert (title.source, title.state, title.decided_by) == (Source.PERSON, State.ACCEPTED, user)
    assert bridge.annotations.count() == 2
    assert Image.objects.get(identifier="P-3").notes == "背面有字"


def test_a_manifest_writes_the_numbers_that_archives_keep(folder: Path) -> None:
    (folder / "manifest.csv").write_text("文件名,册号,张号,底片号,参见号\n1.jpg,12,3,N-7,文书 5\n", encoding="utf-8")
    collection = CollectionFactory(fonds_number="X001", number_pattern="{全宗号}-{册号}-{张号:4}")

    bring_in(folder, collection)

    image = Image.objects.get(files__original_name="1.jpg")
    assert (image.volume, image.sheet, image.negative_number, image.see_also) == ("12", "3", "N-7", "文书 5")
    proposed = {proposal.image_id: proposal.identifier for proposal in propose_numbers(collection)}
    assert proposed[image.pk] == "X001-12-0003"


def test_numbers_that_come_later_fill_what_is_missing_and_overwrite_nothing(folder: Path) -> None:
    collection = CollectionFactory()
    bring_in(folder, collection)
    Image.objects.filter(files__original_name="1.jpg").update(volume="9")
    (folder / "manifest.csv").write_text("文件名,册号,张号\n1.jpg,12,3\n", encoding="utf-8")

    tried = bring_in(folder, collection, dry_run=True)
    report = bring_in(folder, collection)
    again = bring_in(folder, collection)

    image = Image.objects.get(files__original_name="1.jpg")
    assert (image.volume, image.sheet) == ("9", "3")
    assert (tried.completed, report.completed, again.completed) == (1, 1, 0)
    assert image.actions.filter(verb=Verb.IMAGE_CHANGED).get().details["after"] == {"sheet": "3"}


def test_a_number_that_no_record_can_hold_keeps_the_file_out_in_words(folder: Path) -> None:
    (folder / "manifest.csv").write_text(f"文件名,册号\n1.jpg,{'9' * 41}\n", encoding="utf-8")

    report = bring_in(folder, CollectionFactory())

    assert (report.added, [reject.name for reject in report.rejected]) == (2, ["1.jpg"])
    assert "40" in report.rejected[0].reason


def test_one_volume_for_all_is_given_to_those_without_one(folder: Path) -> None:
    (folder / "manifest.csv").write_text("文件名,册号\n1.jpg,12\n", encoding="utf-8")
    collection = CollectionFactory()
    (folder / "2.png").rename(folder.parent / "2.png")
    bring_in(folder, collection)
    (folder.parent / "2.png").rename(folder / "2.png")

    report = bring_in(folder, collection, volume="3")

    volumes = dict(ImageFile.objects.values_list("original_name", "image__volume"))
    assert volumes == {"1.jpg": "12", "2.png": "3", "甲/3.tif": "3"}
    assert (report.added, report.completed) == (1, 1)


def test_a_volume_that_no_record_can_hold_is_refused_at_once(folder: Path) -> None:
    with pytest.raises(FileRejected, match="40"):
        bring_in(folder, CollectionFactory(), volume="9" * 41)
    assert not Image.objects.exists()


def test_a_row_that_leads_outside_is_called_so(folder: Path) -> None:
    (folder / "manifest.csv").write_text("文件名,题名\n../../etc/passwd,x\n9.jpg,y\n", encoding="utf-8")

    rejected = {reject.name: reject.reason for reject in bring_in(folder, CollectionFactory()).rejected}

    assert rejected == {
        "../../etc/passwd": "路径指向来源之外，已拒绝。",
        "9.jpg": "清单里有这个文件，来源里没有。",
    }


def test_of_two_identical_files_the_one_in_the_manifest_is_the_record(folder: Path) -> None:
    shutil.copy(folder / "1.jpg", folder / "0副本.jpg")
    (folder / "manifest.csv").write_text("文件名,照片号\n1.jpg,P-1\n", encoding="utf-8")

    report = bring_in(folder, CollectionFactory())

    assert [reject.name for reject in report.duplicates] == ["0副本.jpg"]
    assert ImageFile.objects.get(image__identifier="P-1").original_name == "1.jpg"


@pytest.mark.parametrize("in_place", [False, True])
def test_a_file_name_in_the_old_chinese_encoding_is_read(folder: Path, *, in_place: bool) -> None:
    raw = os.fsencode(folder) + b"/" + "石桥".encode("gb18030") + b".jpg"
    Path(os.fsdecode(raw)).write_bytes(picture((5, 5, 5), SIZE))

    report = bring_in(folder, CollectionFactory(), in_place=in_place)

    assert report.rejected == []
    assert ImageFile.objects.get(original_name="石桥.jpg").master_path.is_file()


def test_a_file_the_manifest_names_in_vain_is_reported(folder: Path) -> None:
    (folder / "manifest.csv").write_text("file,title\n1.jpg,a\n9.jpg,b\n", encoding="utf-8")

    report = bring_in(folder, CollectionFactory())

    assert [reject.name for reject in report.rejected] == ["9.jpg"]


def test_a_manifest_that_comes_later_fills_what_is_missing_and_overwrites_nothing(folder: Path) -> None:
    collection = CollectionFactory()
    bring_in(folder, collection)
    image = Image.objects.get(files__original_name="1.jpg")
    described(image, title="人写的")
    (folder / "manifest.csv").write_text("文件名,照片号,题名,地点\n1.jpg,P-1,清单写的,河边\n", encoding="utf-8")

    report = bring_in(folder, collection)
    again = bring_in(folder, collection)

    image.refresh_from_db()
    assert (image.identifier, image.title, image.place) == ("P-1", "人写的", "河边")
    assert (report.added, report.completed) == (0, 1)
    assert again.completed == 0


def test_an_identifier_in_use_keeps_the_file_out(folder: Path) -> None:
    (folder / "manifest.csv").write_text("文件名,照片号\n1.jpg,P-1\n2.png,P-1\n", encoding="utf-8")

    report = bring_in(folder, CollectionFactory())

    assert report.added == 2
    assert [reject.name for reject in report.rejected] == ["2.png"]
    assert "P-1" in report.rejected[0].reason


def test_an_identifier_that_is_too_long_keeps_the_file_out_in_words(folder: Path) -> None:
    (folder / "manifest.csv").write_text(f"文件名,照片号\n1.jpg,{'9' * 101}\n", encoding="utf-8")

    report = bring_in(folder, CollectionFactory())

    assert report.added == 2
    assert "100" in report.rejected[0].reason


@pytest.mark.parametrize("identifier", ["P-1", "9" * 101])
def test_an_identifier_that_cannot_be_added_later_is_reported_once_in_words(folder: Path, identifier: str) -> None:
    collection = CollectionFactory()
    bring_in(folder, collection)
    ImageFactory(collection=collection, identifier="P-1")
    (folder / "manifest.csv").write_text(f"文件名,照片号\n1.jpg,{identifier}\n", encoding="utf-8")

    report = bring_in(folder, collection)

    assert (report.present, report.seen) == (2, 3)
    assert [reject.name for reject in report.rejected] == ["1.jpg"]
    assert not Image.objects.get(files__original_name="1.jpg").identifier


def test_of_two_rows_about_one_file_the_first_is_used_and_the_second_reported(folder: Path) -> None:
    (folder / "manifest.csv").write_text("文件名,题名\n1.jpg,石桥\n./1.jpg,木桥\n", encoding="utf-8")

    report = bring_in(folder, CollectionFactory())

    assert Image.objects.get(files__original_name="1.jpg").title == "石桥"
    assert (report.seen, [row.name for row in report.left_out]) == (3, ["./1.jpg"])
    assert "第 3 行" in report.left_out[0].reason


def test_a_dry_run_knows_the_identifiers_it_would_give(folder: Path) -> None:
    (folder / "manifest.csv").write_text("文件名,照片号\n1.jpg,P-1\n2.png,P-1\n", encoding="utf-8")
    (folder / "甲" / "3.tif").unlink()

    report = bring_in(folder, Collection(slug="new", title="新"), dry_run=True)

    assert (report.added, [reject.name for reject in report.rejected]) == (1, ["2.png"])


def test_a_dry_run_says_what_it_would_complete(folder: Path) -> None:
    collection = CollectionFactory()
    bring_in(folder, collection)
    (folder / "manifest.csv").write_text("文件名,照片号\n1.jpg,P-1\n2.png,P-1\n", encoding="utf-8")

    report = bring_in(folder, collection, dry_run=True)

    assert (report.completed, len(report.rejected)) == (1, 1)
    assert not collection.images.filter(identifier="P-1").exists()


def test_a_manifest_is_found_however_its_name_is_written(folder: Path) -> None:
    (folder / "Manifest.CSV").write_text("文件名,题名\n1.jpg,石桥\n", encoding="utf-8")

    report = bring_in(folder, CollectionFactory())

    assert (report.added, report.rejected) == (3, [])
    assert Image.objects.get(files__original_name="1.jpg").title == "石桥"


def test_a_manifest_given_by_itself_brings_in_the_files_it_names(folder: Path, tmp_path: Path) -> None:
    (folder / "清单.csv").write_text("file,title\n1.jpg,石桥\n../secret.jpg,x\n/etc/passwd,y\n", encoding="utf-8")

    with open_source(folder / "清单.csv", tmp_path / "staging") as source:
        report = import_images(collection=CollectionFactory(), source=source)

    assert report.added == 1
    assert {reject.name for reject in report.rejected} == {"../secret.jpg", "/etc/passwd"}
