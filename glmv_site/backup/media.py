"""Media files in the folder of backups: copied once, each under its own digest, and read again before they count."""

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from catalog.digests import content_hash
from glmv_site.backup import places
from glmv_site.backup.errors import BackupError
from glmv_site.backup.manifest import MediaCounts, MediaFile
from glmv_site.backup.naming import Named
from glmv_site.backup.rereading import digest_on_medium
from inference.engine.durable_files import sync_file, sync_folder

_CHUNK = 1024 * 1024
_INCOMING = ".incoming-"


@dataclass(slots=True)
class Store:
    """The media files of a folder of backups.

    Attributes:
        target: that folder.
        media_root: where the files come from.
        copy: whether to copy them, or only to write down where they lie.
        before: name → what the previous backup has of it.
        added: what this backup has added.
    """

    target: Path
    media_root: Path
    copy: bool
    before: Mapping[str, MediaFile]
    added: list[Path] = field(default_factory=list)
    _touched: set[Path] = field(default_factory=set)
    _copied: int = 0
    _bytes: int = 0
    _missing: int = 0
    _damaged: int = 0
    _lacking: int = 0

    def clear_incoming(self) -> None:
        """Remove what a killed backup was writing."""
        for path in (self.target / places.MEDIA).glob(f"{_INCOMING}*"):
            path.unlink(missing_ok=True)

    def needed(self, files: list[Named]) -> int:
        """Return how many bytes are going to be copied, about."""
        return sum(self._size_to_copy(file) for file in files) if self.copy else 0

    def _size_to_copy(self, file: Named) -> int:
        if file.in_place:
            return 0
        try:
            status = (self.media_root / file.name).stat()
        except OSError:
            return 0
        sha256 = self._known_digest(file, status)
        return 0 if sha256 and self._has(sha256, status.st_size) else status.st_size

    def keep(self, file: Named) -> MediaFile:
        """Keep a file, and read it again.

        Args:
            file: as the database names it.

        Returns:
            What the backup has of it.

        Raises:
            OSError: the medium is full, or does not work.
        """
        if file.in_place:
            return MediaFile(file.name, file.size, file.sha256, kept=False, in_place=True)
        try:
            return self._kept(file)
        except _UnreadableSource:
            # One bad sector in one scan is no reason to have no backup of all the others.
            return self._missing_one(file)

    def _kept(self, file: Named) -> MediaFile:
        path = self.media_root / file.name
        with _of_the_source(), path.open("rb") as source:
            status = os.fstat(source.fileno())
        sha256 = self._known_digest(file, status)
        if not self.copy:
            with _of_the_source():
                sha256 = sha256 or content_hash(path)
        elif not sha256 or not self._sound(sha256, status.st_size):
            sha256 = self._copied_in(file)
        size = places.stored(self.target, sha256).stat().st_size if self.copy else status.st_size
        return MediaFile(file.name, size, sha256, kept=self.copy, modified_ns=status.st_mtime_ns)

    def counts(self, named: int) -> MediaCounts:
        """Return how the files fared.

        Args:
            named: how many there were.
        """
        return MediaCounts(named, self._copied, self._bytes, self._missing, self._damaged, self._lacking)

    def sync_names(self) -> None:
        """Wait until the names of all that was copied are on the medium."""
        for folder in sorted(self._touched):
            sync_folder(folder)
        sync_folder(self.target / places.MEDIA)

    def forget(self) -> None:
        """Remove what this backup has added: it did not come about, and others need the room."""
        for path in self.added:
            path.unlink(missing_ok=True)

    def _known_digest(self, file: Named, status: os.stat_result) -> str:
        """Return a file's digest where it is known without reading the file; else nothing."""
        if file.sha256:
            return file.sha256 if file.size == status.st_size else ""
        before = self.before.get(file.name)
        unchanged = before and (before.size, before.modified_ns) == (status.st_size, status.st_mtime_ns)
        return before.sha256 if before and unchanged else ""

    def _has(self, sha256: str, size: int) -> bool:
        try:
            return places.stored(self.target, sha256).stat().st_size == size
        except OSError:
            return False

    def _sound(self, sha256: str, size: int) -> bool:
        """Read a kept file again: a disk that forgets is noticed here, and what it forgot is copied once more."""
        return self._has(sha256, size) and digest_on_medium(places.stored(self.target, sha256)) == sha256

    def _missing_one(self, file: Named) -> MediaFile:
        self._missing += 1
        if file.sha256 and self.copy and self._sound(file.sha256, file.size):
            return MediaFile(file.name, file.size, file.sha256, kept=True)
        self._lacking += 1
        return MediaFile(file.name, 0, "", kept=False)

    def _copied_in(self, file: Named) -> str:
        """Copy a file into the store.

        Returns:
            The digest under which the backup has it.
        """
        part, sha256 = self._written(self.media_root / file.name)
        if file.sha256 and sha256 != file.sha256:
            self._damaged += 1
            good = places.stored(self.target, file.sha256)
            # A master never changes: what an earlier backup has of it is better than what the disk has made of it.
            if good.is_file() and digest_on_medium(good) == file.sha256:
                part.unlink()
                return file.sha256
        place = places.stored(self.target, sha256)
        # Before it replaces anything: what is there may be good, and only have been misread.
        if digest_on_medium(part) != sha256:
            raise BackupError(places.misread(place))
        place.parent.mkdir(mode=0o700, exist_ok=True)
        size = part.stat().st_size
        is_new = not place.exists()
        part.replace(place)
        self._touched.add(place.parent)
        if is_new:
            self.added.append(place)
        self._copied += 1
        self._bytes += size
        return sha256

    def _written(self, source: Path) -> tuple[Path, str]:
        """Copy a file under a name that nobody looks at."""
        digest = hashlib.sha256()
        descriptor, name = tempfile.mkstemp(prefix=_INCOMING, dir=self.target / places.MEDIA)
        part = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as target, _opened(source) as file:
                while block := _read(file):
                    digest.update(block)
                    target.write(block)
                sync_file(target)
        except BaseException:
            part.unlink()
            raise
        return part, digest.hexdigest()


class _UnreadableSource(Exception):
    """A file of the installation, not of the backup, is not there or cannot be read."""


@contextmanager
def _of_the_source() -> Iterator[None]:
    """Tell faults of the installation's disk from those of the backup's."""
    try:
        yield
    except OSError as error:
        raise _UnreadableSource from error


def _opened(path: Path) -> BinaryIO:
    with _of_the_source():
        return path.open("rb")


def _read(file: BinaryIO) -> bytes:
    with _of_the_source():
        return file.read(_CHUNK)
