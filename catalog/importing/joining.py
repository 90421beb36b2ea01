"""Front, back, negative and pages of one photograph come together, by their names.

A name says which files of one folder belong together; it says nothing of which folder that was, and scanners begin at
0001 in each. So files of one import are joined as they are named, and a record of an earlier import takes a file in
only where it is the one record with that name and room, and nothing in this import says that it is another photograph.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from catalog import policies
from catalog.digests import content_hash
from catalog.exceptions import FileRejected
from catalog.importing.documents import PageEntry
from catalog.importing.entries import Entry, plain_name
from catalog.models import Collection, Image, ImageFile
from catalog.naming import Naming, Part, read_naming
from catalog.querysets import ImageFileQuerySet
from catalog.vocabulary import FileRole

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Target:
    """The photograph that a file is a part of.

    Attributes:
        image_id: its record; None for one that a dry run only imagines.
        name: what the first of its files is called.
        identifier: its 照片号; may be empty.
    """

    image_id: int | None
    name: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Match:
    """Where a file belongs.

    Attributes:
        target: the photograph; None where the file is a photograph of its own.
        doubt: why it was not joined to a record that it may belong to, in a sentence; empty where there is no doubt.
    """

    target: Target | None = None
    doubt: str = ""


@dataclass(slots=True)
class _Photograph:
    """A photograph of a key, recorded or imagined, and the content in each of its places."""

    target: Target
    places: dict[Place, str] = field(default_factory=dict)

    def takes(self, part: Part, identifier: str) -> bool:
        """Tell whether the place is free, and no other 照片号 is in the way."""
        other = identifier and self.target.identifier and identifier != self.target.identifier
        return not other and _place(part) not in self.places


class PhotographMatcher:
    """Knows for one import which photograph a file belongs to: from the database, and from what it would write."""

    def __init__(self, collection: Collection, entries: Iterable[Entry] = (), user: "User | None" = None) -> None:
        """Begin an import.

        Args:
            collection: where to.
            entries: all files of this import.
            user: who imports; nothing is joined to a record they may not see. None sees all.
        """
        self._collection = collection
        self._naming: Naming = read_naming(collection.name_pattern)
        self._user = user
        self._entries: dict[str, list[Entry]] = {}
        self._here: set[int] = set()
        self._imagined: dict[str, list[_Photograph]] = {}
        self._hashes: dict[str, str] = {}
        for entry in entries:
            self._entries.setdefault(self.part(entry).key, []).append(entry)

    def part(self, entry: Entry) -> Part:
        """Return what a file is of a photograph: by its document, or by its name."""
        return entry.part if isinstance(entry, PageEntry) else self._naming.read(plain_name(entry.name))

    def find(self, entry: Entry, identifier: str) -> Match:
        """Find the photograph that a file is a part of.

        Args:
            entry: the file.
            identifier: the 照片号 that a manifest gives it; a photograph with another one is another photograph.
        """
        part = self.part(entry)
        if not part.key:
            return Match()
        known = [photograph for photograph in self._photographs(part.key) if photograph.takes(part, identifier)]
        # The key of a document is its content, so its pages belong together whenever they come.
        here = known if isinstance(entry, PageEntry) else [one for one in known if self._is_here(one)]
        numbered = [one for one in known if identifier and one.target.identifier == identifier]
        for sure in here + numbered:
            return Match(sure.target)
        return self._elsewhere(entry, part, known)

    def note(self, image_id: int) -> None:
        """Remember that a record was made, or met again, in this import."""
        self._here.add(image_id)

    def imagine(self, entry: Entry, target: Target | None, identifier: str) -> None:
        """Remember in a dry run what would be written, so that what comes after finds it."""
        part = self.part(entry)
        if not part.key:
            return
        imagined = self._imagined.setdefault(part.key, [])
        wanted = target or Target(None, entry.name, identifier)
        photograph = next((one for one in imagined if one.target is wanted or _same_record(one.target, wanted)), None)
        if photograph is None:
            photograph = _Photograph(wanted)
            imagined.append(photograph)
        photograph.places[_place(part)] = ""
        if wanted.image_id is not None:
            self.note(wanted.image_id)

    def _elsewhere(self, entry: Entry, part: Part, known: list[_Photograph]) -> Match:
        """Choose among records of earlier imports."""
        possible = []
        for photograph in known:
            verdict = self._is_same(entry, part.key, photograph)
            if verdict:
                return Match(photograph.target)
            if verdict is None:
                possible.append(photograph)
        if not possible:
            return Match()
        if len(known) == 1:
            return Match(possible[0].target)
        return Match(doubt=_doubt(part, len(known)))

    def _is_same(self, entry: Entry, key: str, photograph: _Photograph) -> bool | None:
        """Tell by the other files of this import whether a record is of their photograph; None where they do not say.

        What both have in one place is the same file, or they are two photographs.
        """
        verdict = None
        for other in self._entries.get(key, ()):
            content = photograph.places.get(_place(self.part(other)))
            if content is None or other.name == entry.name:
                continue
            if self._hash(other) == content:
                return True
            verdict = False
        return verdict

    def _hash(self, entry: Entry) -> str:
        if entry.name not in self._hashes:
            try:
                with entry.local() as path:
                    self._hashes[entry.name] = content_hash(path)
            except (OSError, FileRejected):
                # Why it cannot be had is said when it is its turn.
                self._hashes[entry.name] = ""
        return self._hashes[entry.name]

    def _is_here(self, photograph: _Photograph) -> bool:
        return photograph.target.image_id is None or photograph.target.image_id in self._here

    def _photographs(self, key: str) -> list[_Photograph]:
        """Return all photographs of a key, those that a dry run imagines at the end."""
        recorded = self._recorded(key)
        new = []
        for imagined in self._imagined.get(key, ()):
            same = next((one for one in recorded if _same_record(one.target, imagined.target)), None)
            if same is None:
                new.append(imagined)
            else:
                same.places.update(imagined.places)
        return recorded + new

    def _recorded(self, key: str) -> list[_Photograph]:
        if not self._collection.pk:
            return []
        ids = set(files_of_key(self._collection, key).values_list("image_id", flat=True))
        if not ids:
            return []
        images = Image.objects.filter(pk__in=ids)
        if self._user is not None:
            images &= policies.reviewable_images(self._user)
        files = ImageFile.objects.filter(image__in=images).order_by("image_id", "pk")
        found: dict[int, _Photograph] = {}
        for image_id, name, identifier, role, sequence, sha256 in files.values_list(
            "image_id", "original_name", "image__identifier", "role", "sequence", "sha256"
        ):
            photograph = found.setdefault(image_id, _Photograph(Target(image_id, name, identifier)))
            photograph.places[(role, sequence)] = sha256
        return list(found.values())


def files_of_key(collection: Collection, key: str) -> ImageFileQuerySet:
    """Return the scans of a collection that share a key."""
    # Spelled out as the index has it: with a parameter in its place SQLite cannot tell that the index will do.
    has_key = RawSQL('NOT ("catalog_imagefile"."join_key" = \'\')', (), output_field=BooleanField())
    return ImageFile.objects.filter(has_key, collection=collection, join_key=key)


def part_in_words(part: Part, target: Target) -> str:
    """Return what a file is of which photograph, for the person who imports it."""
    if part.role == FileRole.PAGE:
        return _("与“%(name)s”同属一件，第 %(page)s 页") % {"name": target.name, "page": part.sequence}
    return _("“%(name)s”的%(part)s") % {"name": target.name, "part": part.role.label}


def _doubt(part: Part, count: int) -> str:
    words = _("馆藏里有 %(count)s 条同名的记录都可能缺这个文件（%(part)s），无法判断属于哪一条，所以单独成为一条记录。")
    return words % {"count": count, "part": part.role.label}


def _place(part: Part) -> Place:
    return part.role.value, part.sequence


def _same_record(one: Target, other: Target) -> bool:
    return one.image_id is not None and one.image_id == other.image_id
