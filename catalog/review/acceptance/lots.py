"""Lots: what a set of drafts is cut by so that they are alike, and which drafts and empty fields are in it.

Never in a lot: what is 推测, what is doubtful, what names persons, what somebody has judged wrong already, what stands
beside a value that was accepted before, and records that are held back as possibly classified. A field that a prompt
asked for and the model said nothing of is a unit as well.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

from django.db.models import Count, Exists, OuterRef, Q

from catalog.audit_words import AuditState, UnitVerdict
from catalog.models import Annotation, AuditUnit, Collection, Image, Run, SampledUnit
from catalog.querysets import AnnotationQuerySet, ImageQuerySet
from catalog.vocabulary import Evidence, Field, Flag, OutputForm

FIELDS = tuple(field for field in Field if not field.names_persons)
"""What a sample may speak for."""
EVIDENCE = (Evidence.INSCRIPTION, Evidence.RECORD, Evidence.PICTURE, Evidence.NONE)
"""What drafts in a lot may rest on."""
_DOUBTFUL = Flag.containing(Flag.DOUBTFUL)


@dataclass(frozen=True, slots=True)
class Cut:
    """What a lot is cut by: what predicts whether drafts are right.

    Attributes:
        fields: descriptive fields, of those that a sample may speak for.
        prompt_version: key of the version that the drafts answer; None for any, be it from a table.
        evidence: what they rest on; all of `EVIDENCE` where empty.
        unflagged: whether drafts that are too long or cut off are left out.
        group: key of a group of near-duplicates; None for any.
        volume: a 册号; None for any.
        with_empty: whether fields are in it that the version asked for and the model said nothing of.
    """

    fields: tuple[str, ...]
    prompt_version: int | None = None
    evidence: tuple[str, ...] = ()
    unflagged: bool = False
    group: int | None = None
    volume: str | None = None
    with_empty: bool = True

    @property
    def has_empty(self) -> bool:
        """Tell whether empty fields are in it: nothing is known of them by which they could be told apart."""
        return self.with_empty and self.prompt_version is not None and not self.evidence

    @property
    def criteria(self) -> dict[str, Any]:
        """Return it as JSON values, to be kept."""
        return {
            "fields": list(self.fields),
            "prompt_version": self.prompt_version,
            "evidence": list(self.evidence),
            "unflagged": self.unflagged,
            "group": self.group,
            "volume": self.volume,
            "with_empty": self.with_empty,
        }

    @classmethod
    def of(cls, criteria: dict[str, Any]) -> Self:
        """Return what was kept as `criteria`, among other things that an audit keeps."""
        kept = {field.name: criteria[field.name] for field in fields(cls)}
        return cls(**kept | {"fields": tuple(kept["fields"]), "evidence": tuple(kept["evidence"])})


@dataclass(frozen=True, slots=True)
class Size:
    """How large a lot would be.

    Attributes:
        drafts: drafts in it.
        empty: empty fields in it.
        drawn_before: of the drafts, those that were in an earlier lot.
    """

    drafts: int
    empty: int
    drawn_before: int

    @property
    def units(self) -> int:
        """Return the units of both kinds."""
        return self.drafts + self.empty


@dataclass(frozen=True, slots=True)
class Cell:
    """Waiting drafts that are alike in what predicts error.

    Attributes:
        prompt_version: key of the version that they answer, or None.
        field: descriptive field.
        evidence: what they rest on.
        doubtful: whether something in them has no evidence.
        drafts: how many there are.
    """

    prompt_version: int | None
    field: str
    evidence: str
    doubtful: bool
    drafts: int

    @property
    def may_be_sampled(self) -> bool:
        """Tell whether they may be in a lot."""
        return not self.doubtful and self.evidence in EVIDENCE and not Field(self.field).names_persons


def size_of(collection: Collection, cut: Cut) -> Size:
    """Count what would be in a lot now.

    Args:
        collection: the collection.
        cut: what the lot is cut by.
    """
    images = images_of(collection, cut)
    drafts = drafts_of(cut, images)
    before = AuditUnit.objects.filter(annotation=OuterRef("pk"), audit__sample_size__gt=0)
    counted = drafts.aggregate(number=Count("pk"), before=Count("pk", filter=Q(Exists(before))))
    return Size(counted["number"], sum(images.count() for images in _empty_by_field(cut, images)), counted["before"])


def cells_of(collection: Collection) -> list[Cell]:
    """Count the waiting drafts of a collection that are in no lot by what predicts whether they are right.

    Args:
        collection: the collection.
    """
    free = _waiting(collection).filter(~Exists(_claimed("image", OuterRef("field"))))
    counted = free.values_list("run__prompt_version", "field", "evidence", "flag").annotate(number=Count("*"))
    numbers: dict[tuple[int | None, str, str, bool], int] = {}
    for version, field, evidence, flag, number in counted:
        key = (version, field, evidence, flag in _DOUBTFUL)
        numbers[key] = numbers.get(key, 0) + number
    return [Cell(*key, number) for key, number in numbers.items()]


def in_lots(collection: Collection) -> int:
    """Return how many waiting drafts of a collection are in a lot whose verdict is due, or stands.

    Args:
        collection: the collection.
    """
    return _waiting(collection).filter(Exists(_claimed("image", OuterRef("field")))).count()


def images_of(collection: Collection, cut: Cut) -> ImageQuerySet:
    """Return the images whose fields a lot is about.

    Args:
        collection: the collection.
        cut: what the lot is cut by.
    """
    images = Image.objects.filter(collection=collection, secrecy_hold=False)
    if cut.group is not None:
        images = images.filter(near_group=cut.group)
    if cut.volume is not None:
        images = images.filter(volume=cut.volume)
    return images


def drafts_of(cut: Cut, images: ImageQuerySet | Sequence[Image]) -> AnnotationQuerySet:
    """Return the drafts of images that are in a lot.

    Args:
        cut: what the lot is cut by.
        images: the images.
    """
    drafts = Annotation.objects.drafts().filter(image__in=images, field__in=cut.fields, ai_origin=True)
    drafts = drafts.filter(evidence__in=cut.evidence or EVIDENCE).exclude(flag__in=_DOUBTFUL)
    if cut.unflagged:
        drafts = drafts.filter(flag=Flag.NONE)
    if cut.prompt_version is not None:
        # Looked up run by run: to begin with all runs of a version would be to read them all for a few images.
        drafts = drafts.filter(Exists(Run.objects.filter(pk=OuterRef("run"), prompt_version=cut.prompt_version)))
    accepted = Annotation.objects.accepted().filter(image=OuterRef("image"), field=OuterRef("field"))
    wrong = SampledUnit.objects.filter(unit__annotation=OuterRef("pk"), verdict=UnitVerdict.WRONG)
    return drafts.filter(~Exists(accepted), ~Exists(wrong), ~Exists(_claimed("image", OuterRef("field"))))


def empty_of(cut: Cut, images: Sequence[Image]) -> list[tuple[int, str]]:
    """Return the empty fields that are in a lot.

    Args:
        cut: what the lot is cut by.
        images: some images of those that it is about.

    Returns:
        Key of the image, and field.
    """
    asked = _asked_for(cut)
    if not asked:
        return []
    # Of a few images it is less to look at all their runs than at all runs of the version.
    runs = Run.objects.filter(image__in=images).values_list("image_id", "prompt_version_id")
    silent = {(image, field) for image, version in runs if version == cut.prompt_version for field in asked}
    for rows in (Annotation.objects.all(), AuditUnit.objects.filter(audit__state__in=AuditState.claiming())):
        silent -= set(rows.filter(image__in=images, field__in=asked).values_list("image_id", "field"))
    return sorted(silent)


def judged_alike(collection: Collection) -> list[tuple[tuple[int | None, str, str], int, int]]:
    """Count what judges have said of the collection's drafts so far, by what predicts whether they are right.

    Args:
        collection: the collection.

    Returns:
        Version, field and evidence; how many drafts were judged; how many of them were wrong.
    """
    judged = SampledUnit.objects.judged().filter(audit__collection=collection, unit__drafted=True).order_by()
    version = "unit__annotation__run__prompt_version"
    wrong = Count("pk", filter=Q(verdict=UnitVerdict.WRONG))
    rows = judged.values_list(version, "unit__field", "evidence").annotate(number=Count("pk"), wrong=wrong)
    return [((key, field, evidence), number, found) for key, field, evidence, number, found in rows]


def _waiting(collection: Collection) -> AnnotationQuerySet:
    images = {"image__collection": collection, "image__secrecy_hold": False}
    return Annotation.objects.drafts().filter(ai_origin=True, **images).order_by()


def _empty_by_field(cut: Cut, images: ImageQuerySet) -> Iterable[ImageQuerySet]:
    """Return for each field of a lot the images for which the version was asked and of which nothing was ever said."""
    # No condition on each image: SQLite would look through all runs of the version for every one of them.
    asked = Run.objects.filter(prompt_version=cut.prompt_version).values("image")
    for field in _asked_for(cut):
        said = Annotation.objects.filter(image=OuterRef("pk"), field=field)
        yield images.filter(~Exists(said), ~Exists(_claimed("pk", field)), pk__in=asked)


def _asked_for(cut: Cut) -> list[str]:
    """Return the fields of a lot that may be empty: those that its prompt asks for."""
    if not cut.has_empty:
        return []
    form = Run.objects.filter(prompt_version=cut.prompt_version).values_list("prompt_version__form", flat=True).first()
    asked = OutputForm(form).fields if form else ()
    return [field for field in cut.fields if field in asked]


def _claimed(image: str, field: Any) -> Any:
    """Return the units of audits whose verdict is due or stands, for an image and a field of the outer query."""
    return AuditUnit.objects.filter(image=OuterRef(image), field=field, audit__state__in=AuditState.claiming())
