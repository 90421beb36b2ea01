"""Records as tables need them: read some hundred at a time, as tuples and not as model instances.

A table of 80,000 records is made of half a million rows of the database. Instances of models would cost ten times what
the table itself costs, so that what columns read is fetched here by name, and nothing else.

An accepted value is read from its annotation, together with its origin, and not from the record's column: whatever
somebody decides in between, no text leaves without the label that belongs to it. What an audit accepted and nobody has
made public yet is in no column of the record at all.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from django.contrib.auth.models import User

from catalog.models import Annotation, Collection, ImageFile, PromptVersion
from catalog.records.log_words import name_of
from catalog.vocabulary import FileRole, State

if TYPE_CHECKING:
    from catalog.querysets import ImageQuerySet

_ROLES = {FileRole.FRONT: 0, FileRole.PAGE: 1, FileRole.NEGATIVE: 2, FileRole.VERSO: 3}
"""Which scan stands for its record, as `Image.front` says."""


class Holder(NamedTuple):
    """What is known of a record's collection."""

    key: int
    slug: str
    title: str
    fonds_number: str
    class_code: str
    retention_period: str


class Person(NamedTuple):
    """Who wrote or decided something."""

    username: str
    name: str


class Scan(NamedTuple):
    """What is known of a file of a record."""

    image: int
    role: str
    sequence: int
    key: int
    original_name: str
    sha256: str
    byte_size: int
    format: str
    width: int
    height: int


class Text(NamedTuple):
    """What is accepted for a field, or the draft that waits; `catalog.labels` reads its label from it."""

    image: int
    value: str
    field: str
    state: str
    ai_origin: bool
    flag: str
    evidence: str
    source: str
    held: bool
    audit_id: int | None
    model_version: str | None
    model_name: str | None
    prompt_version: int | None
    decided_by: int | None
    created_by: int | None

    @property
    def told(self) -> tuple[object, ...]:
        """Return all that its label and origin follow from: the same of two texts, the same is said of both."""
        return self[2:] if self.value else self[1:]

    @property
    def is_held(self) -> bool:
        """Tell whether this is an accepted value that an audit accepted and nobody has made public yet."""
        return self.held and self.state == State.ACCEPTED


class Record(NamedTuple):
    """A record with all that columns read of it."""

    key: int
    collection_key: int
    identifier: str
    negative_number: str
    see_also: str
    volume: str
    sheet: str
    rights: str
    access: str
    disclosure: str
    disclosure_until: date | None
    classification: str
    status: str
    revision: int
    date_start: date | None
    date_end: date | None
    photo_group: int | None
    collection: Holder
    front: Scan | None
    scans: Sequence[Scan]
    accepted: dict[str, Text]
    drafts: dict[str, Text]
    known: "Known"

    def value(self, field: str) -> str:
        """Return what is accepted for a field; empty where nothing is."""
        text = self.accepted.get(field)
        return "" if text is None else text.value

    def prompt_of(self, text: Text) -> str:
        """Return the prompt and version that a text answers; empty where it answers none."""
        return "" if text.prompt_version is None else self.known.prompts.get(text.prompt_version, "")

    def decider_of(self, text: Text) -> Person | None:
        """Return who accepted a text."""
        return None if text.decided_by is None else self.known.people.get(text.decided_by)

    def writer_of(self, text: Text) -> Person | None:
        """Return who wrote a text, or had it imported; None where that was a model."""
        return None if text.created_by is None else self.known.people.get(text.created_by)


_IMAGE_COLUMNS = (
    "pk", "collection_id", "identifier", "negative_number", "see_also", "volume", "sheet", "rights", "access",
    "disclosure", "disclosure_until", "classification", "status", "revision", "date_start", "date_end",
    "photo_group_id",
)  # fmt: skip
_SCAN_COLUMNS = (
    "image_id", "role", "sequence", "pk", "original_name", "sha256", "byte_size", "format", "width", "height",
)  # fmt: skip
_TEXT_COLUMNS = (
    "image_id", "value", "field", "state", "ai_origin", "flag", "evidence", "source", "held", "audit_id",
    "run__model_version", "run__model_name", "run__prompt_version_id", "decided_by_id", "created_by_id",
)  # fmt: skip


