"""Which backups there are is told without restoring one, and one is verified without restoring it."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from glmv_site.backup import manifest, places
from glmv_site.backup.making import make
from tests.factories import ImageFileFactory
from tests.glmv_site.backup.installation import Installation

pytestmark = pytest.mark.django_db(transaction=True)


def _lines(target: Path, *options: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    call_command("backup", str(target), *options, no_color=True)
    return capsys.readouterr().out.splitlines()


def test_each_is_listed_with_its_age_and_what_it_has_also_one_that_is_of_no_use(
    site: Installation, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ImageFileFactory(thumbnail="", screen="")
    Path(ImageFileFactory(thumbnail="", screen="").master.path).unlink()
    full, database = make(target, media="copy"), make(target, media="reference")
    damaged = make(target, media="copy").path
    (damaged / manifest.MANIFEST).write_text("{")
    half = target / f"20200101T000000Z{places.PARTIAL}"
    half.mkdir()

    lines = _lines(target, "--list", capsys=capsys)

    (line,) = [line for line in lines if full.path.name in line]
    assert "刚刚" in line
    assert "数据库和图片" in line
    assert line.split()[-2:] == ["2", "1"]
    assert "只有数据库" in next(line for line in lines if database.path.name in line)
    assert "清单读不了" in next(line for line in lines if damaged.name in line)
    assert "没有做完" in next(line for line in lines if half.name in line)


def test_a_folder_without_any_says_so_and_one_that_is_not_there_is_refused(
    target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="读不了备份文件夹"):
        _lines(target, "--list", capsys=capsys)
    target.mkdir()
    assert "没有备份" in _lines(target, "--list", capsys=capsys)[0]


def test_a_sound_one_is_verified_by_name_by_its_path_or_as_the_newest(
    site: Installation, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ImageFileFactory()
    older, newer = make(target, media="copy"), make(target, media="copy")
    assert f"备份 {newer.path} 完好" in _lines(target, "--verify", capsys=capsys)[0]
    assert f"备份 {older.path} 完好" in _lines(target, "--verify", older.path.name, capsys=capsys)[0]
    assert f"备份 {older.path} 完好" in _lines(older.path, "--verify", capsys=capsys)[0]
    assert len(places.complete(target)) == 2
    call_command("backup", "--verify", str(target), no_color=True)
    assert f"备份 {newer.path} 完好" in capsys.readouterr().out


def test_a_damaged_one_is_refused_and_the_others_are_named_also_by_restore(
    site: Installation, target: Path, elsewhere: Installation
) -> None:
    older, newer = make(target, media="copy"), make(target, media="copy")
    (newer.path / "settings" / "secret_key").write_text("another\n")
    with pytest.raises(CommandError, match=f"secret_key 已损坏.*还有：{older.path.name}。"):
        call_command("backup", str(target), "--verify")
    refused = elsewhere.manage("restore", str(target))
    assert refused.returncode == 1
    assert f"还有：{older.path.name}。" in refused.stderr
    (older.path / manifest.MANIFEST).unlink()
    with pytest.raises(CommandError, match=f"manifest.json.*还有：{newer.path.name}。"):
        call_command("backup", str(target), "--verify", older.path.name)
