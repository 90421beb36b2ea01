"""What is damaged, of another kind or of a newer program is refused in a sentence, and nothing is written."""

import json
from pathlib import Path

import pytest

from glmv_site.backup import manifest, places, restoring
from glmv_site.backup.making import make
from tests.factories import ImageFileFactory
from tests.glmv_site.backup.installation import Installation

pytestmark = pytest.mark.django_db(transaction=True)


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _refused(place: Installation, target: Path) -> str:
    done = place.manage("restore", str(target))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert not (place.data / "media").exists()
    assert not (place.data / restoring.UNFINISHED).exists()
    return done.stderr


def test_one_bit_in_a_picture_in_the_database_or_in_a_key_is_noticed(
    site: Installation, target: Path, elsewhere: Installation
) -> None:
    scan = ImageFileFactory(thumbnail="", screen="")
    made = make(target, media="copy")
    database = "database.sqlite3" if made.vendor == "sqlite" else "database.dump"
    for path in (places.stored(target, scan.sha256), made.path / database, made.path / "settings" / "secret_key"):
        whole = path.read_bytes()
        _flip(path)
        told = _refused(elsewhere, target)
        assert str(path) in told
        assert "已损坏" in told
        path.write_bytes(whole)
    places.stored(target, scan.sha256).unlink()
    assert "缺少" in _refused(elsewhere, target)


def test_a_manifest_that_cannot_be_read_or_is_of_a_later_form_is_refused(
    site: Installation, target: Path, elsewhere: Installation
) -> None:
    made = make(target, media="copy")
    content = json.loads((made.path / manifest.MANIFEST).read_text())
    (made.path / manifest.MANIFEST).write_text(json.dumps({**content, "format": manifest.FORMAT + 1}))
    assert "更新版本的程序" in _refused(elsewhere, target)
    (made.path / manifest.MANIFEST).write_text("{")
    assert "manifest.json" in _refused(elsewhere, target)


def test_a_backup_of_another_kind_of_database_or_of_a_newer_program_is_refused(
    site: Installation, target: Path, elsewhere: Installation
) -> None:
    made = make(target, media="copy")
    path = made.path / manifest.MANIFEST
    content = json.loads(path.read_text())
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[made.vendor]
    path.write_text(json.dumps({**content, "vendor": other}))
    assert "不能互相恢复" in _refused(elsewhere, target)
    path.write_text(json.dumps({**content, "migrations": [*content["migrations"], "catalog.9999_of_next_year"]}))
    assert "catalog.9999_of_next_year" in _refused(elsewhere, target)


def test_an_older_backup_is_restored_and_the_migration_that_follows_is_told(
    site: Installation, target: Path, elsewhere: Installation
) -> None:
    made = make(target, media="copy")
    path = made.path / manifest.MANIFEST
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "migrations": content["migrations"][:-1]}))
    done = elsewhere.manage("restore", str(target))
    assert done.returncode == 0, done.stderr
    assert "manage.py upgrade" in done.stdout


def test_a_place_that_is_not_empty_is_left_as_it_is(site: Installation, target: Path, tmp_path: Path) -> None:
    ImageFileFactory()
    make(target, media="copy")
    full = site.manage("restore", str(target))
    assert full.returncode == 1
    assert "不是空的" in full.stderr
    assert ImageFileFactory._meta.model.objects.count() == 1


def test_pictures_of_somebody_else_are_not_overwritten(
    site: Installation, target: Path, elsewhere: Installation
) -> None:
    make(target, media="copy")
    picture = elsewhere.data / "media" / "masters" / "a.jpg"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"somebody's")
    done = elsewhere.manage("restore", str(target))
    assert done.returncode == 1
    assert "图片文件夹" in done.stderr
    assert picture.read_bytes() == b"somebody's"


def test_a_restoration_that_was_interrupted_goes_on_where_it_was(
    site: Installation, target: Path, elsewhere: Installation
) -> None:
    scan = ImageFileFactory()
    made = make(target, media="copy")
    place = elsewhere.data / "media" / scan.master.name
    place.parent.mkdir(parents=True)
    place.write_bytes(b"half")
    left = place.with_name(".restoring-killed")
    left.write_bytes(b"half")
    (elsewhere.data / restoring.UNFINISHED).write_text(f"{made.path.name}\n")
    done = elsewhere.manage("restore", str(target))
    assert done.returncode == 0, done.stderr
    assert place.read_bytes() == Path(scan.master.path).read_bytes()
    assert not left.exists()
    assert not (elsewhere.data / restoring.UNFINISHED).exists()


def test_a_newer_backup_of_the_database_alone_is_passed_over_and_told(
    site: Installation, target: Path, elsewhere: Installation
) -> None:
    scan = ImageFileFactory()
    made = make(target, media="copy")
    newer = make(target, media="reference")
    done = elsewhere.manage("restore", str(target))
    assert done.returncode == 0, done.stderr
    assert f"恢复备份 {made.path.name}" in done.stderr
    assert f"请加 --backup {newer.path.name}" in done.stderr
    assert (elsewhere.data / "media" / scan.master.name).is_file()


def test_until_a_restoration_is_complete_nothing_else_is_begun_there(
    site: Installation, target: Path, elsewhere: Installation
) -> None:
    made = make(target, media="copy")
    elsewhere.data.mkdir(exist_ok=True)
    (elsewhere.data / restoring.UNFINISHED).write_text(f"{made.path.name}\n")
    for command in ("serve", "upgrade"):
        done = elsewhere.manage(command)
        assert done.returncode == 1
        assert f"备份 {made.path.name} 的恢复没有做完" in done.stderr


def test_a_database_that_is_not_the_backups_is_not_gone_on_with(site: Installation, target: Path) -> None:
    scan = ImageFileFactory(thumbnail="", screen="")
    made = make(target, media="copy")
    (site.data / restoring.UNFINISHED).write_text(f"{made.path.name}\n")
    scan.image.delete()
    (site.data / "secret_key").write_text("of somebody who works here\n")
    done = site.manage("restore", str(target))
    assert done.returncode == 1
    assert "不是空的" in done.stderr
    assert (site.data / "secret_key").read_text() == "of somebody who works here\n"


def test_an_empty_medium_and_an_unknown_name_are_told(target: Path, site: Installation, tmp_path: Path) -> None:
    nothing = site.manage("restore", str(target))
    assert (nothing.returncode, "没有备份" in nothing.stderr) == (1, True)
    made = make(target, media="copy")
    unknown = site.manage("restore", str(target), "--backup", "20200101T000000Z")
    assert (unknown.returncode, made.path.name in unknown.stderr) == (1, True)
