"""The plan for a collection: what to audit, what to review one by one and what to leave, for the hours that there are.

It is reckoned anew whenever it is asked for, from what waits and from what judges have said so far. How many of drafts
are wrong that nobody has judged yet is taken from drafts that are like them, at last from what the person expects.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from catalog.models import Action, Collection, SampledUnit
from catalog.records.undoing import DECISIONS
from catalog.review.acceptance.lots import Cell, cells_of, judged_alike
from catalog.review.acceptance.plans import Plan, Promise, plan
from catalog.vocabulary import Evidence

JUDGE_S = 20.0
"""Seconds for a verdict, where nobody has been measured."""
REVIEW_S = 25.0
"""Seconds for a draft that is reviewed, where nobody has been measured."""
_LOOKED_BACK = 500
_PAUSE = timedelta(minutes=3)
"""Who took longer from one to the next has had a cup of tea."""
_LEAST_JUDGED = 20
"""Verdicts from which on drafts speak for themselves, and need not be taken for what others like them are."""
_LIKELY = 0.5
"""An audit is worth its sample where the lot is more likely to pass than not."""
_ORDER = (Evidence.INSCRIPTION, Evidence.RECORD, Evidence.PICTURE, Evidence.NONE, Evidence.INFERENCE)


class Way(StrEnum):
    """What is to be done with drafts."""

    AUDIT = "audit"
    REVIEW = "review"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Means:
    """What there is to do it with.

    Attributes:
        people: how many.
        hours: of each of them.
        judge_s: seconds for a verdict.
        review_s: seconds for a draft that is reviewed.
    """

    people: int
    hours: float
    judge_s: float = JUDGE_S
    review_s: float = REVIEW_S

    @property
    def seconds(self) -> float:
        """Return the time of all of them together."""
        return self.people * self.hours * 3600


@dataclass(frozen=True, slots=True)
class Prospect:
    """Waiting drafts that are alike, and how many of them are likely to be wrong.

    Attributes:
        cell: the drafts.
        error: share of wrong ones; None where nothing is known.
        judged: verdicts that it rests on, of these very drafts or of others like them.
    """

    cell: Cell
    error: float | None
    judged: int


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done with one kind of drafts.

    Attributes:
        prospect: the drafts.
        way: what is done.
        drafts: with how many of them; the rest is left.
        plan: the plan of an audit; None for the others.
        passing: how likely the lot is to pass, where it is audited.
        seconds: what it takes.
        wrong_left: wrong values that are likely to be in the record afterwards.
    """

    prospect: Prospect
    way: Way
    drafts: int
    plan: Plan | None
    passing: float | None
    seconds: float
    wrong_left: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """The plan for a collection.

    Attributes:
        steps: what is to be done, the audits first, in the order in which it is worth doing.
        means: what there is to do it with.
        needed_s: seconds that it would take to leave nothing.
    """

    steps: list[Step]
    means: Means
    needed_s: float

    @property
    def suffices(self) -> bool:
        """Tell whether the time is enough for everything."""
        return self.needed_s <= self.means.seconds

    @property
    def spent_s(self) -> float:
        """Return the seconds that the steps take."""
        return sum(step.seconds for step in self.steps)

    def drafts(self, way: Way) -> int:
        """Return with how many drafts this is done."""
        return sum(step.drafts for step in self.steps if step.way is way)

    @property
    def error_left(self) -> float | None:
        """Return the share of wrong values that is likely among what will be in the record; None where nothing will."""
        done = self.drafts(Way.AUDIT) + self.drafts(Way.REVIEW)
        return sum(step.wrong_left for step in self.steps) / done if done else None


def prospects_of(collection: Collection) -> list[Prospect]:
    """Return what waits in a collection, with what is known of its errors.

    Args:
        collection: the collection.
    """
    judged = {key: (number, wrong) for key, number, wrong in judged_alike(collection)}
    return [Prospect(cell, *_error(cell, judged)) for cell in cells_of(collection)]


