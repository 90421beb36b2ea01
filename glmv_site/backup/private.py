"""The settings and the keys of an installation, which only its owner may read."""

import hashlib
import os
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from glmv_site.backup.errors import BackupError
from glmv_site.backup.manifest import KeptFile
from glmv_site.environment import Environment
from glmv_site.secret_files import write_private

FOLDER = "settings"
ENV = "env"
KEYS = ("secret_key", "internal_key")
"""Files in DATA_DIR that the settings make for themselves."""

# Of the place rather than of the installation; a container is told them from outside.
_OF_THE_PLACE = {"DATA_DIR", "ENV_FILE", "HOST", "PORT", "STATIC_ROOT"}


def keep(folder: Path) -> list[KeptFile]:
    """Copy settings and keys into a backup.

    Args:
        folder: the backup's.

    Returns:
        The files as they were meant, not as the medium has them.

    Raises:
        BackupError: one of the installation's cannot be read.
    """
    place = folder / FOLDER
    place.mkdir(mode=0o700)
    texts = {name: _text(Path(settings.DATA_DIR) / name) for name in KEYS}
    texts[ENV] = _text(Path(settings.ENV_FILE)) or _environment()
    kept = {name: text.removesuffix("\n") for name, text in texts.items() if text}
    for name, text in kept.items():
        write_private(place / name, text)
    return [_kept_file(name, f"{text}\n".encode()) for name, text in kept.items()]


def _kept_file(name: str, content: bytes) -> KeptFile:
    return KeptFile(f"{FOLDER}/{name}", len(content), hashlib.sha256(content).hexdigest())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    except (OSError, UnicodeError) as error:
        raise BackupError(
            _("读不了本机的 %(path)s（%(reason)s），所以没有备份。请检查它属于谁、有没有损坏；与备份盘无关。")
            % {"path": path, "reason": (error.strerror if isinstance(error, OSError) else None) or error}
        ) from error


def _environment() -> str:
    """Write down the settings where they came from the environment alone, as in a container."""
    names = sorted(Environment.asked - _OF_THE_PLACE)
    set_ones = [(name, os.environ[name]) for name in names if os.environ.get(name, "").strip()]
    return "".join(f"{name}={value}\n" for name, value in set_ones if "\n" not in value)
