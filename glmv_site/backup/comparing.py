"""Holds what was restored against what the backup says: rows and digests of tables, digests of files."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from catalog.digests import content_hash
from catalog.paths import recorded_path
from glmv_site.backup import manifest, postgresql, sqlite
from glmv_site.backup.manifest import Manifest, MediaFile, TableSummary

_NOTHING = TableSummary(0, "")


@dataclass(frozen=True, slots=True)
class TableComparison:
    """A table of the backup, and the same that was restored.

    Attributes:
        name: the table's.
        expected: how many rows the backup has.
        found: how many there are.
        equal: whether all of them are as they were.
    """

    name: str
    expected: int
    found: int
    equal: bool


@dataclass(slots=True)
class Comparison:
    """What came of a restoration.

    Attributes:
        tables: one after the other.
        files: how many media files there have to be.
        wrong: those that are missing, or not as they were.
        lost: those that were not there any more when the backup was made.
        in_place: how many originals are referenced where they lie, outside the installation.
        out_of_reach: those of them that are not there, or of another size.
    """

    tables: list[TableComparison]
    files: int = 0
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    in_place: int = 0
    out_of_reach: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        """Tell whether everything that the backup has is there again."""
        return not self.wrong and all(table.equal for table in self.tables)


def compare(folder: Path, told: Manifest, progress: Callable[[int], None]) -> Comparison:
    """Compare the installation with a backup.

    Args:
        folder: the backup's.
        told: its manifest.
        progress: told how many files have been read.
    """
    found = tables()
    names = sorted({*told.tables, *found})
    pairs = [(name, told.tables.get(name, _NOTHING), found.get(name, _NOTHING)) for name in names]
    compared = Comparison([TableComparison(name, was.rows, now.rows, was == now) for name, was, now in pairs])
    for number, file in enumerate(manifest.media_list(folder), 1):
        _look_at(compared, file)
        progress(number)
    return compared


def tables() -> dict[str, TableSummary]:
    """Summarise the tables that are there."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        return sqlite.summaries(Path(connection.settings_dict["NAME"]))
    return postgresql.summaries(connection)


def _look_at(compared: Comparison, file: MediaFile) -> None:
    if file.in_place:
        compared.in_place += 1
        if _size(recorded_path(file.name)) != file.size:
            compared.out_of_reach.append(file.name)
    elif not file.sha256:
        compared.lost.append(file.name)
    else:
        compared.files += 1
        path = Path(settings.MEDIA_ROOT, file.name)
        if _size(path) != file.size or content_hash(path) != file.sha256:
            compared.wrong.append(file.name)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
