"""Reading as the work of a batch: the writing on one image is read, and kept and proposed in one transaction."""

from django.db import transaction

from catalog.batches import leases
from catalog.batches.attempts import Outcome, settle_without_result, writing
from catalog.exceptions import ClaimLost
from catalog.faults import release_connection
from catalog.models import BatchItem, Image
from catalog.reading.reading import PictureReader, keep, read_scans, scans_to_read
from catalog.records.annotations import locked_image
from catalog.vocabulary import ItemState, Selection


class Transcribing:
    """Reads what is written on images, without the large model."""

    def __init__(self, reader: PictureReader, *, most_at_once: int = 2) -> None:
        """Prepare.

        Args:
            reader: who reads, one picture after the other.
            most_at_once: images at work. With two, one is read while what was read of the other is written down.
        """
        self._reader = reader
        self.most_at_once = most_at_once

    def do(self, item: BatchItem, image: Image) -> Outcome:
        """Read one image, unless all its scans have been read."""
        again = Selection(item.batch.selection).replaces_drafts
        scans = scans_to_read(image, self._reader, again=again)
        if not scans:
            return settle_without_result(item, image, ItemState.SKIPPED)
        release_connection()
        with leases.heartbeat(item):
            fresh = read_scans(scans, self._reader)
        try:
            with writing, transaction.atomic():
                held = leases.locked_claim(item)
                keep(fresh, image=locked_image(image.pk), reader=self._reader, again=again)
                leases.settle(held, ItemState.DONE)
        except (ClaimLost, Image.DoesNotExist):
            # Somebody else has it now, or it was deleted.
            return Outcome(item, "lost")
        return Outcome(item, "done")
