"""The chain over the action log: each entry's digest holds the digest of the one before it.

Who changes, removes or puts in an entry behind the program's back has to compute all later digests anew; and who wrote
down a digest at some time, as an inspector does, sees that too. The chain is no signature: it proves that the log is
the one of which the digest was written down, not who keeps it.

Entries are chained a minute after they were written, by the worker: transactions end in another order than that of
their keys, and a chain within them would make everybody wait for everybody.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from catalog.append_only import ActionQuerySet
from catalog.models import Action, ActionDigest

BEGINNING = "0" * 64
"""What stands before the first entry."""
SETTLED = timedelta(minutes=1)
"""After this time, entries with smaller keys have come in as well; what takes longer is found by `stragglers`."""
_CHUNK = 500
_MOST_FAULTS = 200
_EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
_LATE = timedelta(hours=1)
"""No transaction takes so long: an entry with a smaller key than one before it in the chain, and so much older, was put
in by hand. A clock that was set back makes old entries too, but with larger keys.
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written.

    Attributes:
        kind: `changed`, the entry or its place is not what was chained; `missing`, an entry that was chained is gone;
            `gap`, links of the chain are gone; `late`, an entry of long before was put in afterwards.
        position: where in the chain.
        action: key of the entry.
    """

    kind: str
    position: int
    action: int


@dataclass(slots=True)
class Examination:
    """What the chain showed.

    Attributes:
        links: how many there are.
        head: the last digest; `BEGINNING` where there is none.
        waiting: entries that are not chained yet.
        faults: the first ones, in the order of the chain.
        known: digests that were asked for, by position, as they are now.
    """

    links: int = 0
    head: str = BEGINNING
    waiting: int = 0
    faults: list[Fault] = field(default_factory=list)
    known: dict[int, str] = field(default_factory=dict)


def due() -> ActionQuerySet:
    """Return the entries after the chain's last one that may be chained, cheaply: the worker asks every few seconds."""
    last = ActionDigest.objects.order_by("-position").values_list("action_id", flat=True).first() or 0
    return Action.objects.filter(pk__gt=last, created_at__lt=timezone.now() - SETTLED).without_digest().order_by("pk")


def stragglers() -> ActionQuerySet:
    """Return all entries that may be chained, those too that came in after entries with larger keys were."""
    return Action.objects.filter(created_at__lt=timezone.now() - SETTLED).without_digest().order_by("pk")


def extend(entries: ActionQuerySet) -> int:
    """Chain the first few of some entries.

    Args:
        entries: `due` or `stragglers`.

    Returns:
        How many were chained; fewer than there are where they are many, or another process is at it.
    """
    with transaction.atomic():
        # Locked, so that of two processes one waits; where there is no row yet, the second one's keys are refused.
        last = ActionDigest.objects.select_for_update().order_by("-position").first()
        position, before = (last.position, last.digest) if last else (0, BEGINNING)
        links = []
        for action in entries[:_CHUNK]:
            position, before = position + 1, digest_of(action, before)
            links.append(ActionDigest(position=position, action=action, digest=before))
        try:
            with transaction.atomic():
                ActionDigest.objects.bulk_create(links)
        except IntegrityError:
            return 0
    return len(links)


def extend_all() -> int:
    """Chain every entry that may be; return how many were."""
    chained = 0
    while added := extend(stragglers()):
        chained += added
    return chained


def digest_of(action: Action, before: str) -> str:
    """Return the digest of an entry.

    Args:
        action: the entry, as the database has it.
        before: the digest of the entry before it in the chain.

    Returns:
        SHA-256 in hexadecimal, over `before`, a line feed and the entry as JSON: keys sorted, no blanks, UTF-8, the
        time in UTC with microseconds.
    """
    entry = {
        "id": action.pk,
        "user": action.user_id,
        "verb": action.verb,
        "label": action.label,
        "collection": action.collection_id,
        "image": action.image_id,
        "details": action.details,
        "at": f"{action.created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
    }
    text = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # A text of a file may hold half a character, which is no UTF-8; it is the same half each time.
    return sha256(f"{before}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def examine(known: frozenset[int] = frozenset()) -> Iterator[Examination]:
    """Read the whole log again and hold it against the chain.

    Args:
        known: positions of which the digest is to be returned.

    Yields:
        What was found so far, the same object again and again, after every few hundred links; complete at the end.
    """
    found = Examination()
    position, before, order = 0, BEGINNING, _Order()
    while links := list(ActionDigest.objects.filter(position__gt=position).order_by("position")[:_CHUNK]):
        actions = Action.objects.in_bulk([link.action_id for link in links])
        for link in links:
            action = actions.get(link.action_id)
            fault = _fault(link, action, position, before) or order.fault(link, action)
            if fault and len(found.faults) < _MOST_FAULTS:
                found.faults.append(fault)
            # What is written counts from here on: one change is one fault, and not all that follow it.
            position, before = link.position, link.digest
            if position in known:
                found.known[position] = before
        found.links, found.head = found.links + len(links), before
        yield found
    found.waiting = Action.objects.without_digest().count()
    yield found


def _fault(link: ActionDigest, action: Action | None, position: int, before: str) -> Fault | None:
    if link.position != position + 1:
        return Fault("gap", link.position, link.action_id)
    if action is None:
        return Fault("missing", link.position, link.action_id)
    if digest_of(action, before) != link.digest:
        return Fault("changed", link.position, link.action_id)
    return None


@dataclass(slots=True)
class _Order:
    """The largest key, and the latest time, of what the chain has held so far."""

    key: int = 0
    at: datetime = _EARLIEST

    def fault(self, link: ActionDigest, action: Action | None) -> Fault | None:
        """Tell whether an entry comes too late, and remember it."""
        if action is None:
            return None
        late = action.pk < self.key and action.created_at < self.at - _LATE
        self.key, self.at = max(self.key, action.pk), max(self.at, action.created_at)
        return Fault("late", link.position, action.pk) if late else None


def length() -> int:
    """Return how many links the chain has, for a progress bar."""
    return ActionDigest.objects.aggregate(last=Max("position"))["last"] or 0
