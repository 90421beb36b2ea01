"""Counts what the metrics tell of the catalogue: three statements, each of which an index answers."""

from enum import Enum

from django.db.models import Count as CountOf
from django.db.models import Q

from catalog.models import Annotation, BatchItem, Image
from catalog.vocabulary import ImageStatus, ItemState, State
from inference.providers import Count


def count_by_state() -> list[Count]:
    """Count images, annotations and items of batches.

    Returns:
        How many there are in each state, those in which there are none included.
    """
    return [
        _count("glmv_images", "Images, by how far their description is.", Image, "status", ImageStatus),
        _count(
            "glmv_annotations",
            "Values of fields: drafts to be reviewed, and what became of the others.",
            Annotation, "state", State,
        ),
        _count("glmv_batch_items", "Images of batches, by what became of them.", BatchItem, "state", ItemState),
    ]  # fmt: skip


def _count(
    name: str, words: str, model: type[Annotation | BatchItem | Image], column: str, values: type[Enum]
) -> Count:  # fmt: skip
    """Count in one pass over an index, without sorting the rows into groups."""
    names = [str(value.value) for value in values]
    # Sorted by nothing: the models' own order would have the rows themselves looked at.
    numbers = model.objects.order_by().aggregate(
        **{f"of_{value}": CountOf("pk", filter=Q(**{column: value})) for value in names}
    )
    return Count(name, words, column, {value: numbers[f"of_{value}"] for value in names})
