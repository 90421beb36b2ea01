"""The one door to the action log."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from catalog.models import Action, Batch, Collection, Image
from catalog.vocabulary import Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def record(
    *,
    verb: Verb,
    user: "User | None" = None,
    image: Image | None = None,
    batch: Batch | None = None,
    collection: Collection | None = None,
    label: str = "",
    **details: Any,
) -> Action:
    """Write one entry into the log, in the caller's transaction.

    Args:
        verb: what was done.
        user: who did it; None for the command line.
        image: the image it was done to, if any.
        batch: the batch it was done to, if any.
        collection: the collection it was done to; taken from image or batch where None.
        label: what it was done to, where that is none of them.
        details: what else is worth knowing, as JSON values.

    Returns:
        The entry.
    """
    if batch is not None:
        details["batch"] = batch.pk
    collection_id = _collection_id(collection, image, batch)
    return Action.objects.create(
        verb=verb,
        user=user,
        label=(label or str(image or batch or collection or ""))[:300],
        image=image,
        collection_id=collection_id,
        details=details,
    )


def record_each(*, verb: Verb, user: "User | None", image: Image, details: Sequence[Mapping[str, Any]]) -> None:
    """Write several entries about one image into the log, in the caller's transaction.

    Args:
        verb: what was done.
        user: who did it.
        image: the image it was done to.
        details: what else is worth knowing, of each entry.
    """
    label, collection = str(image)[:300], image.collection_id
    Action.objects.bulk_create(
        Action(verb=verb, user=user, label=label, image=image, collection_id=collection, details=dict(told))
        for told in details
    )


def record_all(*, verb: Verb, user: "User | None", images: Sequence[Image], **details: Any) -> None:
    """Write one entry for each of some images to which the same was done, in the caller's transaction.

    Args:
        verb: what was done.
        user: who did it; None for the command line.
        images: the images; some hundred at most.
        details: what else is worth knowing of each, as JSON values.
    """
    Action.objects.bulk_create(
        Action(
            verb=verb,
            user=user,
            label=str(image)[:300],
            image=image,
            collection_id=image.collection_id,
            details=details,
        )
        for image in images
    )


def _collection_id(collection: Collection | None, image: Image | None, batch: Batch | None) -> int | None:
    if collection is not None:
        return collection.pk
    holder = image or batch
    return holder.collection_id if holder is not None else None


def record_changes(*, verb: Verb, user: "User | None", changed: Iterable[tuple[Image, Mapping[str, Any]]]) -> None:
    """Write an entry for each of many images to which the same was done, each with details of its own.

    Args:
        verb: what was done.
        user: who did it; None for the command line.
        changed: the images, each with what else is worth knowing of it, as JSON values.
    """
    Action.objects.bulk_create(
        Action(
            verb=verb,
            user=user,
            label=str(image)[:300],
            image=image,
            collection_id=image.collection_id,
            details=dict(details),
        )
        for image, details in changed
    )
