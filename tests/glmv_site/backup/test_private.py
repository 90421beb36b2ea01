"""Settings of the place stay in the place: no backup carries them to another, and no drill changes the live project."""

import subprocess
from pathlib import Path

import pytest
from pytest_django import Settings

from glmv_site.backup import private
from glmv_site.backup.making import make
from tests.glmv_site.backup.installation import Installation


@pytest.mark.django_db(transaction=True)
def test_what_start_sh_told_of_the_old_place_is_not_in_a_backup(
    site: Installation, target: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ENV_FILE.unlink()
    for name, value in {
        "GLMV_MANAGE": "bash start.sh manage", "GLMV_HOST_DATA": "/srv/old/data", "GLMV_HISTORY_DAYS": "90"
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    text = (make(target, media="copy").path / "settings" / "env").read_text(encoding="utf-8")
    assert "GLMV_HISTORY_DAYS=90\n" in text
    assert "GLMV_MANAGE" not in text
    assert "GLMV_HOST_DATA" not in text


def _backup(tmp_path: Path) -> Path:
    kept = tmp_path / "backup" / private.FOLDER
    kept.mkdir(parents=True)
    (kept / private.ENV).write_text("GLMV_ASK_LOGIN=1\n")
    return kept.parent


@pytest.fixture
def project(settings: Settings, tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    settings.BASE_DIR, settings.ENV_FILE = folder, folder / ".env"
    return folder


def test_a_drill_beside_the_live_data_leaves_the_projects_settings_alone(
    project: Path, settings: Settings, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path / "scratch"
    settings.DATA_DIR.mkdir()
    assert private.bring_back(_backup(tmp_path)) == (project / ".env.restored", False)
    assert not (project / ".env").exists()


def test_a_project_with_its_own_data_and_no_settings_gets_them_back(
    project: Path, settings: Settings, tmp_path: Path
) -> None:
    settings.DATA_DIR = project / "data"
    assert private.bring_back(_backup(tmp_path)) == (project / ".env", True)
    assert (project / ".env").read_text() == "GLMV_ASK_LOGIN=1\n"


@pytest.mark.parametrize("name", [".env", ".env.restored", ".env.bak"])
def test_files_of_settings_are_nothing_to_commit(name: str) -> None:
    """There are passwords and keys in them."""
    base = Path(__file__).parents[3]
    asked = subprocess.run(["git", "check-ignore", "--quiet", name], cwd=base, check=False)
    assert asked.returncode == 0
