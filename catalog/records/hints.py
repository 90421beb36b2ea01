"""What was read on an image and speaks against opening it: kept with what lists are narrowed down by.

Which personal numbers stand in accepted values is kept by `catalog.records.annotations`, with the values.
"""

from collections.abc import Iterable

from catalog.facets import IN_READINGS, READ_BITS, hint_bits
from catalog.masking import kinds_of_numbers
from catalog.models import Image


def keep_read_hints(image: Image, texts: Iterable[str]) -> None:
    """Keep which kinds of personal numbers were read on an image.

    Args:
        image: the image, locked.
        texts: all that was read on its scans.
    """
    facets = image.facets & ~READ_BITS | hint_bits(kinds_of_numbers(texts), IN_READINGS)
    if facets != image.facets:
        image.facets = facets
        image.save(update_fields=["facets"])
