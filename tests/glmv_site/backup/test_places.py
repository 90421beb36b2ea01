"""How folders of backups are named by people, and what is said of those that cannot be used."""

from pathlib import Path

import pytest

from glmv_site.backup import places


def test_what_a_person_names_is_absolute_and_without_detours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert places.named(Path("disk/./glmv/")) == tmp_path / "disk/glmv"
    assert str(places.named(Path(f"//{tmp_path}/disk"))) == f"{tmp_path}/disk"


def test_dots_behind_a_link_mean_what_they_mean_to_the_disk(tmp_path: Path) -> None:
    (tmp_path / "disk" / "inner").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "inner")
    assert places.named(tmp_path / "link" / ".." / "glmv") == tmp_path / "disk" / "glmv"
