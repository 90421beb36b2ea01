"""Commands where the database or the disk does not work: they end in words, say what they did, and can go on later."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from catalog.models import Action, Collection, Image, ImageFile
from tests.catalog.readers import FakeReader
from tests.factories import CollectionFactory, PromptVersionFactory, picture
from tests.outages import BYTES_OF_A_PICTURE, FAULTS, Fault, fill, leave_room, make_read_only, mounted

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, slots=True)
class Command:
    """A command in an outage.

    Attributes:
        arguments: after the folder with scans and the one for results are put in.
        kept: what it says of its work where it cannot go on.
        needs: what it takes: the attributes of a fault.
        options: given to `call_command`.
    """

    arguments: tuple[str, ...]
    kept: str
    needs: tuple[str, ...] = ("reads", "writes")
    reads: bool = False

    def opens(self, fault: Fault) -> bool:
        """Tell whether a fault lets it do its work."""
        return all(getattr(fault, need) for need in self.needs)


COMMANDS = {
    "import_images": Command(
        ("import_images", "{scans}", "--collection", "box"), "已导入的都已保存", ("reads", "writes", "files")
    ),
    "import_images into a new collection": Command(
        ("import_images", "{scans}", "--collection", "new", "--title", "新"), "已导入的都已保存",
        ("reads", "writes", "files"),
    ),
    "export_catalogue": Command(("export_catalogue", "box", "--output", "{out}"), "没有"),
    "draft": Command(("draft", "box", "--background"), "起草好的都已保存"),
    "read_images": Command(("read_images", "box"), "识读", reads=True),
    "verify_files": Command(("verify_files",), "再次运行"),
    "number_images": Command(("number_images", "box"), "没有编号", ("reads",)),
    "ensure_admin": Command(("ensure_admin",), "没有建立管理员"),
}  # fmt: skip


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "0坏.jpg").write_bytes(b"no picture")
    for number in range(3):
        (folder / f"{number + 1}.jpg").write_bytes(picture((number, 9, 9), (400, 300)))
    return folder


@pytest.fixture(autouse=True)
def box(settings: Settings, tmp_path: Path) -> Collection:
    settings.DATA_DIR = tmp_path / "data"
    settings.MEDIA_ROOT = tmp_path / "data" / "media"
    collection = CollectionFactory(slug="box", prompt=PromptVersionFactory().prompt, number_pattern="P-{张号:4}")
    before = tmp_path / "before"
    before.mkdir()
    (before / "先.jpg").write_bytes(picture((200, 9, 9), (400, 300)))
    run("import_images", str(before), "--collection", "box", "--in-place")
    return collection


def run(*arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_command_ends_in_words_and_does_its_work_afterwards(
    fault: Fault, scans: Path, tmp_path: Path, settings: Settings
) -> None:
    media = settings.MEDIA_ROOT
    for number, (name, command) in enumerate(COMMANDS.items()):
        arguments = [text.format(scans=scans, out=tmp_path / "out.csv") for text in command.arguments]
        options: dict[str, Any] = {"reader": FakeReader()} if command.reads else {}
        said = ""
        with fault.begin(tmp_path / f"disk {number}", settings):
            try:
                run(*arguments, **options)
            except CommandError as error:
                said = str(error)
        settings.MEDIA_ROOT = media

        if not command.opens(fault):
            assert "数据库" in said or "磁盘" in said, name
            assert command.kept in said, name
            run(*arguments, **options)
        elif name != "verify_files":  # it misses the masters where the disk of the pictures is another
            assert (name, said) == (name, "")


def test_an_import_says_what_it_did_before_the_disk_was_full_and_goes_on_when_it_is_not(
    scans: Path, tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    out = io.StringIO()
    arguments = ("import_images", str(scans), "--collection", "box")
    with mounted(tmp_path / "disk") as disk:
        settings.MEDIA_ROOT = settings.DATA_DIR = disk
        leave_room(2 * BYTES_OF_A_PICTURE, disk)
        with pytest.raises(CommandError, match=r"磁盘已满.*再次运行同一命令"):
            call_command(*arguments, stdout=out, stderr=io.StringIO())
        kept = ImageFile.objects.exclude(original_name="先.jpg").count()
        assert f"新导入 {kept} 幅，无法导入 1 个" in out.getvalue()
        # The list could not be written there.
        assert "  0坏.jpg：无法解码这张图片" in out.getvalue()
        assert not list(disk.rglob("*.part"))
        (disk / "fill").unlink()

        said = run(*arguments)

    assert 0 < kept < 3
    assert f"新导入 {3 - kept} 幅，已有 {kept} 幅" in said
    assert Image.objects.count() == 4


def test_the_list_of_refusals_is_printed_where_it_cannot_be_written(
    scans: Path, tmp_path: Path, settings: Settings
) -> None:
    with mounted(tmp_path / "disk") as disk:
        settings.DATA_DIR = disk
        fill(disk)
        said = run("import_images", str(scans), "--collection", "box")

    assert "新导入 3 幅，无法导入 1 个" in said
    assert "名单无法写入文件（磁盘空间不足）" in said
    assert "  0坏.jpg：无法解码这张图片" in said


def test_an_export_to_a_full_disk_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk") as disk:
        path = disk / "box.csv"
        path.write_text("old")
        fill(disk)
        with pytest.raises(CommandError, match="磁盘空间不足"):
            run("export_catalogue", "box", "--output", str(path))

        assert path.read_text() == "old"
        assert {file.name for file in disk.iterdir()} == {"box.csv", "fill"}
    assert not Action.objects.filter(verb="catalogue_exported").exists()


def test_old_questions_are_not_erased_from_a_read_only_disk_and_it_is_said(tmp_path: Path, settings: Settings) -> None:
    with mounted(tmp_path / "disk") as disk:
        settings.MEDIA_ROOT = disk
        make_read_only(disk)

        with pytest.raises(CommandError, match=r"只能读取.*再运行一次"):
            run("purge_history")
