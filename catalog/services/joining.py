"""Front, back, negative and pages of one photograph come together, by their names."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from catalog.importing.entries import plain_name
from catalog.models import Collection, ImageFile
from catalog.naming import Naming, Part, read_naming
from catalog.vocabulary import FileRole


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


@dataclass(slots=True)
class _Imagined:
    """A photograph that a dry run would have made a record of."""

    target: Target
    taken: set[tuple[str, int]]


@dataclass(slots=True)
class Joiner:
    """Knows for one import which photograph a file belongs to: from the database, and from what it would write."""

    collection: Collection
    naming: Naming
    imagined: dict[str, list[_Imagined]] = field(default_factory=dict)

    @classmethod
    def of(cls, collection: Collection) -> "Joiner":
        """Return the joiner for a collection, with its pattern of names."""
        return cls(collection, read_naming(collection.name_pattern))

    def read(self, name: str) -> Part:
        """Return what a file is, by its name."""
        return self.naming.read(plain_name(name))

    def target(self, part: Part, identifier: str) -> Target | None:
        """Find the photograph that a file is a part of.

        Args:
            part: what the file is.
            identifier: the 照片号 that a manifest gives it; a photograph with another one is another photograph.

        Returns:
            The photograph; None where the file is one of its own, for now.
        """
        if not part.key:
            return None
        for target in (*self._recorded(part), *self._imagined(part)):
            if not (identifier and target.identifier and identifier != target.identifier):
                return target
        return None

    def imagine(self, part: Part, name: str, identifier: str) -> None:
        """Remember in a dry run what would be written, so that what comes after finds it."""
        if not part.key:
            return
        place = (part.role.value, part.sequence)
        known = self.imagined.setdefault(part.key, [])
        for photograph in known:
            if place not in photograph.taken:
                photograph.taken.add(place)
                return
        known.append(_Imagined(Target(None, name, identifier), {place}))

    def _recorded(self, part: Part) -> list[Target]:
        if not self.collection.pk:
            return []
        files = ImageFile.objects.filter(collection=self.collection, join_key=part.key)
        found: dict[int, Target] = {}
        rows = files.order_by("image_id", "pk").values_list("image_id", "original_name", "image__identifier")
        for image_id, name, identifier in rows:
            found.setdefault(image_id, Target(image_id, name, identifier))
        if not found:
            return []
        taken = ImageFile.objects.filter(image_id__in=found, role=part.role, sequence=part.sequence)
        for image_id in taken.values_list("image_id", flat=True):
            del found[image_id]
        return list(found.values())

    def _imagined(self, part: Part) -> list[Target]:
        place = (part.role.value, part.sequence)
        return [known.target for known in self.imagined.get(part.key, []) if place not in known.taken]


def part_in_words(part: Part, target: Target) -> str:
    """Return what a file is of which photograph, for the person who imports it."""
    if part.role == FileRole.PAGE:
        return _("与“%(name)s”同属一件，第 %(page)s 页") % {"name": target.name, "page": part.sequence}
    return _("“%(name)s”的%(part)s") % {"name": target.name, "part": part.role.label}
