"""What is said before a table is made by a preset: which records lack what, and what the other system will not see.

One question of the database, however many records there are.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import Length
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.exchange.presets import composing
from catalog.exchange.presets.definitions import GROUPED, DateForm, Obligation, Preset, PresetColumn, Unit
from catalog.exchange.presets.sources import COMPOSED, SOURCES, all_missing, lacks_kind
from catalog.querysets import ImageQuerySet
from catalog.vocabulary import Field


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one column.

    Attributes:
        heading: the column's heading.
        number: of how many rows it is so.
    """

    heading: str
    number: int


@dataclass(frozen=True, slots=True)
class Findings:
    """What a table by a preset would have.

    Attributes:
        rows: how many rows.
        missing: 必著 columns that rows lack, and how many rows lack them.
        too_long: columns whose text is longer than the system takes, so that it is shortened.
        undated: columns with a form of date, with texts that are not understood, and stay as they are.
        without_kind: how many 参见号 say no kind.
        ungrouped: how many records are in no confirmed group, where rows are groups.
        drops_label: whether the table would not say which texts are from AI.
    """

    rows: int
    missing: list[Finding] = field(default_factory=list)
    too_long: list[Finding] = field(default_factory=list)
    undated: list[Finding] = field(default_factory=list)
    without_kind: int = 0
    ungrouped: int = 0
    drops_label: bool = False

    @property
    def sentences(self) -> list[str]:
        """Return all of it in sentences, the gravest first; empty where there is nothing to be said."""
        said = []
        if self.drops_label:
            said.append(dropped_label_warning())
        said += [_lacking(finding) for finding in self.missing]
        if self.ungrouped:
            words = ngettext(
                "%(n)d 条记录不在已确认的照片组里，不会写入。",
                "%(n)d 条记录不在已确认的照片组里，不会写入。",
                self.ungrouped,
            )
            said.append(words % {"n": self.ungrouped})
        said += [
            _("“%(column)s”有 %(n)d 行的时间未能识别，按原文写出。") % {"column": one.heading, "n": one.number}
            for one in self.undated
        ]
        said += [
            _("“%(column)s”有 %(n)d 行超过最大字数，会在末尾截断，写“……”。") % {"column": one.heading, "n": one.number}
            for one in self.too_long
        ]
        if self.without_kind:
            said.append(_("%(n)d 行的参见号没有写种类（如“文书：2-1-35”）。") % {"n": self.without_kind})
        return said


def dropped_label_warning() -> str:
    """Return what is said of a preset by which no table says which texts are from AI."""
    return _(
        "这个预设没有“AI 标识”一栏，也没有一栏带上 AI 标识的说明：出自 AI 的文字交出去就看不出来了。"
        "请先在预设里选一栏（例如附注）带上标识，再导出。"
    )


def examine(preset: Preset, images: ImageQuerySet) -> Findings:
    """Say what a table by a preset would lack.

    Args:
        preset: the preset.
        images: what was chosen.
    """
    questions: dict[str, Q] = {}
    for number, column in enumerate(preset.columns):
        if column.obligation is Obligation.MUST and (missing := _missing(preset, column)) is not None:
            questions[f"missing_{number}"] = missing
        if (undated := _undated(column)) is not None:
            questions[f"undated_{number}"] = undated
    if any(column.source == "see_also_kind" and not column.constant for column in preset.columns):
        questions["without_kind"] = lacks_kind()
    rows = preset.rows(images).order_by().prefetch_related(None)
    lengths = _lengths(preset)
    asked = rows.alias(**{measured: length for measured, length, _condition in lengths.values()})
    questions |= {name: condition for name, (_measured, _length, condition) in lengths.items()}
    counts: dict[str, Any] = asked.aggregate(
        rows=Count("*"), **{name: Count("pk", filter=condition) for name, condition in questions.items()}
    )
    ungrouped = images.order_by().exclude(GROUPED).count() if preset.unit is Unit.GROUP else 0

    def findings(what: str) -> list[Finding]:
        told = ((column, counts.get(f"{what}_{number}", 0)) for number, column in enumerate(preset.columns))
        return [Finding(column.heading, number) for column, number in told if number]

    return Findings(
        rows=counts["rows"],
        missing=findings("missing"),
        too_long=findings("length"),
        undated=findings("undated"),
        without_kind=counts.get("without_kind", 0),
        ungrouped=ungrouped,
        drops_label=preset.drops_label,
    )


def _missing(preset: Preset, column: PresetColumn) -> Q | None:
    """Return the condition that a row lacks a column's value; None where it never does."""
    if column.constant and column.source != "see_also_kind":
        return None
    if not column.source:
        # A column that nobody has said how to fill lacks its value in each row.
        return Q(pk__isnull=False)
    if column.source == COMPOSED:
        return all_missing([Field.DESCRIPTION, *composing.read_template(preset.composition).fields])
    return SOURCES[column.source].missing


def _undated(column: PresetColumn) -> Q | None:
    source = SOURCES.get(column.source)
    if source is None or not source.is_date or column.date is DateForm.AS_WRITTEN:
        return None
    at = "photo_group__" if source.of_group is not None else ""
    unread = Q(**{f"{at}date_start__isnull": True, f"{at}date_end__isnull": True}) & ~Q(**{f"{at}date_text": ""})
    return unread & GROUPED if at else unread


def _lengths(preset: Preset) -> dict[str, tuple[str, Length, Q]]:
    """Return for each column with a greatest length, read from one column of the database, how it is measured."""
    found = {}
    for number, column in enumerate(preset.columns):
        source = SOURCES.get(column.source)
        if column.longest and source is not None and source.column and not column.terms and not column.date:
            measured = f"characters_{number}"
            found[f"length_{number}"] = (measured, Length(source.column), Q(**{f"{measured}__gt": column.longest}))
    return found


def _lacking(finding: Finding) -> str:
    words = ngettext(
        "必著项“%(column)s”有 %(n)d 行没有内容。", "必著项“%(column)s”有 %(n)d 行没有内容。", finding.number
    )
    return words % {"column": finding.heading, "n": finding.number}
