"""A collection of 80,000 drafts is played through: 24 % are wrong, most of them guessed; two people have three days.

No database: the drafts are numbers of right and wrong ones in the kinds that lots are cut by, and samples are drawn
from them. What is audited, reviewed and left is what `catalog.review.acceptance.planning` proposes from what judges
have said so far, round after round, until nothing is left that a sample could speak for; then people review until their
time is up. Whoever judges or reviews is taken to be right.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from benchmarks.figures import report
from catalog.review.acceptance.lots import Cell
from catalog.review.acceptance.planning import Means, Prospect, Step, Way, propose
from catalog.review.acceptance.plans import Promise
from catalog.vocabulary import Evidence, Field

DRAFTS = int(os.environ.get("BENCH_PLAYED_DRAFTS", "80000"))
TIMES = int(os.environ.get("BENCH_PLAYED_TIMES", "100"))
SEED = 11821
WRONG = 0.24
PROMISE = Promise(tolerable=0.05, expected=0.02)
MEANS = Means(people=2, hours=24.0)
_MOST_ROUNDS = 10

# Kind of drafts → share of all, and how often they are wrong before that is scaled to WRONG in all.
_KINDS: dict[tuple[Field, Evidence, bool], tuple[float, float]] = {
    (Field.PLACE, Evidence.INSCRIPTION, False): (0.06, 0.012),
    (Field.DATE, Evidence.INSCRIPTION, False): (0.07, 0.02),
    (Field.EVENT, Evidence.INSCRIPTION, False): (0.05, 0.03),
    (Field.DATE, Evidence.RECORD, False): (0.06, 0.01),
    (Field.PLACE, Evidence.RECORD, False): (0.06, 0.015),
    (Field.DESCRIPTION, Evidence.PICTURE, False): (0.11, 0.02),
    (Field.BACKGROUND, Evidence.PICTURE, False): (0.09, 0.04),
    (Field.EVENT, Evidence.PICTURE, False): (0.08, 0.12),
    (Field.EVENT, Evidence.INFERENCE, False): (0.12, 0.5),
    (Field.PLACE, Evidence.INFERENCE, False): (0.12, 0.58),
    (Field.PEOPLE, Evidence.INFERENCE, False): (0.12, 0.55),
    (Field.DATE, Evidence.PICTURE, True): (0.06, 0.45),
}


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one collection.

    Attributes:
        judging_h: hours of people who judged.
        reviewing_h: hours of people who reviewed.
        audited: lots of which a sample was judged.
        passed: lots that passed.
        accepted: drafts accepted with them.
        wrong_accepted: wrong ones among these.
        reviewed: drafts that people reviewed.
        left: drafts that stay drafts.
        bad_passed: lots that passed with the tolerable share of wrong drafts, or more.
    """

    judging_h: float
    reviewing_h: float
    audited: int
    passed: int
    accepted: int
    wrong_accepted: int
    reviewed: int
    left: int
    bad_passed: int


def run() -> None:
    """Play, and print the figures: the median of all plays, and the worst of them where that is another matter."""
    dice = np.random.default_rng(SEED)
    plays = [play(kinds(DRAFTS), PROMISE, MEANS, dice) for _number in range(TIMES)]
    about = {
        "drafts": DRAFTS,
        "wrong": WRONG,
        "people": MEANS.people,
        "hours_each": MEANS.hours,
        "judge_s": MEANS.judge_s,
        "review_s": MEANS.review_s,
        "plays": TIMES,
    }
    residual = [one.wrong_accepted / max(1, one.accepted + one.reviewed) for one in plays]
    report("played.hours.judging", median(one.judging_h for one in plays), "h", **about)
    report("played.hours.reviewing", median(one.reviewing_h for one in plays), "h", **about)
    report("played.lots.audited", median(one.audited for one in plays), "", **about)
    report("played.lots.passed", median(one.passed for one in plays), "", **about)
    report("played.drafts.accepted", median(one.accepted for one in plays), "", **about)
    report("played.drafts.reviewed", median(one.reviewed for one in plays), "", **about)
    report("played.drafts.left", median(one.left for one in plays), "", **about)
    report("played.error.left", median(residual), "", **about, worst=round(max(residual), 4))
    bad, audited = sum(one.bad_passed for one in plays), sum(one.audited for one in plays)
    report("played.lots.bad_passed", bad / audited, "", **about, tolerable=PROMISE.tolerable, beta=PROMISE.beta)
    by_hand = sum(number for number, _wrong in kinds(DRAFTS).values()) * MEANS.review_s / 3600
    report("played.hours.all_by_hand", by_hand, "h", **about)


