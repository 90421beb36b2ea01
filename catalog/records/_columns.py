"""The columns of an image that follow from its annotations. Only the writer of annotations imports this."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from catalog import dates
from catalog.facets import facets_of
from catalog.masking import masked_together
from catalog.models import Image
from catalog.texts import unbroken
from catalog.vocabulary import Field, ImageStatus, State, is_left_open


def refresh(image: Image, accepted: Mapping[str, str]) -> None:
    """Write newly accepted values into the columns, count the change, and derive the status.

    Args:
        image: the image, its row locked.
        accepted: field → value, of what has just been accepted.
    """
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
    told = _told(image)
    image.status = _status(image, {item.state for item in told})
    image.facets = _facets(image, told)
    image.save()


def refresh_facets(image: Image) -> None:
    """Write what the image's lists are narrowed down by, after an annotation's marks were changed.

    Args:
        image: the image, its row locked.
    """
    image.facets = _facets(image, _told(image))
    image.save(update_fields=["facets"])


def _told(image: Image) -> list[Any]:
    columns = ("state", "field", "source", "ai_origin", "flag", "evidence")
    return list(image.annotations.order_by().values_list(*columns, named=True).distinct())


def _facets(image: Image, told: Iterable[Any]) -> int:
    has_range = image.date_start is not None or image.date_end is not None
    return facets_of(told, has_range=has_range, date_unread=image.date_unread)


def _status(image: Image, states: Collection[str]) -> ImageStatus:
    """Return where the image stands: what waits for a person comes first, then what is left open, then the rest."""
    if State.DRAFT in states:
        return ImageStatus.TO_REVIEW
    if State.ACCEPTED in states:
        left_open = any(is_left_open(image.accepted_value(field)) for field in Field)
        return ImageStatus.TO_RESEARCH if left_open else ImageStatus.DESCRIBED
    return ImageStatus.REJECTED if State.REJECTED in states else ImageStatus.UNDESCRIBED
