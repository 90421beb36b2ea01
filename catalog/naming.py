"""Which scans belong to one photograph, read from their names by a pattern that a person can write.

A line names a part and how its files are called, `*` standing for the name they share and `#` for a number:

    背面：*_v | *背
    底片：*_neg
    页：*_p#

There is one `*` and at most one `#` in a way of naming, with text between them, so that reading a name takes one look
at its beginning and its end, whatever somebody writes as a pattern.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.exceptions import NamePatternRefused
from catalog.vocabulary import FileRole

DEFAULT_PATTERN = """\
背面：*_v | *-v | *_verso | *-verso | *_back | *-back | *_背 | *-背 | *背 | *背面
底片：*_neg | *-neg | *_negative | *_底片 | *-底片 | *底片
页：*_p# | *-p# | *_第#页 | *-第#页 | *第#页
"""
"""What holds for a collection that says nothing else."""
NO_PATTERN = "无"
"""Written instead of a pattern: every file is a photograph of its own."""

_ROLES = {
    "背面": FileRole.VERSO,
    "verso": FileRole.VERSO,
    "底片": FileRole.NEGATIVE,
    "negative": FileRole.NEGATIVE,
    "页": FileRole.PAGE,
    "page": FileRole.PAGE,
}
_MOST_CHARACTERS = 1000
_MOST_WAYS = 60
_DIGITS = "0123456789"
_MOST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Part:
    """What a file is of its photograph.

    Attributes:
        role: which side or part of it.
        sequence: which page; 1 for everything else.
        key: the same for all files of one photograph: their folder and the name they share; empty where files are
            not joined.
    """

    role: FileRole
    sequence: int
    key: str


@dataclass(frozen=True, slots=True)
class _Way:
    """One way of naming a part: text before the shared name, after it, and around a number."""

    role: FileRole
    before: str
    after: str
    number: bool = False
    behind: str = ""

    def read(self, stem: str) -> tuple[str, int] | None:
        """Return the shared name and the number in a name; None where it is not named in this way."""
        if self.behind and not stem.endswith(self.behind):
            return None
        rest = stem[: len(stem) - len(self.behind)]
        sequence = 1
        if self.number:
            bare = rest.rstrip(_DIGITS)
            digits = rest[len(bare) :]
            if not digits or len(digits) > _MOST_DIGITS or int(digits) == 0:
                return None
            rest, sequence = bare, int(digits)
        if len(rest) <= len(self.before) + len(self.after):
            return None
        if not (rest.startswith(self.before) and rest.endswith(self.after)):
            return None
        return rest[len(self.before) : len(rest) - len(self.after)], sequence


@dataclass(frozen=True, slots=True)
class Naming:
    """A collection's ways of naming."""

    ways: tuple[_Way, ...]

    def read(self, name: str) -> Part:
        """Read a file's name.

        Args:
            name: its path inside the source, plain.

        Returns:
            What it is; the front of a photograph of its own name where no way fits.
        """
        if not self.ways:
            return Part(FileRole.FRONT, 1, "")
        path = PurePosixPath(name)
        stem = _folded(path.stem)
        folder = _folded(str(path.parent))
        for way in self.ways:
            found = way.read(stem)
            if found is not None and found[0].strip(" _-."):
                return Part(way.role, found[1], f"{folder}/{found[0]}")
        return Part(FileRole.FRONT, 1, f"{folder}/{stem}")


def read_naming(text: str) -> Naming:
    """Read a pattern.

    Args:
        text: as a person wrote it; empty for the usual one, `NO_PATTERN` for none.

    Returns:
        The ways of naming, those with more text first: `*_背面` is tried before `*面`.

    Raises:
        NamePatternRefused: it is no pattern; the sentence says where and why.
    """
    text = unicodedata.normalize("NFC", text).strip()
    if text == NO_PATTERN:
        return Naming(())
    if len(text) > _MOST_CHARACTERS:
        raise NamePatternRefused(_("命名规则太长，最多 %(limit)s 个字符。"), limit=_MOST_CHARACTERS)
    ways: list[_Way] = []
    for line in (text or DEFAULT_PATTERN).splitlines():
        if line.strip():
            ways += _line(line.strip())
    if len(ways) > _MOST_WAYS:
        raise NamePatternRefused(_("命名规则太多，最多 %(limit)s 种写法。"), limit=_MOST_WAYS)
    ways.sort(key=lambda way: len(way.before) + len(way.after) + len(way.behind), reverse=True)
    return Naming(tuple(ways))


def _line(line: str) -> list[_Way]:
    part, colon, ways = line.replace("：", ":").partition(":")
    role = _ROLES.get(part.strip().lower())
    if not colon or role is None:
        raise NamePatternRefused(
            _("命名规则“%(line)s”没有写明部位。每行以“背面：”“底片：”或“页：”开头。"), line=line[:60]
        )
    written = [way.strip() for way in re.split("[|｜、]", ways) if way.strip()]
    if not written:
        raise NamePatternRefused(_("命名规则“%(line)s”在冒号后面没有写法，例如“*_v”。"), line=line[:60])
    return [_way(role, way) for way in written]


def _way(role: FileRole, written: str) -> _Way:
    reason = _refusal(role, written)
    if reason is not None:
        raise NamePatternRefused(reason, way=written[:60])
    before, _star, rest = _folded(written).partition("*")
    after, number, behind = rest.partition("#")
    return _Way(role, before, after, bool(number), behind)


def _refusal(role: FileRole, written: str) -> Promise | None:
    """Return why a way of naming cannot be used, with room for it, or None."""
    if "/" in written or "\\" in written:
        return _("写法“%(way)s”里不能有斜线：只看文件名，不看文件夹。")
    if written.count("*") != 1:
        return _("写法“%(way)s”里要有一个“*”，代表几个文件共有的名称。")
    if written == "*":
        return _("写法“%(way)s”除了“*”之外还要有别的字，否则每个文件都符合。")
    if role != FileRole.PAGE and "#" in written:
        return _("写法“%(way)s”里的“#”代表页码，只能用在“页”里。")
    if role == FileRole.PAGE and written.count("#") != 1:
        return _("写法“%(way)s”里要有一个“#”，代表页码。")
    star, number = written.find("*"), written.find("#")
    if number >= 0 and (number < star or number == star + 1):
        return _("写法“%(way)s”里，“#”要在“*”之后，两者之间要有别的字，例如“*_p#”。")
    if number >= 0 and any(
        character in _DIGITS for character in written[star + 1 : number][-1:] + written[number + 1 : number + 2]
    ):
        return _("写法“%(way)s”里，“#”旁边不能是数字，否则分不清页码。")
    return None


def _folded(text: str) -> str:
    """Return text as names are compared: without regard to capitals."""
    return text.casefold()
