"""Making an export: its table is written part by part, and has its name when it is complete.

Of a part, the records are read, their rows written and then, in one short transaction, what they said is kept. No
transaction is open while records are read or their rows are written.
"""

from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import transaction
from django.utils.translation import override

from catalog.digests import content_hash
from catalog.exchange.columns import TECHNICAL
from catalog.exchange.exports import claims, places
from catalog.exchange.exports.keeping import Gathered, unpacked
from catalog.exchange.exports.policies import exported_images
from catalog.exchange.layouts import columns_of
from catalog.exchange.rows import Reader, Record
from catalog.exchange.tables.writing import open_table
from catalog.faults import patiently
from catalog.models import Collection, Export
from catalog.records import action_log
from catalog.vocabulary import Access, Verb
from inference.engine.durable_files import sync_file


class Making:
    """One export that this process makes, from the first record to the last.

    Whoever has one closes it: nothing of an unfinished table is left then.
    """

    def __init__(
        self, claim: claims.Claim, *, path: Path | None = None, stream: IO[bytes] | None = None, tries: int = 1
    ) -> None:
        """Begin the table.

        Args:
            claim: the export, which this process has taken.
            path: where the file is to lie; None for the export's own folder.
            stream: where the table is written to instead of a file.
            tries: how often the database is asked where it stays locked.

        Raises:
            OSError: the disk does not take it.
        """
        self.export = Export.objects.select_related("user").get(pk=claim.export)
        self._claim = claim
        self._tries = tries
        self._is_linked = path is None and stream is None
        self._path = path or places.path_of(self.export)
        self._is_file = stream is None
        self._written = Counter[int]()
        self.written = 0
        self._restricted = set[int]()
        self._reader = Reader(exported_images(self.export))
        self._left = list(self.export.parts.order_by("-position").values_list("position", flat=True))
        with override(self.export.language or None), ExitStack() as stack:
            self._columns = columns_of(self.export.layout, export=str(self.export.pk))
            folder = stack.enter_context(places.workspace(self._path) if stream is None else places.temporary())
            self._part = folder / "table"
            self._file = stream or stack.enter_context(self._part.open("wb"))
            about = self.export.selection
            self._table = open_table(self.export.format, self._file, self._columns, folder=folder, about=about)
            self._stack = stack.pop_all()
        self._reads = [column.read for column in self._columns]
        self._kept = [(at, column) for at, column in enumerate(self._columns) if column.key not in TECHNICAL]

    def step(self) -> bool:
        """Write the next part, or finish.

        Returns:
            Whether there is more to do.

        Raises:
            ClaimLost: somebody stopped the export, or another process makes it.
            OSError: the disk does not take it.
        """
        with override(self.export.language or None):
            if self._left:
                self._write(self._left.pop())
                return True
            self._finish()
        return False

    def close(self) -> None:
        """Let go of everything; what is unfinished is thrown away."""
        self._stack.close()

    def _write(self, position: int) -> None:
        parts = self.export.parts.filter(position=position)
        images: list[int] = unpacked(parts.values_list("images", flat=True).get())
        records = self._reader.read(images)
        rows = [[read(record) for read in self._reads] for record in records]
        self._table.write(rows)
        self._written.update(record.collection_key for record in records)
        self.written += len(records)
        self._restricted.update(record.collection_key for record in records if record.access == Access.RESTRICTED)
        keep = partial(
            claims.keep_part,
            self._claim,
            position=position,
            kept=self._said(records, rows),
            written=len(records),
            left_out=len(images) - len(records),
        )
        patiently(keep, tries=self._tries)

    def _said(self, records: list[Record], rows: list[list[str]]) -> bytes:
        """Return what rows say of the catalogue, packed."""
        gathered = Gathered([column.key for _at, column in self._kept])
        for record, row in zip(records, rows, strict=True):
            said = [row[at] if column.held is None else column.held(record) for at, column in self._kept]
            gathered.add(record.key, record.revision, said)
        return gathered.packed()

    def _finish(self) -> None:
        self._table.close()
        self._file.flush()
        size, sha256 = 0, ""
        if self._is_file:
            sync_file(self._file)
            size, sha256 = self._part.stat().st_size, content_hash(self._part)
        self.export = patiently(partial(self._name, size, sha256), tries=self._tries)

    @transaction.atomic
    def _name(self, size: int, sha256: str) -> Export:
        """Give the file its name, and say that it is there: whoever has lost the export names nothing."""
        lasts = timedelta(days=settings.GLMV_EXPORT_LINK_DAYS) if self._is_linked else None
        export = claims.finish(self._claim, size=size, sha256=sha256, lasts=lasts, restricted=self._restricted)
        for collection in Collection.objects.filter(pk__in=export.collections):
            action_log.record(
                verb=Verb.CATALOGUE_EXPORTED,
                user=export.user,
                collection=collection,
                format=export.format,
                images=self._written[collection.pk],
                export=str(export.pk),
                preset=export.preset,
            )
        if self._is_file and self._part.exists():
            places.give_name(self._part, self._path)
        return export
