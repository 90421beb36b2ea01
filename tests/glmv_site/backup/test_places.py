"""How folders of backups are named by people, and what is said of those that cannot be used."""

from pathlib import Path

import pytest
from pytest_django import Settings

from glmv_site.backup import places
from glmv_site.backup.errors import BackupError


def test_what_a_person_names_is_absolute_and_without_detours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert places.named(Path("disk/./glmv/")) == tmp_path / "disk/glmv"
    assert str(places.named(Path(f"//{tmp_path}/disk"))) == f"{tmp_path}/disk"


def test_dots_behind_a_link_mean_what_they_mean_to_the_disk(tmp_path: Path) -> None:
    (tmp_path / "disk" / "inner").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "inner")
    assert places.named(tmp_path / "link" / ".." / "glmv") == tmp_path / "disk" / "glmv"


def test_a_folder_that_is_not_there_yet_is_no_problem_and_is_not_made_by_the_look(tmp_path: Path) -> None:
    assert places.problem(tmp_path / "glmv") == ""
    assert not (tmp_path / "glmv").exists()


@pytest.mark.parametrize(
    ("made", "target"), [("glmv", "glmv"), ("disk", "disk/glmv"), ("glmv/media", "glmv")]
)  # fmt: skip
def test_a_file_in_the_place_of_a_folder_is_called_one(tmp_path: Path, made: str, target: str) -> None:
    (tmp_path / made).parent.mkdir(exist_ok=True)
    (tmp_path / made).write_text("a file")
    with pytest.raises(BackupError, match=f"{tmp_path / made} 是一个文件，不是文件夹"):
        places.prepare(tmp_path / target)


def test_a_link_that_leads_nowhere_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "glmv").symlink_to(tmp_path / "unplugged")
    with pytest.raises(BackupError, match=f"指向的 {tmp_path / 'unplugged'} 不存在"):
        places.prepare(tmp_path / "glmv")
    assert not (tmp_path / "unplugged").exists()


def test_pictures_and_backups_are_kept_apart(settings: Settings, tmp_path: Path) -> None:
    """Keys would lie among the pictures; and the backups' own `media` would be the pictures' folder."""
    settings.MEDIA_ROOT = tmp_path / "data" / "media"
    settings.MEDIA_ROOT.mkdir(parents=True)
    (tmp_path / "link").symlink_to(settings.MEDIA_ROOT)
    (tmp_path / "upwards").symlink_to(tmp_path / "data")
    media = settings.MEDIA_ROOT
    for target in (media, media / "backups", tmp_path / "link" / "backups", tmp_path / "data", tmp_path / "upwards"):
        with pytest.raises(BackupError, match=r"与图片文件夹 .* 混在一起"):
            places.prepare(target)
    assert not list(media.iterdir())
    places.prepare(tmp_path / "data" / "backups")


def test_one_backup_is_told_from_a_folder_of_them(tmp_path: Path) -> None:
    assert places.folder_and_name(tmp_path / "glmv") == (tmp_path / "glmv", None)
    for name in ("20260501T183000Z", "20260501T183000Z.partial"):
        assert places.folder_and_name(tmp_path / "glmv" / name) == (tmp_path / "glmv", name)
    with pytest.raises(BackupError, match=f"请写它所在的文件夹 {tmp_path}"):
        places.prepare(tmp_path / "20260501T183000Z")
