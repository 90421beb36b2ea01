"""Which images a batch takes: what is lacking, what was refused, what an older wording wrote, or who is named."""

from catalog.models import Batch, Collection, PromptVersion
from catalog.querysets import ImageQuerySet
from catalog.vocabulary import Selection
from inference.reader import READER_NAME, reader_version

OLDER_THAN = "older_than"
LIMIT = "limit"
CHOSEN_IDS = "chosen"
AGAIN = "again"
"""Criteria of a batch beside its selection."""


def images_to_work_on(
    *, collection: Collection, version: PromptVersion | None, selection: str, older_than: int | None = None
) -> ImageQuerySet:
    """Return the images that a selection of a collection takes in, oldest first.

    Args:
        collection: the collection.
        version: the prompt version, whose fields are asked for; None where their writing is to be read.
        selection: what of it. Chosen images are named by whoever chooses them: here there are none.
        older_than: for outdated ones, the version from which on drafts are recent enough.

    Raises:
        ReaderMissing: writing is to be read, and there is no reader on this machine.
    """
    images = collection.images.order_by("pk")
    if selection == Selection.CHOSEN:
        return images.none()
    if version is None:
        return images.with_scans() if selection == Selection.ALL else images.unread(READER_NAME, reader_version())
    if selection == Selection.ALL:
        return images
    if selection == Selection.REJECTED:
        return images.last_rejected(version.fields)
    if selection == Selection.OUTDATED:
        return images.drafted_before(version.prompt_id, older_than or version.number, version.fields)
    return images.lacking(version.fields)


def images_of(batch: Batch) -> ImageQuerySet:
    """Return the images that a batch's selection takes in now.

    Args:
        batch: the batch.
    """
    return images_to_work_on(
        collection=batch.collection,
        version=batch.prompt_version,
        selection=batch.selection,
        older_than=batch.criteria.get(OLDER_THAN),
    )
