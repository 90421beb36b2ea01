"""Changing what is not described but administered: an image's numbers and access, a collection's publication.

Only the given columns are written: a form that was open for an hour must not put back the accepted values it was
opened with.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Collection, Image
from catalog.querysets import ImageQuerySet
from catalog.records import outbox
from catalog.records.action_log import record, record_changes
from catalog.records.annotations import locked_image
from catalog.records.secrecy import Mark, hold
from catalog.records.versions import require_version
from catalog.vocabulary import Access, Classification, Disclosure, MarkPlace, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

IMAGE_COLUMNS = (
    "identifier", "negative_number", "see_also", "volume", "sheet", "access", "classification", "rights",
    "responsibility",
)  # fmt: skip
CLOSED = {
    "disclosure": Disclosure.UNEXAMINED,
    "disclosure_until": None,
    "disclosure_basis": "",
    "disclosure_decided_on": None,
    "disclosure_first_examiner": None,
    "disclosure_second_examiner": None,
    "disclosure_before_upgrade": False,
}
"""The columns of a record that nobody has examined."""
SHARED_COLUMNS = ("see_also", "volume", "rights", "responsibility")
"""Those that many images may be given at once: what is no image's own, and what nobody sees more or less by."""
_CHUNK = 200
"""Images in one transaction: others who write wait no longer than that takes."""


@transaction.atomic
def change_image(
    *, image: Image, user: "User | None", changes: Mapping[str, Any], marks: Mapping[str, Any] | None = None
) -> Image:
    """Change an image's administrative columns.

    Args:
        image: the image.
        user: who changes them.
        changes: column → value, columns of `IMAGE_COLUMNS` only.
        marks: what the entry of the log says of what this was part of.

    Returns:
        The image as it is now.

    Raises:
        ValueError: a column is not an administrative one.
        ValidationError: a value is not allowed, such as an identifier in use.
    """
    if unknown := set(changes) - set(IMAGE_COLUMNS):
        raise ValueError(f"not administrative columns: {sorted(unknown)}")
    locked = locked_image(image.pk)
    _meet_classification(locked, changes, user)
    was_opened = locked.is_opened
    # What only reviewers may see is not left to everybody else: closing takes one step and one person.
    if changes.get("access") == Access.RESTRICTED and locked.disclosure == Disclosure.OPEN:
        changes = {**changes, **CLOSED}
    if logged := _write(locked, changes):
        record(verb=Verb.IMAGE_CHANGED, user=user, image=locked, **logged, **(marks or {}))
    if was_opened and not locked.is_opened:
        outbox.records_withdrawn([locked])
    return locked


def change_images(*, images: ImageQuerySet, user: "User | None", changes: Mapping[str, str]) -> int:
    """Change administrative columns of many images, some hundred in each transaction.

    Where it ends early, what is done stays done; called again it goes on, for images that have the values are left
    as they are.

    Args:
        images: the images.
        user: who changes them.
        changes: column → value, columns of `SHARED_COLUMNS` only.

    Returns:
        How many were changed.

    Raises:
        ValueError: a column cannot be the same for many images.
        ValidationError: a value is not allowed; nothing was changed.
    """
    if unknown := set(changes) - set(SHARED_COLUMNS):
        raise ValueError(f"not columns that images share: {sorted(unknown)}")
    Image(**changes).clean_fields(exclude=[field.name for field in Image._meta.fields if field.name not in changes])  # noqa: SLF001 - Django's own name
    keys = list(images.order_by("pk").values_list("pk", flat=True))
    return sum(_change_chunk(keys[start : start + _CHUNK], user, changes) for start in range(0, len(keys), _CHUNK))


@transaction.atomic
def _change_chunk(keys: list[int], user: "User | None", changes: Mapping[str, str]) -> int:
    rows = Image.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    differing = {
        image: old
        for image in rows
        if (old := {name: getattr(image, name) for name in changes if getattr(image, name) != changes[name]})
    }
    Image.objects.filter(pk__in=[image.pk for image in differing]).update(**changes, updated_at=timezone.now())
    logged = (
        (image, {"before": old, "after": {name: changes[name] for name in old}}) for image, old in differing.items()
    )
    record_changes(verb=Verb.IMAGE_CHANGED, user=user, changed=logged)
    return len(differing)


@transaction.atomic
def create_collection(*, user: "User | None" = None, **values: Any) -> Collection:
    """Create a collection.

    Args:
        user: who creates it; None for the command line.
        values: its columns.

    Returns:
        The collection.

    Raises:
        ValidationError: a value is not allowed, such as a slug in use.
    """
    collection = Collection(**values)
    collection.full_clean()
    collection.save()
    record(verb=Verb.COLLECTION_CREATED, user=user, collection=collection)
    return collection


@transaction.atomic
def change_collection(
    *, collection: Collection, user: "User | None", changes: Mapping[str, Any], seen: str | None = None
) -> Collection:
    """Change a collection's description, or publish it and take it back.

    Args:
        collection: the collection.
        user: who changes it.
        changes: column → value.
        seen: the version that they saw (`catalog.records.versions`); None where they do not ask.

    Returns:
        The collection as it is now.

    Raises:
        VersionOutdated: it says something else by now.
        ValidationError: a value is not allowed.
    """
    locked = Collection.objects.select_for_update().get(pk=collection.pk)
    require_version(locked, seen)
    if logged := _write(locked, changes):
        record(verb=Verb.COLLECTION_CHANGED, user=user, collection=locked, **logged)
        if "is_public" in logged["after"]:
            outbox.collection_published(locked)
    return locked


def grade_refused(image: Image, grade: str) -> str:
    """Return why an image cannot be given a grade of secrecy by a form, in a sentence; empty where it can.

    Args:
        image: the image.
        grade: a value of `Classification`.
    """
    secrets = Classification.state_secrets()
    if image.classification in secrets and grade not in secrets:
        return _("这条记录已停用。要改为较低的密级，请用“解除停用”，并写明理由。")
    return ""


def _meet_classification(locked: Image, changes: Mapping[str, Any], user: "User | None") -> None:
    """Hold back what is given a grade of state secrets; take none away but by clearing.

    Raises:
        ValidationError: a held record is to be given a lower grade.
    """
    grade = changes.get("classification", locked.classification)
    if grade == locked.classification:
        return
    if grade in Classification.state_secrets():
        hold(image=locked, marks=[Mark(MarkPlace.PERSON, str(Classification(grade).label))], user=user)
        if not locked.secrecy_hold:
            # The same grade was cleared before; whoever gives it again means it.
            was_opened, locked.secrecy_hold = locked.is_opened, True
            locked.save(update_fields=["secrecy_hold"])
            outbox.records_withdrawn([locked] if was_opened else [])
    elif refused := grade_refused(locked, grade):
        raise ValidationError({"classification": refused})


def _write(locked: Image | Collection, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Write what differs; return what was there and what is, as the log keeps it: nothing where nothing differs."""
    before = {column: old for column, value in changes.items() if (old := getattr(locked, column)) != value}
    for column in before:
        setattr(locked, column, changes[column])
    if not before:
        return {}
    locked.full_clean()
    locked.save(update_fields=[*before, "updated_at"])
    return {
        "before": {column: _loggable(value) for column, value in before.items()},
        "after": {column: _loggable(changes[column]) for column in before},
    }


def _loggable(value: Any) -> str | bool | None:
    """Return a column's value as the log keeps it: the collection's prompt by its name."""
    return value if value is None or isinstance(value, bool) else str(value)
