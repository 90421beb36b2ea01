"""Drafts that somebody's own program proposes: they wait for a reviewer like all others."""

from typing import TYPE_CHECKING

from django.db import transaction

from catalog.exceptions import ProposalRefused
from catalog.models import Annotation, Image
from catalog.records import annotations
from catalog.records.action_log import record
from catalog.vocabulary import Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def propose(*, image: Image, field: str, value: str, user: "User", ai_origin: bool) -> Annotation:
    """Propose a value for a field that nobody has described and nothing is proposed for.

    Args:
        image: the image.
        field: a descriptive field.
        value: the proposed value.
        user: on whose behalf the program runs.
        ai_origin: whether a model wrote it, or had a part in it.

    Returns:
        The draft.

    Raises:
        UnknownField: there is no such field.
        ProposalRefused: the field has a value, or a draft waits for it.
    """
    known = annotations.known_field(field)
    written = annotations.write_import_drafts(image=image, values={known: value}, user=user, ai_origin=ai_origin)
    if not written:
        raise ProposalRefused(field=known.label)
    draft = written[0]
    record(verb=Verb.DRAFT_PROPOSED, user=user, image=image, field=draft.field, annotation=draft.pk)
    return draft
