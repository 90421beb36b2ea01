"""Copying one record's scans into a package: whole, digested while they are read, held against what came in.

A master whose content is not what the catalogue knows is left out and told: a package is proof of what it holds.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from catalog.exceptions import ExiftoolFailed, PackageBroken
from catalog.exchange.packages import digests
from catalog.exchange.packages.embedding import IPTC_FORMATS, tags_of
from catalog.exchange.packages.entries import PlannedFile, PlannedRecord, Written, WrittenRecord
from catalog.exchange.packages.exiftool import Exiftool
from catalog.exchange.packages.planning import MasterFault
from catalog.exchange.packages.workplace import writing
from catalog.models import Image, ImageFile
from catalog.shares import absence_of
from inference.engine.durable_files import make_folder, sync_folder

_PART = ".part"
SIDECAR = ".xmp"
"""What is added to a scan's name for what is said of it, where its format holds none."""


@dataclass(slots=True)
class Copier:
    """Copies records' scans below a folder.

    Attributes:
        folder: the payload of the package.
        prefix: what stands before the paths of the plan, such as `scans/`.
        exiftool: what writes into copies; None where they stay as they are.
        folders: those that files were put into since `settle`.
    """

    folder: Path
    prefix: str = ""
    exiftool: Exiftool | None = None
    folders: set[Path] = field(default_factory=set)

    def copy(self, planned: PlannedRecord, image: Image, files: Mapping[int, ImageFile]) -> WrittenRecord:
        """Copy the scans of a record.

        Args:
            planned: what is to be written.
            image: the record; as `records.loaded` has it where copies are written into.
            files: the scans that are still there, by key.

        Raises:
            PackageBroken: the package cannot be written, or the masters' share is away.
        """
        written: list[Written] = []
        left_out: list[tuple[str, str]] = []
        beside = 0
        for plan in planned.files:
            file = files.get(plan.file)
            if file is None:
                left_out.append((plan.path, MasterFault.GONE.value))
                continue
            found = self._copied(plan, file, image)
            if isinstance(found, MasterFault):
                left_out.append((plan.path, found.value))
            else:
                beside += len(found) > 1
                written += found
        return WrittenRecord(planned.image, tuple(written), tuple(left_out), beside)

    def put(self, path: str, content: bytes) -> Written:
        """Write what is said about a record into a file of its own.

        Args:
            path: within the payload.
            content: the file's.

        Raises:
            PackageBroken: the disk does not take it.
        """
        target = self._place(path)
        with writing(), target.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return Written(0, "", path, len(content), digests.digests_of(target))

    def settle(self) -> None:
        """Wait until the names of the files that were written are on the disk.

        Raises:
            PackageBroken: the disk does not take them.
        """
        with writing():
            for folder in self.folders:
                sync_folder(folder)
        self.folders.clear()

    def _copied(self, plan: PlannedFile, file: ImageFile, image: Image) -> list[Written] | MasterFault:
        source = file.master_path
        if file.place_outside is not None and (absence := absence_of(source)) is not None:
            words = _("%(absence)s恢复之后点“继续”，从停下的地方接着做。")
            raise PackageBroken(words % {"absence": absence})
        path = f"{self.prefix}{plan.path}"
        target = self._place(path)
        try:
            if self.exiftool is not None and not file.is_document:
                return self._embedded(plan, file, image, path, target)
            found = _whole_copy(source, target)
        except FileNotFoundError:
            return MasterFault.MISSING
        except OSError:
            return MasterFault.UNREADABLE
        if found["sha256"] != file.sha256:
            with writing():
                target.unlink()
            return MasterFault.DAMAGED
        return [Written(file.pk, file.role, path, target.stat().st_size, found)]

    def _embedded(
        self, plan: PlannedFile, file: ImageFile, image: Image, path: str, target: Path
    ) -> list[Written] | MasterFault:
        """Write a copy with what is said of the photograph in it, or beside it where the format holds none.

        Raises:
            OSError: the master cannot be read.
        """
        source = file.master_path
        if digests.digests_of(source, [digests.SHA256])[digests.SHA256] != file.sha256:
            return MasterFault.DAMAGED
        tags = tags_of(image, iptc=file.format in IPTC_FORMATS)
        beside: list[Written] = []
        if not tags or not self._written_into(tags, source, target):
            _whole_copy(source, target)
            if tags:
                beside = [self._sidecar(plan, tags)]
        with writing(), target.open("rb") as copied:
            os.fsync(copied.fileno())
        return [Written(file.pk, file.role, path, target.stat().st_size, digests.digests_of(target)), *beside]

    def _written_into(self, tags: list[tuple[str, str]], source: Path, target: Path) -> bool:
        """Tell whether exiftool wrote the copy; it cannot write every format, nor every file of one that it can."""
        tool = self.exiftool
        part = _part_of(target)
        part.unlink(missing_ok=True)
        try:
            if tool is None:
                return False
            tool.write(tags, source, part)
        except ExiftoolFailed:
            # Of a disk without room it says nothing else than of a file that it cannot write.
            _require_room(target.parent, source.stat().st_size)
            return False
        finally:
            if part.is_file() and not part.stat().st_size:
                part.unlink()
        with writing():
            part.replace(target)
        return True

    def _sidecar(self, plan: PlannedFile, tags: list[tuple[str, str]]) -> Written:
        path = f"{self.prefix}{plan.path}{SIDECAR}"
        target = self._place(path)
        part = _part_of(target)
        for old in (part, target):
            with writing():
                old.unlink(missing_ok=True)
        try:
            if self.exiftool is not None:
                self.exiftool.write_beside(tags, part)
        except ExiftoolFailed as error:
            _require_room(target.parent, 100_000)
            raise PackageBroken(str(error)) from error
        with writing():
            part.replace(target)
            with target.open("rb") as file:
                os.fsync(file.fileno())
        return Written(0, "", path, target.stat().st_size, digests.digests_of(target))

    def _place(self, path: str) -> Path:
        target = self.folder / path
        if target.parent not in self.folders:
            with writing():
                make_folder(target.parent)
            self.folders.add(target.parent)
        return target


def _whole_copy(source: Path, target: Path) -> dict[str, str]:
    """Copy a file; it has its name once it is whole and on the disk.

    Raises:
        OSError: the master cannot be read.
        PackageBroken: the copy cannot be written.
    """
    part = _part_of(target)
    try:
        with writing():
            file = part.open("wb")
        with file:
            found = digests.copy(source, _Target(file))
            with writing():
                file.flush()
                os.fsync(file.fileno())
        with writing():
            part.replace(target)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return found


def _part_of(target: Path) -> Path:
    """Return what a file is called while it is being written; its ending tells exiftool what to write."""
    return target.with_name(f"{_PART}{target.suffix}")


class _Target:
    """A file whose faults are the package's and not the master's."""

    def __init__(self, file: IO[bytes]) -> None:
        self._write = file.write

    def write(self, chunk: bytes) -> None:
        """Write a piece.

        Raises:
            PackageBroken: the disk does not take it.
        """
        with writing():
            self._write(chunk)


def _require_room(folder: Path, size: int) -> None:
    """Make sure that it was not for want of room that something could not be written.

    Raises:
        PackageBroken: it was.
    """
    place = folder / f"{_PART}-room"
    try:
        with writing(), place.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, size))
    finally:
        with suppress(OSError):
            place.unlink(missing_ok=True)
