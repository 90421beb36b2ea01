"""Exports made here and now, and workbooks looked into without the libraries that write or read them."""

import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from catalog.exchange.exports.planning import prepare
from catalog.exchange.exports.running import make_now
from catalog.models import Export, Image

_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def exported(images: Any = None, fmt: str = "csv", **asked: Any) -> bytes:
    """Return a table of images as the command makes it.

    Args:
        images: the records; all of them where None.
        fmt: the kind of file.
        **asked: what else `prepare` takes.
    """
    chosen = Image.objects.order_by("pk") if images is None else images
    stream = io.BytesIO()
    make_now(prepare(user=asked.pop("user", None), images=chosen, fmt=fmt, background=False, **asked), stream=stream)
    return stream.getvalue()


def exported_text(images: Any = None) -> str:
    """Return a table as CSV."""
    return exported(images).decode()


def exported_rows(images: Any = None) -> list[dict[str, str]]:
    """Return a table in CSV as rows by heading."""
    text = exported_text(images)
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def sheets(content: bytes) -> dict[str, list[list[tuple[str, str]]]]:
    """Return the sheets of a workbook by name: rows of type and text, empty cells as two empty texts."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        listed = ElementTree.fromstring(book.read("xl/workbook.xml"))  # noqa: S314 - our own
        names = [sheet.attrib["name"] for sheet in listed.iter(f"{_NS}sheet")]
        return {
            name: _rows(book.read(f"xl/worksheets/sheet{number}.xml")) for number, name in enumerate(names, start=1)
        }


def texts(sheet: list[list[tuple[str, str]]]) -> list[list[str]]:
    """Return the texts of a sheet's cells."""
    return [[text for _kind, text in row] for row in sheet]


def part(content: bytes, name: str) -> str:
    """Return a file inside a workbook."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return book.read(name).decode()


def folders_of_exports(data: Path) -> list[str]:
    """Return the names of all files below the folder of exports."""
    return sorted(path.name for path in (data / "exports").rglob("*") if path.is_file())


def the_export() -> Export:
    """Return the only export there is."""
    return Export.objects.get()


def _rows(xml: bytes) -> list[list[tuple[str, str]]]:
    rows = []
    for row in ElementTree.fromstring(xml).iter(f"{_NS}row"):  # noqa: S314 - our own
        cells: dict[int, tuple[str, str]] = {}
        for cell in row.iter(f"{_NS}c"):
            said = "".join(text.text or "" for text in cell.iter(f"{_NS}t"))
            words = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), said)
            cells[_column(cell.attrib["r"])] = (cell.attrib.get("t", "n"), words)
        rows.append([cells.get(at, ("", "")) for at in range(max(cells, default=-1) + 1)])
    return rows


def _column(reference: str) -> int:
    number = 0
    for letter in re.match("[A-Z]+", reference)[0]:  # type: ignore[index]  # every reference begins with letters
        number = 26 * number + ord(letter) - 64
    return number - 1
