"""What the index knows of a record, and of whoever asks: plain values, for the index knows no database."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Terms:
    """Whole terms that hits are counted by.

    Attributes:
        place: places.
        people: persons.
        keyword: keywords.
        tone: tones.
        origin: where its texts come from: values of `Source`.
        decade: first years of the decades that its date touches.
    """

    place: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    keyword: tuple[str, ...] = ()
    tone: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()
    decade: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it is indexed.

    Attributes:
        key: of the image.
        collection: key of its collection.
        is_public: whether everybody may see it.
        is_restricted: whether only reviewers of its collection may.
        status: a value of `ImageStatus`.
        is_doubtful: whether a draft that waits is doubtful.
        number: the 照片号 in the form that sorts.
        texts: accepted texts by a value of `Field` or `Where`, without those that are left open.
        masked: those that hold personal numbers, as the public reads them.
        drafts: texts that wait, which staff may search.
        read: what was read on the scans, and the names of files.
        start: first day of its date as an ordinal; None where it has none.
        end: last day.
        terms: what it is counted by.
        batches: keys of the batches whose drafts wait.
    """

    key: int
    collection: int
    is_public: bool
    is_restricted: bool = False
    status: str = ""
    is_doubtful: bool = False
    number: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    masked: Mapping[str, str] = field(default_factory=dict)
    drafts: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    start: int | None = None
    end: int | None = None
    terms: Terms = Terms()
    batches: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as far as the index has to know.

    Attributes:
        sees_all: an administrator, who sees every record as its members do.
        works_on: collections of which they see what members see; None among them stands for all.
        reviews: collections of which they see the restricted too; None among them stands for all.
    """

    sees_all: bool = False
    works_on: frozenset[int | None] = frozenset()
    reviews: frozenset[int | None] = frozenset()

    @property
    def is_public(self) -> bool:
        """Tell whether they see what everybody sees, and nothing else."""
        return not (self.sees_all or self.works_on or self.reviews)
