"""Undo: the last steps of a reviewer's sitting, one after the other, each as it was before.

A step is what one key did: one decision, or all those about a record that were taken together. It is undone where
nobody has gone on from it; nothing that others did is ever touched. The entries of the action log say what there was
before.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from catalog.exceptions import NothingToUndo, UndoOutOfReach, UndoRefused
from catalog.models import Action, Image
from catalog.records import annotations
from catalog.records.action_log import record
from catalog.records.conflicts import reopen
from catalog.records.undoing import DECISIONS, put_back
from catalog.vocabulary import Field, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from catalog.querysets import ImageQuerySet

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
    # What was done to many records is undone as a whole, on its own page; its entries are nobody's last step.
    mine = mine.exclude(verb__in=DECISIONS, details__has_any_keys=["bulk", "table"])
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
    reopen(conflicts=[action.details["conflict"] for action in step if "conflict" in action.details])
    record(verb=Verb.DECISION_UNDONE, user=user, image=image, undone=[action.pk for action in step])


def _is_same_step(first: Action, other: Action) -> bool:
    return "step" in first.details and first.details["step"] == other.details.get("step")
