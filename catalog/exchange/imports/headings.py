"""What the columns of a table are: those of the export that it is, or of the house, whatever their order.

People add columns, delete some and copy some. A column that nobody knows is left alone and told; one that is there
twice cannot be trusted in either place, and one that is missing is unchanged.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from catalog.exceptions import TableRefused
from catalog.exchange.columns import CHECK, EXPORT, KEY, TECHNICAL, Column, standard_columns
from catalog.exchange.layouts import columns_of
from catalog.models import Export
from catalog.texts import visible
from catalog.vocabulary import Field

IDENTIFIER, COLLECTION = "identifier", "collection"
_SAME_AS = {"描述": Field.DESCRIPTION.value, "备注": Field.NOTES.value}
"""Headings of earlier versions and of other programs → key of the column."""


@dataclass(frozen=True, slots=True)
class Headings:
    """What the columns of a table are.

    Attributes:
        columns: place in the row → its column.
        places: key of a column → its place.
        unknown: headings that nobody knows, with the letters of their columns.
        doubled: headings that are there more than once, likewise.
        missing: headings of columns that may be changed and are not there.
        order: keys of the columns that may be changed, in the order in which checksums take them.
    """

    columns: Mapping[int, Column]
    places: Mapping[str, int]
    unknown: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    order: tuple[str, ...] = ()


def house_headings() -> dict[str, Column]:
    """Return the columns of the house by their headings, as they are told apart, in every language of the site."""
    found: dict[str, Column] = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            for column in standard_columns(list(Field)):
                found.setdefault(plain(column.heading), column)
    by_key = {column.key: column for column in found.values()}
    return {plain(heading): by_key[key] for heading, key in _SAME_AS.items()} | found


def headings_of(export: Export) -> dict[str, Column]:
    """Return the columns of an export by their headings.

    Args:
        export: the export.
    """
    with override(export.language or settings.LANGUAGE_CODE):
        try:
            columns = columns_of(export.layout, export=str(export.pk))
        except KeyError:
            return {}
    return {plain(column.heading): column for column in columns}


def known_headings(known: Iterable[str], cells: Iterable[str]) -> bool:
    """Tell whether a row is one of headings: it has a number or a key, or two known words at least.

    Args:
        known: headings as they are told apart.
        cells: the row.
    """
    met = {plain(cell) for cell in cells} & set(known)
    return KEY in met or len(met) > 1


def read_headings(cells: Sequence[str], known: Mapping[str, Column], expected: Iterable[Column]) -> Headings:
    """Say what the columns of a table are.

    Args:
        cells: its row of headings.
        known: heading as it is told apart → column.
        expected: the columns that it had when it left.

    Returns:
        What they are.

    Raises:
        TableRefused: there is no way to tell which record a row is of.
    """
    places: dict[str, list[int]] = {}
    unknown: list[str] = []
    for place, cell in enumerate(cells):
        name = plain(cell)
        if name in known:
            places.setdefault(known[name].key, []).append(place)
        elif name:
            unknown.append(_with_letter(cell, place))
    doubled = {key: there for key, there in places.items() if len(there) > 1}
    _check_identified(places, doubled)
    once = {key: there[0] for key, there in places.items() if key not in doubled}
    columns = {place: known[plain(cells[place])] for place in once.values()}
    left = [column for column in expected if column.editable]
    missing = [column.heading for column in left if column.key not in places]
    told = ["、".join(_with_letter(cells[place], place) for place in there) for there in doubled.values()]
    return Headings(columns, once, unknown, told, missing, tuple(column.key for column in left))


def _check_identified(places: Mapping[str, list[int]], doubled: Mapping[str, list[int]]) -> None:
    for key in (KEY, EXPORT, CHECK, IDENTIFIER, COLLECTION):
        if key in doubled:
            letters = "、".join(map(letters_of, doubled[key]))
            name = key if key in TECHNICAL else {IDENTIFIER: _("照片号"), COLLECTION: _("馆藏")}[key]
            raise TableRefused(
                _("“%(name)s”这一列有两处（%(letters)s 列），分不清以哪一列为准。请删去一列再导入。"),
                name=name,
                letters=letters,
            )
    if KEY not in places and IDENTIFIER not in places:
        raise TableRefused(
            _(
                "表头里既没有“照片号”，也没有 glmv_key，认不出每一行是哪条记录。请用导出的表格修改，保留第一行的表头；"
                "如果表头显示为乱码，请另存为 UTF-8 编码的 CSV 或 XLSX。"
            )
        )


def plain(heading: str) -> str:
    """Return a heading as headings are told apart."""
    return visible(unicodedata.normalize("NFKC", heading)).strip().lower()


def letters_of(place: int) -> str:
    """Return how a spreadsheet names a column.

    Args:
        place: from 0.
    """
    letters = ""
    number = place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _with_letter(cell: str, place: int) -> str:
    return _("%(heading)s（%(letters)s 列）") % {"heading": cell.strip()[:60], "letters": letters_of(place)}
