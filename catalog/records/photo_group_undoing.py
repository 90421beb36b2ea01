"""Undoing what a person did to groups of photographs: the last change first, where nobody has gone on from it.

The entries of the action log say what there was before (`catalog.records.photo_groups`).
"""

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from catalog import dates
from catalog.exceptions import GroupingRefused, NothingToUndo
from catalog.models import Action, Collection, Image, PhotoGroup
from catalog.records.action_log import record
from catalog.records.photo_group_offers import renew_offers
from catalog.records.photo_groups import locked_groups, settle
from catalog.vocabulary import Field, PhotoGroupState, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_NOT_UNDONE = _("不能撤销：这些照片在这之后又被调整过。请直接分开或合并成您要的样子。")
_LOOKED_BACK = 200
"""Entries of a person that are looked at."""


def undo_last(*, collection: Collection, user: "User") -> list[int]:
    """Undo a person's last change of the groups of a collection, where nobody has gone on from it.

    Args:
        collection: the collection.
        user: who changed them, and now undoes.

    Returns:
        The keys of the photographs that were put back.

    Raises:
        NothingToUndo: there is none left.
        GroupingRefused: the photographs were moved since; nothing was changed.
    """
    with transaction.atomic():
        action = _last_change(collection, user)
        details = action.details
        if "confirmed" in details:
            group = PhotoGroup.objects.select_for_update(of=("self",)).filter(pk=details["confirmed"]).first()
            if group is None or not group.is_confirmed or group.written_at is not None:
                raise GroupingRefused(_NOT_UNDONE)
            group.state, group.number = PhotoGroupState.PROPOSED, ""
            group.save()
            put_back: list[int] = []
        else:
            put_back = _put_back(collection, details)
        record(verb=Verb.PHOTO_GROUP_CHANGED, user=user, collection=collection, kind="undone", undone=[action.pk])
    concerned = Image.objects.filter(photo_group=details.get("group")).values_list("pk", flat=True)
    renew_offers(images={*put_back, *concerned}, user=user)
    return put_back


def _last_change(collection: Collection, user: "User") -> Action:
    mine = Action.objects.filter(user=user, collection=collection, verb=Verb.PHOTO_GROUP_CHANGED)
    undone: set[int] = set()
    for action in mine.order_by("-pk")[:_LOOKED_BACK]:
        if "undone" in action.details:
            undone.update(action.details["undone"])
        elif action.pk not in undone and ("was" in action.details or "confirmed" in action.details):
            return action
    raise NothingToUndo


def _put_back(collection: Collection, details: dict[str, Any]) -> list[int]:
    """Put photographs back into the groups that they were in; those that went come back with their keys."""
    was: dict[str, list[int]] = details["was"]
    keys = [key for inside in was.values() for key in inside]
    now = set(
        Image.objects.select_for_update(of=("self",)).filter(pk__in=keys).values_list("photo_group_id", flat=True)
    )
    left_in = {"made", "split", "joined"} & {details["kind"]}
    expected = {details["group"] if left_in or _moved_into(details) else None}
    # What somebody wrote since of a group that was made would be lost.
    is_written = PhotoGroup.objects.filter(pk=details.get("made") or 0, written_at__isnull=False).exists()
    if now != expected or is_written:
        raise GroupingRefused(_NOT_UNDONE)
    for key, columns in details.get("gone", {}).items():
        _bring_back(int(key), collection, columns)
    touched = locked_groups({int(key) for key in was if key} | {key for key in expected if key})
    known = {group.pk: group for group in touched}
    for key, inside in was.items():
        Image.objects.filter(pk__in=inside).update(photo_group=known[int(key)] if key else None)
    if (stays := known.get(details["group"])) and details.get("filled"):
        _take_back_text(stays, details["filled"])
    settle(touched)
    return keys


def _bring_back(key: int, collection: Collection, columns: dict[str, Any]) -> None:
    """Make a group that went again, unless its number was given to another one."""
    others = PhotoGroup.objects.filter(collection=collection, year=columns["year"], number=columns["number"])
    if PhotoGroup.objects.filter(pk=key).exists() or (columns["number"] and others.exists()):
        raise GroupingRefused(_NOT_UNDONE)
    found = dates.parse(columns["date_text"])
    start, end = (found.start, found.end) if found else (None, None)
    PhotoGroup.objects.create(pk=key, collection=collection, date_start=start, date_end=end, **columns)


def _moved_into(details: dict[str, Any]) -> bool:
    return details["kind"] == "moved" and str(details["group"]) not in details["was"]


def _take_back_text(group: PhotoGroup, filled: dict[str, str]) -> None:
    """Have a group say no more what it took from another; what was changed since stays."""
    fields = [field for field in PhotoGroup.DESCRIPTIVE if field in filled and group.value_of(field) == filled[field]]
    for field in fields:
        setattr(group, field.column, "")
    if Field.DATE in fields:
        group.date_start = group.date_end = None
    group.ai_fields = [name for name in group.ai_fields if name not in fields]
    group.revision += 1
    group.save()
