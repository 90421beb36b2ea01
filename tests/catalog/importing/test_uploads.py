"""One file that somebody sends."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from pytest_django import Settings

from catalog.exceptions import FileRejected, UploadTooLarge
from catalog.importing.uploads import import_upload
from catalog.models import Image
from catalog.vocabulary import Access
from tests.catalog.people import cataloguer, reviewer
from tests.factories import CollectionFactory, ImageFactory, picture

pytestmark = pytest.mark.django_db


def test_it_comes_in_as_from_a_folder_from_memory_and_from_disk_alike() -> None:
    collection = CollectionFactory()
    user = cataloguer(collection)
    large = TemporaryUploadedFile("1_v.jpg", "image/jpeg", 0, None)
    large.write(picture((2, 2, 2)))
    large.flush()

    first = import_upload(
        collection=collection, upload=SimpleUploadedFile("1.jpg", picture((1, 1, 1))), user=user, identifier="P-1"
    )
    second = import_upload(collection=collection, upload=large, user=user)

    assert [first.kind, second.kind] == ["added", "joined"]
    assert first.image == second.image == Image.objects.get(identifier="P-1")
    assert "背面" in second.sentence


def test_what_is_there_already_is_said() -> None:
    collection = CollectionFactory()
    kinds = [
        import_upload(collection=collection, upload=SimpleUploadedFile(name, picture()), user=None).kind
        for name in ("1.jpg", "1.jpg", "2.jpg")
    ]

    assert kinds == ["added", "present", "duplicate"]


@pytest.mark.parametrize(
    ("own", "name", "words"),
    [
        ("", "1.jpg", "照片号已补上。"),
        ("P-2", "1.jpg", "已经在馆藏里，没有重复导入。"),
        ("P-1", "1.jpg", "“P-2”没有使用，这条记录的照片号是“P-1”"),
        ("P-1", "2.jpg", "“P-2”没有使用，这条记录的照片号是“P-1”"),
        ("", "2.jpg", "“P-2”没有使用。"),
    ],
)
def test_what_became_of_a_number_that_came_with_known_content_is_said(own: str, name: str, words: str) -> None:
    collection = CollectionFactory()
    first = SimpleUploadedFile("1.jpg", picture())
    import_upload(collection=collection, upload=first, user=None, identifier=own)

    done = import_upload(collection=collection, upload=SimpleUploadedFile(name, picture()), user=None, identifier="P-2")

    assert words in done.sentence
    assert ("没有使用" in done.sentence) == ("没有使用" in words)
    assert Image.objects.get().identifier == (own or ("P-2" if name == "1.jpg" else ""))


@pytest.mark.parametrize("name", ["张三病历.jpg", "2.jpg"])
def test_nothing_is_told_of_a_record_that_the_sender_may_not_see(name: str) -> None:
    collection = CollectionFactory()
    import_upload(collection=collection, upload=SimpleUploadedFile("张三病历.jpg", picture()), user=None)
    Image.objects.update(access=Access.RESTRICTED, disclosure="unexamined")
    member, senior = cataloguer(collection), reviewer(collection)

    done = import_upload(
        collection=collection, upload=SimpleUploadedFile(name, picture()), user=member, identifier="P-1"
    )
    seen = import_upload(collection=collection, upload=SimpleUploadedFile("3.jpg", picture()), user=senior)

    assert (done.kind, done.image) == ("duplicate", None)
    assert done.sentence == "馆藏里已有相同内容的文件，未重复导入。给出的照片号“P-1”没有使用。"
    assert (seen.image, "张三病历" in seen.sentence) == (Image.objects.get(identifier=""), True)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("1.jpg", picture()[:500], "损坏"),
        ("1.txt", b"text", "图"),
        ("1.jpg", b"", "空"),
        (".DS_Store", picture(), "改名"),
        ("Thumbs.db", picture(), "改名"),
        ("1.pdf", b"%PDF-1.4", "PDF"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_a_sentence(name: str, content: bytes, words: str) -> None:
    with pytest.raises(FileRejected, match=words):
        import_upload(collection=CollectionFactory(), upload=SimpleUploadedFile(name, content), user=None)
    assert not Image.objects.exists()


def test_a_number_in_use_and_too_large_a_file_are_refused(settings: Settings) -> None:
    taken = ImageFactory(identifier="P-1")
    with pytest.raises(FileRejected, match="P-1"):
        import_upload(
            collection=taken.collection, upload=SimpleUploadedFile("1.jpg", picture()), user=None, identifier="P-1"
        )
    settings.GLMV_MAX_UPLOAD_MB = 0
    with pytest.raises(UploadTooLarge, match="0 MB"):
        import_upload(collection=taken.collection, upload=SimpleUploadedFile("1.jpg", picture()), user=None)
