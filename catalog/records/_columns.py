"""The columns of an image that follow from its annotations. Only the writer of annotations imports this."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils import timezone

from catalog import dates
from catalog.facets import IN_VALUES, READ_BITS, facets_of, hint_bits
from catalog.masking import kinds_of_numbers, masked_together
from catalog.models import Annotation, Image
from catalog.texts import unbroken
from catalog.vocabulary import LEFT_OPEN, Field, ImageStatus, State, is_left_open

_TOLD = ("state", "field", "source", "ai_origin", "flag", "evidence", "held")
_BESIDE = {Field.TRANSCRIPTION: ("transcription_searched",), Field.DATE: ("date_start", "date_end", "date_unread")}
"""Columns that follow from a field's text, besides its own."""


def refresh(image: Image, accepted: Mapping[str, str]) -> None:
    """Write newly accepted values into the columns, count the change, and derive the status.

    Args:
        image: the image, its row locked.
        accepted: field → value, of what has just been accepted.
    """
    _put(image, accepted)
    told = _told(image)
    held_open = any(item.held for item in told) and bool(_left_open_though_held([image]))
    image.status = _status(image, told, held_open=held_open)
    image.facets = _facets(image, told)
    image.save()


def refresh_many(images: Sequence[Image], accepted: Mapping[int, Mapping[str, str]]) -> None:
    """Do the same for several images: the number of queries grows with what becomes of them, not with theirs.

    Args:
        images: the images, their rows locked.
        accepted: key of an image → field → value, of what has just been accepted; images without are left out.
    """
    told: dict[int, list[Any]] = defaultdict(list)
    rows = Annotation.objects.filter(image__in=images).order_by()
    for item in rows.values_list("image_id", *_TOLD, named=True).distinct():
        told[item.image_id].append(item)
    held_open = _left_open_though_held(images)
    alike: dict[tuple[str, int], list[int]] = defaultdict(list)
    for image in images:
        _put(image, accepted.get(image.pk, {}))
        image.status = _status(image, told[image.pk], held_open=image.pk in held_open)
        image.facets = _facets(image, told[image.pk])
        alike[image.status, image.facets].append(image.pk)
    now = timezone.now()
    # Most become alike, and a statement that says so is far cheaper than one with a case for each.
    for (status, facets), keys in alike.items():
        Image.objects.filter(pk__in=keys).update(status=status, facets=facets, updated_at=now)
    changed = [image for image in images if image.pk in accepted]
    fields = {Field(field) for values in accepted.values() for field in values}
    if changed and fields:
        columns = {column for field in fields for column in (field.column, *_BESIDE.get(field, ()))}
        Image.objects.bulk_update(changed, sorted(columns | {"revision", "masked_text"}))


def refresh_facets(image: Image) -> None:
    """Write what the image's lists are narrowed down by, after an annotation's marks were changed.

    Args:
        image: the image, its row locked.
    """
    image.facets = _facets(image, _told(image))
    image.save(update_fields=["facets"])


def _put(image: Image, accepted: Mapping[str, str]) -> None:
    for field, value in accepted.items():
        setattr(image, Field(field).column, value)
        if field == Field.TRANSCRIPTION:
            image.transcription_searched = unbroken(value)
        if field == Field.DATE:
            found = dates.parse(value)
            image.date_start = found.start if found else None
            image.date_end = found.end if found else None
            image.date_unread = dates.is_unread(value)
    if accepted:
        image.revision += 1
        texts = (image.accepted_value(field) for field in Field if not is_left_open(image.accepted_value(field)))
        image.masked_text = masked_together([*texts, image.transcription_searched])


def _told(image: Image) -> list[Any]:
    return list(image.annotations.order_by().values_list(*_TOLD, named=True).distinct())


def _left_open_though_held(images: Iterable[Image]) -> set[int]:
    """Return the keys of images with a value that leaves its field open and is in no column, being held back."""
    held = Annotation.objects.accepted().filter(held=True, value__in=LEFT_OPEN, image__in=list(images))
    return set(held.order_by().values_list("image_id", flat=True))


def _facets(image: Image, told: Iterable[Any]) -> int:
    has_range = image.date_start is not None or image.date_end is not None
    facets = facets_of(told, has_range=has_range, date_unread=image.date_unread)
    return facets | _hints(image) | image.facets & READ_BITS


def _hints(image: Image) -> int:
    """Return which personal numbers stand in the record; most have none, and no masked text."""
    if not image.masked_text:
        return 0
    return hint_bits(kinds_of_numbers(image.accepted_value(field) for field in Field), IN_VALUES)


def _status(image: Image, told: Iterable[Any], *, held_open: bool) -> ImageStatus:
    """Return where the image stands: what waits for a person comes first, then what is left open, then the rest."""
    states = {item.state for item in told}
    if State.DRAFT in states:
        return ImageStatus.TO_REVIEW
    if State.ACCEPTED in states:
        left_open = held_open or any(is_left_open(image.accepted_value(field)) for field in Field)
        return ImageStatus.TO_RESEARCH if left_open else ImageStatus.DESCRIBED
    return ImageStatus.REJECTED if State.REJECTED in states else ImageStatus.UNDESCRIBED
