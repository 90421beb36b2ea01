"""Other photographs of the same event, shown to the model beside the one that it is asked about."""

from pathlib import Path

from django.db.models import Q

from catalog.models import Image
from catalog.vocabulary import Access
from inference.engine.images import IMPORT_MAX_PIXELS
from inference.types import ImagePart


def pictures_beside(image: Image, most: int) -> dict[int, ImagePart]:
    """Return pictures of the photographs next to one in its group.

    Only a confirmed group counts: what was proposed may be of another event. What is said of an image is read by
    whoever may see it, so that nothing is shown to the model that some of them may not see; and what is held back as
    possibly classified is shown to no model.

    Args:
        image: the photograph that is asked about.
        most: how many to show at most.

    Returns:
        Key of a photograph → its screen picture, which tells enough and costs the model less than the scan; in the
        order of the group. One whose picture is not there is left out.
    """
    group = image.photo_group if most > 0 else None
    if group is None or not group.is_confirmed:
        return {}
    seen_by_all = [access for access in Access if access.covers(Access(image.access))]
    others = Image.objects.filter(photo_group=group, access__in=seen_by_all, secrecy_hold=False).exclude(pk=image.pk)
    same = Q(identifier=image.identifier)
    later = others.filter(Q(identifier__gt=image.identifier) | same & Q(pk__gt=image.pk)).with_files()
    earlier = others.filter(Q(identifier__lt=image.identifier) | same & Q(pk__lt=image.pk)).with_files()
    after = list(later.order_by("identifier", "pk")[:most])
    before = list(earlier.order_by("-identifier", "-pk")[:most])
    nearest: list[Image] = []
    while (before or after) and len(nearest) < most:
        if after:
            nearest.append(after.pop(0))
        if before and len(nearest) < most:
            nearest.insert(0, before.pop(0))
    shown = {other.pk: _screen(other) for other in nearest}
    return {key: picture for key, picture in shown.items() if picture is not None}


def _screen(image: Image) -> ImagePart | None:
    front = image.front
    if front is None or not front.screen or not Path(front.screen.path).is_file():
        return None
    return ImagePart(Path(front.screen.path), max_pixels=IMPORT_MAX_PIXELS)
