"""What packages say of a record: its accepted values, who wrote and who approved them, and what a model has begun.

Whoever exports sees these as members do. A package leaves the house: drafts, which nobody has looked at, stay in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from catalog.exchange.presets import composing
from catalog.labels import label_for_staff, label_of
from catalog.models import Annotation, Image, ImageFile
from catalog.records.log_words import name_of
from catalog.vocabulary import Field, is_left_open
from inference.labels import aigc_object

# The fields in the order in which it is asked who approved: the caption first, as `CaptionWriter` means it.
_BY_CAPTION = (Field.DESCRIPTION, Field.TITLE, *(field for field in Field))


def loaded(keys: Sequence[int]) -> list[Image]:
    """Return records with all that packages say of them, in the order of their keys; a fixed number of queries.

    Args:
        keys: of images; those that are gone are left out.
    """
    accepted = Annotation.objects.accepted().with_provenance().select_related("audit").order_by("pk")
    rows = (
        Image.objects.filter(pk__in=keys)
        .select_related("collection", "photo_group")
        .prefetch_related(
            Prefetch("files", queryset=ImageFile.objects.order_by("role", "sequence", "pk")),
            Prefetch("annotations", queryset=accepted, to_attr="accepted_annotations"),
        )
    )
    found = {image.pk: image for image in rows}
    return [found[key] for key in keys if key in found]


def accepted(image: Image) -> list[Annotation]:
    """Return the accepted annotations that say something, in the order of the fields; those that are held as well.

    Args:
        image: as `loaded` has it.
    """
    order = [field.value for field in Field]
    rows: Iterable[Annotation] = image.accepted_annotations  # type: ignore[attr-defined]  # prefetched by `loaded`
    return sorted((row for row in rows if row.value), key=lambda row: order.index(row.field))


def in_record(image: Image) -> list[Annotation]:
    """Return those that the record's columns hold: nothing that an audit still holds back."""
    return [row for row in accepted(image) if not row.held]


def caption_of(values: Mapping[str, str]) -> str:
    """Return the 文字说明 of a record: the field of that name, else one composed of 事由、时间、地点、人物、背景.

    Args:
        values: of its fields.
    """
    description = values.get(Field.DESCRIPTION, "")
    if description and not is_left_open(description):
        return description
    composed = composing.read_template(composing.DEFAULT).compose(lambda field: values.get(field, ""))
    return composed or description


def writers_of(image: Image) -> list[str]:
    """Return the persons who wrote what the record says, or accepted what a model had proposed (著录者).

    Args:
        image: as `loaded` has it.
    """
    return list(_describers(image).values())


def checkers_of(image: Image) -> list[str]:
    """Return who accepted what somebody else had written (审核者); who described any part is no second person to it."""
    describers = _describers(image)
    deciders = [row.decided_by for row in accepted(image) if row.decided_by is not None]
    found = {person.pk: name_of(person) for person in deciders if person.pk not in describers}
    return list(found.values())


def _describers(image: Image) -> dict[int, str]:
    people = (row.created_by or row.decided_by for row in accepted(image))
    return {person.pk: name_of(person) for person in people if person is not None}


def approver_of(image: Image) -> str:
    """Return who approved the caption, or else the title or another field of it; empty where nobody is known."""
    rows = {row.field: row for row in in_record(image)}
    for field in _BY_CAPTION:
        row = rows.get(field.value)
        person = row and (row.decided_by or row.created_by)
        if person:
            return name_of(person)
    return ""


def ai_labels(image: Image, *, held: bool = False) -> dict[str, str]:
    """Return the AI labels of what the record says, by field.

    Args:
        image: as `loaded` has it.
        held: whether what an audit holds back is told of as well.
    """
    if held:
        return {row.field: label for row in accepted(image) if (label := label_for_staff(row))}
    return {row.field: label for row in in_record(image) if (label := label_of(row))}


def ai_sentence(image: Image, *, held: bool = False) -> str:
    """Return the AI labels as a sentence, for where there is no other place for them; empty where no model wrote.

    Args:
        image: as `loaded` has it.
        held: as in `ai_labels`.
    """
    fields: dict[str, list[str]] = {}
    for field, label in ai_labels(image, held=held).items():
        fields.setdefault(label, []).append(str(Field(field).label))
    told = ({"fields": "、".join(names), "label": label} for label, names in fields.items())
    parts = [_("%(fields)s：%(label)s") % one for one in told]
    return _("%(labels)s。") % {"labels": _("；").join(parts)} if parts else ""


def aigc_of(image: Image, package: str) -> dict[str, str]:
    """Return the object of GB 45438-2025 about the record's text; empty where a model wrote none of it.

    It is about the text and never about the scans: a format that holds it must say so.

    Args:
        image: as `loaded` has it.
        package: what the package is called, by which the text is passed on.
    """
    if not ai_labels(image, held=True):
        return {}
    return aigc_object(produced=f"image-{image.pk}-{image.revision}", propagated=package)


def exif_of(file: ImageFile, *names: str) -> str:
    """Return the first of some EXIF values that a scan has, as text.

    Args:
        file: the scan.
        names: of tags.
    """
    found: dict[str, Any] = file.exif or {}
    return next((str(found[name]).strip() for name in names if str(found.get(name) or "").strip()), "")
