"""The reviewer's queue: which records wait for a person, in which order, and whose turn each is.

A queue is made of what a person chose, an `ImageQuerySet` of images they may review. It keeps no place: the next record
is the one after the last, in the queue's order, that still waits and that nobody else holds.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q, TextChoices
from django.utils.translation import gettext_lazy as _

from catalog.facets import FLAGGED
from catalog.models import Image
from catalog.querysets import ImageQuerySet
from catalog.review import holds, redrafts
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
    return tuple(told) if fits and small else None


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
    """

    user: "User"
    images: ImageQuerySet
    order: Order = Order.DOUBTFUL

    def waiting(self) -> ImageQuerySet:
        """Return the records with drafts, those too that others hold."""
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
                if not holds.take(image=turn.image.pk, user=self.user):
                    continue
                if self.waiting().filter(pk=turn.image.pk).exists():
                    return turn
                holds.release(images=[turn.image.pk], user=self.user)
            if not met:
                break
        return None

    def _upcoming(self, after: Place | None, passed: Collection[int], present: int | None) -> Iterator[Turn]:
        """Return what nobody else holds, in order; of each part of the queue the first few.

        What they had drafted again comes before everything else, and leaves them at the place where they are.
        """
        unheld = self.waiting().exclude(pk__in=holds.of_others(self.user).values("image"))
        if present is not None:
            unheld = unheld.exclude(pk=present)
        back = redrafts.come_back(unheld, self.user).exclude(pk__in=passed)
        yield from (Turn(image, after, came_back=True) for image in back[:_LOOKED_AT])
        free = redrafts.kept_for_others(unheld, self.user)
        if self.order == Order.DOUBTFUL:
            for doubt, part in _doubtful_first(free, after):
                yield from (Turn(image, (doubt, image.pk)) for image in part[:_LOOKED_AT])
            return
        columns = _COLUMNS[self.order]
        for part in _by_columns(free, columns, after):
            places = ((image, tuple(getattr(image, column) for column in columns)) for image in part[:_LOOKED_AT])
            yield from (Turn(image, place) for image, place in places)


_COLUMNS = {
    Order.NUMBER: ("collection_id", "identifier", "id"),
    Order.GROUP: ("near_group_id", "id"),
    Order.PHOTO_GROUP: ("photo_group_id", "identifier", "id"),
}


def _by_columns(free: ImageQuerySet, columns: tuple[str, ...], after: Place | None) -> Iterator[ImageQuerySet]:
    """Return a queue cut in two: from a place to the end, and from the beginning."""
    # Databases do not agree on where to put what is empty.
    ordered = free.order_by(*(F(column).asc(nulls_last=True) for column in columns))
    if after is None:
        yield ordered
        return
    yield ordered.filter(_beyond(dict(zip(columns, after, strict=True))))
    yield ordered.exclude(pk=int(str(after[-1])))


def _beyond(place: dict[str, int | str | None]) -> Q:
    """Return the condition that a row comes after a place; where a column is empty, it comes last."""
    beyond, same = Q(), Q()
    for column, value in place.items():
        if value is None:
            same &= Q(**{f"{column}__isnull": True})
            continue
        larger = Q(**{f"{column}__gt": value})
        if column in _MAY_BE_EMPTY:
            larger |= Q(**{f"{column}__isnull": True})
        beyond |= same & larger
        same &= Q(**{column: value})
    return beyond


_MAY_BE_EMPTY = {"near_group_id", "photo_group_id"}
_DOUBTFUL, _PLAIN = 0, 1


def _doubtful_first(free: ImageQuerySet, after: Place | None) -> Iterator[tuple[int, ImageQuerySet]]:
    """Return what a draft warns of, then the rest, each by key and cut at a place as `_by_columns` does it.

    Pieces, for no index orders all records by what their drafts say.
    """
    doubt = FLAGGED[Flag.DOUBTFUL]
    parts = {
        _DOUBTFUL: free.with_facet(doubt).order_by("pk"),
        _PLAIN: free.without_facet(doubt).order_by("pk"),
    }
    if after is None:
        yield from parts.items()
        return
    here, key = (int(str(value)) for value in after)
    other = _PLAIN if here == _DOUBTFUL else _DOUBTFUL
    yield here, parts[here].filter(pk__gt=key)
    yield other, parts[other].exclude(pk=key)
    yield here, parts[here].exclude(pk=key)
