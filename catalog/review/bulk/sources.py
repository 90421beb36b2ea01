"""Whose work is taken back: a person's decisions, a batch's drafts, what imports brought, or another bulk change.

A source says which records its work is about, and of each which drafts, values and entries of the log it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from catalog.models import Action, Annotation, BulkChange
from catalog.records.undoing import DECISIONS
from catalog.review.bulk.rows import Seen
from catalog.review.bulk.undoing import History, imported
from catalog.vocabulary import State, Verb

IMPORTS = (Verb.IMAGE_IMPORTED, Verb.IMAGE_CHANGED)


class Source(Protocol):
    """Something that changed records."""

    def images(self) -> Iterator[int]:
        """Return keys of the records that its work may be about; some may come twice."""

    def seen(self, histories: dict[int, History]) -> Iterator[Seen]:
        """Return its work on some records.

        Args:
            histories: what is known of them.
        """

    def parameters(self) -> dict[str, Any]:
        """Return what was chosen, as a change keeps it."""


@dataclass(frozen=True, slots=True)
class OfPerson:
    """What a person decided in a time span, one by one or in bulk.

    Attributes:
        user: their key.
        since: its beginning.
        until: its end.
    """

    user: int
    since: datetime
    until: datetime

    def images(self) -> Iterator[int]:
        """Return the records about which they decided."""
        yield from self._entries().values_list("image", flat=True).order_by("image").distinct().iterator()

    def seen(self, histories: dict[int, History]) -> Iterator[Seen]:
        """Return their entries in the log."""
        for image, history in histories.items():
            chosen = [
                action.pk
                for action in history.actions
                if action.verb in DECISIONS
                and action.user_id == self.user
                and self.since <= action.created_at <= self.until
            ]
            yield Seen(image, actions=tuple(chosen))

    def parameters(self) -> dict[str, Any]:
        """Return what was chosen."""
        return {"of": "person", "user": self.user, **_span(self.since, self.until)}

    def _entries(self) -> Any:
        span = (self.since, self.until)
        return Action.objects.filter(user=self.user, verb__in=DECISIONS, created_at__range=span, image__isnull=False)


@dataclass(frozen=True, slots=True)
class OfBatch:
    """The drafts of a batch, or those that it wrote in a time span.

    Attributes:
        batch: its key.
        since: its beginning; None for all of them.
        until: its end.
    """

    batch: int
    since: datetime | None = None
    until: datetime | None = None

    def images(self) -> Iterator[int]:
        """Return the records that it drafted."""
        yield from self._drafts().values_list("image", flat=True).order_by("image").distinct().iterator()

    def seen(self, histories: dict[int, History]) -> Iterator[Seen]:
        """Return its drafts, those too about which somebody has decided."""
        drafts: dict[int, list[int]] = {image: [] for image in histories}
        for key, image in self._drafts().filter(image__in=list(histories)).values_list("pk", "image"):
            drafts[image].append(key)
        for image, keys in drafts.items():
            yield Seen(image, drafts=tuple(keys))

    def parameters(self) -> dict[str, Any]:
        """Return what was chosen."""
        span = _span(self.since, self.until) if self.since and self.until else {}
        return {"of": "batch", "batch": self.batch, **span}

    def _drafts(self) -> Any:
        # A draft that was reworded is a row of its own, by whoever reworded it.
        found = Annotation.objects.filter(run__batch_item__batch=self.batch, created_by=None)
        found = found.exclude(state=State.SUPERSEDED)
        return found.filter(created_at__range=(self.since, self.until)) if self.since else found


@dataclass(frozen=True, slots=True)
class OfImports:
    """What imports brought beside files in a time span: values of tables, and drafts from what files say of themselves.

    Attributes:
        since: its beginning.
        until: its end.
        user: key of who imported; None for whoever did.
        collection: key of where to; None for anywhere.
    """

    since: datetime
    until: datetime
    user: int | None = None
    collection: int | None = None

    def images(self) -> Iterator[int]:
        """Return the records that were imported or completed."""
        found = Action.objects.filter(verb__in=IMPORTS, created_at__range=(self.since, self.until))
        found = found.filter(image__isnull=False)
        if self.user is not None:
            found = found.filter(user=self.user)
        if self.collection is not None:
            found = found.filter(collection=self.collection)
        yield from found.values_list("image", flat=True).order_by("image").distinct().iterator()

    def seen(self, histories: dict[int, History]) -> Iterator[Seen]:
        """Return what they wrote."""
        for image, history in histories.items():
            drafts, values = imported(history, since=self.since, until=self.until, user=self.user)
            yield Seen(image, drafts=tuple(drafts), values=tuple(values))

    def parameters(self) -> dict[str, Any]:
        """Return what was chosen."""
        span = _span(self.since, self.until)
        return {"of": "imports", "user": self.user, "collection": self.collection, **span}


@dataclass(frozen=True, slots=True)
class OfBulkChange:
    """What a bulk change did.

    Attributes:
        change: its key.
    """

    change: int

    def images(self) -> Iterator[int]:
        """Return the records that it changed."""
        for entries in self._entries():
            yield from (image for image, _keys in entries)

    def seen(self, histories: dict[int, History]) -> Iterator[Seen]:
        """Return its entries in the log."""
        for image, history in histories.items():
            chosen = [action.pk for action in history.actions if action.details.get("bulk") == self.change]
            yield Seen(image, actions=tuple(chosen))

    def parameters(self) -> dict[str, Any]:
        """Return what was chosen."""
        return {"of": "bulk", "change": self.change}

    def _entries(self) -> Iterator[list[tuple[int, list[int]]]]:
        chunks = BulkChange(pk=self.change).chunks.filter(finished_at__isnull=False).order_by("position")
        yield from chunks.values_list("entries", flat=True).iterator()


def _span(since: datetime | None, until: datetime | None) -> dict[str, str]:
    return {"since": since.isoformat() if since else "", "until": until.isoformat() if until else ""}
