"""A row is about the one file that its name means, however it writes it; what cannot be told stays apart."""

from pathlib import Path

import pytest

from catalog.exceptions import FileRejected
from catalog.importing.entries import Entry, FileEntry
from catalog.importing.folders import folder_source, manifest_source
from catalog.importing.manifest import Manifest, ManifestRow
from catalog.importing.matching import match_rows, source_of
from catalog.models import Image
from inference.spreadsheets import safe_cell
from tests.catalog.imports import bring_in
from tests.factories import CollectionFactory


def entries(*names: str) -> list[Entry]:
    return [FileEntry(name, Path("/", name)) for name in names]


def matched(written: str, *files: str, folder: str = "") -> str | None:
    """Return the file that a row is about; None where it is about none of them."""
    manifest, _reasons = match_rows(Manifest((ManifestRow(written, line=2),)), entries(*files), folder)
    name = manifest.rows[0].name
    return name if name in files else None


def refusals(manifest: Manifest, *files: str) -> dict[str, str]:
    """Return why which entries of a source are refused."""
    found = {}
    for entry in source_of(entries(*files), manifest).entries:
        if not isinstance(entry, FileEntry):
            with pytest.raises(FileRejected) as error, entry.local():
                pass
            found[entry.name] = str(error.value)
    return found


@pytest.mark.parametrize(("written", "file"), [
    ("IMG_01.JPG", "IMG_01.jpg"), ("img_01.jpg", "IMG_01.JPG"), ("照片/a.tif", "照片/A.TIF"),
    ("img_02", "img_02.jpg"), ("IMG_02", "img_02.jpg"), ("1959.10.1", "1959.10.1.jpg"), ("甲/1", "甲/1.jpg"),
    ("1.jpeg", "1.jpg"), ("1.tiff", "1.TIF"),
    ("\ufeff1.jpg", "1.jpg"), ("1\u200b.jpg", "1.jpg"), ("\u202a1.jpg\u202c", "1.jpg"), ("1.jpg", "1\u200e.jpg"),
    ("１．ｊｐｇ", "1.jpg"), ("照片（１）.jpg", "照片(1).jpg"), ("石桥　甲.jpg", "石桥 甲.jpg"),
    ("a\xa0b.jpg", "a b.jpg"),
    ("照片＼1.jpg", "照片/1.jpg"), ("照片／1.jpg", "照片/1.jpg"), ("/照片/1.jpg", "照片/1.jpg"),
    (".\\照片\\1.JPG", "照片/1.jpg"),
    ("cafe\u0301.JPG", "caf\xe9.jpg"), ("石桥—1.jpg", "石桥-1.jpg"), ("O’Neil.jpg", "O'Neil.jpg"),
])  # fmt: skip
def test_a_row_that_writes_the_name_otherwise_is_about_its_file(written: str, file: str) -> None:
    assert matched(written, file, "另一张.jpg") == file


@pytest.mark.parametrize("name", ["=1.jpg", "+1.jpg", "-1.jpg", "@1.jpg"])
def test_a_name_that_an_exported_table_defuses_is_known_again(name: str) -> None:
    assert safe_cell(name) != name
    assert matched(safe_cell(name), name, "1.jpg") == name


def test_the_name_of_a_first_page_in_an_exported_table_means_the_document() -> None:
    assert matched("册.pdf/0001.png", "册.pdf") == "册.pdf"


@pytest.mark.parametrize(("written", "files"), [
    ("A.jpg", ["a.jpg", "a.JPG"]), ("1", ["1.jpg", "1.tif"]), ("1.JPEG", ["1.jpg", "1.Jpg"]),
    ("1.tif", ["1.jpg"]), ("01.jpg", ["1.jpg"]), ("1.jpg", ["甲/1.jpg"]), ("石橋.jpg", ["石桥.jpg"]),
    ("../1.jpg", ["1.jpg"]),
    ("图①.jpg", ["图1.jpg"]), ("1.jpg.jpg", ["1.jpg"]),
])  # fmt: skip
def test_what_cannot_be_told_or_is_another_name_is_not_matched(written: str, files: list[str]) -> None:
    assert matched(written, *files) is None


