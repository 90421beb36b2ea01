"""`manage.py import_images`, as a person at the keyboard meets it."""

import io
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from catalog.models import Collection, Image
from tests.factories import CollectionFactory, picture

pytestmark = pytest.mark.django_db

SIZE = (400, 300)


@pytest.fixture(autouse=True)
def data(settings: Settings, tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    settings.DATA_DIR = folder
    settings.MEDIA_ROOT = folder / "media"
    return folder


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(2):
        (folder / f"{number}.jpg").write_bytes(picture((number, 0, 0), SIZE))
    return folder


def import_images(*arguments: object) -> str:
    out = io.StringIO()
    call_command("import_images", *map(str, arguments), stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_it_creates_the_collection_where_a_title_is_given_and_says_what_it_did(scans: Path) -> None:
    said = import_images(scans, "--collection", "demo", "--title", "示例老照片", "--public")

    collection = Collection.objects.get(slug="demo")
    assert (collection.title, collection.is_public, collection.images.count()) == ("示例老照片", True, 2)
    assert "示例老照片" in said
    assert "新导入 2 幅" in said


def test_a_second_run_says_that_there_was_nothing_new(scans: Path) -> None:
    import_images(scans, "--collection", "demo", "--title", "示例")

    said = import_images(scans, "--collection", "demo", "--title", "别的名称", "--public")

    assert "新导入 0 幅" in said
    collection = Collection.objects.get()
    assert (collection.title, collection.is_public) == ("示例", False)


def test_rejects_are_named_in_a_file_it_points_to(scans: Path, data: Path) -> None:
    (scans / "坏.jpg").write_bytes(b"\xff\xd8\xff")
    CollectionFactory(slug="demo")

    said = import_images(scans, "--collection", "demo")

    (path,) = (data / "rejects").iterdir()
    assert str(path) in said
    assert "坏.jpg" in path.read_text(encoding="utf-8-sig")


def test_rows_that_write_a_name_otherwise_are_shown_and_named_in_a_file(scans: Path, data: Path) -> None:
    (scans / "manifest.csv").write_text("文件名,题名\n0.JPG,石桥\n", encoding="utf-8")
    CollectionFactory(slug="demo")

    tried = import_images(scans, "--collection", "demo", "--dry-run")
    said = import_images(scans, "--collection", "demo")

    (path,) = (data / "matched").iterdir()
    assert "0.jpg：清单第 2 行写的是“0.JPG”" in tried
    assert "0.jpg：清单第 2 行写的是“0.JPG”" in said
    assert str(path) in said
    assert "0.JPG" in path.read_text(encoding="utf-8-sig")


def test_a_dry_run_shows_the_rejects_and_writes_nothing(scans: Path, data: Path) -> None:
    (scans / "坏.jpg").write_bytes(b"\xff\xd8\xff")

    said = import_images(scans, "--collection", "demo", "--title", "示例", "--dry-run")

    assert "坏.jpg" in said
    assert not Collection.objects.exists()
    assert not data.exists()


def test_what_was_joined_is_listed_and_written_to_a_file(scans: Path, data: Path) -> None:
    (scans / "0_v.jpg").write_bytes(picture((7, 7, 7), SIZE))
    CollectionFactory(slug="demo")

    said = import_images(scans, "--collection", "demo")

    (path,) = (data / "joined").iterdir()
    assert "0_v.jpg：“0.jpg”的背面" in said
    assert str(path) in said
    assert "0_v.jpg,“0.jpg”的背面" in path.read_text(encoding="utf-8-sig")
    assert not (data / "rejects").exists()


def test_dates_of_the_manifest_that_are_not_understood_are_named_and_kept(scans: Path, data: Path) -> None:
    (scans / "manifest.csv").write_text("文件名,时间\n0.jpg,1956年国庆前夕\n1.jpg,1949年以前\n", encoding="utf-8")

    tried = import_images(scans, "--collection", "demo", "--title", "示例", "--dry-run")
    said = import_images(scans, "--collection", "demo", "--title", "示例")

    for words in (tried, said):
        assert "清单里时间未识别 1 行" in words
        assert "0.jpg：清单第 2 行的时间“1956年国庆前夕”没有识别出日期" in words
    assert Collection.objects.get().images.get(date_unread=True).date_text == "1956年国庆前夕"
    (listed,) = (data / "noted").glob("demo-*.csv")
    assert "1956年国庆前夕" in listed.read_text(encoding="utf-8")


def test_one_volume_is_given_to_all(scans: Path) -> None:
    CollectionFactory(slug="demo")

    import_images(scans, "--collection", "demo", "--volume", " 12 ")

    assert set(Image.objects.values_list("volume", flat=True)) == {"12"}


def test_an_archive_is_imported(scans: Path, tmp_path: Path) -> None:
    path = tmp_path / "scans.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for scan in scans.iterdir():
            archive.write(scan, scan.name)
    CollectionFactory(slug="demo")

    assert "新导入 2 幅" in import_images(path, "--collection", "demo")
    assert Image.objects.count() == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["scans", "--collection", "nowhere"], "nowhere"),
        (["missing", "--collection", "demo"], "missing"),
        (["missing.csv", "--collection", "demo"], "missing.csv"),
        (["bad.csv", "--collection", "demo"], "文件名"),
        (["scans", "--collection", "代号 不行", "--title", "示例"], "代号 不行"),
        (["scans.zip", "--collection", "demo", "--in-place"], "原地引用"),
        (["scans", "--collection", "demo", "--volume", "9" * 41], "40"),
    ],
)
def test_what_it_cannot_do_it_says_in_a_sentence(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.csv").write_text("题名\n石桥\n", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "scans.zip", "w") as archive:
        archive.writestr("1.jpg", picture())
    CollectionFactory(slug="demo")

    with pytest.raises(CommandError) as caught:
        import_images(*arguments)

    assert words in str(caught.value)
    assert not Image.objects.exists()
