"""Turns the Markdown of a complete answer into HTML that may stand on a page, whatever the model wrote."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import nh3
from django.utils.translation import ngettext
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}
_ONLY_COORDINATES = re.compile(r"[\[\]\d\s.,，、;；。]*")


def to_html(text: str) -> str:
    """Render an answer.

    Args:
        text: Markdown, as the model wrote it; HTML in it is shown as text.

    Returns:
        HTML without scripts, styles or anything that is loaded from elsewhere: of a picture its description is left.
    """
    return nh3.clean(
        _markdown().render(text),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener nofollow",
    )


def worded(text: str, boxes: Sequence[Any]) -> str:
    """Say an answer in words: one of coordinates alone says how many places it marks, for they are drawn elsewhere.

    Args:
        text: as the model wrote it.
        boxes: that it names.

    Returns:
        The answer, or a sentence in the active language.
    """
    if boxes and _ONLY_COORDINATES.fullmatch(text):
        return ngettext("（在图上标出 %(n)d 处）", "（在图上标出 %(n)d 处）", len(boxes)) % {"n": len(boxes)}
    return text


@cache
def _markdown() -> MarkdownIt:
    # A line that the model ends is a line for the reader too: poems and inscriptions are written so.
    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    markdown.add_render_rule("image", _described)
    return markdown


def _described(renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: Any) -> str:
    token = tokens[index]
    return nh3.clean_text(renderer.renderInlineAsText(token.children or [], _options, _env))
