"""Taking a table back: what it wrote, record by record, where nobody has gone on from it since.

The log says what there was before. A value that somebody has changed since, or decided about, stays; so does a number
that was changed again. Conflicts that nobody has settled go away with the table. Called with the import's row locked.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from catalog import policies
from catalog.exceptions import CatalogError
from catalog.exchange.imports.comparing import Refusal
from catalog.exchange.imports.refusals import Tally
from catalog.models import Action, Image, TableImport, TableImportChunk
from catalog.records.action_log import record
from catalog.records.conflicts import withdraw
from catalog.records.entries import change_image
from catalog.records.undoing import put_back
from catalog.vocabulary import Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def undo_chunk(table: TableImport, chunk: TableImportChunk) -> None:
    """Take a chunk back, and count what was done; the import's row is saved by the caller.

    Args:
        table: the import, its row locked.
        chunk: one of its chunks that was applied.
    """
    user = table.undoer or table.user
    rows = {kept[0]: kept[1] for kept in chunk.records}
    allowed = policies.reviewable_images(user).filter(pk__in=rows)
    images = {image.pk: image for image in allowed.select_for_update(of=("self",)).order_by("pk")}
    written = [key for _image, keys in chunk.entries for key in keys]
    actions = {action.pk: action for action in Action.objects.filter(pk__in=written)}
    tally = Tally.read(table.kept)
    for image, keys in chunk.entries:
        found = [actions[key] for key in reversed(keys) if key in actions]
        if image not in images:
            tally.add(Refusal.GONE, rows[image], len(found))
            continue
        table.undone_cells += _undo(table, images[image], found, user, tally, rows[image])
    withdraw(table=table, images=list(images), user=user)
    table.kept = tally.as_json()
    chunk.undone_at = timezone.now()
    chunk.save(update_fields=["undone_at"])


def _undo(table: TableImport, image: Image, actions: Sequence[Action], user: "User", tally: Tally, row: int) -> int:
    """Take back what was written of a record, the newest first; return how many cells that were."""
    done, undone = 0, list[int]()
    for action in actions:
        if action.verb == Verb.IMAGE_CHANGED:
            done += _columns_back(table, image, action, user, tally, row)
            continue
        try:
            with transaction.atomic():
                put_back(image, [action])
        except CatalogError:
            tally.add(Refusal.WENT_ON, row)
            continue
        undone.append(action.pk)
    if undone:
        record(verb=Verb.DECISION_UNDONE, user=user, image=image, undone=undone, table=table.pk)
    return done + len(undone)


def _columns_back(table: TableImport, image: Image, action: Action, user: "User", tally: Tally, row: int) -> int:
    before: dict[str, Any] = action.details["before"]
    after: dict[str, Any] = action.details["after"]
    current = Image.objects.filter(pk=image.pk).values(*before).get()
    same = [name for name in before if current[name] == after[name]]
    _keep(tally, row, len(before) - len(same))
    try:
        with transaction.atomic():
            marks = {"table": table.pk, "undone": [action.pk]}
            change_image(image=image, user=user, changes={name: before[name] for name in same}, marks=marks)
    except ValidationError:
        # Its old number is another record's by now.
        _keep(tally, row, len(same))
        return 0
    return len(same)


def _keep(tally: Tally, row: int, number: int) -> None:
    if number:
        tally.add(Refusal.WENT_ON, row, number)