class Known:
    """What many records share, looked up once: collections, people, versions of prompts."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.collections: dict[int, Holder] = {}
        self.people: dict[int, Person] = {}
        self.prompts: dict[int, str] = {}

    def learn(self, collections: Iterable[int], texts: Iterable[Text]) -> None:
        """Look up what is named for the first time: one query each at most.

        Args:
            collections: keys of collections.
            texts: which name people and prompts.
        """
        told = [(text.decided_by, text.created_by, text.prompt_version) for text in texts]
        people = {key for decider, writer, _prompt in told for key in (decider, writer) if key is not None}
        prompts = {prompt for _decider, _writer, prompt in told if prompt is not None}
        if missing := set(collections) - self.collections.keys():
            for row in Collection.objects.filter(pk__in=missing).order_by().values_list("pk", *Holder._fields[1:]):
                self.collections[row[0]] = Holder._make(row)
        if named := people - self.people.keys():
            for user in User.objects.filter(pk__in=named):
                self.people[user.pk] = Person(user.get_username(), name_of(user))
        if asked := prompts - self.prompts.keys():
            for version in PromptVersion.objects.filter(pk__in=asked).select_related("prompt"):
                self.prompts[version.pk] = str(version)


class Reader:
    """Reads records by their keys: three queries for each call, and some more where something is named first."""

    def __init__(self, allowed: "ImageQuerySet") -> None:
        """Prepare; nothing is read yet.

        Args:
            allowed: the images that whoever gets the table may see.
        """
        self._allowed = allowed.order_by().prefetch_related(None)
        self._known = Known()

    def read(self, keys: Sequence[int]) -> list[Record]:
        """Return records in the order of their keys; those that are gone, or are not allowed, are left out.

        Args:
            keys: of images, some hundred.
        """
        images = self._allowed.filter(pk__in=keys).values_list(*_IMAGE_COLUMNS)
        rows = {row[0]: row for row in images}
        scans = _scans(keys)
        found = Annotation.objects.filter(image__in=keys, state__in=(State.DRAFT, State.ACCEPTED)).order_by()
        texts = [Text._make(row) for row in found.values_list(*_TEXT_COLUMNS)]
        self._known.learn({row[1] for row in rows.values()}, texts)
        accepted: dict[int, dict[str, Text]] = defaultdict(dict)
        drafts: dict[int, dict[str, Text]] = defaultdict(dict)
        for text in texts:
            (accepted if text.state == State.ACCEPTED else drafts)[text.image][text.field] = text
        known, collections = self._known, self._known.collections
        return [
            Record._make((*row, collections[row[1]], *scans.get(key, _NO_SCANS), accepted[key], drafts[key], known))
            for key in keys
            if (row := rows.get(key)) is not None
        ]


_NO_SCANS: tuple[None, list[Scan]] = (None, [])


def _scans(keys: Sequence[int]) -> dict[int, tuple[Scan | None, list[Scan]]]:
    """Return the scans of records, documents apart: the one that stands for the record, and all in order."""
    found: dict[int, list[Scan]] = defaultdict(list)
    files = ImageFile.objects.filter(image__in=keys).exclude(role=FileRole.DOCUMENT).order_by()
    for row in files.values_list(*_SCAN_COLUMNS):
        found[row[0]].append(Scan._make(row))
    for scans in found.values():
        if len(scans) > 1:
            scans.sort(key=lambda scan: (_ROLES[FileRole(scan.role)], scan.sequence, scan.key))
    return {key: (scans[0], scans) for key, scans in found.items()}
