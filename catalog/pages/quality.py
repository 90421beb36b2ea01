"""The page of quality: what became of the drafts, by everything they are looked at by, and the minutes they saved.

Sums are for everybody who works on a collection or audits it; a person's own figures are for that person alone. Figures
of other rooms, such as audits by sample, come as sections of their own: one more function in `_SECTIONS`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog import policies
from catalog.models import Collection
from catalog.review.quality import figures, pace, tallies
from catalog.review.quality.figures import Dimension, Figure
from catalog.review.quality.tallies import Tally, Verdict
from inference.spreadsheets import csv_lines

MINE = "mine"


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a bar, in per mille of its length."""

    verdict: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table, with the bar that stands in it."""

    figure: Figure
    bars: list[Bar]

    @property
    def accepted(self) -> float:
        """Return the share that was accepted as it was, in per cent."""
        return 100 * self.figure.share(Verdict.ACCEPTED)

    @property
    def edited(self) -> float:
        """Return the share that was edited, in per cent."""
        return 100 * self.figure.share(Verdict.EDITED)

    @property
    def rejected(self) -> float:
        """Return the share that was rejected, in per cent."""
        return 100 * self.figure.share(Verdict.REJECTED)

    @property
    def edit_distance(self) -> float | None:
        """Return how far what was accepted is from the drafts, in per cent; None where nothing was."""
        return None if self.figure.edit_distance is None else 100 * self.figure.edit_distance


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the page."""

    name: str
    title: str
    lines: list[Line]

    @property
    def is_of_reasons(self) -> bool:
        """Tell whether it counts reasons, of which there are no shares."""
        return self.name == Dimension.REASON


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page is asked for.

    Attributes:
        rows: the counts of what was chosen.
        collections: those to choose from.
        chosen: the collection chosen; None for all of them.
        mine: whether it is the person's own figures.
        at: when the counts were made.
    """

    rows: list[Tally]
    collections: list[Collection]
    chosen: Collection | None
    mine: bool
    at: datetime


@require_safe
@login_required
def quality(request: HttpRequest) -> HttpResponse:
    """Show what became of the drafts."""
    asked = _asked(request)
    whole = figures.total(asked.rows)
    found = pace.pace()
    context = {
        "asked": asked,
        "whole": _line(whole),
        "sections": [section for make in _SECTIONS for section in make(asked)],
        "pace": found,
        "enough": pace.ENOUGH,
        "saved": pace.saved(whole.used, found),
        "query": request.GET.urlencode(),
    }
    return render(request, "catalog/quality/quality.html", context)


@require_safe
@login_required
def table(request: HttpRequest) -> StreamingHttpResponse:
    """Send the page's tables as one CSV."""
    asked = _asked(request)
    name = f"quality-{timezone.localtime():%Y%m%d-%H%M}.csv"
    return StreamingHttpResponse(
        # Made here and now: the language is the request's, which is over when the rest is sent.
        iter(list(csv_lines(_rows(asked)))),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(True, name) or ""},
    )


def _asked(request: HttpRequest) -> Asked:
    """Return what may be shown of what was asked for.

    Raises:
        PermissionDenied: there is no collection whose figures the user sees.
    """
    collections = list(policies.quality_collections(request.user).order_by("title"))
    if not collections:
        raise PermissionDenied
    slug = request.GET.get("collection", "")
    chosen = next((collection for collection in collections if collection.slug == slug), None)
    mine = request.GET.get("of") == MINE
    kept = tallies.tallies()
    keys = {chosen.pk} if chosen else {collection.pk for collection in collections}
    rows = [
        row for row in kept.rows if row.collection in keys and (not mine or row.person == request.user.pk)
    ]  # fmt: skip
    return Asked(rows, collections, chosen, mine, kept.at)


def _dimensions(asked: Asked) -> Iterator[Section]:
    """Return a table for each dimension of which there is more to say than the sum does."""
    for dimension in Dimension:
        if dimension is Dimension.COLLECTION and asked.chosen:
            continue
        lines = [_line(figure) for figure in figures.by(dimension, asked.rows)]
        if dimension is Dimension.REASON:
            lines = _beside_the_largest(lines)
        yield Section(str(dimension), dimension.label, lines)


_SECTIONS: Sequence[Callable[[Asked], Iterable[Section]]] = (_dimensions,)


def _line(figure: Figure) -> Line:
    bars, start = [], 0.0
    for verdict in Verdict:
        width = 1000 * figure.share(verdict)
        bars.append(Bar(verdict.value, round(start, 1), round(width, 1)))
        start += width
    return Line(figure, bars)


def _beside_the_largest(lines: list[Line]) -> list[Line]:
    """Return lines whose bars show how many there are, the longest as long as the column."""
    most = max((line.figure.decided for line in lines), default=0)
    return [
        Line(line.figure, [Bar(Verdict.REJECTED.value, 0, round(1000 * line.figure.decided / most, 1))])
        for line in lines
    ]  # fmt: skip


def _rows(asked: Asked) -> Iterator[list[str]]:
    yield [_("按"), _("名称"), _("已判定"), _("采用"), _("修改后采用"), _("退回"), _("采用率 %"), _("平均改动 %")]
    yield _cells(_("合计"), _("合计"), _line(figures.total(asked.rows)))
    for make in _SECTIONS:
        for section in make(asked):
            for line in section.lines:
                yield _cells(section.title, line.figure.name, line)


def _cells(title: str, name: str, line: Line) -> list[str]:
    numbers = [str(line.figure.numbers[verdict]) for verdict in Verdict]
    distance = "" if line.edit_distance is None else f"{line.edit_distance:.1f}"
    return [title, name, str(line.figure.decided), *numbers, f"{line.accepted:.1f}", distance]