def kinds(drafts: int) -> dict[Cell, tuple[int, int]]:
    """Return the drafts of a collection.

    Args:
        drafts: how many there are.

    Returns:
        Kind → how many there are, and how many of them are wrong: `WRONG` of all, most of them guessed.
    """
    total = sum(share * error for share, error in _KINDS.values())
    found = {}
    for (field, evidence, doubtful), (share, error) in _KINDS.items():
        number = round(drafts * share)
        # Scaled, so that the shares above can be changed one by one.
        wrong = min(number, round(number * error * WRONG / total))
        found[Cell(1, field.value, evidence.value, doubtful, number)] = (number, wrong)
    return found


def play(material: dict[Cell, tuple[int, int]], promise: Promise, means: Means, dice: np.random.Generator) -> Played:
    """Go through a collection as the plan proposes it.

    Args:
        material: kind → how many drafts there are, and how many of them are wrong.
        promise: what each audit keeps.
        means: people and their time.
        dice: what is drawn.
    """
    waiting = [Prospect(cell, None, 0) for cell in material]
    judged_s, audited, passed, accepted, wrong_accepted, bad_passed = 0.0, 0, 0, 0, 0, 0
    for _round in range(_MOST_ROUNDS):
        proposal = propose(waiting, promise, _left(means, judged_s))
        audits = [step for step in proposal.steps if step.way is Way.AUDIT]
        if not audits:
            break
        for step in audits:
            number, wrong = material[step.prospect.cell]
            found = _draw(step, wrong, dice)
            judged_s += step.seconds
            audited += 1
            waiting.remove(step.prospect)
            if step.plan is not None and found <= step.plan.allowed:
                passed += 1
                bad_passed += wrong >= promise.tolerable * number
                accepted += number - found
                wrong_accepted += wrong - found
            elif step.plan is not None:
                waiting.append(replace(step.prospect, error=found / step.plan.drawn, judged=step.plan.drawn))
    reviewed, left = _reviewed(waiting, promise, _left(means, judged_s))
    return Played(
        judging_h=judged_s / 3600,
        reviewing_h=reviewed * means.review_s / 3600,
        audited=audited,
        passed=passed,
        accepted=accepted,
        wrong_accepted=wrong_accepted,
        reviewed=reviewed,
        left=left,
        bad_passed=bad_passed,
    )


def _draw(step: Step, wrong: int, dice: np.random.Generator) -> int:
    """Return how many wrong drafts the sample of a step finds."""
    if step.plan is None:
        raise ValueError("nothing is drawn where nothing is audited")
    return int(dice.hypergeometric(wrong, step.plan.lot - wrong, step.plan.drawn))


def _reviewed(waiting: Sequence[Prospect], promise: Promise, means: Means) -> tuple[int, int]:
    """Return how many drafts people review in the time that is left, and how many stay drafts."""
    proposal = propose(waiting, promise, means)
    return proposal.drafts(Way.REVIEW), proposal.drafts(Way.LEAVE)


def _left(means: Means, spent_s: float) -> Means:
    return replace(means, hours=max(0.0, means.hours - spent_s / 3600 / means.people))
