"""Applying a chunk of a table: each record held against what the check saw, then written by the records' own writers.

What has changed since the check is a conflict, and so is what was one then. Called with the import's row locked, in the
transaction that marks the chunk.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import policies
from catalog.exceptions import CatalogError
from catalog.exchange.imports.comparing import Refusal, clean
from catalog.exchange.imports.planning import Planned, PlannedCell
from catalog.exchange.imports.refusals import Tally
from catalog.models import Action, Annotation, Image, ReviewHold, TableImport, TableImportChunk
from catalog.records.conflicts import Clash, raise_conflicts
from catalog.records.entries import change_image
from catalog.records.values import write_value
from catalog.vocabulary import Field, State

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def apply_chunk(table: TableImport, chunk: TableImportChunk) -> None:
    """Apply a chunk, and count what was done; the import's row is saved by the caller.

    Args:
        table: the import, its row locked.
        chunk: one of its chunks, not yet applied.
    """
    planned = [Planned.read(kept) for kept in chunk.records]
    keys = [item.image for item in planned]
    allowed = policies.reviewable_images(table.user).filter(pk__in=keys)
    # In one order, so that two that meet wait for each other and do not block each other.
    images = {image.pk: image for image in allowed.select_for_update(of=("self",)).order_by("pk")}
    held = _held_by_others(keys, table.user)
    values, tally = _accepted_values(keys), Tally.read(table.skipped)
    for item in planned:
        image = images.get(item.image)
        if image is None or item.image in held:
            tally.add(Refusal.HELD if image is not None else Refusal.GONE, item.row, len(item.cells))
            continue
        done, raised = _apply(table, item, image, values.get(item.image, {}), tally)
        table.done_cells += done
        table.done_records += bool(done)
        table.done_conflicts += raised
    table.skipped = tally.as_json()
    chunk.entries, chunk.finished_at = _entries(table, keys), timezone.now()
    chunk.save(update_fields=["entries", "finished_at"])


def _held_by_others(images: Sequence[int], user: "User") -> set[int]:
    """Return the records that somebody else has before them."""
    holds = ReviewHold.objects.filter(image__in=images, until__gte=timezone.now()).exclude(user=user)
    return set(holds.values_list("image", flat=True))


def _accepted_values(images: Sequence[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    accepted = Annotation.objects.filter(image__in=images, state=State.ACCEPTED).order_by()
    for image, field, value in accepted.values_list("image", "field", "value"):
        found.setdefault(image, {})[field] = value
    return found


def _apply(
    table: TableImport, planned: Planned, image: Image, values: Mapping[str, str], tally: Tally
) -> tuple[int, int]:
    """Write what changes in a record, all of it or nothing; return how many cells were written, and of conflicts."""
    clashes, changes = list[Clash](), list[PlannedCell]()
    for cell in planned.cells:
        now = values.get(cell.key, "") if cell.key in Field.values else str(getattr(image, cell.key))
        if now == cell.after and not (cell.after == "" and cell.key in Field.values):
            continue
        if cell.clash or clean(now) != clean(cell.now):
            clashes.append(Clash(cell.key, cell.base, now, cell.after, ai_origin=cell.ai))
        else:
            changes.append(cell)
    try:
        with transaction.atomic():
            _write(table, image, changes)
    except ValidationError:
        # Another record has got the number since; or a rule of the catalogue that no table is asked about.
        reason = Refusal.TAKEN if any(cell.key == "identifier" for cell in changes) else Refusal.NOT_ALLOWED
        tally.add(reason, planned.row, len(changes))
        changes = []
    except CatalogError:
        tally.add(Refusal.NOT_ALLOWED, planned.row, len(changes))
        changes = []
    origin = _("表格“%(file)s”第 %(row)d 行") % {"file": table.file_name, "row": planned.row}
    raised = raise_conflicts(image=image, clashes=clashes, user=table.user, table=table, origin=origin)
    return len(changes), len(raised)


def _write(table: TableImport, image: Image, changes: Sequence[PlannedCell]) -> None:
    marks: dict[str, Any] = {"table": table.pk}
    columns = {cell.key: cell.after for cell in changes if cell.key not in Field.values}
    if columns:
        change_image(image=image, user=table.user, changes=columns, marks=marks)
    for cell in changes:
        if cell.key in Field.values:
            write_value(
                image=image,
                field=cell.key,
                value=cell.after,
                user=table.user,
                ai_fields=[cell.key] if cell.ai else [],
                marks=marks,
            )


def _entries(table: TableImport, images: Sequence[int]) -> list[list[Any]]:
    """Return the entries of the log that a chunk has written, record by record."""
    entries: dict[int, list[int]] = {}
    found = Action.objects.filter(image__in=images, user=table.user, details__table=table.pk).order_by("pk")
    for key, image in found.values_list("pk", "image"):
        entries.setdefault(image, []).append(key)
    return [[image, keys] for image, keys in entries.items()]
