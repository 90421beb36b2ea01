"""An image's facets: what its annotations say that lists of images are narrowed down by, as bits of one number.

Which fields wait as drafts, what these rest on and warn of, where accepted values come from, whether the date was
understood, which personal numbers stand in values and in readings. The number stands in a column of the image, so that
a list of tens of thousands is filtered and counted in one pass over an index; `catalog.records.annotations` writes it
with the annotations that it follows from, and `catalog.records.hints` what follows from readings.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from catalog.examination_words import HintKind
from catalog.vocabulary import Dating, Evidence, Field, Flag, Source, State


class Told(Protocol):
    """What is asked of an annotation."""

    field: str
    source: str
    ai_origin: bool
    state: str
    flag: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing that is so or not so of an image.

    Attributes:
        mask: the bits it is told by.
        bits: how these stand where it is so.
    """

    mask: int
    bits: int

    def is_in(self, facets: int) -> bool:
        """Tell whether it is so.

        Args:
            facets: the image's.
        """
        return facets & self.mask == self.bits


def _bit(place: int) -> Facet:
    return Facet(mask=1 << place, bits=1 << place)


# The numbers are in the database: a bit keeps its meaning for good, whatever is added, and in whatever order.
DRAFTED = {
    Field.TITLE: _bit(0),
    Field.DESCRIPTION: _bit(1),
    Field.EVENT: _bit(2),
    Field.DATE: _bit(3),
    Field.PLACE: _bit(4),
    Field.PEOPLE: _bit(5),
    Field.BACKGROUND: _bit(6),
    Field.PHOTOGRAPHER: _bit(7),
    Field.KEYWORDS: _bit(8),
    Field.TRANSCRIPTION: _bit(9),
    Field.TONE: _bit(10),
    Field.NOTES: _bit(11),
}
"""A draft of the field waits."""
FLAGGED = {Flag.DOUBTFUL: _bit(24), Flag.OVERLONG: _bit(25), Flag.TRUNCATED: _bit(26)}
"""A draft that waits has the flag, beside others perhaps."""
RESTING_ON = {
    Evidence.PICTURE: _bit(28),
    Evidence.INSCRIPTION: _bit(29),
    Evidence.RECORD: _bit(30),
    Evidence.INFERENCE: _bit(31),
}
"""A draft that waits rests on it."""
ACCEPTED_FROM = {
    Source.MODEL: _bit(36),
    Source.PERSON: _bit(37),
    Source.IMPORT: _bit(38),
    Source.GROUP: _bit(39),
}
"""An accepted value comes from there: from the model whatever began as its text."""
ANY_DRAFT = _bit(40)
"""A draft waits."""
_READ, _UNREAD = _bit(44), _bit(45)
_DATED = _READ.mask | _UNREAD.mask
DATED = {
    Dating.READ: Facet(_DATED, _READ.bits),
    Dating.UNREAD: Facet(_DATED, _UNREAD.bits),
    Dating.NONE: Facet(_DATED, 0),
}
"""What became of the date text."""


IN_VALUES = {HintKind.ID_NUMBER: _bit(48), HintKind.TELEPHONE: _bit(49), HintKind.BANK_CARD: _bit(50)}
"""A personal number of the kind stands in what is accepted."""
IN_READINGS = {HintKind.ID_NUMBER: _bit(52), HintKind.TELEPHONE: _bit(53), HintKind.BANK_CARD: _bit(54)}
"""It stands in what was read on the scans."""
READ_BITS = sum(facet.bits for facet in IN_READINGS.values())


def hint_mask(kinds: Iterable[HintKind]) -> int:
    """Return the bits of which one at least is set where a personal number of one of the kinds stands anywhere.

    Args:
        kinds: kinds of numbers.
    """
    return sum(IN_VALUES[kind].mask | IN_READINGS[kind].mask for kind in kinds)


def hint_bits(kinds: Iterable[HintKind], where: Mapping[HintKind, Facet]) -> int:
    """Return the bits that say that numbers of some kinds stand somewhere.

    Args:
        kinds: kinds of numbers, each once.
        where: `IN_VALUES` or `IN_READINGS`.
    """
    return sum(where[kind].bits for kind in kinds)


def facets_of(annotations: Iterable[Told], *, has_range: bool, date_unread: bool) -> int:
    """Return the facets of an image.

    Args:
        annotations: all drafts and accepted values of the image; others may be among them.
        has_range: whether its date has a first or a last day.
        date_unread: whether its date text was not understood.
    """
    dating = Dating.UNREAD if date_unread else Dating.READ if has_range else Dating.NONE
    facets = DATED[dating].bits
    for item in annotations:
        if item.state == State.ACCEPTED:
            facets |= ACCEPTED_FROM[Source.MODEL if item.ai_origin else Source(item.source)].bits
        if item.state == State.DRAFT:
            facets |= ANY_DRAFT.bits | DRAFTED[Field(item.field)].bits
            facets |= sum(facet.bits for flag, facet in FLAGGED.items() if item.flag in Flag.containing(flag))
            if item.evidence:
                facets |= RESTING_ON[Evidence(item.evidence)].bits
    return facets
