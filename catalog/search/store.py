"""The index on the disk: which folder is the one in use, writing to it, and building another one beside it.

`DATA_DIR/search/current` names the folder in use. A new index is built in a folder of its own, and the name is switched
when it is complete: whoever reads goes on reading the old one meanwhile. Each folder holds the two indexes and how far
it has followed the database, written after both have been committed: killed in between, a process is told of the same
changes again, which change nothing then.
"""

import json
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import tantivy

from catalog.search import schema as fields
from catalog.search.records import Record
from inference.engine.durable_files import make_folder, sync_file, sync_folder

_POINTER, _APPLIED = "current", "applied.json"
_STAFF, _PUBLIC = "staff", "public"
_HEAP_BYTES = 20_000_000
"""For each of the two writers; a commit writes what is gathered, so that little is needed."""
_AT_ONCE = 20_000


class Condition(StrEnum):
    """What there is to be asked."""

    READY = "ready"
    MISSING = "missing"
    OTHER_VERSION = "other_version"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Applied:
    """How far an index has followed the database.

    Attributes:
        version: of folding, tokens and fields.
        position: what it has followed to; as whoever follows counts.
    """

    version: int
    position: int


class Store:
    """The indexes below one folder."""

    def __init__(self, folder: Path) -> None:
        """Prepare; nothing is read yet.

        Args:
            folder: where they are; need not be there.
        """
        self._folder = folder
        self._open: tuple[str, tantivy.Index, tantivy.Index] | None = None

    def condition(self) -> Condition:
        """Tell whether there is an index that can be asked."""
        name = self._name()
        if name is None:
            return Condition.MISSING
        applied = _applied(self._folder / name)
        if applied is None:
            return Condition.DAMAGED
        if applied.version != fields.VERSION:
            return Condition.OTHER_VERSION
        return Condition.READY if self._opened(name) is not None else Condition.DAMAGED

    def applied(self) -> Applied | None:
        """Return how far the index in use has followed; None where there is none."""
        name = self._name()
        return _applied(self._folder / name) if name else None

    def searcher(self, *, public: bool) -> tantivy.Searcher | None:
        """Return what answers questions as of the last commit; None where there is no index to be asked.

        Args:
            public: of the index of public records, else of that for staff.
        """
        name = self._name()
        opened = self._opened(name) if name and self.condition() is Condition.READY else None
        if opened is None:
            return None
        index = opened[2] if public else opened[1]
        index.reload()
        return index.searcher()

    @contextmanager
    def writing(self) -> "Iterator[Writer | None]":
        """Open the index in use for writing; None where there is none. One process at a time."""
        name = self._name()
        if name is None or self.condition() is not Condition.READY:
            yield None
            return
        writer = Writer(self._folder / name)
        try:
            yield writer
        finally:
            writer.close()

    def build(self, records: Iterable[Record], *, position: int) -> int:
        """Build a new index and put it in the place of the one in use.

        Args:
            records: all of them.
            position: what the database has come to before the first was read.

        Returns:
            How many records it holds.

        Raises:
            OSError: the disk does not take it; the one in use stays.
        """
        name = f"v{fields.VERSION}-{uuid.uuid4().hex[:12]}"
        make_folder(self._folder / name)
        try:
            number = self._fill(self._folder / name, records, position)
            self._switch(name)
        except BaseException:
            shutil.rmtree(self._folder / name, ignore_errors=True)
            raise
        self._sweep(name)
        return number

    def _fill(self, folder: Path, records: Iterable[Record], position: int) -> int:
        for part in (_STAFF, _PUBLIC):
            make_folder(folder / part)
            tantivy.Index(fields.build(), str(folder / part))
        writer, number = Writer(folder), 0
        try:
            for record in records:
                writer.add(record)
                number += 1
                if number % _AT_ONCE == 0:
                    writer.commit(position)
            writer.commit(position)
        finally:
            writer.close()
        return number

    def _switch(self, name: str) -> None:
        part = self._folder / f"{_POINTER}.part"
        with part.open("w", encoding="utf-8") as file:
            file.write(name)
            sync_file(file)
        part.replace(self._folder / _POINTER)
        sync_folder(self._folder)

    def _sweep(self, kept: str) -> None:
        """Throw away what is not in use; what somebody still reads stays on the disk until they are done."""
        for folder in self._folder.iterdir():
            if folder.is_dir() and folder.name != kept:
                shutil.rmtree(folder, ignore_errors=True)

    def _name(self) -> str | None:
        try:
            name = (self._folder / _POINTER).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return name if name and (self._folder / name).is_dir() and Path(name).name == name else None

    def _opened(self, name: str) -> tuple[str, tantivy.Index, tantivy.Index] | None:
        if self._open is None or self._open[0] != name:
            try:
                staff, public = (tantivy.Index.open(str(self._folder / name / part)) for part in (_STAFF, _PUBLIC))
            except (ValueError, OSError):
                return None
            self._open = (name, staff, public)
        return self._open


class Writer:
    """Changes one index. Nothing is seen of it before `commit`."""

    def __init__(self, folder: Path) -> None:
        """Open both indexes of a folder for writing.

        Args:
            folder: the folder.

        Raises:
            ValueError: another process writes, or one of them is damaged.
        """
        self._folder = folder
        self._staff, self._public = (
            tantivy.Index.open(str(folder / part)).writer(_HEAP_BYTES, 1) for part in (_STAFF, _PUBLIC)
        )

    def add(self, record: Record) -> None:
        """Add a record that is not there yet."""
        self._staff.add_document(fields.document(record))
        if record.is_public:
            self._public.add_document(fields.public_document(record))

    def replace(self, keys: Iterable[int], records: Iterable[Record]) -> None:
        """Put records in the place of what is there of them.

        Args:
            keys: of all that changed; those that are gone among them.
            records: what there is of these.
        """
        for key in keys:
            # Of a signed field: of an unsigned one nothing would be deleted, without a word.
            self._staff.delete_documents_by_term("id", key)
            self._public.delete_documents_by_term("id", key)
        for record in records:
            self.add(record)

    def commit(self, position: int) -> None:
        """Let what was changed be found, and note how far the database was followed.

        Args:
            position: how far.
        """
        self._staff.commit()
        self._public.commit()
        for writer in (self._staff, self._public):
            # Files of segments that were merged; a reader keeps those that it has open.
            writer.garbage_collect_files()
        part = self._folder / f"{_APPLIED}.part"
        with part.open("w", encoding="utf-8") as file:
            json.dump({"version": fields.VERSION, "position": position}, file)
            sync_file(file)
        part.replace(self._folder / _APPLIED)

    def close(self) -> None:
        """Wait for what is being merged, and let others write. What was not committed is gone."""
        for writer in (self._staff, self._public):
            with suppress(ValueError):
                writer.rollback()
            writer.wait_merging_threads()


def _applied(folder: Path) -> Applied | None:
    try:
        told = json.loads((folder / _APPLIED).read_text(encoding="utf-8"))
        return Applied(version=int(told["version"]), position=int(told["position"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
