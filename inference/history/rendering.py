"""Turns the Markdown of a complete answer into HTML that may stand on a page, whatever the model wrote."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import nh3
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s",
    "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
# Of elements only our own are spans: what a model writes as HTML is text.
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "span": {"class", "data-box", "title"}}
_SCHEMES = {"http", "https", "mailto"}
_ONLY_COORDINATES = re.compile(r"[\[\]\d\s.,，、;；。]*")
_NUMBER = r"[^\S\n]*\d{1,4}(?:\.\d+)?[^\S\n]*"
_BOX = rf"\[{_NUMBER}(?:[,，]{_NUMBER}){{3}}\]"
# ``[[1,2,3,4],[5,6,7,8]]`` is one mention of two boxes, ``[1,2,3,4]`` one of one.
_BLANK = r"[^\S\n]*"
_MENTION = re.compile(rf"\[{_BLANK}{_BOX}(?:{_BLANK}[,，、]?{_BLANK}{_BOX})*{_BLANK}\]|{_BOX}")
_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.DOTALL)
_CORNERS = ("x1", "y1", "x2", "y2")

Boxes = Sequence[Mapping[str, int]]
"""Rectangles with the corners ``x1``, ``y1``, ``x2`` and ``y2``, in thousandths of the picture; counted from one."""


def to_html(text: str, boxes: Boxes = ()) -> str:
    """Render an answer.

    Args:
        text: Markdown, as the model wrote it; HTML in it is shown as text.
        boxes: that it names; where it does, ``<span data-box="2">`` stands for the coordinates, which are its title.

    Returns:
        HTML without scripts, styles or anything that is loaded from elsewhere: of a picture its description is left.
    """
    return nh3.clean(
        _markdown().render(text, {"boxes": boxes}),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener nofollow",
    )


def worded(text: str, boxes: Boxes) -> str:
    """Say an answer in words: places by the numbers under which they are drawn, which coordinates are not for readers.

    Args:
        text: as the model wrote it.
        boxes: that it names.

    Returns:
        The answer; where it is coordinates alone, a sentence that says how many places it marks.
    """
    if boxes and _ONLY_COORDINATES.fullmatch(text):
        return ngettext("（在图上标出 %(n)d 处）", "（在图上标出 %(n)d 处）", len(boxes)) % {"n": len(boxes)}
    mentions = _Mentions(boxes)
    # What stands in code is for programs.
    parts = (mentions.pieces(part) if place % 2 == 0 else (part,) for place, part in enumerate(_CODE.split(text)))
    return "".join(piece if isinstance(piece, str) else _place(piece[0]) for part in parts for piece in part)


class _Mentions:
    """Finds in the parts of an answer where it names its boxes."""

    def __init__(self, boxes: Boxes) -> None:
        self._corners = [[box[name] for name in _CORNERS] for box in boxes]

    def pieces(self, text: str) -> Iterator[str | tuple[int, str]]:
        """Cut a text: what stands around mentions as it is, of each mention the box's number and the coordinates."""
        end = 0
        for match in _MENTION.finditer(text) if self._corners else ():
            yield text[end : match.start()]
            named = [(self._meant(one), one) for one in re.findall(_BOX, match[0])]
            if all(number is None for number, _one in named):  # other numbers: years, say
                yield match[0]
            else:
                yield from _listed(named)
            end = match.end()
        yield text[end:]

    def _meant(self, text: str) -> int | None:
        """Return which box has the corners that a text names."""
        corners = [float(value) for value in re.findall(r"\d+(?:\.\d+)?", text)]
        for number, own in enumerate(self._corners, 1):
            if all(abs(one - other) < 1 for one, other in zip(own, corners, strict=True)):
                return number
        return None


def _listed(named: list[tuple[int | None, str]]) -> Iterator[str | tuple[int, str]]:
    """Write boxes that were named together with commas between them."""
    for place, (number, text) in enumerate(named):
        if place:
            yield _("、")
        yield text if number is None else (number, text)


def _place(number: int) -> str:
    return _("位置 %(number)d") % {"number": number}


@cache
def _markdown() -> MarkdownIt:
    # A line that the model ends is a line for the reader too: poems and inscriptions are written so.
    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    markdown.add_render_rule("image", _described)
    markdown.add_render_rule("mention", _numbered)
    markdown.core.ruler.push("mention", _find_mentions)
    return markdown


def _find_mentions(state: StateCore) -> None:
    """Put tokens of their own where the text names a box."""
    mentions = _Mentions(state.env.get("boxes", ()))
    for block in state.tokens:
        if block.children:
            block.children = [found for child in block.children for found in _cut(child, mentions)]


def _cut(token: Token, mentions: _Mentions) -> Iterator[Token]:
    if token.type != "text":
        yield token
        return
    for piece in mentions.pieces(token.content):
        if isinstance(piece, tuple):
            yield Token("mention", "span", 0, meta={"number": piece[0]}, content=piece[1], level=token.level)
        elif piece:
            yield Token("text", "", 0, content=piece, level=token.level)


def _numbered(_renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: Any) -> str:
    number, corners = tokens[index].meta["number"], nh3.clean_text(tokens[index].content)
    return f'<span class="mention" data-box="{number}" title="{corners}">{nh3.clean_text(_place(number))}</span>'


def _described(renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: Any) -> str:
    token = tokens[index]
    return nh3.clean_text(renderer.renderInlineAsText(token.children or [], _options, _env))
