"""Taking images into a batch."""

from catalog.models import Batch, BatchItem

_CHUNK = 2000


def add_items(batch: Batch, keys: list[int]) -> int:
    """Have a batch take images in, in chunks that lock the database briefly.

    Args:
        batch: the batch.
        keys: the images' keys; one that it has already is passed over: two commands may fill it at the same time.

    Returns:
        How many keys there were.
    """
    for start in range(0, len(keys), _CHUNK):
        items = [BatchItem(batch=batch, image_id=key) for key in keys[start : start + _CHUNK]]
        BatchItem.objects.bulk_create(items, ignore_conflicts=True)
    return len(keys)
