"""The reviewer's queue: which records wait for a person, in which order, and whose turn each is.

A queue is made of what a person chose, an `ImageQuerySet` of images they may review. It keeps no place: the next record
is the one after the last, in the queue's order, that still waits and that nobody else holds.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from django.db.models import Exists, OuterRef, TextChoices
from django.utils.translation import gettext_lazy as _

from catalog.facets import FLAGGED
from catalog.models import Image
from catalog.querysets import ImageQuerySet
from catalog.records.conflicts import of_images
from catalog.review import holds, redrafts
from catalog.texts import storable
from catalog.vocabulary import Flag, ImageStatus

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_LOOKED_AT = 20
"""Records fetched at once, in the hope that one of them is free: as many people as work at one queue."""
_MOST_LOOKS = 10


class Order(TextChoices):
    """In which order records are reviewed."""

    DOUBTFUL = "doubtful", _("存疑的在前")
    NUMBER = "number", _("按照片号")
    GROUP = "group", _("按近似组")
    PHOTO_GROUP = "photo_group", _("按照片组")


Place = tuple[int | str | None, ...]
"""Where a record stands in an order; kept by whoever asks for the next one, for a decision may change the record."""


def as_place(order: Order, told: object) -> Place | None:
    """Return a place in an order that somebody kept and gives back, as JSON has it.

    Args:
        order: the order.
        told: what they give.

    Returns:
        The place; None where it is none of this order.
    """
    if not isinstance(told, list | tuple) or len(told) != len(_KINDS[order]):
        return None
    fits = all(isinstance(part, kind) for part, kind in zip(told, _KINDS[order], strict=True))
    small = all(not isinstance(part, int) or 0 <= part < 2**63 for part in told)
    # What no database takes is no place in one.
    sound = all(not isinstance(part, str) or storable(part) == part for part in told)
    return tuple(told) if fits and small and sound else None


_KINDS: dict[Order, tuple[Any, ...]] = {
    Order.DOUBTFUL: (int, int),
    Order.NUMBER: (int, str, int),
    Order.GROUP: (int | None, int),
    Order.PHOTO_GROUP: (int | None, str, int),
}


@dataclass(frozen=True, slots=True)
class Turn:
    """A record that is the reviewer's to decide about.

    Attributes:
        image: the record; held for `holds.LEASE`.
        place: where it stands, to go on from; None where they are still at the beginning.
        came_back: whether it is here because a draft that they rejected was made anew.
    """

    image: Image
    place: Place | None
    came_back: bool = False


@dataclass(frozen=True, slots=True)
class Queue:
    """What somebody reviews, and in which order.

    Attributes:
        user: the reviewer.
        images: what they chose, all of which they may review.
        order: in which order.
        conflicts: whether it is of records with conflicts, be there drafts or not.
        tab: the tab of their browser in which they review.
    """

    user: "User"
    images: ImageQuerySet
    order: Order = Order.DOUBTFUL
    conflicts: bool = False
    tab: str = ""

    def waiting(self) -> ImageQuerySet:
        """Return the records with drafts, or with conflicts, those too that others hold."""
        if self.conflicts:
            return self.images.filter(Exists(of_images(OuterRef("pk"))))
        return self.images.filter(status=ImageStatus.TO_REVIEW)

    def doubtful(self) -> "Queue":
        """Return the queue of those of its records that a draft warns of."""
        return replace(self, images=self.images.with_facet(FLAGGED[Flag.DOUBTFUL]))

    def take_next(
        self, after: Place | None = None, passed: Collection[int] = (), present: int | None = None
    ) -> Turn | None:
        """Hold the next record.

        Args:
            after: where the record stands that was before the reviewer, decided or passed over; None to begin.
            passed: keys of records that came back with a new draft, and that the reviewer has passed over.
            present: key of the record that is still before them, which is not the next one.

        Returns:
            The record, theirs for a while; None where none is left for them. At the end of the queue it goes on from
            the beginning, to what was passed over; the record at `after` itself is not among them.
        """
        for _look in range(_MOST_LOOKS):
            met = False
            for turn in self._upcoming(after, passed, present):
                met = True
                # Between the question and now somebody may have taken it, and even been done with it.
                if not holds.take(image=turn.image.pk, user=self.user, tab=self.tab):
                    continue
                if self.waiting().filter(pk=turn.image.pk).exists():
                    return turn
                holds.let_go(images=[turn.image.pk], user=self.user, tab=self.tab)
            if not met:
                break
        return None

    def _upcoming(self, after: Place | None, passed: Collection[int], present: int | None) -> Iterator[Turn]:
        """Return what nobody else holds, in order; of each part of the queue the first few.

        What they had drafted again comes before everything else, and leaves them at the place where they are.
        """
        unheld = self.waiting().exclude(pk__in=holds.of_others(self.user, self.tab).values("image"))
        if present is not None:
            unheld = unheld.exclude(pk=present)
        come = redrafts.returned(self.user)
        if back := [key for key in come.mine if key not in passed]:
            yield from (Turn(image, after, came_back=True) for image in unheld.filter(pk__in=back)[:_LOOKED_AT])
        if come.others:
            unheld = unheld.exclude(pk__in=come.others)
        free = unheld.only(*_PLACED)
        place_of = _PLACES[self.order]
        for part in _PARTS[self.order](free, after):
            yield from (Turn(image, place_of(image)) for image in part[:_LOOKED_AT])


_PLACED = ("collection", "identifier", "near_group", "photo_group", "facets")
"""What says where a record stands, in any order."""
_DOUBTFUL, _PLAIN = 0, 1


# A queue is asked in parts, each of which an index leads to: from a place to the end, then from the beginning.


def _by_number(free: ImageQuerySet, after: Place | None) -> Iterator[ImageQuerySet]:
    """Return what follows in a collection, then the collections behind it, then all from the beginning."""
    ordered = free.order_by("collection_id", "identifier", "pk")
    if after is not None:
        collection, identifier, key = cast(tuple[int, str, int], after)
        here = ordered.filter(collection=collection, identifier__gte=identifier)
        yield here.exclude(identifier=identifier, pk__lte=key)
        yield ordered.filter(collection__gt=collection)
        ordered = ordered.exclude(pk=key)
    yield ordered


def _by_group(free: ImageQuerySet, after: Place | None) -> Iterator[ImageQuerySet]:
    """Return the groups one after the other, then what is in none."""
    grouped = free.filter(near_group__isnull=False).order_by("near_group_id", "pk")
    alone = free.filter(near_group__isnull=True).order_by("pk")
    if after is not None:
        group, key = cast(tuple[int | None, int], after)
        if group is not None:
            yield grouped.filter(near_group=group, pk__gt=key)
            yield grouped.filter(near_group__gt=group)
            yield alone
        else:
            yield alone.filter(pk__gt=key)
        grouped, alone = grouped.exclude(pk=key), alone.exclude(pk=key)
    yield grouped
    yield alone


def _by_photo_group(free: ImageQuerySet, after: Place | None) -> Iterator[ImageQuerySet]:
    """Return the photographs of one event after those of another, by number, then what is in no group."""
    grouped = free.filter(photo_group__isnull=False).order_by("photo_group_id", "identifier", "pk")
    alone = free.filter(photo_group__isnull=True).order_by("pk")
    if after is not None:
        group, identifier, key = cast(tuple[int | None, str, int], after)
        if group is not None:
            here = grouped.filter(photo_group=group, identifier__gte=identifier)
            yield here.exclude(identifier=identifier, pk__lte=key)
            yield grouped.filter(photo_group__gt=group)
            yield alone
        else:
            yield alone.filter(pk__gt=key)
        grouped, alone = grouped.exclude(pk=key), alone.exclude(pk=key)
    yield grouped
    yield alone


def _doubtful_first(free: ImageQuerySet, after: Place | None) -> Iterator[ImageQuerySet]:
    """Return what a draft warns of, then the rest, each by key."""
    doubt = FLAGGED[Flag.DOUBTFUL]
    parts = [free.with_facet(doubt).order_by("pk"), free.without_facet(doubt).order_by("pk")]
    if after is None:
        yield from parts
        return
    here, key = cast(tuple[int, int], after)
    first, other = (parts[_PLAIN], parts[_DOUBTFUL]) if here == _PLAIN else (parts[_DOUBTFUL], parts[_PLAIN])
    yield first.filter(pk__gt=key)
    yield other.exclude(pk=key)
    yield first.exclude(pk=key)


_PARTS = {
    Order.DOUBTFUL: _doubtful_first,
    Order.NUMBER: _by_number,
    Order.GROUP: _by_group,
    Order.PHOTO_GROUP: _by_photo_group,
}
_PLACES: dict[Order, Callable[[Image], Place]] = {
    Order.DOUBTFUL: lambda image: (_DOUBTFUL if FLAGGED[Flag.DOUBTFUL].is_in(image.facets) else _PLAIN, image.pk),
    Order.NUMBER: lambda image: (image.collection_id, image.identifier, image.pk),
    Order.GROUP: lambda image: (image.near_group_id, image.pk),
    Order.PHOTO_GROUP: lambda image: (image.photo_group_id, image.identifier, image.pk),
}
