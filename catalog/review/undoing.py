"""Undo: the last steps of a reviewer's sitting, one after the other, each as it was before.

A step is what one key did: one decision, or all those about a record that were taken together. It is undone where
nobody has gone on from it; nothing that others did is ever touched. The entries of the action log say what there was
before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from catalog.exceptions import NothingToUndo, UndoOutOfReach, UndoRefused
from catalog.models import Action, Annotation, Image
from catalog.records import annotations
from catalog.records.action_log import record
from catalog.vocabulary import Field, State, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from catalog.querysets import ImageQuerySet

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
_LOOKED_BACK = 400
"""Entries of a person that are looked at: more than a day's work is undone by whoever may, not by one key."""

PAUSE = timedelta(hours=4)
"""So long without a decision ends a sitting: a night does, a long lunch does not."""
LONGEST_SITTING = timedelta(hours=12)
"""What is older is not undone by one key, however few the breaks were."""


def sitting_began(user: "User", now: datetime | None = None) -> datetime:
    """Return when a person's present sitting began; the log says it, so that it outlives the page and the session.

    Args:
        user: who decides.
        now: the moment; None for this one.
    """
    began = now or timezone.now()
    earliest = began - LONGEST_SITTING
    mine = Action.objects.filter(
        user=user, created_at__range=(earliest, began), verb__in=[*DECISIONS, Verb.DECISION_UNDONE]
    )
    for moment in mine.order_by("-pk").values_list("created_at", flat=True)[:_LOOKED_BACK]:
        if began - moment > PAUSE:
            break
        began = min(began, moment)
    return began


def last_step(*, user: "User", since: datetime) -> list[Action]:
    """Return the entries of a person's last step that has not been undone.

    Args:
        user: who decided.
        since: when their sitting began; what is older is left alone.

    Returns:
        The entries, the newest first; none where there is nothing left.
    """
    mine = Action.objects.filter(user=user, created_at__gte=since, verb__in=[*DECISIONS, Verb.DECISION_UNDONE])
    # A bulk change is undone as a whole, on its own page; thousands of entries of it are nobody's last step.
    mine = mine.exclude(verb__in=DECISIONS, details__has_key="bulk")
    undone: set[int] = set()
    step: list[Action] = []
    for action in mine.order_by("-pk")[:_LOOKED_BACK]:
        if action.verb == Verb.DECISION_UNDONE:
            undone.update(action.details["undone"])
        elif step and not _is_same_step(step[0], action):
            break
        elif action.pk not in undone:
            step.append(action)
    return step


@transaction.atomic
def undo_last(*, user: "User", since: datetime, images: "ImageQuerySet") -> list[Action]:
    """Undo a person's last step; the record's draft waits again.

    Args:
        user: who decided, and now undoes.
        since: when their sitting began.
        images: what they may review now; a policy says it.

    Returns:
        The entries of what was undone, the newest first; all are of one image.

    Raises:
        NothingToUndo: there is no step left.
        UndoOutOfReach: the record is not theirs any more; nothing was changed.
        UndoRefused: somebody has gone on from it; nothing was changed.
    """
    step = last_step(user=user, since=since)
    if not step:
        raise NothingToUndo
    key = step[0].image_id or 0
    if Image.objects.filter(pk=key).exists() and not images.filter(pk=key).exists():
        raise UndoOutOfReach(name=step[0].label)
    undo(step=step, user=user)
    return step


@transaction.atomic
def undo(*, step: Sequence[Action], user: "User") -> None:
    """Undo a step.

    Args:
        step: its entries, all of one image.
        user: who undoes it.

    Raises:
        UndoRefused: somebody has gone on from it, or the image is gone; nothing was changed.
    """
    try:
        image = annotations.locked_image(step[0].image_id or 0)
    except Image.DoesNotExist:
        raise UndoRefused(field=Field(step[0].details["field"]).label) from None
    put_back(image, step)
    record(verb=Verb.DECISION_UNDONE, user=user, image=image, undone=[action.pk for action in step])


def put_back(image: Image, decided: Iterable[Action], imported: Iterable[annotations.TakenBack] = ()) -> None:
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
    annotations.take_back(image=image, rows=rows, changes=chain(_taken_back(decided, rows), imported))


def _taken_back(decided: Iterable[Action], rows: Mapping[int, Annotation]) -> Iterator[annotations.TakenBack]:
    for action in decided:
        row = rows.get(action.details["annotation"])
        if row is None or not is_as_it_was_left(row.state, row.decided_by_id, row.created_by_id, action):
            raise UndoRefused(field=Field(action.details["field"]).label)
        yield annotations.TakenBack(row.pk, before(action), superseded_by(action))


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


def _is_same_step(first: Action, other: Action) -> bool:
    return "step" in first.details and first.details["step"] == other.details.get("step")