def test_the_nearest_name_counts() -> None:
    assert matched("1", "1", "1.jpg") == "1"
    assert matched("1.JPG", "1.jpg", "1.jpeg") == "1.jpg"
    assert matched("A.jpg", "A.jpg", "a.jpg") == "A.jpg"


def test_two_rows_that_fit_one_file_are_both_left_and_it_is_said() -> None:
    manifest = Manifest((ManifestRow("A.JPG", line=2), ManifestRow("a.Jpg", line=3)))

    reasons = refusals(manifest, "a.jpg")

    assert list(reasons) == ["A.JPG", "a.Jpg"]
    assert all("a.jpg" in reason for reason in reasons.values())


def test_a_row_that_fits_several_files_says_which() -> None:
    reasons = refusals(Manifest((ManifestRow("1", line=2),)), "1.jpg", "1.tif")

    assert "1.jpg、1.tif" in reasons["1"]


def test_a_file_that_has_its_row_is_no_other_rows() -> None:
    manifest = Manifest((ManifestRow("1.jpg", line=2), ManifestRow("1.JPG", line=3)))

    assert list(refusals(manifest, "1.jpg")) == ["1.JPG"]


def test_names_are_counted_from_the_manifests_folder_or_from_the_top() -> None:
    assert matched("1.JPG", "册/1.jpg", folder="册") == "册/1.jpg"
    assert matched("册\\1.JPG", "册/1.jpg", folder="册") == "册/1.jpg"
    assert matched("1.jpg", "册/1.jpg", folder="册") == "册/1.jpg"


@pytest.mark.django_db
def test_what_was_matched_so_is_in_the_report_and_comes_in(folder: Path) -> None:
    (folder / "manifest.csv").write_text("文件名,题名\n1.JPG,石桥\n2,木桥\n甲/3.tif,铁桥\n", encoding="utf-8")

    report = bring_in(folder, CollectionFactory())

    assert {image.title for image in Image.objects.all()} == {"石桥", "木桥", "铁桥"}
    assert [row.name for row in report.matched_rows] == ["1.jpg", "2.png"]
    assert "第 2 行写的是“1.JPG”" in report.matched_rows[0].part
    assert "按相近名称对应清单 2 行" in report.sentence()
    assert not report.left_out


def test_a_table_of_its_own_finds_files_and_folders_that_are_called_otherwise(folder: Path) -> None:
    (folder / "表.csv").write_text("文件名\n1.JPG\n２\n甲\\3.TIF\n没有.jpg\n", encoding="gb18030")

    source = manifest_source(folder / "表.csv")

    assert [row.name for row in source.manifest.rows] == ["1.jpg", "2.png", "甲/3.tif", "没有.jpg"]
    assert [entry.name for entry in source.entries] == ["1.jpg", "2.png", "甲/3.tif", "没有.jpg"]
    with pytest.raises(FileRejected, match="不存在"), source.entries[-1].local():
        pass


def test_a_link_out_of_the_folder_is_not_found_under_another_name_either(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.jpg").write_bytes(b"x")
    (folder / "Link").symlink_to(outside)
    (folder / "Secret.JPG").symlink_to(outside / "secret.jpg")
    (folder / "表.csv").write_text("文件名\nlink/secret.jpg\nsecret.jpg\n", encoding="utf-8")

    for entry in manifest_source(folder / "表.csv").entries:
        with pytest.raises(FileRejected), entry.local():
            pass


def test_names_on_a_disk_that_are_no_utf8_or_only_seem_to_be_are_read(tmp_path: Path) -> None:
    for name in ("学校", "照片"):
        (tmp_path / name.encode("gbk").decode("utf-8", "surrogateescape")).mkdir()
        (tmp_path / name.encode("gbk").decode("utf-8", "surrogateescape") / "1.jpg").write_bytes(b"x")

    assert sorted(entry.name for entry in folder_source(tmp_path).entries) == ["学校/1.jpg", "照片/1.jpg"]
