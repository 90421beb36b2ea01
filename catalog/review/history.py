"""What became of each field of a record: every text there was, who or which model it is from, and what was changed.

Reads only; an earlier text is put back by `catalog.review.decisions.restore`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import Indel

from catalog.labels import label_of
from catalog.models import Annotation, Image
from catalog.querysets import AnnotationQuerySet
from catalog.vocabulary import Field, State

_WORD = re.compile(r"[A-Za-z0-9]+|.", re.DOTALL)
_SENTENCE = re.compile(r"[^。！？!?；\n]*[。！？!?；\n]|[^。！？!?；\n]+")
_MOST_CHARACTERS = 3000
"""Longer texts are compared sentence by sentence: character by character it would take memory and time, and nobody
could read it.
"""


class Change(StrEnum):
    """What became of a piece of a text."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of two texts that are compared.

    Attributes:
        change: whether it is in both, in the earlier or in the later one alone.
        text: the piece.
    """

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class Version:
    """One text that a field had, or that was proposed for it.

    Attributes:
        annotation: its row, with run, prompt version and people at hand.
        label: the AI label that the text carries.
        changes: what a person changed of the draft that it began as; empty where nothing is known to have been.
    """

    annotation: Annotation
    label: str
    changes: list[Piece]

    @property
    def may_be_restored(self) -> bool:
        """Tell whether it is neither in the record nor waiting to be decided."""
        return self.annotation.state in (State.REJECTED, State.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class FieldHistory:
    """What became of a field.

    Attributes:
        field: which.
        versions: its texts, the newest first.
    """

    field: Field
    versions: list[Version]

    @property
    def accepted(self) -> Annotation | None:
        """Return what the record says now."""
        return next((one.annotation for one in self.versions if one.annotation.state == State.ACCEPTED), None)


def history_of(image: Image) -> list[FieldHistory]:
    """Return the fields of a record that there is anything to say of, in the order of the record.

    Args:
        image: the image.
    """
    told: dict[str, list[Version]] = {}
    for row in _rows_of(image).order_by("-pk"):
        told.setdefault(row.field, []).append(Version(row, label_of(row), _changes(row)))
    return [FieldHistory(field, told[field.value]) for field in Field if field.value in told]


def compared(image: Image, one: int, other: int) -> tuple[Annotation, Annotation, list[Piece]] | None:
    """Compare two texts of a field.

    Args:
        image: the image.
        one: key of an annotation of it.
        other: key of another.

    Returns:
        The earlier one, the later one, and the pieces; None where they are not two texts of one field.
    """
    found = list(_rows_of(image).filter(pk__in=[one, other]).order_by("pk"))
    if len(found) != len({one, other}) or len(found) == 1 or found[0].field != found[1].field:
        return None
    return found[0], found[1], difference(found[0].value, found[1].value)


def difference(before: str, after: str) -> list[Piece]:
    """Return what was taken out of a text and put in, Chinese by the character, Latin letters and figures by the word.

    Args:
        before: the earlier text.
        after: the later one.

    Returns:
        The pieces in reading order; what was taken out comes before what was put in its place. Those of the earlier
        text make it up again, and so do those of the later one.
    """
    longest = max(len(before), len(after))
    cut = _WORD if longest <= _MOST_CHARACTERS else _SENTENCE
    old, new = cut.findall(before), cut.findall(after)
    pieces: list[Piece] = []
    removed = added = ""
    for step in Indel.opcodes(old, new):
        before_it, after_it = "".join(old[step.src_start : step.src_end]), "".join(new[step.dest_start : step.dest_end])
        if step.tag == "equal":
            pieces += [*_replaced(removed, added), Piece(Change.KEPT, before_it)]
            removed = added = ""
        else:
            removed, added = removed + before_it, added + after_it
    return [*pieces, *_replaced(removed, added)]


def _replaced(removed: str, added: str) -> list[Piece]:
    return [piece for piece in (Piece(Change.REMOVED, removed), Piece(Change.ADDED, added)) if piece.text]


def _rows_of(image: Image) -> AnnotationQuerySet:
    rows = Annotation.objects.filter(image=image)
    return rows.select_related("run__prompt_version__prompt", "created_by", "decided_by")


def _changes(row: Annotation) -> list[Piece]:
    if row.original_value is None or row.original_value == row.value:
        return []
    return difference(row.original_value, row.value)
