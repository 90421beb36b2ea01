"""The settings and the keys of an installation, which only its owner may read."""

import os
from pathlib import Path

from django.conf import settings

from glmv_site.environment import Environment
from glmv_site.secret_files import write_private

FOLDER = "settings"
ENV = "env"
KEYS = ("secret_key", "internal_key")
"""Files in DATA_DIR that the settings make for themselves."""

# Of the place rather than of the installation; a container is told them from outside.
_OF_THE_PLACE = {"DATA_DIR", "ENV_FILE", "HOST", "PORT", "STATIC_ROOT"}


def keep(folder: Path) -> list[str]:
    """Copy settings and keys into a backup.

    Args:
        folder: the backup's.

    Returns:
        The names of the files, below that folder.
    """
    place = folder / FOLDER
    place.mkdir(mode=0o700)
    texts = {name: _text(Path(settings.DATA_DIR) / name) for name in KEYS}
    texts[ENV] = _text(Path(settings.ENV_FILE)) or _environment()
    kept = {name: text for name, text in texts.items() if text}
    for name, text in kept.items():
        write_private(place / name, text.removesuffix("\n"))
    return [f"{FOLDER}/{name}" for name in kept]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig") if path.is_file() else ""


def _environment() -> str:
    """Write down the settings where they came from the environment alone, as in a container."""
    names = sorted(Environment.asked - _OF_THE_PLACE)
    set_ones = [(name, os.environ[name]) for name in names if os.environ.get(name, "").strip()]
    return "".join(f"{name}={value}\n" for name, value in set_ones if "\n" not in value)
