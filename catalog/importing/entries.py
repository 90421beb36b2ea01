"""What can be imported: one file of a folder, an archive or a manifest, with its name inside the source."""

import unicodedata
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.exceptions import FileRejected
from catalog.importing.manifest import Manifest

MANIFEST_NAME = "manifest.csv"
_SYSTEM_FILES = {"thumbs.db", "desktop.ini"}
_SYSTEM_FOLDERS = {"__MACOSX", "@eaDir"}


class Entry(Protocol):
    """One file of a source."""

    @property
    def name(self) -> str:
        """The path inside the source, with forward slashes."""

    def local(self) -> AbstractContextManager[Path]:
        """Return a context in which the file lies on disk.

        Raises:
            FileRejected: here or on entering, where the file cannot be had.
        """


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file that lies on disk already."""

    name: str
    path: Path

    @contextmanager
    def local(self) -> Iterator[Path]:
        """Give the file where it lies."""
        if not self.path.is_file():
            raise FileRejected(_("文件不存在。"))
        yield self.path


@dataclass(frozen=True, slots=True)
class RefusedEntry:
    """A name in the source behind which there is nothing to import, with the reason."""

    name: str
    reason: str | Promise

    def local(self) -> AbstractContextManager[Path]:
        """Refuse."""
        raise FileRejected(self.reason)


@dataclass(frozen=True, slots=True)
class ImportSource:
    """A source opened for import.

    Attributes:
        entries: its files in order.
        manifest: what its manifest says about them; empty where there is none.
        on_disk: the files lie on disk for good, so they can be referenced in place.
        sidecars: files that describe a picture, by the picture's name.
        name: what the source itself is called: its folder, or its archive without the ending.
    """

    entries: list[Entry]
    manifest: Manifest = field(default_factory=Manifest)
    on_disk: bool = True
    sidecars: dict[str, Entry] = field(default_factory=dict)
    name: str = ""


def is_manifest(name: str) -> bool:
    """Tell whether a name is that of a source's own manifest; Windows does not tell capitals from small letters."""
    return name.lower() == MANIFEST_NAME


def is_system_file(name: str) -> bool:
    """Tell whether a name is one that operating systems leave behind and nobody means to import."""
    parts = PurePosixPath(name).parts
    if any(part in _SYSTEM_FOLDERS or part.startswith(".") for part in parts):
        return True
    return bool(parts) and parts[-1].lower() in _SYSTEM_FILES


def plain_name(name: str) -> str:
    """Return a path inside a source in the one form in which names are compared: forward slashes, composed Unicode."""
    return unicodedata.normalize("NFC", name.replace("\\", "/")).removeprefix("./")


def is_safe_name(name: str) -> bool:
    """Tell whether a plain name stays inside its source: not absolute, no drive, no parent folder, no NUL."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or "\0" in name:
        return False
    return ".." not in parts and not (len(parts[0]) >= 2 and parts[0][1] == ":")
