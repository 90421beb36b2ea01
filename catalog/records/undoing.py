"""Putting fields back to how they were before decisions, by what the entries of the action log say of them.

Called by whoever undoes: a reviewer's last step, a bulk change, a table that was imported. It never touches what
somebody has gone on from.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from catalog.exceptions import UndoRefused
from catalog.models import Action, Annotation, Image
from catalog.records.taking_back import TakenBack, take_back
from catalog.vocabulary import Field, State, Verb

DECISIONS = (
    Verb.DRAFT_ACCEPTED,
    Verb.DRAFT_EDITED,
    Verb.DRAFT_REJECTED,
    Verb.DRAFT_REWORDED,
    Verb.DRAFT_WITHDRAWN,
    Verb.VALUE_SET,
    Verb.VALUE_RESTORED,
)
LEFT = {
    Verb.DRAFT_ACCEPTED: State.ACCEPTED,
    Verb.DRAFT_EDITED: State.ACCEPTED,
    Verb.DRAFT_REJECTED: State.REJECTED,
    Verb.DRAFT_REWORDED: State.DRAFT,
    Verb.DRAFT_WITHDRAWN: State.SUPERSEDED,
    Verb.VALUE_SET: State.ACCEPTED,
    Verb.VALUE_RESTORED: State.ACCEPTED,
}
"""The state in which a decision leaves its annotation."""


def put_back(image: Image, decided: Iterable[Action], imported: Iterable[TakenBack] = ()) -> None:
    """Put fields back to how they were before decisions, without an entry in the log.

    Args:
        image: the image, locked.
        decided: the decisions' entries, the newest first.
        imported: values that were not decided about but brought in, and are taken back as well.

    Raises:
        UndoRefused: somebody has gone on from one of them; the caller takes back the rest.
    """
    rows = {row.pk: row for row in image.annotations.order_by("pk")}
    # One after the other: whether a decision is as it was left is seen when the later ones are back.
    take_back(image=image, rows=rows, changes=chain(_taken_back(decided, rows), imported))


def _taken_back(decided: Iterable[Action], rows: Mapping[int, Annotation]) -> Iterator[TakenBack]:
    for action in decided:
        row = rows.get(action.details["annotation"])
        if row is None or not is_as_it_was_left(row.state, row.decided_by_id, row.created_by_id, action):
            raise UndoRefused(field=Field(action.details["field"]).label)
        yield TakenBack(row.pk, before(action), superseded_by(action))


_SUPERSEDED = {"superseded": State.ACCEPTED, "superseded_draft": State.DRAFT}


def superseded_by(action: Action) -> dict[int, State]:
    """Return the keys of the annotations that a decision took the place of, and the states that they had."""
    return {action.details[name]: state for name, state in _SUPERSEDED.items() if name in action.details}


def before(action: Action) -> dict[str, Any]:
    """Return the columns of an annotation before a decision; what was written anew had none, and is superseded."""
    if action.verb in (Verb.VALUE_SET, Verb.VALUE_RESTORED, Verb.DRAFT_REWORDED):
        return {"state": State.SUPERSEDED}
    return {"state": State.DRAFT, **action.details.get("was", {})}


def is_as_it_was_left(state: str, decided_by: int | None, created_by: int | None, action: Action) -> bool:
    """Tell whether an annotation is as a decision left it, and it was this decision's user that did.

    Args:
        state: the annotation's.
        decided_by: key of who decided about it.
        created_by: key of who wrote it.
        action: the decision's entry.
    """
    if state != LEFT[Verb(action.verb)]:
        return False
    if action.verb == Verb.DRAFT_REWORDED:
        return created_by == action.user_id
    # Nobody has decided about what was withdrawn.
    return action.verb == Verb.DRAFT_WITHDRAWN or decided_by == action.user_id
