"""Drawing the sample of a listed lot: its plan is computed, and each volume is drawn from by the audit's seed."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from catalog.audit_words import AuditState, RecordFault
from catalog.models import Annotation, Audit, AuditUnit, Image, SampledUnit
from catalog.review.acceptance.controls import mix_in
from catalog.review.acceptance.draws import draw
from catalog.review.acceptance.plans import Promise, plan
from catalog.review.acceptance.record_checks import faults_of, numbered_twice

_AT_ONCE = 500


def promise_of(audit: Audit) -> Promise:
    """Return what an audit's plan has to keep."""
    return Promise(
        tolerable=audit.tolerable, expected=audit.expected, beta=audit.beta, alpha=audit.alpha, floor=audit.floor
    )


def draw_sample(audit: Audit) -> None:
    """Compute the plan of a lot that is listed, and draw.

    Where no sample is smaller than the lot, nothing is drawn: every unit is a person's to review.

    Args:
        audit: the audit, locked; its lot holds a unit or more.
    """
    units = list(audit.units.order_by("number").values_list("number", "volume", "image_id"))
    found = plan(len(units), promise_of(audit))
    audit.sample_size, audit.allowed = found.drawn, found.allowed
    audit.prompted_by = sorted(_prompted_by(audit))
    audit.drawn_before = _drawn_before(audit)
    _count_numbered_twice(audit, {image for _number, _volume, image in units})
    audit.state = AuditState.FULL_REVIEW if found.is_full else AuditState.UNDER_WAY
    audit.position = 0
    if found.is_full:
        audit.control_size = 0
    audit.save()
    if not found.is_full:
        _take_down(audit, in_turn(drawn_numbers(audit, [(number, volume) for number, volume, _image in units])))
        if audit.control_size:
            mix_in(audit)


def drawn_numbers(audit: Audit, units: Sequence[tuple[int, str]]) -> dict[str, list[int]]:
    """Return what the audit's seed draws from a list: the same again, whoever asks, and whenever.

    Args:
        audit: the audit, its sample size known.
        units: number and volume of each unit of the lot.

    Returns:
        Volume → numbers of the units drawn from it.
    """
    volumes: dict[str, list[int]] = {}
    for number, volume in units:
        volumes.setdefault(volume, []).append(number)
    return draw(volumes, audit.sample_size, audit.seed)


def in_turn(drawn: Mapping[str, Sequence[int]]) -> list[int]:
    """Return drawn numbers in the order of judging: after any of them, each volume has given about its share.

    Args:
        drawn: volume → numbers.
    """
    placed = [
        ((place + 0.5) / len(numbers), volume, number)
        for volume, numbers in drawn.items()
        for place, number in enumerate(numbers)
    ]
    return [number for _share, _volume, number in sorted(placed)]


def _take_down(audit: Audit, numbers: Sequence[int]) -> None:
    """Write the sample, with copies of what is judged."""
    twice = numbered_twice(audit.collection)
    for first in range(0, len(numbers), _AT_ONCE):
        some = numbers[first : first + _AT_ONCE]
        units = {unit.number: unit for unit in audit.units.filter(number__in=some)}
        SampledUnit.objects.bulk_create(_sampled(audit, [units[number] for number in some], first, twice))


def _sampled(audit: Audit, units: Sequence[AuditUnit], first: int, twice: set[int]) -> Iterator[SampledUnit]:
    drafts = Annotation.objects.in_bulk([unit.annotation_id for unit in units if unit.annotation_id])
    images = {image.pk: image for image in Image.objects.filter(pk__in=[unit.image_id for unit in units]).with_files()}
    faults = faults_of(audit.collection, images.values())
    for position, unit in enumerate(units, first + 1):
        draft, image = drafts.get(unit.annotation_id or 0), images.get(unit.image_id)
        told = [*faults.get(unit.image_id, []), *([RecordFault.NUMBER_TWICE] if unit.image_id in twice else [])]
        yield SampledUnit(
            unit=unit,
            audit=audit,
            position=position,
            label=str(image)[:300] if image else "",
            # Somebody may have edited it since it was listed; the draft's own words are kept beside theirs.
            value=(draft.value if draft.original_value is None else draft.original_value) if draft else "",
            evidence=draft.evidence if draft else "",
            record_faults=[fault.value for fault in told],
        )


def _prompted_by(audit: Audit) -> set[int]:
    """Return the people who asked for the lot's drafts, worded their prompts, or brought them in."""
    drafts = Annotation.objects.filter(audit_units__audit=audit).order_by()
    found: set[int] = set()
    for path in ("run__batch_item__batch__created_by", "run__prompt_version__created_by", "created_by"):
        found |= {key for key in drafts.values_list(path, flat=True).distinct() if key is not None}
    return found


def _drawn_before(audit: Audit) -> int:
    """Return how many of the lot's drafts were in an earlier lot: asking until the answer pleases is seen by that."""
    mine = audit.units.exclude(annotation=None).values("annotation")
    earlier = AuditUnit.objects.filter(annotation__in=mine, audit__sample_size__gt=0).exclude(audit=audit)
    return earlier.values("annotation").distinct().count()


def _count_numbered_twice(audit: Audit, images: set[int]) -> None:
    number = len(images & numbered_twice(audit.collection))
    counted = Counter(audit.machine_faults) + Counter({RecordFault.NUMBER_TWICE.value: number})
    audit.machine_faults = dict(counted)
