"""`manage.py export_package`: looked over first, then a whole package or none."""

from io import StringIO
from pathlib import Path
from typing import Any

import bagit
import pytest
from django.core.management import CommandError, call_command

from catalog.exchange.packages import making, records_xml
from catalog.exchange.packages.verifying import verify
from catalog.models import Action, Collection, ImageFile, Package
from catalog.vocabulary import Verb
from tests.catalog.exchange.packages.conftest import fonds, photograph

pytestmark = pytest.mark.django_db

__all__ = ["fonds"]


def export(folder: Path, *more: str, kind: str = "attach") -> str:
    said = StringIO()
    arguments = ("export_package", "yunxi", "--kind", kind, "--output", str(folder), *more)
    call_command(*arguments, stdout=said, stderr=StringIO())
    return said.getvalue()


def test_a_collection_becomes_a_package(fonds: Collection, tmp_path: Path) -> None:
    said = export(tmp_path / "交付" / "包")

    assert "核对：3 条记录，4 个扫描件" in said
    assert "已做好：3 条记录，4 个文件" in said
    assert verify(tmp_path / "交付" / "包").problems == []
    assert [path.name for path in (tmp_path / "交付").iterdir()] == ["包"]
    action = Action.objects.get(verb=Verb.CATALOGUE_EXPORTED)
    assert action.details == {"images": 3, "format": "attach", "package": "包"}


def test_a_bag_is_one(fonds: Collection, tmp_path: Path) -> None:
    export(tmp_path / "bag", "--table", "csv", "--group", "group", kind="bag")

    assert bagit.Bag(str(tmp_path / "bag")).validate()


def test_looking_over_writes_nothing(fonds: Collection, tmp_path: Path) -> None:
    photograph(fonds, "0012/9")
    said = export(tmp_path / "包", "--check")

    assert "含有 Windows 不允许的字符：1 个" in said
    assert "0012/9 → 0012/年度不详/未分册/0012／9.jpg" in said
    assert list(tmp_path.glob("*包*")) == []


def test_wrong_names_have_to_be_decided(fonds: Collection, tmp_path: Path) -> None:
    photograph(fonds, "0012/9")
    with pytest.raises(CommandError, match="--wrong-names substitute"):
        export(tmp_path / "包")
    assert list(tmp_path.glob("*包*")) == []

    assert "按要求跳过，1 个文件" in export(tmp_path / "包", "--wrong-names", "skip")


def test_nothing_that_is_there_is_written_over(fonds: Collection, tmp_path: Path) -> None:
    (tmp_path / "包").mkdir()

    with pytest.raises(CommandError, match="已经存在"):
        export(tmp_path / "包")


def test_conditions_narrow_and_nonsense_is_told(fonds: Collection, tmp_path: Path) -> None:
    assert "2 条记录" in export(tmp_path / "包", "--filter", "status=described")
    with pytest.raises(CommandError):
        export(tmp_path / "别的", "--filter", "nonsense=1")
    with pytest.raises(CommandError, match="没有可以写入的记录"):
        export(tmp_path / "空", "--filter", "q=没有这样的记录")


def test_one_that_was_interrupted_is_gone_on_with(
    fonds: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "STEP_RECORDS", 1)
    place = tmp_path / "包"
    before = records_xml.record_xml

    def interrupted(*_arguments: Any) -> bytes:
        if (tmp_path / ".包.making" / "written.jsonl").exists():
            raise KeyboardInterrupt
        return before(*_arguments)

    with monkeypatch.context() as patch:
        patch.setattr(making, "record_xml", interrupted)
        with pytest.raises(CommandError, match="再运行一次，会接着做"):
            export(place, kind="bag")
    assert not place.exists()
    written = tmp_path / ".包.making/package/data/scans/0012/1956/3/0012-ZP-0001.jpg"
    first = written.stat().st_ino

    export(place, kind="bag")

    assert (place / written.relative_to(tmp_path / ".包.making/package")).stat().st_ino == first
    assert bagit.Bag(str(place)).validate()


def test_what_was_written_by_another_plan_is_not_gone_on_from(fonds: Collection, tmp_path: Path) -> None:
    workplace = tmp_path / ".包.making"
    (workplace / "package").mkdir(parents=True)
    (workplace / "package" / "fremd.jpg").write_bytes(b"x")
    (workplace / "plan.jsonl").write_text("{}\n", encoding="utf-8")
    (workplace / "written.jsonl").write_text('{"image":1,"files":[],"left_out":[],"beside":0,"is_out":true}\n')

    export(tmp_path / "包")

    assert verify(tmp_path / "包").problems == []
    assert verify(tmp_path / "包").files == 6


def test_a_lost_master_is_told_and_the_rest_is_packed(fonds: Collection, tmp_path: Path) -> None:
    Path(ImageFile.objects.get(image__identifier="0012-ZP-0002").master.path).unlink()

    said = export(tmp_path / "包")

    assert "找不到扫描原图：1 个" in said
    assert "没有写入：找不到扫描原图，1 个文件" in said
    assert not Package.objects.exists()
