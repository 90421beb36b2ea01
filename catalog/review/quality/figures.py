"""Shares out of counts: how many drafts were accepted, edited and rejected, and by how much they were edited."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Collection, PromptVersion
from catalog.review.quality.tallies import Tally, Verdict
from catalog.vocabulary import Evidence, Field, Objection

MOST_REASONS = 12
_CODES = {code.value for code in Objection.offered()}
MOST_WEEKS = 26


class Dimension(StrEnum):
    """What drafts are looked at by."""

    FIELD = "field"
    EVIDENCE = "evidence"
    PROMPT = "prompt"
    MODEL = "model"
    COLLECTION = "collection"
    WEEK = "week"
    REASON = "reason"

    @property
    def label(self) -> str:
        """Return what people call it."""
        return str(_LABELS[self])


_LABELS = {
    Dimension.FIELD: gettext_lazy("著录项"),
    Dimension.EVIDENCE: gettext_lazy("依据"),
    Dimension.PROMPT: gettext_lazy("提示词版本"),
    Dimension.MODEL: gettext_lazy("模型"),
    Dimension.COLLECTION: gettext_lazy("馆藏"),
    Dimension.WEEK: gettext_lazy("周"),
    Dimension.REASON: gettext_lazy("退回原因"),
}


@dataclass(slots=True)
class Figure:
    """What became of some drafts.

    Attributes:
        name: which drafts they are.
        numbers: how many there are of each verdict.
        distance: sum of the normalised edit distances of those that were edited.
    """

    name: str = ""
    numbers: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))
    distance: float = 0.0

    def add(self, tally: Tally) -> None:
        """Count a tally in."""
        self.numbers[tally.verdict] += tally.number
        self.distance += tally.distance

    @property
    def decided(self) -> int:
        """Return how many were decided."""
        return sum(self.numbers.values())

    def share(self, verdict: Verdict) -> float:
        """Return the share of a verdict among those that were decided, from 0 to 1; 0 where none was."""
        return self.numbers[verdict] / self.decided if self.decided else 0.0

    @property
    def used(self) -> int:
        """Return how many came into the record, as they were or edited."""
        return self.numbers[Verdict.ACCEPTED] + self.numbers[Verdict.EDITED]

    @property
    def edit_distance(self) -> float | None:
        """Return how far what came into the record is from the drafts, on average: 0 for equal, 1 for nothing kept."""
        return self.distance / self.used if self.used else None


def total(tallies: Iterable[Tally]) -> Figure:
    """Return what became of all of them."""
    figure = Figure()
    for tally in tallies:
        figure.add(tally)
    return figure


def by(dimension: Dimension, tallies: Iterable[Tally]) -> list[Figure]:
    """Return a figure for each value of a dimension.

    Args:
        dimension: what the drafts are looked at by.
        tallies: their counts.

    Returns:
        The figures in the order of the vocabulary or of time, else the largest first; reasons only of what was
        rejected, the most frequent ones, and the last weeks.
    """
    found: dict[Any, Figure] = {}
    for tally in tallies:
        key = _OF[dimension](tally)
        if dimension is not Dimension.REASON or tally.verdict is Verdict.REJECTED:
            found.setdefault(key, Figure()).add(tally)
    names = _names(dimension, found)
    for key, figure in found.items():
        figure.name = names(key)
    order = _ORDER.get(dimension)
    if dimension is Dimension.WEEK:
        return [found[key] for key in sorted(found, key=str)][-MOST_WEEKS:]
    if order is not None:
        return [found[key] for key in order if key in found]
    largest = sorted(found.values(), key=lambda figure: (-figure.decided, figure.name))
    return largest[:MOST_REASONS] if dimension is Dimension.REASON else largest


_OF: dict[Dimension, Callable[[Tally], Any]] = {
    Dimension.FIELD: lambda tally: tally.field,
    Dimension.EVIDENCE: lambda tally: tally.evidence,
    Dimension.PROMPT: lambda tally: tally.prompt_version,
    Dimension.MODEL: lambda tally: tally.model,
    Dimension.COLLECTION: lambda tally: tally.collection,
    Dimension.WEEK: lambda tally: tally.week,
    Dimension.REASON: lambda tally: tally.reason,
}
_ORDER: dict[Dimension, list[str]] = {
    Dimension.FIELD: [item.value for item in Field],
    Dimension.EVIDENCE: [*(item.value for item in Evidence if item), Evidence.NONE.value],
}


def _names(dimension: Dimension, keys: Iterable[Any]) -> Callable[[Any], str]:
    """Return what tells how each key is called; titles and prompts from one query."""
    if dimension is Dimension.FIELD:
        return lambda key: str(Field(key).label)
    if dimension is Dimension.EVIDENCE:
        return lambda key: str(Evidence(key).label) if key else _("没有标注")
    if dimension is Dimension.COLLECTION:
        titles = dict(Collection.objects.filter(pk__in=keys).values_list("pk", "title"))
        return lambda key: titles.get(key, _("已删除的馆藏"))
    if dimension is Dimension.PROMPT:
        chosen = PromptVersion.objects.filter(pk__in=[key for key in keys if key]).select_related("prompt")
        versions = {version.pk: str(version) for version in chosen}
        return lambda key: versions.get(key, _("没有提示词（识读）"))
    if dimension is Dimension.REASON:
        return lambda key: str(Objection(key).label if key in _CODES else key) or _("没有写原因")
    return str
