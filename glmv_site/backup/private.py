"""The settings and the keys of an installation, which only its owner may read."""

import hashlib
import os
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from glmv_site.backup.errors import BackupError
from glmv_site.backup.manifest import KeptFile
from glmv_site.environment import OF_THE_CALLER, Environment
from glmv_site.secret_files import write_private

FOLDER = "settings"
ENV = "env"
KEYS = ("secret_key", "internal_key")
"""Files in DATA_DIR that the settings make for themselves."""

# Of the place rather than of the installation; a container is told them from outside.
_OF_THE_PLACE = {"DATA_DIR", "ENV_FILE", "HOST", "PORT", "STATIC_ROOT", *OF_THE_CALLER}
_MOVED = ("DATABASE_URL", "DATA_DIR")


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


def bring_back(folder: Path) -> tuple[Path | None, bool]:
    """Put the keys in the place of those that were made here; put the settings beside those that are here.

    Args:
        folder: the backup's.

    Returns:
        Where the settings are, None where the backup has none; and whether the program reads them there.
    """
    kept = folder / FOLDER
    for name in KEYS:
        if (kept / name).is_file():
            write_private(Path(settings.DATA_DIR) / name, (kept / name).read_text(encoding="utf-8").removesuffix("\n"))
    if not (kept / ENV).is_file():
        return None, False
    text = (kept / ENV).read_text(encoding="utf-8")
    env = Path(settings.ENV_FILE)
    if env.is_file() and env.read_text(encoding="utf-8-sig") == text:
        return env, True
    may_write = os.access(env.parent, os.W_OK)
    if may_write and not env.exists() and not _is_of_another_place(env) and not _names_another_place(text):
        write_private(env, text.removesuffix("\n"))
        return env, True
    # They may lead to the database of the machine that is gone. In a container only the data can be written to.
    is_ordinary = env.is_file() or not env.exists()
    place = env.parent if may_write and is_ordinary else Path(settings.DATA_DIR)
    beside = place / f"{env.name if is_ordinary else '.env'}.restored"
    write_private(beside, text.removesuffix("\n"))
    return beside, False


def _is_of_another_place(env: Path) -> bool:
    """Tell whether the project's own file of settings would be written for data that lie elsewhere, as in a drill."""
    project = Path(settings.BASE_DIR)
    return env == project / ".env" and Path(settings.DATA_DIR) != project / "data"


def _names_another_place(text: str) -> bool:
    """Tell whether settings would lead the program to another database or data folder than this restoration does."""
    lines = [line.removeprefix("export ").partition("=") for line in text.splitlines()]
    return any(name in _MOVED and value != os.environ.get(name, "") for name, _equals, value in lines)


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
