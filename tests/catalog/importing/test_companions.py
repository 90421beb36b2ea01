"""What lies beside pictures: XMP files are read, everything else is named for what it is."""

import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.exceptions import FileRejected
from catalog.importing.companions import sort_out
from catalog.importing.entries import Entry, FileEntry
from catalog.importing.importing import import_images
from catalog.importing.sources import open_source
from catalog.importing.uploads import import_upload
from catalog.models import Annotation, Collection, Image
from tests.catalog.imports import bring_in
from tests.factories import CollectionFactory

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>
<rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>"""


def described(*names: str) -> dict[str, str]:
    """Return which XMP file belongs to which picture."""
    entries: list[Entry] = [FileEntry(name, Path("/", name)) for name in names]
    return {name: entry.name for name, entry in sort_out(entries)[1].items()}


@pytest.mark.parametrize(("names", "pairs"), [
    (["1.jpg", "1.xmp"], {"1.jpg": "1.xmp"}),
    (["1.JPG", "1.XMP"], {"1.JPG": "1.XMP"}),
    (["1.jpg", "1.jpg.xmp"], {"1.jpg": "1.jpg.xmp"}),
    (["1.jpg", "1.tif", "1.tif.xmp", "1.xmp"], {"1.jpg": "1.xmp", "1.tif": "1.tif.xmp"}),
    (["1.jpg", "1.tif", "1.xmp"], {"1.jpg": "1.xmp", "1.tif": "1.xmp"}),
    (["甲/1.jpg", "乙/1.xmp"], {}), (["1.jpg", "2.xmp"], {}), (["1.mov", "1.pdf", "1.xmp"], {}),
])  # fmt: skip
def test_an_xmp_file_belongs_to_the_picture_whose_name_it_bears(names: list[str], pairs: dict[str, str]) -> None:
    assert described(*names) == pairs


@pytest.mark.django_db
class TestImports:
    @pytest.fixture
    def collection(self) -> Collection:
        return CollectionFactory()

    def test_what_it_says_is_proposed_and_it_is_no_damaged_picture(self, folder: Path, collection: Collection) -> None:
        (folder / "1.xmp").write_text(XMP % "石桥", encoding="utf-8")

        report = bring_in(folder, collection)

        assert Annotation.objects.get().value == "石桥"
        assert (report.added, report.sidecars, report.left_out) == (3, 1, [])
        assert "读取附属说明（XMP）1 个" in report.sentence()

    def test_in_archives_and_beside_what_a_table_names_too(self, folder: Path, collection: Collection) -> None:
        (folder / "1.jpg.XMP").write_text(XMP % "石桥", encoding="utf-8")
        path = folder.parent / "照片.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(folder / "1.jpg", "册/1.jpg")
            archive.write(folder / "1.jpg.XMP", "册/1.xmp")
        (folder / "表.csv").write_text("文件名\n1.jpg\n", encoding="utf-8")

        for source_path, to in ((path, collection), (folder / "表.csv", CollectionFactory())):
            with open_source(source_path, folder.parent / "staging") as source:
                report = import_images(collection=to, source=source)
            assert (report.added, report.sidecars, report.left_out) == (1, 1, [])

        assert [item.value for item in Annotation.objects.all()] == ["石桥", "石桥"]

    def test_a_damaged_one_is_said_and_its_picture_comes_in(self, folder: Path, collection: Collection) -> None:
        (folder / "1.xmp").write_text("<x:xmpmeta", encoding="utf-8")

        report = bring_in(folder, collection)

        assert (report.added, report.sidecars, report.rejected) == (3, 0, [])
        (unused,) = report.left_out
        assert (unused.name, "1.jpg" in unused.reason) == ("1.xmp", True)

    @pytest.mark.parametrize(("name", "word"), [
        ("1.MOV", "视频"), ("1.mp4", "视频"), ("1.aae", "修图"), ("1.THM", "预览图"), ("picasa.ini", "自动生成"),
        ("ZbThumbnail.db", "自动生成"), ("DS_Store", "自动生成"), ("说明.txt", "文字"), ("清单.xlsx", "表格"),
        ("表.csv", "表格"), ("a.wav", "录音"), ("b.zip", "压缩包"), ("1.jpg.json", "数据"),
        ("9.xmp", "没有与它同名的图像"),
    ])  # fmt: skip
    def test_other_files_are_named_for_what_they_are(
        self, folder: Path, collection: Collection, name: str, word: str
    ) -> None:
        (folder / name).write_bytes(b"whatever it is")

        report = bring_in(folder, collection)

        (reject,) = report.rejected
        assert (report.added, reject.name) == (3, name)
        assert word in reject.reason
        assert "损坏" not in reject.reason

    def test_a_row_about_such_a_file_does_not_say_that_it_is_missing(
        self, folder: Path, collection: Collection
    ) -> None:
        (folder / "1.mov").write_bytes(b"x")
        (folder / "1.xmp").write_text(XMP % "石桥", encoding="utf-8")
        (folder / "manifest.csv").write_text("文件名,题名\n1,桥\n1.mov,片\n1.xmp,x\n", encoding="utf-8")

        report = bring_in(folder, collection)

        assert Image.objects.get(files__original_name="1.jpg").title == "桥"
        assert ["视频" in reject.reason for reject in report.left_out] == [True]

    def test_one_that_is_sent_is_refused_in_the_same_words(self, collection: Collection) -> None:
        upload = SimpleUploadedFile("1.mov", b"x", content_type="video/quicktime")

        with pytest.raises(FileRejected, match="视频"):
            import_upload(collection=collection, upload=upload, user=None)
