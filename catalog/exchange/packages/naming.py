"""What the files of a package are called: folders by 全宗, year and volume or group; files by their 档号.

A package is opened on Windows, whatever wrote it: names that Windows forbids, or cannot keep apart, are told, each with
the name that would stand in its place. Names of parts are those that an import joins again (`catalog.naming`).
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from catalog.vocabulary import FileRole

MOST_CHARACTERS = 200
"""Of a path within a package: Windows takes 260, and the package lies in a folder of somebody's."""
MOST_BYTES = 255
"""Of one name, as Linux has it; a Chinese character takes three."""

UNNUMBERED = "无号"
NO_YEAR, NO_VOLUME, NO_GROUP = "年度不详", "未分册", "未分组"

_FORBIDDEN = str.maketrans('<>:"/\\|?*%', "＜＞：＂／＼｜？＊％")
# The percent sign is none of Windows's: manifests of bags write line ends with it.
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\ufeff]")
_END = re.compile(r"[\s.]+\Z")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_SUFFIXES = {
    "JPEG": ".jpg",
    "MPO": ".jpg",
    "PNG": ".png",
    "TIFF": ".tif",
    "WEBP": ".webp",
    "BMP": ".bmp",
    "GIF": ".gif",
    "HEIF": ".heic",
    "AVIF": ".avif",
    "JPEG2000": ".jp2",
    "PDF": ".pdf",
}


class NameFault(TextChoices):
    """Why a file cannot be called by its number as it is."""

    NO_NUMBER = "no_number", _("没有照片号")
    FORBIDDEN = "forbidden", _("含有 Windows 不允许的字符")
    RESERVED = "reserved", _("是 Windows 的保留名称")
    EDGE = "edge", _("以空格或句点开头或结尾")
    LONG = "long", _("名称或路径太长")
    DOUBLED = "doubled", _("与另一个文件重名")


@dataclass(frozen=True, slots=True)
class Name:
    """What a file is called.

    Attributes:
        path: within the package, with slashes; one that Windows takes, whatever was wrong.
        faults: what was wrong with the name that it should have.
    """

    path: str
    faults: tuple[NameFault, ...] = ()


@dataclass(slots=True)
class Names:
    """The names of one package; each is given once, capitals and composed characters making no difference."""

    taken: set[str] = field(default_factory=set)

    def name(self, folders: Sequence[str], stem: str, part: str, suffix: str) -> Name:
        """Name a file.

        Args:
            folders: the folders that it lies in.
            stem: the record's number; empty where it has none.
            part: what is added for a part of the photograph, see `part_of`.
            suffix: of the name, with its full stop.

        Returns:
            The name, taken now.
        """
        faults: dict[NameFault, None] = {} if stem else {NameFault.NO_NUMBER: None}
        parents = [_usable(folder, faults) for folder in folders]
        own = _usable(stem, faults) if stem else UNNUMBERED
        room = min(_room(parents, part, suffix), MOST_CHARACTERS)
        fitting = _cut(own, room, MOST_BYTES - _size(part + suffix) - _TAIL)
        if fitting != own:
            faults[NameFault.LONG] = None
        number, path = 1, ""
        while not path or _key(path) in self.taken:
            tail = f"~{number}" if number > 1 else ""
            path = "/".join([*parents, f"{fitting}{tail}{part}{suffix}"])
            number += 1
        # Of records without a number nobody expects that their names differ.
        if number > 2 and stem:
            faults[NameFault.DOUBLED] = None
        self.taken.add(_key(path))
        return Name(path, tuple(faults))


_TAIL = 6
"""Bytes that are kept free for what tells doubled names apart."""


def part_of(role: str, sequence: int) -> str:
    """Return what is added to the number for a part of the photograph.

    Args:
        role: a value of `FileRole`.
        sequence: which page, or which one of several.
    """
    if role == FileRole.PAGE:
        return f"_p{sequence}"
    mark = {FileRole.VERSO: "_背", FileRole.NEGATIVE: "_底片"}.get(FileRole(role), "")
    return mark if sequence == 1 else f"{mark}_{sequence}"


def suffix_of(kind: str, original_name: str) -> str:
    """Return the end of a file's name: its format's; that of its own name where the format is a rare one.

    Args:
        kind: the format, as `ImageFile.format` has it.
        original_name: as the file came.
    """
    known = _SUFFIXES.get(kind)
    if known:
        return known
    _stem, dot, own = original_name.rpartition(".")
    return f".{own.lower()}" if dot and own.isascii() and own.isalnum() and len(own) <= 5 else ""


def package_name(words: Iterable[str]) -> str:
    """Return what a package's folder is called.

    Args:
        words: what it is made of, such as the collection and the day.
    """
    return _cut(_usable("_".join(word for word in words if word), {}), 80, 200)


def _usable(name: str, faults: dict[NameFault, None]) -> str:
    """Return a name that Windows takes, noting what was wrong with it."""
    usable = _CONTROL.sub("", name.translate(_FORBIDDEN))
    if usable != name:
        faults[NameFault.FORBIDDEN] = None
    # Windows drops full stops and blanks at a name's end without a word.
    trimmed = _END.sub("", usable).lstrip()
    if trimmed != usable:
        faults[NameFault.EDGE] = None
    if _RESERVED.fullmatch(trimmed):
        faults[NameFault.RESERVED] = None
        trimmed = f"_{trimmed}"
    shortened = _cut(trimmed, MOST_CHARACTERS, MOST_BYTES - _TAIL)
    if shortened != trimmed:
        faults[NameFault.LONG] = None
    return _END.sub("", shortened) or "_"


def _room(parents: list[str], part: str, suffix: str) -> int:
    """Return how many characters of a path are left for the number."""
    return max(8, MOST_CHARACTERS - sum(len(parent) + 1 for parent in parents) - len(part + suffix))


def _size(text: str) -> int:
    return len(text.encode("utf-8"))


def _cut(text: str, characters: int, size: int) -> str:
    """Cut a text to so many characters and bytes, never through a character."""
    return text[:characters].encode("utf-8")[:size].decode("utf-8", errors="ignore")


def _key(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
