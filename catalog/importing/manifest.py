"""CSV manifests: what a person wrote about the files that come in."""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from catalog.exceptions import ImportSourceError
from catalog.importing.manifest_origins import Origins, is_origin_heading, read_origins
from catalog.importing.manifest_protection import PROTECTION_HEADINGS
from catalog.texts import visible
from catalog.vocabulary import Field
from inference.engine.encodings import plausible_readings

_FILE = ("文件名", "文件", "file", "filename")
_IDENTIFIER = ("照片号", "identifier")
_COLUMN_HEADINGS: dict[str, str] = {
    heading: column
    for column, headings in {
        "volume": ("册号", "volume"),
        "sheet": ("张号", "sheet"),
        "negative_number": ("底片号", "negative_number", "negative number"),
        "see_also": ("参见号", "see_also", "see also"),
    }.items()
    for heading in headings
}
_FIELD_HEADINGS: dict[str, Field] = {
    heading: field_
    for field_, headings in {
        Field.TITLE: ("题名", "title"),
        Field.DESCRIPTION: ("文字说明", "描述", "description"),
        Field.EVENT: ("事由", "event"),
        Field.DATE: ("时间", "date"),
        Field.PLACE: ("地点", "place"),
        Field.PEOPLE: ("人物", "people"),
        Field.BACKGROUND: ("背景", "background"),
        Field.PHOTOGRAPHER: ("摄影者", "photographer"),
        Field.KEYWORDS: ("关键词", "keywords"),
        Field.TRANSCRIPTION: ("文字转录", "transcription"),
        Field.TONE: ("色调", "tone"),
        Field.NOTES: ("附注", "备注", "notes"),
    }.items()
    for heading in headings
}


# Whoever saved it again may have put the empty cells of the other columns behind it, and quotes around it.
_SEPARATOR = re.compile(r"""\ufeff?"?sep=(?P<separator>[^"\r\n\w])"?[,;\t]*(?:\r\n|\r|\n|$)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """What a manifest says about one file.

    Attributes:
        name: the file's path inside the source: as written, or in an opened source the file's own.
        identifier: the 照片号; may be empty.
        values: descriptive field → value, empty cells left out.
        line: the line in the manifest, counted from 1 with the heading.
        columns: column of the record that is administered, such as its 册号 → value, empty cells left out.
        origins: which values began as a model's text, as far as the table says.
        written: how the manifest writes the name, where the file's own is another; else empty.
        protection: heading → what is said about who may see it, and its 密级; see `manifest_protection`.
    """

    name: str
    identifier: str = ""
    values: dict[str, str] = field(default_factory=dict)
    line: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    origins: Origins = field(default_factory=Origins)
    written: str = ""
    protection: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The rows of a manifest, and the headings nobody knows."""

    rows: tuple[ManifestRow, ...] = ()
    unknown_headings: tuple[str, ...] = ()


def read_manifest(content: bytes) -> Manifest:
    """Read a manifest in UTF-8 (with or without byte order mark), UTF-16, GB18030, Big5 or Windows' Western encoding.

    Cells are separated by commas, semicolons or tabs, or by whatever a first line `sep=` says.

    Args:
        content: the bytes of the CSV file.

    Returns:
        Its rows; those without a file name are left out.

    Raises:
        ImportSourceError: it is no CSV file with a column of file names.
    """
    text, delimiter = _separated(_decoded(content))
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise ImportSourceError(_("清单不是有效的 CSV 文件：%(detail)s。"), detail=str(error)) from error
    headings = [_heading(cell) for cell in lines[0]] if lines else []
    if not any(heading in _FILE for heading in headings):
        raise ImportSourceError(_("清单的第一行里没有“文件名”（或 file）这一列。"))
    rows = [_row(headings, cells, line) for line, cells in enumerate(lines[1:], start=2)]
    return Manifest(
        rows=tuple(row for row in rows if row.name),
        unknown_headings=tuple(heading for heading in headings if heading and not _is_known(heading)),
    )


def _row(headings: list[str], cells: list[str], line: int) -> ManifestRow:
    name = identifier = ""
    values: dict[str, str] = {}
    columns: dict[str, str] = {}
    protection: dict[str, str] = {}
    for heading, cell in _filled(headings, cells):
        if heading in _FILE:
            name = cell
        elif heading in _IDENTIFIER:
            identifier = cell
        elif heading in _COLUMN_HEADINGS:
            columns[_COLUMN_HEADINGS[heading]] = cell
        elif heading in PROTECTION_HEADINGS:
            protection[PROTECTION_HEADINGS[heading]] = cell
        elif heading in _FIELD_HEADINGS:
            values[_FIELD_HEADINGS[heading].value] = cell
    origins = read_origins(_filled(headings, cells), _FIELD_HEADINGS)
    return ManifestRow(name, identifier, values, line, columns, origins, protection=protection)


def _filled(headings: list[str], cells: list[str]) -> Iterator[tuple[str, str]]:
    for heading, cell in zip(headings, cells, strict=False):
        if text := cell.replace("\0", "").strip():
            yield heading, text


def _is_known(heading: str) -> bool:
    everything = (_FILE, _IDENTIFIER, _COLUMN_HEADINGS, _FIELD_HEADINGS, PROTECTION_HEADINGS)
    known = any(heading in headings for headings in everything)
    return known or is_origin_heading(heading)


def _heading(cell: str) -> str:
    return visible(unicodedata.normalize("NFKC", cell)).strip().lower()


def _decoded(content: bytes) -> str:
    text: str | None
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _utf_16(content)
    else:
        is_marked = content.startswith(codecs.BOM_UTF8)
        (text,) = plausible_readings([content.removeprefix(codecs.BOM_UTF8)], claimed=is_marked)
    if text is None:
        raise ImportSourceError(_("清单的文字编码无法识别，请另存为 UTF-8 编码的 CSV。"))
    return text


def _utf_16(content: bytes) -> str | None:
    try:
        return content.decode("utf-16")
    except UnicodeDecodeError:
        return None


def _separated(text: str) -> tuple[str, str]:
    """Return a table and what separates its cells. Programs say it to Excel in a line of its own, which is none."""
    said = _SEPARATOR.match(text)
    if said is not None:
        return text[said.end() :], said["separator"]
    heading = text.partition("\n")[0]
    return text, max(",;\t", key=heading.count)
