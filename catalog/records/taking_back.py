"""Puts fields back to how they were before decisions: a part of the one place that writes annotations.

As in `catalog.records.annotations`, the caller's transaction holds the image's row lock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.exceptions import UndoRefused
from catalog.models import Annotation, Image
from catalog.records._columns import refresh
from catalog.vocabulary import Objection, State


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A decision that is to be put back.

    Attributes:
        annotation: key of what was decided or written, as it still is.
        was: its columns before; among them `state`.
        superseded: keys of annotations that it took the place of → the state that they had.
    """

    annotation: int
    was: Mapping[str, Any]
    superseded: Mapping[int, State]


def take_back(*, image: Image, changes: Iterable[TakenBack], rows: Mapping[int, Annotation]) -> None:
    """Put fields back to how they were before decisions, one after the other.

    Args:
        image: the image, locked.
        changes: what is put back, the newest decision first. Each is asked for when the ones before are back.
        rows: all annotations of the image by their keys, as they are; what is put back is written into them too.

    Raises:
        UndoRefused: something else has taken a field's place since, or what it took the place of is gone. The caller
            takes back the rest.
    """
    accepted: dict[str, str] = {}
    for change in changes:
        annotation = rows[change.annotation]
        _put_back(annotation, change, rows)
        field = [
            row
            for row in rows.values()
            if row.field == annotation.field and row.state == State.ACCEPTED and not row.held
        ]
        accepted[annotation.field] = field[0].value if field else ""
    refresh(image, accepted)


def _put_back(annotation: Annotation, change: TakenBack, rows: Mapping[int, Annotation]) -> None:
    others = [row for row in rows.values() if row.field == annotation.field and row.pk != annotation.pk]
    # Of what was not accepted, the accepted value is none of its business.
    in_the_way = {State.DRAFT, State.ACCEPTED} if annotation.state == State.ACCEPTED else {State.DRAFT}
    gone = [key for key in change.superseded if key not in rows or rows[key].state != State.SUPERSEDED]
    if gone or any(row.state in in_the_way for row in others):
        raise UndoRefused(field=annotation.get_field_display())
    written = dict(change.was)
    if written["state"] == State.DRAFT:
        written |= {"decided_by": None, "decided_at": None, "reason": "", "reason_code": Objection.NONE}
    for column, value in written.items():
        setattr(annotation, column, value)
    # First away, then back: there is one draft and one accepted value of a field at any time.
    annotation.save(update_fields=list(written))
    for key, state in change.superseded.items():
        _put_in_place(rows[key], state)


def _put_in_place(row: Annotation, state: State) -> None:
    """Give a row the state that it had; what an audit accepted whose lot was taken back since is a draft again."""
    row.state = state
    if state == State.ACCEPTED and row.audit_id and row.audit is not None and row.audit.is_recalled:
        row.state, row.decided_by, row.decided_at, row.audit, row.held = State.DRAFT, None, None, None, False
    row.save(update_fields=["state", "decided_by", "decided_at", "audit", "held"])
