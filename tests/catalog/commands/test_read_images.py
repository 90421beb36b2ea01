"""`manage.py read_images`."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Batch, Reading
from inference.reader import READER_NAME, ReaderMissing, reader_version
from tests.catalog.readers import FakeReader, broken
from tests.factories import CollectionFactory, ImageFactory, ImageFileFactory, picture

pytestmark = pytest.mark.django_db


def run(*arguments: str, reader: FakeReader | None = None) -> str:
    out, options = io.StringIO(), {"stderr": io.StringIO()}
    call_command("read_images", *arguments, reader=reader or FakeReader(), stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def collection() -> Any:
    found = CollectionFactory(slug="old", title="老照片")
    for _ in range(2):
        ImageFileFactory(image=ImageFactory(collection=found))
    return found


def test_it_says_what_was_done(collection: Any) -> None:
    assert "馆藏“老照片”：识读 2 幅，其中 2 幅有文字，写出转录草稿 2 条。" in run("old")
    assert Reading.objects.count() == 2


def test_a_second_run_has_nothing_to_do(collection: Any) -> None:
    run("old")
    assert "没有需要识读的图像" in run("old")
    assert "识读 2 幅" in run("old", "--only", "all")


def test_it_reads_no_more_than_asked(collection: Any) -> None:
    assert "识读 1 幅" in run("old", "--limit", "1")


def test_it_can_be_left_to_the_worker(collection: Any) -> None:
    assert "共 2 幅，由网站的后台进程识读" in run("old", "--background")
    batch = Batch.objects.get()
    assert (batch.reads, batch.background, batch.items.count()) == (True, True, 2)
    assert not Reading.objects.exists()


def test_what_has_been_read_is_not_left_to_the_worker(collection: Any) -> None:
    run("old", reader=FakeReader(version=reader_version()))
    Reading.objects.update(reader=READER_NAME)
    assert "没有需要识读的图像" in run("old", "--background")


def test_failures_are_listed_with_their_reasons(collection: Any) -> None:
    name = collection.files.first()
    shown = run("old", reader=FakeReader(texts={Path(name.master.name).name: broken()}))
    assert "1 幅无法识读" in shown
    assert f"{name.original_name}：无法解码" in shown


def test_an_interruption_keeps_what_was_read_and_says_how_to_go_on(collection: Any) -> None:
    last = collection.files.last()
    reader = FakeReader(texts={Path(last.master.name).name: KeyboardInterrupt()})
    with pytest.raises(CommandError, match="再次运行同一命令") as stopped:
        run("old", reader=reader)
    assert stopped.value.returncode == 130
    assert Reading.objects.count() == 1


def test_an_unknown_collection_and_a_missing_reader_are_explained(collection: Any) -> None:
    with pytest.raises(CommandError, match="没有代号为“new”的馆藏"):
        run("new")
    with pytest.raises(CommandError, match="pip install"):
        run("old", reader=FakeReader(texts={"": ReaderMissing("rapidocr")}))


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_a_limit_is_a_positive_number(number: str) -> None:
    with pytest.raises(CommandError, match="不是正整数"):
        run("old", f"--limit={number}")


def test_an_import_can_read_what_it_brings_in(tmp_path: Path) -> None:
    (tmp_path / "scan.jpg").write_bytes(picture())
    out = io.StringIO()
    call_command(
        "import_images", tmp_path, collection="new", title="新馆藏", read=True, reader=FakeReader(),
        stdout=out, stderr=io.StringIO(),
    )  # fmt: skip
    assert "识读 1 幅" in out.getvalue()
    assert Reading.objects.get().file.original_name == "scan.jpg"


def test_a_dry_run_reads_nothing(tmp_path: Path) -> None:
    (tmp_path / "scan.jpg").write_bytes(picture())
    reader = FakeReader()
    call_command(
        "import_images", tmp_path, collection="new", title="新馆藏", read=True, dry_run=True, reader=reader,
        stdout=io.StringIO(), stderr=io.StringIO(),
    )  # fmt: skip
    assert not reader.history