def propose(prospects: Iterable[Prospect], promise: Promise, means: Means) -> Proposal:
    """Say what to do.

    Audits come first, those that settle the most drafts for each minute before the others; then what no sample speaks
    for is reviewed, what rests on the most first; what there is no time for stays drafts.

    Args:
        prospects: what waits.
        promise: what each audit's plan keeps; its expected share stands in where nothing is known of errors.
        means: what there is to do it with.
    """
    audits, others = [], []
    for prospect in prospects:
        step = _audit(prospect, promise, means)
        if step is None:
            others.append(prospect)
        else:
            audits.append(step)
    audits.sort(key=lambda step: step.seconds / step.drafts)
    others.sort(key=lambda prospect: (_ORDER.index(Evidence(prospect.cell.evidence)), prospect.cell.doubtful))
    reviews = [_review(prospect, prospect.cell.drafts, means) for prospect in others]
    needed = sum(step.seconds for step in [*audits, *reviews])
    left, steps = means.seconds, []
    for step in audits:
        if step.seconds <= left:
            steps.append(step)
            left -= step.seconds
        else:
            others.append(step.prospect)
    for prospect in others:
        number = min(prospect.cell.drafts, int(left / means.review_s))
        if number:
            steps.append(_review(prospect, number, means))
            left -= steps[-1].seconds
        if number < prospect.cell.drafts:
            steps.append(Step(prospect, Way.LEAVE, prospect.cell.drafts - number, None, None, 0.0, 0.0))
    return Proposal(steps, means, needed)


def measured_pace(collection: Collection) -> tuple[float | None, float | None]:
    """Return how long people take in a collection, of late: the median between one and the next.

    Args:
        collection: the collection.

    Returns:
        Seconds for a verdict, and for a draft that is reviewed; None where too little was done to tell. One key may
        decide all drafts of a record: the time since the record before is shared among them. What was decided about
        many records at once is no pace.
    """
    verdicts = SampledUnit.objects.judged().filter(audit__collection=collection).order_by("-judged_at")
    judged = [row for row in verdicts.values_list("judge", "pk", "judged_at")[:_LOOKED_BACK] if row[2]]
    decided = Action.objects.filter(collection=collection, verb__in=DECISIONS).order_by("-pk")
    rows = decided.values_list("user", "image", "created_at", "details")[:_LOOKED_BACK]
    one_by_one = [(user, image, moment) for user, image, moment, details in rows if "bulk" not in details]
    return (
        _median_gap([(judge, key, moment) for judge, key, moment in judged if judge and moment]),
        _median_gap(one_by_one),
    )


def _audit(prospect: Prospect, promise: Promise, means: Means) -> Step | None:
    """Return the step in which a sample speaks for the drafts; None where it is not worth it."""
    cell = prospect.cell
    if not cell.may_be_sampled:
        return None
    found = plan(cell.drafts, promise)
    if found.is_full:
        return None
    error = promise.expected if prospect.error is None else prospect.error
    wrong = min(cell.drafts, round(error * cell.drafts))
    passing = found.acceptance(wrong)
    seconds = found.drawn * means.judge_s
    if passing < _LIKELY or seconds >= cell.drafts * means.review_s:
        return None
    # What the sample finds is not accepted; the rest of what is wrong is.
    wrong_left = wrong * (1 - found.drawn / cell.drafts)
    return Step(prospect, Way.AUDIT, cell.drafts, found, passing, seconds, wrong_left)


def _review(prospect: Prospect, number: int, means: Means) -> Step:
    return Step(prospect, Way.REVIEW, number, None, None, number * means.review_s, 0.0)


def _error(cell: Cell, judged: Mapping[tuple[int | None, str, str], tuple[int, int]]) -> tuple[float | None, int]:
    """Return the share of wrong drafts and on how many verdicts it rests, of the most alike that were judged enough."""
    for is_alike in (
        lambda version, field, evidence: (version, field, evidence) == (cell.prompt_version, cell.field, cell.evidence),
        lambda _version, field, evidence: (field, evidence) == (cell.field, cell.evidence),
        lambda _version, _field, evidence: evidence == cell.evidence,
    ):
        alike = [numbers for key, numbers in judged.items() if is_alike(*key)]
        number = sum(one for one, _wrong in alike)
        if number >= _LEAST_JUDGED:
            return sum(wrong for _one, wrong in alike) / number, number
    return None, 0


def _median_gap(rows: Iterable[tuple[int, int, datetime]]) -> float | None:
    """Return the median of the seconds that people took for one thing.

    Args:
        rows: person, what they did it to, and when, the latest first. What was done to one record without another
            between took the time since they were done with the one before, shared among all of it.
    """
    stretches: dict[int, tuple[int, datetime, int]] = {}
    gaps: list[float] = []
    for person, key, moment in rows:
        of, end, number = stretches.get(person, (key, moment, 0))
        if of == key:
            stretches[person] = (of, end, number + 1)
            continue
        if timedelta(0) < end - moment < _PAUSE:
            gaps += [(end - moment).total_seconds() / number] * number
        stretches[person] = (key, moment, 1)
    return median(gaps) if len(gaps) >= _LEAST_JUDGED else None
