"""Files of several imports come together only where it is certain that they are one photograph."""

import threading
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from catalog.importing.uploads import import_upload
from catalog.models import Collection, Image
from catalog.vocabulary import Access, FileRole
from tests.catalog.imports import SIZE, bring_in
from tests.catalog.people import cataloguer, reviewer
from tests.factories import CollectionFactory, picture

pytestmark = pytest.mark.django_db


def put(folder: Path, *names: str) -> Path:
    """Write a picture under each name; no two are alike, in whichever folder."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        number = sum(1 for _ in folder.parent.rglob("*"))
        path.write_bytes(picture((number, 50, 70), SIZE))
    return folder


def records(collection: Collection) -> list[set[str]]:
    """Return which places of each record are filled, in the order of the records."""
    return [
        {f"{scan.role}{scan.sequence}" for scan in image.files.all()}
        for image in Image.objects.filter(collection=collection).order_by("pk")
    ]


def test_two_folders_that_both_begin_at_one_stay_apart(tmp_path: Path) -> None:
    collection = CollectionFactory()
    first = put(tmp_path / "册1", "0001.jpg", "0002.jpg", "0002_v.jpg")
    second = put(tmp_path / "册2", "0001.jpg", "0001_v.jpg", "0001_neg.jpg", "0002.jpg", "0002_v.jpg")
    bring_in(first, collection)

    report = bring_in(second, collection)

    assert records(collection) == [
        {"front1"},
        {"front1", "verso1"},
        {"front1", "verso1", "negative1"},
        {"front1", "verso1"},
    ]
    assert (report.added, len(report.joined), report.doubtful) == (2, 3, [])


def test_a_back_that_comes_before_its_front_waits_for_it(tmp_path: Path) -> None:
    # A hyphen sorts before a dot, so the back is the first of the second folder.
    collection = CollectionFactory()
    bring_in(put(tmp_path / "册1", "0001.jpg"), collection)

    bring_in(put(tmp_path / "册2", "0001-v.jpg", "0001.jpg"), collection)

    assert records(collection) == [{"front1"}, {"front1", "verso1"}]


def test_a_back_stays_alone_where_its_own_front_is_damaged(tmp_path: Path) -> None:
    collection = CollectionFactory()
    bring_in(put(tmp_path / "册1", "0001.jpg"), collection)
    second = put(tmp_path / "册2", "0001_v.jpg")
    (second / "0001.jpg").write_bytes(b"\xff\xd8\xff")

    report = bring_in(second, collection)

    assert records(collection) == [{"front1"}, {"verso1"}]
    assert [reject.name for reject in report.rejected] == ["0001.jpg"]


def test_a_front_is_not_put_before_the_back_of_another_folder(tmp_path: Path) -> None:
    collection = CollectionFactory()
    bring_in(put(tmp_path / "册1", "0001_v.jpg"), collection)

    bring_in(put(tmp_path / "册2", "0001.jpg", "0001_v.jpg"), collection)

    assert records(collection) == [{"verso1"}, {"front1", "verso1"}]


def test_pages_do_not_continue_the_document_of_another_folder(tmp_path: Path) -> None:
    collection = CollectionFactory()
    bring_in(put(tmp_path / "册1", "件_p01.jpg", "件_p02.jpg"), collection)

    bring_in(put(tmp_path / "册2", "件_p01.jpg", "件_p02.jpg", "件_p03.jpg"), collection)

    assert records(collection) == [{"page1", "page2"}, {"page1", "page2", "page3"}]


def test_what_is_added_to_a_folder_goes_to_the_record_that_it_made(tmp_path: Path) -> None:
    collection = CollectionFactory()
    first = put(tmp_path / "册1", "0001.jpg", "件_p01.jpg")
    bring_in(first, collection)
    bring_in(put(tmp_path / "册2", "0001.jpg", "件_p01.jpg"), collection)

    report = bring_in(put(first, "0001-v.jpg", "0001_neg.jpg", "件_p02.jpg"), collection)

    assert records(collection) == [{"front1", "verso1", "negative1"}, {"page1", "page2"}, {"front1"}, {"page1"}]
    assert (report.added, report.present, len(report.joined)) == (0, 2, 3)


def test_a_single_record_of_that_name_takes_its_back_from_another_import(tmp_path: Path) -> None:
    collection = CollectionFactory()
    bring_in(put(tmp_path / "正面", "0001.jpg"), collection)

    report = bring_in(put(tmp_path / "背面", "0001_v.jpg"), collection)

    assert records(collection) == [{"front1", "verso1"}]
    assert [joined.part for joined in report.joined] == ["“0001.jpg”的背面"]


def test_where_several_records_may_be_meant_the_file_is_one_of_its_own_and_reported(tmp_path: Path) -> None:
    collection = CollectionFactory()
    bring_in(put(tmp_path / "册1", "0001.jpg"), collection)
    bring_in(put(tmp_path / "册2", "0001.jpg"), collection)

    report = bring_in(put(tmp_path / "背面", "0001_v.jpg"), collection)

    assert records(collection) == [{"front1"}, {"front1"}, {"verso1"}]
    (doubt,) = report.doubtful
    assert doubt.name == "0001_v.jpg"
    assert "2 条同名的记录" in doubt.part
    assert "归属不明、另建记录的 1 个" in report.sentence()


def test_a_number_in_the_manifest_says_which_of_several_is_meant(tmp_path: Path) -> None:
    collection = CollectionFactory()
    for name in ("册1", "册2"):
        folder = put(tmp_path / name, "0001.jpg")
        (folder / "manifest.csv").write_text(f"文件名,照片号\n0001.jpg,{name}-1\n", encoding="utf-8")
        bring_in(folder, collection)
    back = put(tmp_path / "背面", "0001_v.jpg")
    (back / "manifest.csv").write_text("文件名,照片号\n0001_v.jpg,册2-1\n", encoding="utf-8")

    report = bring_in(back, collection)

    assert (report.rejected, report.doubtful) == ([], [])
    assert collection.images.get(identifier="册2-1").files.count() == 2


def test_a_dry_run_says_the_same_as_the_import(tmp_path: Path) -> None:
    collection = CollectionFactory()
    first = put(tmp_path / "册1", "0001.jpg")
    bring_in(first, collection)
    second = put(tmp_path / "册2", "0001-v.jpg", "0001.jpg", "0001_v.jpg")
    put(first, "0001-v.jpg", "0001_v.jpg")

    for folder in (second, first):
        tried = bring_in(folder, collection, dry_run=True)
        done = bring_in(folder, collection)

        assert (tried.added, tried.joined, tried.doubtful) == (done.added, done.joined, done.doubtful)


def test_files_sent_one_by_one_still_come_together() -> None:
    collection, user = CollectionFactory(), None
    for number, name in enumerate(("0001.jpg", "0001_v.jpg", "0001.jpg", "0001_v.jpg"), start=1):
        import_upload(collection=collection, upload=SimpleUploadedFile(name, picture((number, 9, 9))), user=user)

    assert records(collection) == [{"front1", "verso1"}, {"front1", "verso1"}]


def test_nothing_is_joined_to_a_record_that_the_sender_may_not_see() -> None:
    collection = CollectionFactory()
    import_upload(collection=collection, upload=SimpleUploadedFile("张三病历.jpg", picture((1, 1, 1))), user=None)
    Image.objects.update(access=Access.RESTRICTED, disclosure="unexamined")
    member, senior = cataloguer(collection), reviewer(collection)

    other = import_upload(
        collection=collection, upload=SimpleUploadedFile("张三病历_v.jpg", picture((2, 2, 2))), user=member
    )
    negative = import_upload(
        collection=collection, upload=SimpleUploadedFile("张三病历_neg.jpg", picture((3, 3, 3))), user=senior
    )

    assert (other.kind, other.sentence) == ("added", "已导入。")
    assert other.image is not None
    assert [scan.role for scan in other.image.files.all()] == [FileRole.VERSO]
    assert negative.kind == "added"
    assert "2 条同名的记录" in negative.sentence


@pytest.mark.django_db(transaction=True)
def test_front_and_back_sent_at_the_same_time_are_one_record() -> None:
    collection = CollectionFactory()
    names = [f"{number:04d}{part}.jpg" for number in range(6) for part in ("", "_v")]
    scans = [(name, picture((place, 20, 30), (900, 700))) for place, name in enumerate(names)]
    _send_in_pairs(collection, scans)

    assert records(collection) == [{"front1", "verso1"}] * 6


@pytest.mark.django_db(transaction=True)
def test_the_same_file_sent_twice_at_the_same_time_is_one_record_and_one_that_was_there() -> None:
    collection = CollectionFactory()
    scans = [(f"{number}.jpg", picture((number, 20, 30), (900, 700))) for number in range(6) for _twice in range(2)]

    kinds = _send_in_pairs(collection, scans)

    assert sorted(kinds) == ["added"] * 6 + ["present"] * 6
    assert records(collection) == [{"front1"}] * 6


def _send_in_pairs(collection: Collection, scans: list[tuple[str, bytes]]) -> list[str]:
    """Send files two at a time, as the page does, and return what became of each."""
    together, said = threading.Barrier(2), []

    def send(mine: list[tuple[str, bytes]]) -> None:
        try:
            for name, content in mine:
                together.wait(timeout=60)
                done = import_upload(collection=collection, upload=SimpleUploadedFile(name, content), user=None)
                said.append(done.kind)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(scans[first::2],)) for first in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [str(kind) for kind in said]
