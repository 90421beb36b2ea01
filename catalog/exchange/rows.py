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
from django.db.models import Max
from django.utils.timezone import localtime

from catalog.models import Annotation, Collection, ImageFile, PhotoGroup, PromptVersion
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
    creator: str


class Group(NamedTuple):
    """What a confirmed group of photographs says of its photographs, and which of them whoever asks may see."""

    key: int
    year: str
    number: str
    title: str
    event: str
    date_text: str
    place: str
    background: str
    ai_fields: list[str]
    first_number: str | None
    last_number: str | None
    image_count: int


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
    responsibility: str
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

    @property
    def group(self) -> Group | None:
        """Return the confirmed group that it is in; None where it is in none, or that is a proposal yet."""
        return None if self.photo_group is None else self.known.group_of(self.photo_group)

    @property
    def described_on(self) -> date | None:
        """Return the day of the last decision that its accepted values are from; None where it has none."""
        return self.known.day_of_description(self.key)

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
    "pk", "collection_id", "identifier", "negative_number", "see_also", "volume", "sheet", "rights",
    "responsibility", "access", "disclosure", "disclosure_until", "classification", "status", "revision", "date_start",
    "date_end", "photo_group_id",
)  # fmt: skip
_GROUP = _IMAGE_COLUMNS.index("photo_group_id")
_SCAN_COLUMNS = (
    "image_id", "role", "sequence", "pk", "original_name", "sha256", "byte_size", "format", "width", "height",
)  # fmt: skip
_TEXT_COLUMNS = (
    "image_id", "value", "field", "state", "ai_origin", "flag", "evidence", "source", "held", "audit_id",
    "run__model_version", "run__model_name", "run__prompt_version_id", "decided_by_id", "created_by_id",
)  # fmt: skip


class Known:
    """What many records share, looked up once: collections, people, versions of prompts, groups of photographs."""

    def __init__(self, allowed: "ImageQuerySet") -> None:
        """Begin with nothing.

        Args:
            allowed: the images that whoever gets the table may see: of others no group tells.
        """
        self._allowed = allowed
        self._groups: dict[int, Group | None] = {}
        self._groups_to_come: set[int] = set()
        self._days: dict[int, date] = {}
        self._days_to_come: set[int] = set()
        self.collections: dict[int, Holder] = {}
        self.people: dict[int, Person] = {}
        self.prompts: dict[int, str] = {}

    def expect_groups(self, keys: Iterable[int | None]) -> None:
        """Note which groups may be asked for: the first question fetches all of them at once, most tables ask for none.

        Args:
            keys: of groups; None for records in none.
        """
        self._groups_to_come |= {key for key in keys if key is not None} - self._groups.keys()

    def group_of(self, key: int) -> Group | None:
        """Return a group that was expected; None where nobody has confirmed it.

        Args:
            key: of the group.
        """
        if key not in self._groups:
            wanted, self._groups_to_come = self._groups_to_come | {key}, set()
            confirmed = PhotoGroup.objects.confirmed().filter(pk__in=wanted).with_extent(self._allowed).order_by()
            rows = confirmed.values_list("pk", *Group._fields[1:])
            self._groups |= {**dict.fromkeys(wanted), **{row[0]: Group._make(row) for row in rows}}
        return self._groups[key]

    def expect_days(self, keys: Iterable[int]) -> None:
        """Note of which records it may be asked when they were described; those of before are forgotten.

        Args:
            keys: of images.
        """
        self._days, self._days_to_come = {}, set(keys)

    def day_of_description(self, key: int) -> date | None:
        """Return the day of the last decision that a record's accepted values are from; None where it has none.

        Args:
            key: of an image that is expected.
        """
        if self._days_to_come:
            accepted = Annotation.objects.filter(image__in=self._days_to_come, state=State.ACCEPTED).order_by()
            decided = accepted.values("image").annotate(day=Max("decided_at")).values_list("image", "day")
            self._days = {image: localtime(day).date() for image, day in decided}
            self._days_to_come = set()
        return self._days.get(key)

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
        self._known = Known(self._allowed)

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
        self._known.expect_groups(row[_GROUP] for row in rows.values())
        self._known.expect_days(rows)
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
