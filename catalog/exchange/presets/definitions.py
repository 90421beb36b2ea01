"""What a preset is: columns of another system in its order, each with where its value comes from and how it is written.

It is kept as JSON. Whatever is read from JSON, a shipped file's or a row's, is checked here, so that a preset that
exists can be used.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from django.db.models import OuterRef, Q, Subquery, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.exceptions import PresetRefused
from catalog.exchange.presets import composing
from catalog.exchange.presets.sources import SOURCES
from catalog.querysets import ImageQuerySet
from catalog.vocabulary import PhotoGroupState

_Choice = TypeVar("_Choice", bound=TextChoices)
GROUPED = Q(photo_group__state=PhotoGroupState.CONFIRMED)
"""The condition that an image is in a group that a person has confirmed."""
SNAPSHOT = "preset"
"""The kind of what exports keep of a preset."""
MOST_COLUMNS = 200
LONGEST_HEADING = 200
LONGEST_CELL = 32_767
"""What a cell of a spreadsheet holds."""
MOST_TERMS = 200
LONGEST_TEXT = 2000
MOST_LINES_BEFORE = 20


class Obligation(TextChoices):
    """Whether a record has to have it."""

    MUST = "must", gettext_lazy("必著")
    IF_PRESENT = "if_present", gettext_lazy("有则必著")
    MAY = "may", gettext_lazy("选著")
    UNSAID = "", gettext_lazy("未规定")


class DateForm(TextChoices):
    """How a date is written; a text that is not understood stays as it is."""

    AS_WRITTEN = "", gettext_lazy("照原文")
    COMPACT = "compact", gettext_lazy("YYYYMMDD，只写知道的几位")
    PADDED = "padded", gettext_lazy("YYYYMMDD，不知道的补 0")
    ISO = "iso", gettext_lazy("YYYY-MM-DD，只写知道的几位")
    DAY = "day", gettext_lazy("YYYY-MM-DD，补成完整的一天")
    SLASHED = "slashed", gettext_lazy("YYYY/MM/DD，只写知道的几位")
    DOTTED = "dotted", gettext_lazy("YYYY.MM.DD，只写知道的几位")
    YEAR = "year", gettext_lazy("只写年份")


class Unit(TextChoices):
    """What a row is."""

    PHOTOGRAPH = "photograph", gettext_lazy("每行一张照片")
    GROUP = "group", gettext_lazy("每行一个照片组")


@dataclass(frozen=True, slots=True)
class PresetColumn:
    """One column of another system.

    Attributes:
        heading: what stands above it there, to the letter.
        source: key of `sources.SOURCES`; empty where only the constant is written.
        constant: what is written where the source has nothing, or there is no source.
        terms: what the source says → what the other system calls it.
        date: how a date is written.
        longest: the greatest number of characters; 0 for any.
        obligation: whether a record has to have it.
        carries_label: whether the sentence about AI texts is added to it.
        uncertain: what is not certain about it; empty where it is.
    """

    heading: str
    source: str = ""
    constant: str = ""
    terms: Mapping[str, str] = field(default_factory=dict)
    date: DateForm = DateForm.AS_WRITTEN
    longest: int = 0
    obligation: Obligation = Obligation.UNSAID
    carries_label: bool = False
    uncertain: str = ""


@dataclass(frozen=True, slots=True)
class Preset:
    """Columns in the order of another system.

    Attributes:
        key: what commands and addresses call it.
        name: what people call it.
        about: what it is for, and where it is from.
        uncertain: what is not certain about the whole of it.
        unit: what a row is.
        composition: the template by which 文字说明 is composed where the field is empty.
        columns: its columns.
        sheet: the name of the sheet in a spreadsheet; empty for the usual one.
        lines_before: lines that stand above the heading, to the letter.
        template: which kind of file it was read from: `xls`, `xlsx`, `csv`; empty where from none.
    """

    key: str
    name: str
    about: str = ""
    uncertain: str = ""
    unit: Unit = Unit.PHOTOGRAPH
    composition: str = composing.DEFAULT
    columns: tuple[PresetColumn, ...] = ()
    sheet: str = ""
    lines_before: tuple[tuple[str, ...], ...] = ()
    template: str = ""

    @property
    def required(self) -> list[PresetColumn]:
        """Return the columns that each record has to have (必著)."""
        return [column for column in self.columns if column.obligation is Obligation.MUST]

    @property
    def drops_label(self) -> bool:
        """Tell whether a table by it would say of no AI text that it is one."""
        return not any(column.source == "ai_label" or column.carries_label for column in self.columns)

    @property
    def is_uncertain(self) -> bool:
        """Tell whether something about it is not certain."""
        return bool(self.uncertain) or any(column.uncertain for column in self.columns)

    def rows(self, images: ImageQuerySet) -> ImageQuerySet:
        """Return the images that stand for the rows of a table: all, or the first of each confirmed group.

        Args:
            images: what was chosen, in the order wanted.
        """
        if self.unit is not Unit.GROUP:
            return images
        same = images.prefetch_related(None).filter(photo_group=OuterRef("photo_group")).order_by("identifier", "pk")
        return images.filter(GROUPED, pk=Subquery(same.values("pk")[:1]))

    def snapshot(self) -> dict[str, Any]:
        """Return it as JSON: an export is made by it as it was, whatever becomes of it."""
        return {"kind": SNAPSHOT, "key": self.key, "name": self.name, "about": self.about, **definition_of(self)}

    def with_key(self, key: str, name: str) -> "Preset":
        """Return the same under another name."""
        return replace(self, key=key, name=name)


def definition_of(preset: Preset) -> dict[str, Any]:
    """Return what is kept of a preset as JSON: all but its key, its name and what it is for."""
    return {
        "uncertain": preset.uncertain,
        "unit": preset.unit.value,
        "composition": preset.composition,
        "sheet": preset.sheet,
        "lines_before": [list(line) for line in preset.lines_before],
        "template": preset.template,
        "columns": [_column_definition(column) for column in preset.columns],
    }


def preset_of(*, key: str, name: str, about: str, definition: Mapping[str, Any]) -> Preset:
    """Read a preset.

    Args:
        key: what commands call it.
        name: what people call it.
        about: what it is for.
        definition: as `definition_of` gives it; what is left out has its usual value.

    Returns:
        The preset.

    Raises:
        PresetRefused: it cannot be used; the sentence says why.
    """
    columns = tuple(_column(number, one) for number, one in enumerate(definition.get("columns") or [], 1))
    if not columns:
        raise PresetRefused(_("预设里没有栏目，至少要有一栏。"))
    if len(columns) > MOST_COLUMNS:
        raise PresetRefused(_("栏目有 %(n)d 个，最多 %(most)d 个。") % {"n": len(columns), "most": MOST_COLUMNS})
    composition = str(definition.get("composition") or composing.DEFAULT)
    composing.read_template(composition)
    return Preset(
        key=key,
        name=name,
        about=about,
        uncertain=_text(definition.get("uncertain")),
        unit=_choice(Unit, definition.get("unit") or Unit.PHOTOGRAPH),
        composition=composition,
        columns=columns,
        sheet=_text(definition.get("sheet"), most=31),
        lines_before=tuple(
            tuple(_text(cell) for cell in line) for line in (definition.get("lines_before") or [])[:MOST_LINES_BEFORE]
        ),
        template=_text(definition.get("template"), most=4),
    )


def preset_of_snapshot(snapshot: Mapping[str, Any]) -> Preset:
    """Read a preset as an export has kept it.

    Args:
        snapshot: as `Preset.snapshot` gave it.

    Raises:
        PresetRefused: this version cannot use it any more.
    """
    key, name, about = (str(snapshot.get(part, "")) for part in ("key", "name", "about"))
    return preset_of(key=key, name=name, about=about, definition=snapshot)


def _column_definition(column: PresetColumn) -> dict[str, Any]:
    """Return a column as JSON, without what is as usual."""
    written: dict[str, Any] = {
        "source": column.source,
        "constant": column.constant,
        "terms": dict(column.terms),
        "date": column.date.value,
        "longest": column.longest,
        "obligation": column.obligation.value,
        "carries_label": column.carries_label,
        "uncertain": column.uncertain,
    }
    return {"heading": column.heading, **{name: value for name, value in written.items() if value}}


def _column(number: int, said: Mapping[str, Any]) -> PresetColumn:
    heading = _text(said.get("heading"), most=LONGEST_HEADING)
    where = _("第 %(n)d 栏") % {"n": number}
    if not heading.strip():
        raise PresetRefused(_("%(column)s没有栏目名。不要这一栏就删去它。") % {"column": where})
    source = _text(said.get("source"))
    if source and source not in SOURCES:
        raise PresetRefused(
            _("%(column)s“%(heading)s”的来源“%(source)s”不认识。")
            % {"column": where, "heading": heading, "source": source}
        )
    terms = said.get("terms") or {}
    if not isinstance(terms, Mapping) or len(terms) > MOST_TERMS:
        raise PresetRefused(
            _("%(column)s“%(heading)s”的对照表不对，最多 %(most)d 行。")
            % {"column": where, "heading": heading, "most": MOST_TERMS}
        )
    longest = said.get("longest") or 0
    if not isinstance(longest, int) or not 0 <= longest <= LONGEST_CELL:
        raise PresetRefused(
            _("%(column)s“%(heading)s”的最大字数要在 0 到 %(most)d 之间，0 表示不限。")
            % {"column": where, "heading": heading, "most": LONGEST_CELL}
        )
    return PresetColumn(
        heading=heading,
        source=source,
        constant=_text(said.get("constant")),
        terms={_text(old): _text(new) for old, new in terms.items()},
        date=_choice(DateForm, said.get("date") or ""),
        longest=longest,
        obligation=_choice(Obligation, said.get("obligation") or ""),
        carries_label=bool(said.get("carries_label")),
        uncertain=_text(said.get("uncertain")),
    )


def _text(value: object, *, most: int = LONGEST_TEXT) -> str:
    text = "" if value is None else str(value)
    if len(text) > most:
        raise PresetRefused(_("“%(text)s……”太长，最多 %(most)d 个字。") % {"text": text[:20], "most": most})
    return text


def _choice(choices: type[_Choice], value: object) -> _Choice:
    try:
        return choices(str(value))
    except ValueError:
        raise PresetRefused(_("“%(value)s”不在可选的范围内。") % {"value": value}) from None
