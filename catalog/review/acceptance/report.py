"""What an audit's verdicts come to: accuracy and recall of each field with their limits, errors by kind, records."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count

from catalog.audit_words import RecordFault, UnitVerdict, WrongReason
from catalog.models import Audit
from catalog.review.acceptance.figures import Figures, Outcome, Ratio, Verdict, figures
from catalog.review.acceptance.intervals import Interval, Stratum, clopper_pearson, finite, stratified
from catalog.vocabulary import Evidence, Field

_LEAST_DRAWN = 2
"""Units from which on a part of a stratified draw has a variance; parts with less are taken together."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share found in a sample, and between which limits the lot's lies with 95 %.

    Attributes:
        ratio: so many of so many.
        exact: limits for a sample without replacement from this lot; None where nothing was judged.
        classic: limits of Clopper and Pearson, which know no lot.
    """

    ratio: Ratio
    exact: Interval | None
    classic: Interval | None


@dataclass(frozen=True, slots=True)
class FieldFigures:
    """What was found of one field.

    Attributes:
        field: the field.
        in_lot: units of it in the lot.
        judged: units of it that were judged.
        accuracy: right drafts of those judged.
        recall: right values of those that were due; the lot's number of due ones is reckoned from the sample.
    """

    field: Field
    in_lot: int
    judged: int
    accuracy: Estimate
    recall: Estimate


@dataclass(frozen=True, slots=True)
class Share:
    """How often units of one kind were at fault.

    Attributes:
        name: of the kind, for people.
        judged: units of it.
        faults: of them, wrong or missing.
    """

    name: str
    judged: int
    faults: int


@dataclass(frozen=True, slots=True)
class Findings:
    """What an audit found.

    Attributes:
        judged: units judged.
        faults: units that count against the lot.
        fields: field by field, in the record's order.
        accuracy: of all fields together; where the draw was by volumes, with the combined limits.
        fault_share: at fault of those judged, likewise.
        is_combined: whether these limits combine the parts of a stratified draw (Korn and Graubard 1998).
        records: records without a fault in a required field and with number and scans in order, of those judged.
        reasons: kinds of error with their numbers, the most frequent first.
        by_evidence: faults by what drafts rest on.
        by_volume: faults by volume, the worst first.
        record_faults: what the machine found of the records judged → number.
    """

    judged: int
    faults: int
    fields: list[FieldFigures]
    accuracy: Estimate
    fault_share: Estimate
    is_combined: bool
    records: Ratio
    reasons: list[tuple[str, int]]
    by_evidence: list[Share]
    by_volume: list[Share]
    record_faults: dict[str, int]

    @property
    def pass_rate(self) -> float | None:
        """Return 抽检合格率; None where nothing was judged."""
        return self.records.share


def required_fields() -> tuple[Field, ...]:
    """Return the fields by which a record fails where one of them is wrong, as the institution has set them."""
    return tuple(Field(name) for name in settings.GLMV_AUDIT_REQUIRED)


def findings_of(audit: Audit) -> Findings:
    """Reckon what an audit's verdicts come to so far: four queries, however many there are.

    Args:
        audit: the audit.
    """
    rows: list[Any] = list(
        audit.sample.judged().values_list(
            "verdict", "reason", "evidence", "record_faults",
            "unit__image_id", "unit__field", "unit__drafted", "unit__volume", named=True,
        )
    )  # fmt: skip
    lot = _lot(audit)
    required = set(required_fields())
    verdicts = [(row, _verdict(row, required)) for row in rows]
    parts = [
        FieldFigures(
            field=field,
            in_lot=sum(number for (name, _volume, _drafted), number in lot.items() if name == field),
            judged=len(of_field),
            accuracy=_accuracy(figures(of_field), lot, field),
            recall=_recall(figures(of_field), lot, field),
        )
        for field in Field
        if (of_field := [verdict for row, verdict in verdicts if row.unit__field == field])
    ]
    whole = figures(verdict for _row, verdict in verdicts)
    accuracy, _strata = _combined(
        [row for row in rows if row.unit__drafted], lambda row: not _is_at_fault(row), _by_volume(lot, drafted=True)
    )
    fault_share, strata = _combined(rows, _is_at_fault, _by_volume(lot))
    return Findings(
        judged=len(rows),
        faults=whole.faults,
        fields=parts,
        accuracy=Estimate(whole.accuracy, accuracy, _classic(whole.accuracy)),
        fault_share=Estimate(Ratio(whole.faults, len(rows)), fault_share, _classic(Ratio(whole.faults, len(rows)))),
        is_combined=strata > 1,
        records=_records(rows, whole, required),
        reasons=_reasons(rows),
        by_evidence=_shares(rows, lambda row: str(Evidence(row.evidence).label)),
        by_volume=_shares(rows, lambda row: row.unit__volume),
        record_faults=_record_faults(rows),
    )


def machine_findings(audit: Audit) -> list[tuple[RecordFault, int]]:
    """Return what the machine found of all records of a lot, the gravest first.

    Args:
        audit: the audit.
    """
    return [(fault, audit.machine_faults[fault]) for fault in RecordFault if audit.machine_faults.get(fault)]


def _is_at_fault(row: Any) -> bool:
    return row.verdict in (UnitVerdict.WRONG, UnitVerdict.MISSING)


def _verdict(row: Any, required: set[Field]) -> Verdict:
    outcomes = {UnitVerdict.WRONG: Outcome.WRONG, UnitVerdict.MISSING: Outcome.MISSING}
    outcome = outcomes.get(UnitVerdict(row.verdict), Outcome.RIGHT)
    due = row.verdict in (UnitVerdict.RIGHT, UnitVerdict.MISSING)
    if outcome is Outcome.WRONG:
        due = row.reason != WrongReason.INVENTED
    # A record that is gone counts against the lot, whatever the unit was.
    drafted = row.unit__drafted or outcome is Outcome.WRONG
    return Verdict(row.unit__image_id, outcome, drafted=drafted, due=due, required=row.unit__field in required)


def _lot(audit: Audit) -> dict[tuple[str, str, bool], int]:
    """Return how many units of the lot there are of each field and volume, drafted and empty."""
    counted = audit.units.order_by().values_list("field", "volume", "drafted").annotate(number=Count("*"))
    return {(field, volume, drafted): number for field, volume, drafted, number in counted}


def _accuracy(found: Figures, lot: Mapping[tuple[str, str, bool], int], field: Field) -> Estimate:
    drafts = sum(number for (name, _volume, drafted), number in lot.items() if name == field and drafted)
    return _estimate(found.accuracy, drafts)


def _recall(found: Figures, lot: Mapping[tuple[str, str, bool], int], field: Field) -> Estimate:
    units = sum(number for (name, _volume, _drafted), number in lot.items() if name == field)
    judged = found.accuracy.judged + max(0, found.recall.judged - found.recall.hits)
    due = round(units * found.recall.judged / max(judged, found.recall.judged, 1))
    return _estimate(found.recall, due)


def _estimate(ratio: Ratio, units: int) -> Estimate:
    if not ratio.judged:
        return Estimate(ratio, None, None)
    return Estimate(ratio, finite(max(units, ratio.judged), ratio.judged, ratio.hits), _classic(ratio))


def _classic(ratio: Ratio) -> Interval | None:
    return clopper_pearson(ratio.judged, ratio.hits) if ratio.judged else None


def _by_volume(lot: Mapping[tuple[str, str, bool], int], *, drafted: bool = False) -> dict[str, int]:
    numbers: Counter[str] = Counter()
    for (_field, volume, has_draft), number in lot.items():
        if has_draft or not drafted:
            numbers[volume] += number
    return dict(numbers)


def _combined(
    rows: Sequence[Any], counts: Callable[[Any], bool], units: Mapping[str, int]
) -> tuple[Interval | None, int]:
    """Return the limits of a share of the lot, and from how many parts they are combined.

    Volumes of which fewer than two units were judged are one part together (collapsed strata; W. G. Cochran, *Sampling
    Techniques*, 3rd ed., section 5A.12).
    """
    drawn = Counter(row.unit__volume for row in rows)
    hits = Counter(row.unit__volume for row in rows if counts(row))
    large = [volume for volume in units if drawn[volume] >= _LEAST_DRAWN]
    parts = [Stratum(max(units[volume], drawn[volume]), drawn[volume], hits[volume]) for volume in sorted(large)]
    small = [volume for volume in units if volume not in set(large)]
    if small:
        rest = Stratum(
            sum(units[volume] for volume in small),
            sum(drawn[volume] for volume in small),
            sum(hits[volume] for volume in small),
        )
        parts = _with_rest(parts, rest)
    return (stratified(parts), len(parts)) if parts else (None, 0)


def _with_rest(parts: list[Stratum], rest: Stratum) -> list[Stratum]:
    """Return parts with the rest of the lot: as one of them, or where too little was drawn of it, in the largest."""
    if rest.drawn >= _LEAST_DRAWN or (rest.drawn and not parts):
        return [*parts, rest]
    if not parts:
        return []
    largest = max(parts, key=lambda part: part.units)
    joined = Stratum(largest.units + rest.units, largest.drawn + rest.drawn, largest.hits + rest.hits)
    return [joined if part is largest else part for part in parts]


def _records(rows: Iterable[Any], whole: Figures, required: set[Field]) -> Ratio:
    """Return the records without a fault in a required field, and with number and scans in order, of those judged."""
    failing = {fault.value for fault in RecordFault.failing()}
    failed = {
        row.unit__image_id
        for row in rows
        if (row.unit__field in required and _is_at_fault(row)) or failing & set(row.record_faults)
    }
    return Ratio(whole.records.judged - len(failed), whole.records.judged)


def _reasons(rows: Iterable[Any]) -> list[tuple[str, int]]:
    counted: Counter[str] = Counter()
    for row in rows:
        if row.verdict == UnitVerdict.WRONG:
            counted[str(WrongReason(row.reason).label)] += 1
        elif row.verdict == UnitVerdict.MISSING:
            counted[str(UnitVerdict.MISSING.label)] += 1
    return counted.most_common()


def _shares(rows: Iterable[Any], name: Callable[[Any], str]) -> list[Share]:
    judged: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    for row in rows:
        judged[name(row)] += 1
        faults[name(row)] += _is_at_fault(row)
    found = [Share(kind, number, faults[kind]) for kind, number in judged.items()]
    return sorted(found, key=lambda share: (-share.faults / share.judged, share.name))


def _record_faults(rows: Iterable[Any]) -> dict[str, int]:
    records: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        for name in row.record_faults:
            records[str(RecordFault(name).label)].add(row.unit__image_id)
    return {name: len(keys) for name, keys in records.items()}
