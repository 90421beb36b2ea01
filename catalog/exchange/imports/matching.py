"""Which record a row of a table is of: by its key where that can be trusted, else by its number; never by its title."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from catalog.exchange.columns import EXPORT, KEY
from catalog.exchange.imports.cells import text_of
from catalog.exchange.imports.comparing import Refusal
from catalog.exchange.imports.headings import COLLECTION, IDENTIFIER
from catalog.exchange.imports.reading import Row
from catalog.models import Collection, Export
from catalog.querysets import ImageQuerySet
from inference.spreadsheets import undefused

_LARGEST_KEY = 2**63 - 1


class Target(NamedTuple):
    """The record that a row is of, as far as matching asks."""

    key: int
    identifier: str
    collection: int
    slug: str


class Match(NamedTuple):
    """What was found for a row.

    Attributes:
        row: the row.
        target: its record; None where there is none.
        export: the export that the row says it is from, where that is known here.
        reason: why there is no record, a value of `Refusal`.
        naming: how the row names its record, for people.
    """

    row: Row
    target: Target | None
    export: Export | None = None
    reason: str = ""
    naming: str = ""


class Naming(NamedTuple):
    """How a row names its record."""

    key: str
    identifier: str
    slug: str
    export: str


@dataclass(slots=True)
class Survey:
    """What a first look at all rows has found.

    Attributes:
        rows: how many there are.
        named: how often a record is named, by its key, or by number and collection where it has none.
        exports: the exports that rows say they are from.
    """

    rows: int = 0
    named: Counter[tuple[str, str]] = field(default_factory=Counter)
    exports: set[str] = field(default_factory=set)

    def add(self, naming: Naming) -> None:
        """Note a row."""
        self.rows += 1
        self.named[_name_of(naming)] += 1
        if naming.export:
            self.exports.add(naming.export)

    def is_doubled(self, naming: Naming) -> bool:
        """Tell whether another row names the same record."""
        return self.named[_name_of(naming)] > 1


def naming_of(row: Row, places: Mapping[str, int]) -> Naming:
    """Return how a row names its record.

    Args:
        row: the row.
        places: key of a column → its place.
    """

    def cell(key: str) -> str:
        place = places.get(key)
        return "" if place is None or place >= len(row.cells) else text_of(row.cells[place])

    return Naming(cell(KEY), undefused(cell(IDENTIFIER)), undefused(cell(COLLECTION)), cell(EXPORT))


def known_exports(names: Iterable[str]) -> dict[str, Export]:
    """Return the exports of this catalogue among those that rows say they are from, by how they say it."""
    keys: dict[UUID, str] = {}
    for name in names:
        try:
            keys[UUID(name)] = name
        except ValueError:
            continue
    return {keys[export.pk]: export for export in Export.objects.filter(pk__in=keys)}


class Matcher:
    """Finds the records of rows, some hundred at a time: three queries at most."""

    def __init__(
        self,
        *,
        allowed: ImageQuerySet,
        collection: Collection | None,
        places: Mapping[str, int],
        survey: Survey,
        exports: Mapping[str, Export],
    ) -> None:
        """Prepare.

        Args:
            allowed: the images that may be changed.
            collection: the one that the table is for; None where rows say it.
            places: key of a column → its place.
            survey: what a first look has found.
            exports: those that are known, by how rows name them.
        """
        self._allowed = allowed
        self._collection = collection
        self._places = places
        self._survey = survey
        self._exports = exports
        self._met: set[int] = set()

    def match(self, rows: Sequence[Row]) -> list[Match]:
        """Return what is found for rows, in their order.

        Args:
            rows: the rows.
        """
        named = [(row, naming_of(row, self._places)) for row in rows]
        keys = {int(naming.key) for _row, naming in named if _is_key(naming.key)}
        by_key = {target.key: target for target in self._targets(self._allowed.filter(pk__in=keys))}
        numbers = {naming.identifier for _row, naming in named if naming.identifier}
        by_number: dict[str, list[Target]] = {}
        for target in self._targets(self._numbered(numbers)):
            by_number.setdefault(target.identifier, []).append(target)
        return [self._found(row, naming, by_key, by_number) for row, naming in named]

    def _numbered(self, numbers: set[str]) -> ImageQuerySet:
        found = self._allowed.filter(identifier__in=numbers)
        return found if self._collection is None else found.filter(collection=self._collection)

    def _targets(self, images: ImageQuerySet) -> list[Target]:
        columns = ("pk", "identifier", "collection_id", "collection__slug")
        return [Target._make(row) for row in images.order_by().values_list(*columns)]

    def _found(
        self, row: Row, naming: Naming, by_key: Mapping[int, Target], by_number: Mapping[str, list[Target]]
    ) -> Match:
        export = self._exports.get(naming.export)
        told = naming.identifier or naming.key
        if self._survey.is_doubled(naming):
            return Match(row, None, export, Refusal.DOUBLED, told)
        target, reason = self._by_key(naming, by_key, is_trusted=export is not None)
        if target is None and not reason:
            target, reason = self._by_number(naming, by_number)
        if target is None:
            return Match(row, None, export, reason, told)
        if self._collection is not None and target.collection != self._collection.pk:
            return Match(row, None, export, Refusal.OTHER_COLLECTION, told)
        if target.key in self._met:
            return Match(row, None, export, Refusal.DOUBLED, told)
        self._met.add(target.key)
        return Match(row, target, export)

    def _by_key(
        self, naming: Naming, by_key: Mapping[int, Target], *, is_trusted: bool
    ) -> tuple[Target | None, Refusal | str]:
        """Return the record that a key names; nothing where there is no key to go by."""
        if not naming.key:
            return None, ""
        if not _is_key(naming.key):
            return None, Refusal.BAD_KEY
        target = by_key.get(int(naming.key))
        # A table of another catalogue has keys, too; they are those of other records.
        if not is_trusted:
            return (target, "") if target is not None and target.identifier == naming.identifier != "" else (None, "")
        return target, "" if target is not None else Refusal.UNKNOWN_KEY

    def _by_number(self, naming: Naming, by_number: Mapping[str, list[Target]]) -> tuple[Target | None, Refusal | str]:
        if not naming.identifier:
            return None, Refusal.UNKNOWN_KEY if naming.key else Refusal.NO_KEY
        found = [target for target in by_number.get(naming.identifier, []) if naming.slug in ("", target.slug)]
        if not found:
            return None, Refusal.UNKNOWN_NUMBER
        return (found[0], "") if len(found) == 1 else (None, Refusal.AMBIGUOUS)


def _name_of(naming: Naming) -> tuple[str, str]:
    return ("", naming.key) if naming.key else (naming.slug, naming.identifier)


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 20 and 0 < int(text) <= _LARGEST_KEY
