"""Control records: drafts of which it is known whether they are right, mixed into what the judges are shown.

Off unless whoever plans an audit asks for some. They are drafts of the same collection and fields about which a person
decided without a doubt: accepted as they were, or rejected as wrong or invented. They belong to no lot, count for none,
and look like any other. How somebody judged them is told to that person; others are told the sum of several.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, F, Q

from catalog.audit_words import UnitVerdict
from catalog.models import Annotation, Audit, ControlUnit, Image
from catalog.querysets import AnnotationQuerySet
from catalog.review.acceptance.lots import FIELDS, Cut
from catalog.vocabulary import LEFT_OPEN, Objection, Source, State

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 50
"""So many of them a sample gets at most."""
_LOOKED_AT = 2000
_NO_DOUBT = (Objection.WRONG_DATE, Objection.WRONG_PLACE, Objection.WRONG_PERSON, Objection.INVENTED)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How judges judged what was known.

    Attributes:
        judged: control records with a verdict.
        agreed: of them, those with the verdict that was known.
        judges: how many people judged them.
    """

    judged: int
    agreed: int
    judges: int

    @property
    def is_of_several(self) -> bool:
        """Tell whether it says nothing of one person alone."""
        return self.judges > 1


def mix_in(audit: Audit) -> None:
    """Put control records among the units of a sample that was drawn, by the audit's seed.

    Where fewer are known than were asked for, there are fewer.

    Args:
        audit: the audit, locked, its sample drawn.
    """
    chosen = _chosen(audit)
    audit.control_size = len(chosen)
    audit.save(update_fields=["control_size"])
    places = _by_seed(audit, range(1, audit.sample_size + len(chosen) + 1), "place")[: len(chosen)]
    labels = Image.objects.with_files().in_bulk([draft.image_id for draft, _known in chosen])
    ControlUnit.objects.bulk_create(
        ControlUnit(
            audit=audit,
            place=place,
            image_id=draft.image_id,
            field=draft.field,
            annotation=draft,
            known=known,
            label=str(labels[draft.image_id])[:300],
            value=draft.value,
            evidence=draft.evidence,
        )
        for place, (draft, known) in zip(places, chosen, strict=True)
    )


def place_of(position: int, controls: Iterable[int]) -> int:
    """Return at which place a unit of the sample is shown.

    Args:
        position: its number in the sample.
        controls: the places of the control records, in order.
    """
    place = position
    for taken in controls:
        place += taken <= place
    return place


def position_at(place: int, controls: Iterable[int]) -> int:
    """Return the number in the sample of what is shown at a place that no control record has.

    Args:
        place: the place.
        controls: the places of the control records.
    """
    return place - sum(taken < place for taken in controls)


def agreement(audit: Audit, user: "User | None" = None) -> Agreement:
    """Return how the control records of an audit were judged.

    Args:
        audit: the audit.
        user: only what this person judged; None for the sum of all.
    """
    judged = audit.controls.judged()
    if user is not None:
        judged = judged.filter(judge=user)
    numbers = judged.aggregate(
        judged=Count("pk"), agreed=Count("pk", filter=Q(verdict=F("known"))), judges=Count("judge", distinct=True)
    )
    return Agreement(**numbers)


def _chosen(audit: Audit) -> list[tuple[Annotation, str]]:
    """Return the control records: half of them wrong, as far as there are some."""
    cut = Cut.of(audit.criteria)
    decided = Annotation.objects.filter(
        image__collection=audit.collection,
        image__secrecy_hold=False,
        field__in=[field for field in cut.fields if field in FIELDS],
        source=Source.MODEL,
        original_value__isnull=True,
        decided_by__isnull=False,
        audit__isnull=True,
    ).exclude(value__in=["", *LEFT_OPEN])
    right = decided.filter(state=State.ACCEPTED)
    wrong = decided.filter(state=State.REJECTED, reason_code__in=_NO_DOUBT)
    number = min(audit.control_size, MOST)
    of_wrong = _some(audit, wrong, number)
    of_right = _some(audit, right, number)
    half = max(number - number // 2, number - len(of_right))
    picked = [(key, UnitVerdict.WRONG) for key in of_wrong[:half]]
    picked += [(key, UnitVerdict.RIGHT) for key in of_right[: number - len(picked)]]
    drafts = Annotation.objects.in_bulk([key for key, _known in picked])
    mixed = _by_seed(audit, range(len(picked)), "turn")
    return [(drafts[picked[turn][0]], picked[turn][1].value) for turn in mixed]


def _some(audit: Audit, drafts: AnnotationQuerySet, number: int) -> list[int]:
    keys = list(drafts.order_by("-pk").values_list("pk", flat=True)[:_LOOKED_AT])
    return _by_seed(audit, keys, "control")[:number]


def _by_seed(audit: Audit, keys: Sequence[int], what: str) -> list[int]:
    """Return keys in an order that the seed alone decides."""
    return sorted(keys, key=lambda key: hashlib.sha256(f"{audit.seed}\x1f{what}\x1f{key}".encode()).digest())
