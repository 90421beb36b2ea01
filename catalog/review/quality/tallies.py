"""What became of the models' drafts, counted by everything that they are looked at by.

The rows are gone through by ranges of their keys, each counted in the database, so that no statement takes long and no
row is brought here but those that were edited, whose distance from the draft is measured. The counts are kept for an
hour: some thousand small rows, of which each page picks its own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.core.cache import cache
from django.db.models import Case, CharField, Count, F, Max, Q, TextField, Value, When
from django.db.models.expressions import Func
from django.utils import timezone
from rapidfuzz.distance import Levenshtein

from catalog.models import Annotation
from catalog.querysets import AnnotationQuerySet
from catalog.vocabulary import Objection, Source, State

KEPT_S = 3600
_RANGE_KEPT_S = 30 * 24 * 3600
_KEY = "catalog.review.quality.tallies"
_RANGE = 20_000


class Verdict(StrEnum):
    """What a person made of a draft."""

    ACCEPTED = "accepted"
    EDITED = "edited"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many drafts have all of this in common.

    Attributes:
        collection: key of the collection.
        field: which field they are of.
        evidence: what they rest on.
        prompt_version: key of the wording; None where a reader of pictures was asked nothing.
        model: the model's name and version.
        person: key of who decided.
        week: the Monday of the week in which they did.
        verdict: what they decided.
        reason: why they rejected: a value of `Objection`, or their own words where they chose none; else empty.
        number: how many.
        distance: sum of the normalised edit distances (Levenshtein, 0 to 1) between draft and what was accepted.
    """

    collection: int
    field: str
    evidence: str
    prompt_version: int | None
    model: str
    person: int | None
    week: date
    verdict: Verdict
    reason: str
    number: int = 0
    distance: float = 0.0


@dataclass(frozen=True, slots=True)
class Tallies:
    """All counts, and when they were made."""

    at: datetime
    rows: tuple[Tally, ...]


class LocalDay(Func):
    """The day of a moment where the catalogue is, as text. Django's own calls Python for each row on SQLite."""

    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Return the condition for SQLite, with the zone's offset of today."""
        minutes = int((timezone.localtime().utcoffset() or timedelta()).total_seconds() // 60)
        template = f"strftime('%%%%Y-%%%%m-%%%%d', %(expressions)s, '{minutes:+d} minutes')"
        return super().as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Return the condition for PostgreSQL."""
        zone = timezone.get_current_timezone_name().replace("'", "")
        template = f"to_char(%(expressions)s AT TIME ZONE '{zone}', 'YYYY-MM-DD')"
        return super().as_sql(compiler, connection, template=template, **context)


_EDITED = Q(original_value__isnull=False) & ~Q(original_value=F("value"))
_GROUPED: dict[str, Any] = {
    "day": LocalDay("decided_at"),
    "verdict": Case(
        When(state=State.REJECTED, then=Value(Verdict.REJECTED.value)),
        When(_EDITED, then=Value(Verdict.EDITED.value)),
        default=Value(Verdict.ACCEPTED.value),
        output_field=CharField(),
    ),
    "why": Case(
        When(~Q(state=State.REJECTED), then=Value("")),
        When(reason_code__in=[Objection.NONE, Objection.OTHER], then=F("reason")),
        default=F("reason_code"),
        output_field=TextField(),
    ),
}
_COLUMNS = (
    "image__collection", "field", "evidence", "run__prompt_version", "run__model_name", "run__model_version",
    "decided_by", "day", "verdict", "why",
)  # fmt: skip


def tallies() -> Tallies:
    """Return the counts, not older than an hour."""
    kept: Tallies | None = cache.get(_KEY)
    if kept is None:
        kept = counted()
        cache.set(_KEY, kept, KEPT_S)
    return kept


def counted() -> Tallies:
    """Count everything anew but for ranges of rows in which nothing has been decided or undone since."""
    numbers: Counter[Tally] = Counter()
    distances: defaultdict[Tally, float] = defaultdict(float)
    at = timezone.now()
    for first, some in _ranges():
        # Each decision has a later time than all before it, and an undone one has none: no other change is counted.
        state = some.aggregate(number=Count("pk"), last=Max("decided_at"))
        kept = cache.get(f"{_KEY}.{first}")
        if kept is None or kept[0] != state:
            kept = state, _counted(some)
            cache.set(f"{_KEY}.{first}", kept, _RANGE_KEPT_S)
        for tally in kept[1]:
            kind = replace(tally, number=0, distance=0.0)
            numbers[kind] += tally.number
            distances[kind] += tally.distance
    return Tallies(at, _tallied(numbers, distances))


def _counted(some: AnnotationQuerySet) -> tuple[Tally, ...]:
    """Count a range of rows in the database; those that were edited are measured here."""
    numbers: Counter[Tally] = Counter()
    distances: defaultdict[Tally, float] = defaultdict(float)
    grouped = some.annotate(**_GROUPED).order_by()
    for *columns, number in grouped.values_list(*_COLUMNS).annotate(number=Count("pk")):
        numbers[_kind(columns)] += number
    edited = grouped.filter(_EDITED).exclude(state=State.REJECTED)
    for *columns, draft, value in edited.values_list(*_COLUMNS, "original_value", "value"):
        distances[_kind(columns)] += Levenshtein.normalized_distance(draft, value)
    return _tallied(numbers, distances)


def _tallied(numbers: Mapping[Tally, int], distances: Mapping[Tally, float]) -> tuple[Tally, ...]:
    return tuple(replace(kind, number=number, distance=distances.get(kind, 0.0)) for kind, number in numbers.items())


def _ranges() -> Iterator[tuple[int, AnnotationQuerySet]]:
    """Yield the decided drafts of models, a range of keys at a time, each with its first key."""
    last = Annotation.objects.aggregate(last=Max("pk"))["last"] or 0
    for first in range(1, last + 1, _RANGE):
        some = Annotation.objects.filter(pk__gte=first, pk__lt=first + _RANGE)
        # A draft that another took the place of before anybody decided has no time of a decision, and one that was
        # accepted with its lot was decided by nobody who looked at it.
        yield first, some.filter(source=Source.MODEL, decided_at__isnull=False, audit__isnull=True)


def _kind(columns: list[Any]) -> Tally:
    """Return what drafts have in common, not yet counted."""
    collection, field, evidence, prompt, name, version, person, day, verdict, why = columns
    decided = date.fromisoformat(day)
    week = decided - timedelta(days=decided.weekday())
    model = f"{name} {version}".strip()
    reason = " ".join(why.split())
    return Tally(collection, field, evidence, prompt, model, person, week, Verdict(verdict), reason)
