"""Lots for tests: drafts that are alike, an audit of them, and a judge who goes through its sample."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User

from catalog.audit_words import UnitVerdict, WrongReason
from catalog.models import Annotation, Audit, Collection, Image, PromptVersion, SampledUnit
from catalog.records import annotations
from catalog.review.acceptance import deciding, judging
from catalog.review.acceptance.executing import go_on
from catalog.review.acceptance.listing import plan_audit
from catalog.review.acceptance.lots import Cut
from catalog.review.acceptance.plans import Promise
from catalog.vocabulary import BatchState, Evidence, Field
from tests.catalog.people import cataloguer, reviewer
from tests.factories import (
    BatchFactory,
    BatchItemFactory,
    CollectionFactory,
    ImageFactory,
    PromptVersionFactory,
    RunFactory,
)

PROMISE = Promise(tolerable=0.2, expected=0.02, beta=0.1, alpha=0.2, floor=0.05)


def drafted_collection(
    number: int = 40,
    *,
    collection: Collection | None = None,
    field: str = Field.PLACE,
    evidence: str = Evidence.INSCRIPTION,
    version: PromptVersion | None = None,
    asked_by: User | None = None,
    volumes: Iterable[str] = ("1", "2"),
    **image: Any,
) -> Collection:
    """Return a collection with a draft of one field for each of its images, asked for in one batch."""
    collection = collection or CollectionFactory(public=True)
    version = version or PromptVersionFactory(six_elements=True)
    batch = BatchFactory(collection=collection, prompt_version=version, created_by=asked_by, state=BatchState.DONE)
    names = list(volumes)
    for place in range(number):
        found = ImageFactory(collection=collection, volume=names[place % len(names)], **image)
        draft_of(found, version=version, field=field, value=f"地点{place}", evidence=evidence, batch=batch)
    return collection


def draft_of(
    image: Image,
    *,
    version: PromptVersion,
    field: str,
    value: str,
    evidence: str = Evidence.INSCRIPTION,
    batch: Any = None,
) -> Annotation:
    """Return a draft, written as drafting writes it."""
    item = BatchItemFactory(batch=batch, image=image) if batch else None
    run = RunFactory(image=image, prompt_version=version, batch_item=item)
    return annotations.write_drafts(image=image, values={field: value}, run=run, evidence={field: evidence})[0]


def planned(collection: Collection, user: User | None = None, promise: Promise = PROMISE, **cut: Any) -> Audit:
    """Return an audit of a collection's drafts of a place, listed and drawn from."""
    cut = {"fields": (Field.PLACE.value,)} | cut
    return plan_audit(
        collection=collection, cut=Cut(**cut), promise=promise, pass_share=0.95, user=user or reviewer(collection)
    )


def judge_all(
    audit: Audit, user: User | None = None, *, wrong: int = 0, reason: str = WrongReason.CONTRADICTED
) -> Audit:
    """Judge what is left of a sample: the first few wrong, all others right, or rightly empty."""
    user = user or cataloguer(audit.collection)
    while (sampled := judging.take_next(audit=audit, user=user)) is not None:
        if judging.is_blind(sampled, user):
            judging.write_blind(sampled=sampled, user=user, value="")
        if sampled.unit.drafted:
            verdict = UnitVerdict.WRONG if wrong > 0 else UnitVerdict.RIGHT
        else:
            verdict = UnitVerdict.MISSING if wrong > 0 else UnitVerdict.RIGHTLY_EMPTY
        wrong -= 1
        given = {"reason": reason} if verdict == UnitVerdict.WRONG else {}
        _sampled, audit = judging.judge(sampled=sampled, user=user, verdict=verdict, **given)
        if audit.is_judged:
            break
    return audit


def passed(collection: Collection, **cut: Any) -> Audit:
    """Return an audit whose sample was all right."""
    return judge_all(planned(collection, **cut))


def accepted(collection: Collection, user: User | None = None, **cut: Any) -> Audit:
    """Return an audit whose lot was accepted, by the background."""
    audit = deciding.accept(audit=passed(collection, **cut), user=user or reviewer(collection))
    return finished(audit)


def released(collection: Collection, user: User | None = None, **cut: Any) -> Audit:
    """Return an audit whose lot was accepted and made public."""
    audit = accepted(collection, **cut)
    return finished(deciding.release(audit=audit, user=user or reviewer(collection)))


def finished(audit: Audit) -> Audit:
    """Have the background do all that there is to do."""
    while go_on():
        pass
    audit.refresh_from_db()
    return audit


def first_unit(audit: Audit, user: User) -> SampledUnit:
    """Return the unit that a judge gets first, of an audit without control records."""
    sampled = judging.take_next(audit=audit, user=user)
    assert isinstance(sampled, SampledUnit)
    return sampled
