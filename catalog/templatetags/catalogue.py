"""Template tags: a scan as a picture, and hits marked in a text."""

from collections.abc import Sequence

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from catalog.models import ImageFile
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


@register.simple_tag
def highlight(text: str, words: Sequence[str] | str) -> SafeString:
    """Return a text, escaped, with the words in it marked."""
    pieces = mark_hits(text, words or ())
    return format_html_join("", "{}{}{}", (_around(piece, is_hit=hit) for piece, hit in pieces))


def _around(piece: str, *, is_hit: bool) -> tuple[SafeString, str, SafeString]:
    if is_hit:
        return SafeString("<mark>"), piece, SafeString("</mark>")
    return SafeString(""), piece, SafeString("")
