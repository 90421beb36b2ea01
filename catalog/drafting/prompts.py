"""Prompts and their versions: a wording that could never work is refused, for a version cannot be mended."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.drafting.schemas import check_schema
from catalog.models import Prompt, PromptVersion
from catalog.models.prompts import MOST_GROUP_PICTURES
from catalog.records.action_log import record
from catalog.vocabulary import OutputForm, Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_NEW_TOKENS = 8192
"""What a prompt version may let answers have; the engine stops at its own bound, which is lower."""


@transaction.atomic
def add_prompt(*, slug: str, name: str, user: "User", **wording: Any) -> PromptVersion:
    """Make a prompt with its first wording.

    Args:
        slug: its slug.
        name: what people call it.
        user: who makes it.
        wording: what `add_prompt_version` takes.

    Returns:
        The first version.

    Raises:
        ValidationError: the slug or the name is taken, or the wording could never work; nothing was made.
    """
    prompt = Prompt(slug=slug, name=name)
    prompt.full_clean()
    prompt.save()
    return add_prompt_version(prompt=prompt, user=user, **wording)


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
    group_pictures: int = 0,
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
        group_pictures: how many other photographs of its group are shown beside an image.

    Returns:
        The new version.

    Raises:
        ValidationError: a version like this could never work; a version cannot be mended.
    """
    check_prompt_version(form=form, schema=schema, max_new_tokens=max_new_tokens, group_pictures=group_pictures)
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
        group_pictures=group_pictures,
        max_new_tokens=max_new_tokens,
        created_by=user,
    )
    record(verb=Verb.PROMPT_REVISED, user=user, prompt=prompt.slug, version=version.number)
    return version


def check_prompt_version(*, form: str, schema: Any, max_new_tokens: int, group_pictures: int = 0) -> None:
    """Refuse what could never work as a version of a prompt, by the field that is wrong.

    Args:
        form: an output form.
        schema: the JSON Schema of answers, or None.
        max_new_tokens: how long answers may get.
        group_pictures: how many other photographs of its group are shown beside an image.

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
    if not 0 <= group_pictures <= MOST_GROUP_PICTURES:
        errors["group_pictures"] = _("请填 0 到 %(most)s 之间的整数。") % {"most": MOST_GROUP_PICTURES}
    if errors:
        raise ValidationError(errors)
