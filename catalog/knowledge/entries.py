"""Writing knowledge bases: what is saved or deleted is in the log."""

from typing import TYPE_CHECKING, Any

from django.db import transaction

from catalog.models import KnowledgeBase, KnowledgeEntry
from catalog.records.action_log import record
from catalog.vocabulary import Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def save_base(*, base: KnowledgeBase, user: "User | None" = None) -> KnowledgeBase:
    """Save a knowledge base, new or changed.

    Args:
        base: the base.
        user: who saves it; None for the command line.

    Returns:
        The base.

    Raises:
        ValidationError: a value is not allowed, such as a slug in use.
    """
    base.full_clean()
    base.save()
    _log(base, user, change="saved", public=base.is_public)
    return base


@transaction.atomic
def save_entry(*, entry: KnowledgeEntry, user: "User | None" = None) -> KnowledgeEntry:
    """Save an entry, new or changed.

    Args:
        entry: the entry.
        user: who saves it; None for the command line.

    Returns:
        The entry.

    Raises:
        ValidationError: a value is not allowed, such as an empty text.
    """
    entry.full_clean()
    entry.save()
    _log(entry.base, user, change="saved", entry=entry.title)
    return entry


@transaction.atomic
def delete_base(*, base: KnowledgeBase, user: "User | None" = None) -> None:
    """Delete a knowledge base with its entries; records of a collection stay.

    Args:
        base: the base.
        user: who deletes it; None for the command line.
    """
    _log(base, user, change="deleted")
    base.delete()


@transaction.atomic
def delete_entry(*, entry: KnowledgeEntry, user: "User | None" = None) -> None:
    """Delete an entry.

    Args:
        entry: the entry.
        user: who deletes it; None for the command line.
    """
    _log(entry.base, user, change="deleted", entry=entry.title)
    entry.delete()


def _log(base: KnowledgeBase, user: "User | None", **details: Any) -> None:
    record(verb=Verb.KNOWLEDGE_CHANGED, user=user, collection=base.collection, base=base.slug, **details)
