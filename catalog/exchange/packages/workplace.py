"""The folder in which a package is made: what is planned, what was written, and the package itself until it is whole.

    plan.jsonl      what is to be written; it has this name only when it is complete
    written.jsonl   what was written, record by record; each line only after its files are on the disk
    package/        the package; its folder gets its place, and its name, when everything is in it

A process may be killed at any moment: the next one reads both files and goes on. What it finds in `package/` of a
record that is not among the written ones is written again.
"""

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _

from catalog.exceptions import PackageBroken
from catalog.exchange.packages.entries import PlannedRecord, WrittenRecord, as_line, lines_of
from catalog.faults import disk_reason
from inference.engine.durable_files import make_folder, sync_file, sync_folder


class Workplace:
    """The folder of one package in the making."""

    def __init__(self, folder: Path) -> None:
        """Take a folder; it need not be there.

        Args:
            folder: its own, on the disk on which the package will lie.
        """
        self.folder = folder
        self.plan = folder / "plan.jsonl"
        self.journal = folder / "written.jsonl"
        self.package = folder / "package"

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Keep other processes of this machine from working in the folder, which is made where needed.

        Yields:
            Whether it is ours; False where another process has it.

        Raises:
            PackageBroken: the folder cannot be made.
        """
        with writing():
            make_folder(self.folder)
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            except OSError:  # a file system without locks: the lease has to do
                pass
            yield True
        finally:
            os.close(descriptor)

    def keep_plan(self, planned: Iterable[PlannedRecord]) -> Iterator[PlannedRecord]:
        """Write the plan while it is being made.

        Args:
            planned: the records.

        Yields:
            Each of them, written.

        Raises:
            PackageBroken: the disk does not take it.
        """
        part = self.plan.with_suffix(".part")
        with writing():
            make_folder(self.folder)
            file = part.open("wb")
        with file:
            for record in planned:
                with writing():
                    file.write(as_line(record.as_json()))
                yield record
            with writing():
                sync_file(file)
        with writing():
            part.replace(self.plan)
            sync_folder(self.folder)

    @property
    def is_planned(self) -> bool:
        """Tell whether the plan is there, complete."""
        return self.plan.is_file()

    def planned(self) -> Iterator[PlannedRecord]:
        """Return the plan, record by record."""
        return map(PlannedRecord.read, lines_of(self.plan))

    def written(self) -> Iterator[WrittenRecord]:
        """Return what was written, record by record."""
        return map(WrittenRecord.read, lines_of(self.journal))

    def note(self, records: Iterable[WrittenRecord]) -> None:
        """Note that records were written, their files being on the disk.

        Args:
            records: the records.

        Raises:
            PackageBroken: the disk does not take it.
        """
        with writing(), self.journal.open("ab") as file:
            file.write(b"".join(as_line(record.as_json()) for record in records))
            sync_file(file)

    def mend(self) -> None:
        """Take away the end of a line that was being written when the power went off."""
        try:
            content = self.journal.read_bytes()
        except FileNotFoundError:
            return
        whole = content.rfind(b"\n") + 1
        if whole != len(content):
            with writing(), self.journal.open("r+b") as file:
                file.truncate(whole)
                sync_file(file)

    def forget(self) -> None:
        """Take away what was written, and leave the plan."""
        with writing():
            self.journal.unlink(missing_ok=True)
        shutil.rmtree(self.package, ignore_errors=True)

    def clear(self) -> None:
        """Take the folder away with all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def writing() -> Iterator[None]:
    """Say in a sentence what is wrong with the place where packages are written.

    Yields:
        Where it works.

    Raises:
        PackageBroken: it does not.
    """
    try:
        yield
    except OSError as error:
        words = _("写不进移交包的文件夹：%(reason)s。已写好的都保留；处理好之后点“继续”，从停下的地方接着做。")
        raise PackageBroken(words % {"reason": disk_reason(error)}) from error
