"""Taking away what is over: files whose link has expired, what was kept for long enough, what the dead have left."""

from django.db.models import Q
from django.utils import timezone

from catalog.exchange.exports import claims, places
from catalog.models import Export, ExportPart

_WITH_FOLDERS = (Export.State.PENDING, Export.State.RUNNING, Export.State.DONE)


def tidy() -> None:
    """Take away what is over; can be done at any time, by several at once.

    Raises:
        DatabaseError: the database does not work.
        OSError: files cannot be removed.
    """
    claims.fail_abandoned()
    now = timezone.now()
    Export.objects.filter(state=Export.State.DONE, expires_at__lt=now).update(state=Export.State.EXPIRED)
    # What was never finished is compared with nothing.
    unfinished = [Export.State.FAILED, Export.State.CANCELLED]
    ExportPart.objects.filter(Q(export__kept_until__lt=now) | Q(export__state__in=unfinished)).delete()
    for key in places.keys_with_folders():
        if not Export.objects.filter(pk=key, state__in=_WITH_FOLDERS).exists():
            places.remove_folder(key)
