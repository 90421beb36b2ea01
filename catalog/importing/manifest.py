"""CSV manifests: what a person wrote about the files that come in."""

import csv
import io
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext_lazy as _

from catalog.exceptions import ImportSourceError
from catalog.importing.manifest_origins import Origins, is_origin_heading, read_origins
from catalog.vocabulary import Field

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
        Field.DESCRIPTION: ("描述", "description"),
        Field.EVENT: ("事由", "event"),
        Field.DATE: ("时间", "date"),
        Field.PLACE: ("地点", "place"),
        Field.PEOPLE: ("人物", "people"),
        Field.BACKGROUND: ("背景", "background"),
        Field.PHOTOGRAPHER: ("摄影者", "photographer"),
        Field.KEYWORDS: ("关键词", "keywords"),
        Field.TRANSCRIPTION: ("文字转录", "transcription"),
        Field.TONE: ("色调", "tone"),
        Field.NOTES: ("备注", "notes"),
    }.items()
    for heading in headings
}


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """What a manifest says about one file.

    Attributes:
        name: the file's path inside the source, as written.
        identifier: the 照片号; may be empty.
        values: descriptive field → value, empty cells left out.
        line: the line in the manifest, counted from 1 with the heading.
        columns: column of the record that is administered, such as its 册号 → value, empty cells left out.
        origins: which values began as a model's text, as far as the table says.
    """

    name: str
    identifier: str = ""
    values: dict[str, str] = field(default_factory=dict)
    line: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    origins: Origins = field(default_factory=Origins)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The rows of a manifest, and the headings nobody knows."""

    rows: tuple[ManifestRow, ...] = ()
    unknown_headings: tuple[str, ...] = ()


def read_manifest(content: bytes) -> Manifest:
    """Read a manifest in UTF-8 (with or without byte order mark), UTF-16 or GB18030, with commas, semicolons or tabs.

    Args:
        content: the bytes of the CSV file.

    Returns:
        Its rows; those without a file name are left out.

    Raises:
        ImportSourceError: it is no CSV file with a column of file names.
    """
    text = _decoded(content)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
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


def relative_to(manifest: Manifest, folder: str, present: Collection[str]) -> Manifest:
    """Return a manifest that lies in a folder of its source, its names counted from the top of the source.

    Args:
        manifest: the manifest.
        folder: its folder inside the source; empty for the top.
        present: the names in the source; a row that holds one of them as it is, is left as it is.
    """
    if not folder:
        return manifest
    rows = tuple(
        row if row.name in present else replace(row, name=f"{folder}/{row.name.removeprefix('./')}")
        for row in manifest.rows
    )
    return replace(manifest, rows=rows)


def _row(headings: list[str], cells: list[str], line: int) -> ManifestRow:
    name = identifier = ""
    values: dict[str, str] = {}
    columns: dict[str, str] = {}
    for heading, cell in _filled(headings, cells):
        if heading in _FILE:
            name = cell
        elif heading in _IDENTIFIER:
            identifier = cell
        elif heading in _COLUMN_HEADINGS:
            columns[_COLUMN_HEADINGS[heading]] = cell
        elif heading in _FIELD_HEADINGS:
            values[_FIELD_HEADINGS[heading].value] = cell
    origins = read_origins(_filled(headings, cells), _FIELD_HEADINGS)
    return ManifestRow(name, identifier, values, line, columns, origins)


def _filled(headings: list[str], cells: list[str]) -> Iterator[tuple[str, str]]:
    for heading, cell in zip(headings, cells, strict=False):
        if text := cell.replace("\0", "").strip():
            yield heading, text


def _is_known(heading: str) -> bool:
    known = any(heading in headings for headings in (_FILE, _IDENTIFIER, _COLUMN_HEADINGS, _FIELD_HEADINGS))
    return known or is_origin_heading(heading)


def _heading(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip().lower()


def _decoded(content: bytes) -> str:
    # Valid UTF-8 is hardly ever anything else; what Excel saves as "CSV" in China is GB18030.
    has_utf16_mark = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if has_utf16_mark else ["utf-8-sig", "gb18030"]:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ImportSourceError(_("清单的文字编码无法识别，请另存为 UTF-8 编码的 CSV。"))


def _delimiter(text: str) -> str:
    heading = text.partition("\n")[0]
    return max(",;\t", key=heading.count)
