"""What was chosen in a list of records: those that were ticked, or all that its filter shows."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalog.filters import ReviewFilter
from catalog.forms import LARGEST_KEY
from catalog.querysets import ImageQuerySet


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


def chosen_records(request: HttpRequest, narrowed: ReviewFilter, allowed: ImageQuerySet) -> Chosen:
    """Return what was chosen: without a tick, all that the filter shows.

    Args:
        request: the list's form, with `all` or the ticks in it.
        narrowed: the list's filter, which is valid.
        allowed: the records that may be chosen at all.
    """
    words = narrowed.in_words
    ticked = set(ticked_keys(request))
    if "all" in request.POST or not ticked:
        images: ImageQuerySet = narrowed.qs
        return Chosen(images, words or _("全部记录"))
    images = allowed.filter(pk__in=ticked)
    picked = _("勾选的 %(number)d 条") % {"number": len(ticked)}
    return Chosen(images, f"{words}；{picked}" if words else picked, len(ticked) - images.count())
