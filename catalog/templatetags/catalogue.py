"""Template tags: a scan as a picture, hits marked in a text, what images are called by the kind of their collection.

And whether the pages' header leads to the review.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from catalog import policies
from catalog.models import Collection, ImageFile
from catalog.vocabulary import CollectionKind
from inference.words import mark_hits

register = template.Library()


@register.simple_tag
def print_img(file: ImageFile | None, kind: str = "thumbnail", alt: str = "", *, eager: bool = False) -> SafeString:
    """Return the picture of a scan, or words where there is none.

    Args:
        file: the scan; its size gives the browser the aspect ratio before the picture has come.
        kind: ``thumbnail`` or ``screen``.
        alt: what is to be seen; empty where the text beside it says so.
        eager: fetch at once, for the one picture a page is about.
    """
    if file is None or not getattr(file, kind):
        return format_html('<span class="mat-empty">{}</span>', gettext("没有图像文件"))
    return format_html(
        '<img src="{}" width="{}" height="{}" alt="{}"{} decoding="async">',
        reverse("catalog:media", kwargs={"pk": file.pk, "kind": kind}),
        file.width,
        file.height,
        alt,
        "" if eager else SafeString(' loading="lazy"'),
    )


@register.filter
def items_of(collection: Collection) -> str:
    """Return what the images of a collection are called by its kind: photographs, drawings, exhibits."""
    return CollectionKind(collection.kind).items


@register.filter
def item_of(collection: Collection) -> str:
    """Return what one image of a collection is called by its kind."""
    return CollectionKind(collection.kind).item


@register.filter
def counted(collection: Collection, number: int) -> str:
    """Return how many images of a collection there are, in words."""
    return CollectionKind(collection.kind).counted(number)


@register.simple_tag(takes_context=True)
def reviews(context: Mapping[str, Any]) -> bool:
    """Tell whether whoever reads the page reviews drafts. Pages of errors have nobody, and ask no database."""
    user = context.get("user")
    return bool(user is not None and user.is_authenticated and policies.works_anywhere(user))


@register.simple_tag
def highlight(text: str, words: Sequence[str] | str) -> SafeString:
    """Return a text, escaped, with the words in it marked."""
    pieces = mark_hits(text, words or ())
    return format_html_join("", "{}{}{}", (_around(piece, is_hit=hit) for piece, hit in pieces))


def _around(piece: str, *, is_hit: bool) -> tuple[SafeString, str, SafeString]:
    if is_hit:
        return SafeString("<mark>"), piece, SafeString("</mark>")
    return SafeString(""), piece, SafeString("")
