"""PDFs kept as masters beside their pages."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.importing.uploads import import_upload
from catalog.models import Action, Collection, Image, ImageFile
from catalog.records.fixity import verify_files
from catalog.vocabulary import Access, FileRole, Fixity, Verb
from tests.catalog.imports import bring_in, write_pdf
from tests.catalog.people import cataloguer, reviewer
from tests.factories import CollectionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "box"
    folder.mkdir()
    write_pdf(folder / "册.pdf")
    return folder


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory()


def document() -> ImageFile:
    return ImageFile.objects.get(role=FileRole.DOCUMENT)


def forget_document() -> None:
    """Leave what imports left before there were documents: the pages alone."""
    kept = document()
    kept.master_path.unlink()
    kept.delete()


def test_it_is_kept_byte_by_byte_as_a_part_of_the_record_of_its_pages(box: Path, collection: Collection) -> None:
    report = bring_in(box, collection)

    kept = document()
    assert kept.master_path.read_bytes() == (box / "册.pdf").read_bytes()
    assert kept.master_path.suffix == ".pdf"
    assert not kept.master_path.stat().st_mode & 0o222
    assert (kept.image, kept.original_name, kept.format, kept.pages) == (Image.objects.get(), "册.pdf", "PDF", 3)
    assert (report.added, len(report.joined), report.documents) == (1, 2, 1)
    assert "整份存下 PDF 1 份" in report.sentence()
    assert "共 3 个文件" in report.sentence()


def test_it_is_no_page_to_look_at(box: Path, collection: Collection) -> None:
    bring_in(box, collection)

    image = Image.objects.get()
    assert image.front is not None
    assert image.front.role == FileRole.PAGE
    assert [scan.sequence for scan in image.scans] == [1, 2, 3]
    assert image.documents == [document()]
    assert (document().thumbnail.name, document().screen.name, document().perceptual_hash) == ("", "", "")


def test_pages_that_came_in_without_it_get_it_when_the_file_comes_again(box: Path, collection: Collection) -> None:
    bring_in(box, collection)
    forget_document()
    pages = set(ImageFile.objects.values_list("pk", flat=True))

    report = bring_in(box, collection)

    assert (report.added, report.present, report.documents, report.left_out) == (0, 3, 1, [])
    assert set(ImageFile.objects.scans().values_list("pk", flat=True)) == pages
    assert document().image == Image.objects.get()
    assert Action.objects.filter(verb=Verb.IMAGE_CHANGED, details__part=FileRole.DOCUMENT).count() == 2


def test_a_second_import_keeps_it_once(box: Path, collection: Collection) -> None:
    bring_in(box, collection)

    again = bring_in(box, collection)

    assert (again.present, again.documents, again.found_again) == (3, 0, 0)
    assert document()


def test_under_another_name_it_is_the_same_document(box: Path, collection: Collection) -> None:
    bring_in(box, collection)
    (box / "册.pdf").rename(box / "又一册.pdf")

    bring_in(box, collection)

    assert document().original_name == "册.pdf"


def test_in_place_it_stays_where_it_lies(box: Path, collection: Collection) -> None:
    bring_in(box, collection, in_place=True)

    assert (document().master.name, document().source_path) == ("", str((box / "册.pdf").resolve()))


def test_a_dry_run_says_that_it_would_be_kept_and_keeps_nothing(box: Path, collection: Collection) -> None:
    assert bring_in(box, collection, dry_run=True).documents == 1
    assert not ImageFile.objects.exists()

    bring_in(box, collection)
    assert bring_in(box, collection, dry_run=True).documents == 0


def test_its_content_is_verified_like_any_masters(box: Path, collection: Collection) -> None:
    bring_in(box, collection)
    document().master_path.chmod(0o644)
    document().master_path.write_bytes(b"%PDF-1.7 something else")

    check = verify_files()

    assert (check.checked, check.intact, check.replaced) == (4, 3, 1)
    assert document().fixity == Fixity.REPLACED


def test_where_it_was_lost_it_is_found_again(box: Path, collection: Collection) -> None:
    bring_in(box, collection)
    document().master_path.unlink()

    report = bring_in(box, collection)

    assert (report.found_again, report.documents) == (1, 0)
    assert document().master_path.read_bytes() == (box / "册.pdf").read_bytes()


def test_a_record_that_the_sender_may_not_see_gets_nothing_and_is_not_told_of(
    box: Path, collection: Collection
) -> None:
    bring_in(box, collection)
    forget_document()
    Image.objects.update(access=Access.RESTRICTED, disclosure="unexamined")

    assert bring_in(box, collection, user=cataloguer(collection)).documents == 0
    assert not ImageFile.objects.filter(role=FileRole.DOCUMENT).exists()
    assert bring_in(box, collection, user=reviewer(collection)).documents == 1


def test_a_document_of_which_no_page_came_in_is_not_kept(box: Path, collection: Collection) -> None:
    (box / "册.pdf").write_bytes(b"%PDF-1.7\nnothing")

    report = bring_in(box, collection)

    assert (len(report.rejected), report.documents) == (1, 0)
    assert not ImageFile.objects.exists()


def test_who_sends_a_document_again_is_told_that_it_is_kept_now(box: Path, collection: Collection) -> None:
    def sent() -> SimpleUploadedFile:
        return SimpleUploadedFile("册.pdf", (box / "册.pdf").read_bytes())

    first = import_upload(collection=collection, upload=sent(), user=None)
    forget_document()
    second = import_upload(collection=collection, upload=sent(), user=None)
    third = import_upload(collection=collection, upload=sent(), user=None)

    assert [one.kind for one in (first, second, third)] == ["added", "present", "present"]
    assert "PDF 文件已补存" in second.sentence
    assert "PDF" not in third.sentence
    assert second.image == third.image == document().image


def test_who_sends_a_document_is_told_of_a_page_that_did_not_come_in(box: Path, collection: Collection) -> None:
    # The third page is named, but not there.
    content = (box / "册.pdf").read_bytes().replace(b"5 0 R ]", b"99 0 R ]")

    done = import_upload(collection=collection, upload=SimpleUploadedFile("册.pdf", content), user=None)

    assert done.kind == "added"
    assert "有 1 处没有导入" in done.sentence
    assert document().master_path.read_bytes() == content
