"""One import under way: where to, how, and what happened so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from catalog import policies
from catalog.importing.documents import PageEntry
from catalog.importing.entries import Entry
from catalog.importing.import_reports import ImportReport
from catalog.importing.joining import PhotographMatcher
from catalog.importing.manifest import ManifestRow
from catalog.models import Collection, Image

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Import:
    """One import under way.

    Attributes:
        collection: where to; in a dry run it need not be saved.
        rows: what the manifest says, by the file's name.
        in_place: leave the masters where they lie.
        dry_run: write nothing.
        user: who imports; None for the command line.
        volume: the 册号 of all files that have none of their own; may be empty.
        matcher: knows which files belong together.
        report: what was done.
        tries: how often a record is written where the database stays locked.
        names: what came in, or would have in a dry run: content → the file's name.
        identifiers: the numbers that were given, or would have been.
        sidecars: files that describe a picture, by the picture's name.
        source_name: what the folder or the archive is called that everything comes from.
    """

    collection: Collection
    rows: dict[str, ManifestRow]
    in_place: bool
    dry_run: bool
    user: "User | None"
    volume: str
    matcher: PhotographMatcher
    report: ImportReport
    tries: int = 1
    names: dict[str, str] = field(default_factory=dict)
    identifiers: set[str] = field(default_factory=set)
    sidecars: Mapping[str, Entry] = field(default_factory=dict)
    source_name: str = ""

    def whole_name(self, name: str) -> str:
        """Return the name of a file with that of its source, for whoever looks for marks in names."""
        return f"{self.source_name}/{name}" if self.source_name else name

    def row(self, entry: Entry) -> ManifestRow | None:
        """Return what is said about a file: by the manifest, and for all of them."""
        name = entry.document_name if isinstance(entry, PageEntry) else entry.name
        row = self.rows.get(name)
        if not self.volume or (row is not None and row.columns.get("volume")):
            return row
        row = row or ManifestRow(name)
        return replace(row, columns={**row.columns, "volume": self.volume})

    def leaves_in_place(self, entry: Entry) -> bool:
        """Tell whether a file's own place is remembered. A page of a document is in no place that could be."""
        return self.in_place and not isinstance(entry, PageEntry)

    def hides(self, image: Image) -> bool:
        """Tell whether whoever imports may not know of a record."""
        return self.user is not None and not policies.can_view_drafts(self.user, image)
