"""PDF documents: each page a file, all pages of one document one record."""

import zipfile
from pathlib import Path

import pytest
from PIL import Image as PillowImage

from catalog.importing.importing import import_images
from catalog.importing.sources import open_source
from catalog.models import Collection, Image, ImageFile
from catalog.vocabulary import FileRole
from inference.engine import documents
from tests.catalog.imports import bring_in, write_pdf
from tests.factories import CollectionFactory

pytestmark = pytest.mark.django_db

# A document that asks for a password, as a PDF printer writes it: the handler is named, the rest does not matter.
LOCKED = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"3 0 obj<</Filter/Standard/V 1/R 2/O<" + b"00" * 32 + b">/U<" + b"11" * 32 + b">/P -4>>endobj\n"
    b"trailer<</Root 1 0 R/Encrypt 3 0 R/ID[<00><00>]>>\n%%EOF"
)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "box"
    folder.mkdir()
    return folder


def test_a_document_becomes_one_record_with_its_pages_in_order(box: Path) -> None:
    write_pdf(box / "册.pdf")
    collection = CollectionFactory()

    report = bring_in(box, collection)

    image = Image.objects.get()
    files = list(image.files.scans().order_by("sequence"))
    assert [(file.role, file.sequence) for file in files] == [(FileRole.PAGE, number) for number in (1, 2, 3)]
    assert [file.original_name for file in files] == [f"册.pdf/000{number}.png" for number in (1, 2, 3)]
    # 300 dpi of a page of 300 × 400 points.
    assert {(file.width, file.height, file.format) for file in files} == {(1250, 1667, "PNG")}
    assert image.front == files[0]
    assert (report.added, len(report.joined), report.left_out) == (1, 2, [])


def test_a_second_run_draws_nothing_again(box: Path) -> None:
    write_pdf(box / "册.pdf")
    collection = CollectionFactory()
    bring_in(box, collection)

    report = bring_in(box, collection)

    assert (report.added, report.present, report.left_out) == (0, 3, [])
    assert ImageFile.objects.scans().count() == 3


def test_blank_pages_are_pages_like_any_other(box: Path) -> None:
    noise = [PillowImage.effect_noise((300, 400), 40 + 20 * number).convert("RGB") for number in range(3)]
    blank = PillowImage.new("RGB", (300, 400), "white")
    pages = [noise[0], blank, noise[1], blank, noise[2]]
    pages[0].save(box / "册.pdf", "PDF", save_all=True, append_images=pages[1:], resolution=72)
    collection = CollectionFactory()

    report = bring_in(box, collection)
    again = bring_in(box, collection)

    image = Image.objects.get()
    assert list(image.files.scans().order_by("sequence").values_list("sequence", flat=True)) == [1, 2, 3, 4, 5]
    assert (report.left_out, again.present, again.left_out) == ([], 5, [])


def test_a_second_document_with_the_same_pages_is_a_record_of_its_own(box: Path) -> None:
    blank = PillowImage.new("RGB", (300, 400), "white")
    blank.save(box / "甲.pdf", "PDF", resolution=72, title="one")
    blank.save(box / "乙.pdf", "PDF", resolution=72, title="another")
    collection = CollectionFactory()

    report = bring_in(box, collection)

    assert (report.added, report.left_out) == (2, [])
    assert collection.images.count() == 2


def test_an_import_that_died_between_two_pages_goes_on_with_the_record(box: Path) -> None:
    write_pdf(box / "册.pdf")
    collection = CollectionFactory()
    bring_in(box, collection)
    ImageFile.objects.filter(sequence=2).delete()

    report = bring_in(box, collection)

    assert (report.added, report.present, len(report.joined)) == (0, 2, 1)
    assert Image.objects.get().files.scans().count() == 3


def test_a_manifest_that_comes_later_describes_the_document_too(box: Path) -> None:
    write_pdf(box / "册.pdf")
    collection = CollectionFactory()
    bring_in(box, collection)
    (box / "manifest.csv").write_text("文件名,照片号,题名\n册.pdf,A-1,毕业纪念册\n", encoding="utf-8")

    report = bring_in(box, collection)

    image = Image.objects.get()
    assert (image.identifier, image.title, report.completed) == ("A-1", "毕业纪念册", 1)


def test_the_manifest_describes_the_document(box: Path) -> None:
    write_pdf(box / "册.pdf")
    (box / "manifest.csv").write_text("文件名,照片号,题名\n册.pdf,A-1,毕业纪念册\n", encoding="utf-8")

    report = bring_in(box, CollectionFactory())

    image = Image.objects.get()
    assert (image.identifier, image.title, image.files.scans().count()) == ("A-1", "毕业纪念册", 3)
    assert not report.left_out


def test_in_place_the_pages_are_kept_since_they_lie_nowhere(box: Path) -> None:
    write_pdf(box / "册.pdf", pages=1)

    bring_in(box, CollectionFactory(), in_place=True)

    assert ImageFile.objects.scans().get().master


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (LOCKED, "密码"),
        (b"%PDF-1.7\nnothing", "损坏"),
        (b"<html>", "损坏"),
        (b"", "空"),
    ],
)
def test_locked_and_damaged_documents_are_refused_in_a_sentence(box: Path, content: bytes, words: str) -> None:
    (box / "坏.pdf").write_bytes(content)
    write_pdf(box / "好.pdf", pages=1)

    report = bring_in(box, CollectionFactory())

    (reject,) = report.rejected
    assert reject.name == "坏.pdf"
    assert words in reject.reason
    assert report.added == 1


def test_a_document_with_too_many_pages_is_refused(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_PAGES", 2)
    write_pdf(box / "长.pdf")

    (reject,) = bring_in(box, CollectionFactory()).rejected

    assert "3 页" in reject.reason


def test_a_huge_page_is_drawn_as_large_as_is_allowed(box: Path) -> None:
    PillowImage.new("RGB", (300, 200), "white").save(box / "大.pdf", "PDF", resolution=2)

    bring_in(box, CollectionFactory())

    assert ImageFile.objects.scans().get().width == 7000


def test_documents_come_alone_in_archives_and_in_dry_runs(box: Path, tmp_path: Path) -> None:
    write_pdf(box / "册.pdf")
    with zipfile.ZipFile(tmp_path / "box.zip", "w") as archive:
        archive.write(box / "册.pdf", "册.pdf")

    for path in (box / "册.pdf", tmp_path / "box.zip"):
        collection = CollectionFactory()
        with open_source(path, tmp_path / "staging") as source:
            tried = import_images(collection=Collection(slug="new", title="新"), source=source, dry_run=True)
            done = import_images(collection=collection, source=source)
        assert (tried.added, len(tried.joined)) == (done.added, len(done.joined)) == (1, 2)
        assert collection.images.get().files.scans().count() == 3
