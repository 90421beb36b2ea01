"""What was chosen in a list of records: those that were ticked, or all that its filter shows."""

from dataclasses import dataclass

from django.forms import BoundField
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalog.filters import ReviewFilter
from catalog.forms import LARGEST_KEY
from catalog.querysets import ImageQuerySet

_FIRST = ("q", "collection", "status", "field", "flag", "evidence")
"""Filters that are always on a page; the others are folded away until one is used."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Records of a list.

    Attributes:
        images: the records.
        words: the choice as a person reads it.
        refused: how many more were ticked that are not among those allowed.
    """

    images: ImageQuerySet
    words: str
    refused: int = 0


def ticked_keys(request: HttpRequest) -> list[int]:
    """Return the keys of the records that were ticked; what is none is left out."""
    sent = [value for value in request.POST.getlist("image") if value.isascii() and value.isdecimal()]
    return [key for key in map(int, (value[:16] for value in sent)) if 0 < key <= LARGEST_KEY]


def has_chosen(request: HttpRequest) -> bool:
    """Tell whether anything was chosen."""
    return "all" in request.POST or bool(ticked_keys(request))


def chosen_records(request: HttpRequest, narrowed: ReviewFilter, allowed: ImageQuerySet) -> Chosen:
    """Return what was chosen.

    Args:
        request: the list's form, with `all` or the ticks in it.
        narrowed: the list's filter, which is valid.
        allowed: the records that may be chosen at all.
    """
    words = narrowed.in_words
    ticked = set(ticked_keys(request))
    listed: ImageQuerySet = narrowed.qs
    # Nothing that the filter does not show, whatever is sent.
    images = listed.filter(pk__in=allowed.order_by().values("pk"))
    if "all" in request.POST:
        return Chosen(images, words or _("全部记录"), listed.count() - images.count())
    images = images.filter(pk__in=ticked)
    picked = _("勾选的 %(number)d 条") % {"number": len(ticked)}
    return Chosen(images, f"{words}；{picked}" if words else picked, len(ticked) - images.count())


def shown_filters(narrowed: ReviewFilter) -> tuple[list[BoundField], list[BoundField]]:
    """Return the filters that are always on a page, in order, and those that are folded away.

    Args:
        narrowed: the filter.
    """
    fields = list(narrowed.form)
    first = [field for field in fields if field.name in _FIRST]
    return sorted(first, key=lambda field: _FIRST.index(field.name)), [
        field for field in fields if field.name not in _FIRST
    ]
