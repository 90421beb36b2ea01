"""The installation of the tests, with folders of its own, and an empty one to restore into."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from tests.glmv_site.backup.installation import Installation, empty_installation, installation


@pytest.fixture
def site(settings: Settings, tmp_path: Path) -> Installation:
    """Return the installation on whose database the test runs, with keys and settings in its folders."""
    data = tmp_path / "data"
    settings.DATA_DIR = data
    settings.MEDIA_ROOT = data / "media"
    settings.ENV_FILE = tmp_path / "data.env"
    settings.GLMV_BACKUP_DIR = tmp_path / "backups"
    settings.MEDIA_ROOT.mkdir(parents=True)
    for name in ("secret_key", "internal_key"):
        (data / name).write_text(f"{name} of the first machine\n")
        (data / name).chmod(0o600)
    settings.ENV_FILE.write_text("# 档案馆的设置\nGLMV_ASK_LOGIN=1\n")
    return installation(data, str(connection.settings_dict["NAME"]))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Return the folder of backups; it is not there yet."""
    return tmp_path / "backups"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Installation]:
    """Have a machine with nothing on it.

    Yields:
        Its installation.
    """
    with empty_installation(tmp_path / "second") as place:
        yield place
