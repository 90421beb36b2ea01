"""What tests need that start the site in processes of their own."""

import os
import socket
from pathlib import Path

import pytest
from django.conf import settings


def free_port() -> str:
    """Return a port that nobody listens at now; somebody may a moment later, so starts have to be tried again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture
def own_site(tmp_path: Path) -> dict[str, str]:
    """Return the environment of an installation of its own: empty DATA_DIR, SQLite, a free port, no model to load.

    Returns:
        A complete process environment.
    """
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return environment | {
        "DJANGO_SETTINGS_MODULE": "glmv_site.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
        "DATA_DIR": str(tmp_path / "data"),
        "HOST": "127.0.0.1",
        "PORT": free_port(),
        "GLMV_MODEL": str(tmp_path / "no-such-model"),
    }
