"""Writing a record as programs do: its numbers and its values in one step, where it is as they saw it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import transaction

from catalog.models import Image
from catalog.records import annotations, entries, versions
from catalog.review import blind, decisions

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def write_record(
    *, image: Image, user: "User", columns: Mapping[str, Any], values: Mapping[str, str], seen: str | None
) -> Image:
    """Change a record's administrative columns and set its values, all or nothing.

    What is written by somebody from whom the drafts are hidden (先著录后看稿) is theirs alone.

    Args:
        image: the image.
        user: who writes.
        columns: column → value, of `entries.IMAGE_COLUMNS`.
        values: descriptive field → value; empty means "deliberately empty".
        seen: the version that they saw; None to write whatever it says by now.

    Returns:
        The image as it is now.

    Raises:
        VersionOutdated: it says something else by now; nothing was written.
        ValidationError: a value is not allowed; nothing was written.
        UnknownField: there is no such field.
    """
    locked = annotations.locked_image(image.pk)
    versions.require_version(locked, seen)
    if columns:
        entries.change_image(image=locked, user=user, changes=columns)
    is_blind = blind.is_hidden(image=locked, user=user)
    step = uuid4().hex if len(values) > 1 else ""
    for field, value in values.items():
        decisions.set_value(image=locked, field=field, value=value, user=user, blind=is_blind, step=step)
    return annotations.locked_image(image.pk)
