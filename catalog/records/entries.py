"""Changing what is not described but administered: an image's numbers and access, a collection's publication.

Only the given columns are written: a form that was open for an hour must not put back the accepted values it was
opened with.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.drafting.schemas import check_schema
from catalog.models import Collection, Image, Prompt, PromptVersion
from catalog.records.action_log import record
from catalog.records.annotations import locked_image
from catalog.vocabulary import OutputForm, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_NEW_TOKENS = 8192
"""What a prompt version may let answers have; the engine stops at its own bound, which is lower."""
IMAGE_COLUMNS = ("identifier", "negative_number", "see_also", "volume", "sheet", "access", "rights")


@transaction.atomic
def change_image(*, image: Image, user: "User | None", changes: Mapping[str, Any]) -> Image:
    """Change an image's administrative columns.

    Args:
        image: the image.
        user: who changes them.
        changes: column → value, columns of `IMAGE_COLUMNS` only.

    Returns:
        The image as it is now.

    Raises:
        ValueError: a column is not an administrative one.
        ValidationError: a value is not allowed, such as an identifier in use.
    """
    if unknown := set(changes) - set(IMAGE_COLUMNS):
        raise ValueError(f"not administrative columns: {sorted(unknown)}")
    locked = locked_image(image.pk)
    before = {column: getattr(locked, column) for column in changes}
    changed = {column: value for column, value in changes.items() if before[column] != value}
    if not changed:
        return locked
    for column, value in changed.items():
        setattr(locked, column, value)
    locked.full_clean()
    locked.save(update_fields=[*changed, "updated_at"])
    record(
        verb=Verb.IMAGE_CHANGED, user=user, image=locked, before={key: before[key] for key in changed}, after=changed
    )
    return locked


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
def change_collection(*, collection: Collection, user: "User | None", changes: Mapping[str, Any]) -> Collection:
    """Change a collection's description, or publish it and take it back.

    Args:
        collection: the collection.
        user: who changes it.
        changes: column → value.

    Returns:
        The collection as it is now.

    Raises:
        ValidationError: a value is not allowed.
    """
    locked = Collection.objects.select_for_update().get(pk=collection.pk)
    before = {column: getattr(locked, column) for column in changes}
    changed = {column: value for column, value in changes.items() if before[column] != value}
    if not changed:
        return locked
    for column, value in changed.items():
        setattr(locked, column, value)
    locked.full_clean()
    locked.save(update_fields=[*changed, "updated_at"])
    record(
        verb=Verb.COLLECTION_CHANGED,
        user=user,
        collection=locked,
        before={column: _loggable(before[column]) for column in changed},
        after={column: _loggable(value) for column, value in changed.items()},
    )
    return locked


@transaction.atomic
def add_prompt_version(
    *,
    prompt: Prompt,
    text: str,
    form: str,
    user: "User | None" = None,
    max_new_tokens: int = 256,
    schema: Any = None,
    with_facts: bool = False,
) -> PromptVersion:
    """Add a wording to a prompt; it is the current one from now on.

    Args:
        prompt: the prompt.
        text: the wording.
        form: an output form.
        user: who wrote it.
        max_new_tokens: how long answers may get.
        schema: the JSON Schema of answers, where the form has one.
        with_facts: whether what is known about an image is told with the question.

    Returns:
        The new version.

    Raises:
        ValidationError: a version like this could never work; a version cannot be mended.
    """
    check_prompt_version(form=form, schema=schema, max_new_tokens=max_new_tokens)
    # Locking the prompt keeps two people from taking the same number.
    prompt = Prompt.objects.select_for_update().get(pk=prompt.pk)
    newest = prompt.current
    version = PromptVersion.objects.create(
        prompt=prompt,
        number=newest.number + 1 if newest else 1,
        text=text,
        form=OutputForm(form),
        schema=schema,
        with_facts=with_facts,
        max_new_tokens=max_new_tokens,
        created_by=user,
    )
    record(verb=Verb.PROMPT_REVISED, user=user, prompt=prompt.slug, version=version.number)
    return version


def check_prompt_version(*, form: str, schema: Any, max_new_tokens: int) -> None:
    """Refuse what could never work as a version of a prompt, by the field that is wrong.

    Args:
        form: an output form.
        schema: the JSON Schema of answers, or None.
        max_new_tokens: how long answers may get.

    Raises:
        ValidationError: a value is not allowed, under the name of its field.
    """
    errors: dict[str, ValidationError | str] = {}
    if form not in OutputForm.values:
        raise ValidationError({"form": _("没有这种回答形式。")})
    try:
        check_schema(form, schema)
    except ValidationError as error:
        errors["schema"] = error
    if not 1 <= max_new_tokens <= MOST_NEW_TOKENS:
        errors["max_new_tokens"] = _("请填 1 到 %(most)s 之间的整数。") % {"most": MOST_NEW_TOKENS}
    if errors:
        raise ValidationError(errors)


def _loggable(value: Any) -> str | bool | None:
    """Return a column's value as the log keeps it: the collection's prompt by its name."""
    return value if value is None or isinstance(value, bool) else str(value)
