"""The columns of an image that follow from its annotations. Only the writer of annotations imports this."""

from collections.abc import Mapping

from catalog import dates
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
    image.status = _status(image)
    image.save()


def _status(image: Image) -> ImageStatus:
    """Return where the image stands: what waits for a person comes first, then what is left open, then the rest."""
    states = set(image.annotations.order_by().values_list("state", flat=True).distinct())
    if State.DRAFT in states:
        return ImageStatus.TO_REVIEW
    if State.ACCEPTED in states:
        left_open = any(is_left_open(image.accepted_value(field)) for field in Field)
        return ImageStatus.TO_RESEARCH if left_open else ImageStatus.DESCRIBED
    return ImageStatus.REJECTED if State.REJECTED in states else ImageStatus.UNDESCRIBED
